"""Images with a STOPSIGNAL of their own, and `docker kill -s INT`: a stop is a stop.

Whatever the restart policy, the app is not started again, and the engine need not kill.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from .container import Finished
from .engine import Engine
from .image import build_with_stop_signal
from .in_flight import Request, wait_until_serving

GRACE = 10
POLICIES = ("no", "on-failure", "always")


@dataclass(frozen=True)
class Server:
    """A server of an image that has another STOPSIGNAL, and whether that signal is graceful."""

    command: tuple[str, ...]
    saves: bool


#: By the name of the signal.
SERVERS = {
    "SIGQUIT": Server(("nginx", "-c", "/apps/nginx.conf"), True),
    "SIGINT": Server(
        ("gunicorn", "--bind", "0.0.0.0:8080", "--chdir", "/apps", "wsgi_app:application"), False
    ),
    "SIGWINCH": Server(("apache2", "-DFOREGROUND", "-f", "/programs/apache.conf"), True),
}


@pytest.fixture(scope="module")
def images(engine: Engine, wrapped: str) -> Mapping[str, str]:
    """An image for each signal."""
    return {name: build_with_stop_signal(engine, wrapped, name) for name in SERVERS}


def was_a_stop(finished: Finished) -> None:
    """Its app was started once, and its end was asked for."""
    events = finished.events()
    (end,) = [each for each in events if each["event"] == "app.exited"]
    assert end["asked"] is True, finished
    assert len([each for each in events if each["event"] == "app.started"]) == 1, finished
    assert finished.code == 0, finished


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", SERVERS)
def test_an_images_own_stop_signal_ends_the_container(
    engine: Engine, network: str, images: Mapping[str, str], name: str, policy: str
) -> None:
    """Where the signal is the graceful one of its program, the request in flight is answered."""
    server = SERVERS[name]
    with engine.start(
        *server.command, image=images[name], network=network, initd=("--restart", policy)
    ) as container:
        address = container.address()
        wait_until_serving(address)
        request = Request(address)
        finished, seconds = container.stop(GRACE)
        answer = request.answer()
    was_a_stop(finished)
    assert answer.in_full == server.saves, (answer, finished)
    assert seconds < GRACE, finished


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", SERVERS)
def test_docker_kill_by_int_ends_the_container(
    engine: Engine, network: str, images: Mapping[str, str], name: str, policy: str
) -> None:
    """As a Ctrl-C would: each of these programs ends on it."""
    server = SERVERS[name]
    with engine.start(
        *server.command, image=images[name], network=network, initd=("--restart", policy)
    ) as container:
        wait_until_serving(container.address())
        container.kill("INT")
        finished = container.wait()
    was_a_stop(finished)
