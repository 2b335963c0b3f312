"""Work that a program is in the middle of when its container is stopped.

A `Begin` starts some work in a container and returns a question, to be asked when the
container has ended: was the work finished?
"""

from __future__ import annotations

import functools
import socket
from collections.abc import Callable

from .container import Container
from .fast_cgi import FastCgiRequest
from .in_flight import Request, wait_until_serving
from .waiting import eventually

Begin = Callable[[Container], Callable[[], bool]]
#: A program may have to compete with others for two processors until it is ready.
_BACKEND = "gunicorn --bind 127.0.0.1:9000 --chdir /apps wsgi_app:application"


def http(container: Container) -> Callable[[], bool]:
    """GET /slow, of which the first half has come."""
    address = container.address()
    wait_until_serving(address)
    request = Request(address)
    return lambda: request.answer().in_full


def proxied(container: Container) -> Callable[[], bool]:
    """The same through a proxy, with a server behind it in the same container."""
    _until_it_runs(container)
    container.exec("sh", "-c", f"{_BACKEND} >/dev/null 2>&1 &")
    return http(container)


def fast_cgi(container: Container) -> Callable[[], bool]:
    """A PHP script that is half done."""
    return FastCgiRequest(container.address(), "/programs/slow.php").in_full


def job(send: str) -> Begin:
    """A job, sent by a shell command in the container and begun by the worker."""

    def begin(container: Container) -> Callable[[], bool]:
        _until_it_runs(container)
        container.exec("sh", "-c", send)
        container.wait_for_line("job begun")
        return lambda: "job finished" in container.out()

    return begin


def session(container: Container) -> Callable[[], bool]:
    """A client of PostgreSQL that does not leave by itself: what is done is the shutdown."""
    _until_it_runs(container)
    _eventually_succeeds(container, "pg_isready --host=/tmp")
    psql = "psql --host=/tmp --tuples-only --no-align --command"
    container.exec("sh", "-c", f"{psql} 'select pg_sleep(99)' >/dev/null 2>&1 &")
    sleepers = "select 1 from pg_stat_activity where wait_event = '\\''PgSleep'\\''"
    _eventually_succeeds(container, f"{psql} '{sleepers}' | grep 1")
    return lambda: "database system is shut down" in container.err()


def connection(port: int, farewell: str = "") -> Begin:
    """A connection that its client keeps open, and what a good end says."""

    def begin(container: Container) -> Callable[[], bool]:
        address = (container.address(), port)
        held = eventually(lambda: _connected(address), what=f"{port} is open")

        def is_done() -> bool:
            assert held is not None
            held.close()
            return farewell in container.transcript()

        return is_done

    return begin


def said(line: str) -> Begin:
    """Nothing but the program itself, once it has said that it is there."""

    def begin(container: Container) -> Callable[[], bool]:
        has_said = functools.partial(_has_said, container, line)
        eventually(has_said, what=f"it says {line!r}")
        return lambda: True

    return begin


def _has_said(container: Container, line: str) -> bool:
    return line in container.transcript()


def _until_it_runs(container: Container) -> None:
    eventually(container.running, what="the container runs")


def _eventually_succeeds(container: Container, command: str) -> None:
    eventually(
        lambda: container.exec("sh", "-c", command, check=False).code == 0,
        every=0.2,
        what=command,
    )


def _connected(address: tuple[str, int]) -> socket.socket | None:
    try:
        return socket.create_connection(address, timeout=5)
    except OSError:
        return None
