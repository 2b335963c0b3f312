"""Work that a program is in the middle of when it is stopped.

A `Begin` starts some work in a sandbox, in whose network it is called, and returns a question, to
be asked when the program has ended: was the work finished?
"""

from __future__ import annotations

import functools
import socket
from collections.abc import Callable

from .fast_cgi import FastCgiRequest
from .in_flight import Request, wait_until_serving
from .sandbox import Sandbox
from .waiting import eventually

Question = Callable[[], bool]
Begin = Callable[[Sandbox], Question]
PORT = 8080
AS_POSTGRES = "setpriv --reuid postgres --regid postgres --clear-groups"
BACKEND = "gunicorn --bind 127.0.0.1:9000 --chdir /apps wsgi_app:application"


def http(sandbox: Sandbox) -> Question:
    """GET /slow, of which the first half has come."""
    wait_until_serving(PORT)
    return Request(PORT).in_full


def buffered(sandbox: Sandbox) -> Question:
    """The same with a server that sends nothing before it has all: the application says that it has
    begun."""
    wait_until_serving(PORT)
    request = Request(PORT, at_once=False)
    eventually(lambda: "slow begun" in sandbox.transcript(), "the request has begun")
    return request.in_full


def proxied(sandbox: Sandbox) -> Question:
    """The same through a proxy, with a server behind it."""
    sandbox.beside(*BACKEND.split())
    return http(sandbox)


def tunnelled(sandbox: Sandbox) -> Question:
    """The same through TLS."""
    sandbox.beside(*BACKEND.split())
    wait_until_serving(8443, tls=True)
    return Request(8443, tls=True).in_full


def fast_cgi(sandbox: Sandbox) -> Question:
    """A PHP script that is half done."""
    return FastCgiRequest("127.0.0.1", "/programs/slow.php").in_full


def job(send: str) -> Begin:
    """A job, sent by a shell command beside the worker, and begun by it."""

    def begin(sandbox: Sandbox) -> Question:
        eventually(lambda: sandbox.run("sh", "-c", send).returncode == 0, send)
        eventually(lambda: "job begun" in sandbox.transcript(), "the job has begun")
        return lambda: "job finished" in sandbox.transcript()

    return begin


def gearman(sandbox: Sandbox) -> Question:
    """A client that waits for its job, and a worker that has it."""
    sandbox.beside(
        "gearman", "-h", "127.0.0.1", "-w", "-f", "slow", "--", "sh", "-c", "sleep 3; echo done"
    )
    ask = "gearman -h 127.0.0.1 -f slow x >/tmp/answer"
    eventually(lambda: _listens(4730), "4730 listens")
    sandbox.beside("sh", "-c", ask)
    busy = "gearadmin -h 127.0.0.1 --status | grep -P 'slow\\t1\\t1'"
    eventually(lambda: sandbox.run("sh", "-c", busy).returncode == 0, "the job is in work")
    return lambda: "done" in sandbox.run("cat", "/tmp/answer").stdout


def psql(sandbox: Sandbox) -> Question:
    """A client of PostgreSQL that does not leave by itself: what is done is the shutdown."""
    ask = f"{AS_POSTGRES} psql --host=/tmp --tuples-only --no-align --command"
    eventually(lambda: sandbox.run("pg_isready", "--host=/tmp").returncode == 0, "it is ready")
    sandbox.beside("sh", "-c", f"{ask} 'select pg_sleep(99)'")
    sleepers = "select 1 from pg_stat_activity where wait_event = 'PgSleep'"
    eventually(lambda: "1" in sandbox.run(*ask.split(), sleepers).stdout, "a client sleeps")
    return lambda: "database system is shut down" in sandbox.transcript()


def pooled(sandbox: Sandbox) -> Question:
    """A statement of three seconds through a pool of connections."""
    ask = f"{AS_POSTGRES} psql --port=6432 --host=127.0.0.1 --tuples-only --no-align --command"
    eventually(lambda: sandbox.run(*ask.split(), "select 1").returncode == 0, "it is ready")
    sandbox.beside("sh", "-c", f"{ask} 'select 7777 from pg_sleep(3)' >/tmp/answer")
    sleepers = "select 1 from pg_stat_activity where wait_event = 'PgSleep'"
    direct = f"{AS_POSTGRES} psql --host=/tmp --tuples-only --no-align --command"
    eventually(lambda: "1" in sandbox.run(*direct.split(), sleepers).stdout, "it sleeps")
    return lambda: "7777" in sandbox.run("cat", "/tmp/answer").stdout


def connection(port: int, farewell: str = "") -> Begin:
    """A connection that its client keeps open, and what a good end says."""

    def begin(sandbox: Sandbox) -> Question:
        held = eventually(lambda: _connected(port), f"{port} is open")
        assert held is not None

        def is_done() -> bool:
            held.close()
            return farewell in sandbox.transcript()

        return is_done

    return begin


def said(line: str, farewell: str = "") -> Begin:
    """Nothing but the program itself, once it has said that it is there."""

    def begin(sandbox: Sandbox) -> Question:
        eventually(functools.partial(_has_said, sandbox, line), f"it says {line!r}")
        return lambda: farewell in sandbox.transcript()

    return begin


def _has_said(sandbox: Sandbox, line: str) -> bool:
    return line in sandbox.transcript()


def _connected(port: int) -> socket.socket | None:
    try:
        return socket.create_connection(("127.0.0.1", port), timeout=5)
    except OSError:
        return None


def _listens(port: int) -> bool:
    held = _connected(port)
    if held is not None:
        held.close()
    return held is not None
