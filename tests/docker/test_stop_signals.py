"""Images with a STOPSIGNAL of their own, and `docker kill -s INT`: a stop is a stop.

Whatever the restart policy, the app is not started again, and the engine need not kill.
"""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest

from .container import Finished
from .engine import Engine
from .image import build_with_stop_signal
from .in_flight import Answer, Request, wait_until_serving
from .side_by_side import SideBySide

GRACE = 10
POLICIES = ("no", "on-failure", "always")
STOP, KILL = WAYS = ("docker stop", "docker kill -s INT")


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


@dataclass(frozen=True)
class Stopped:
    """What a stop found and left behind: the answer is that to a request in flight."""

    finished: Finished
    seconds: float
    answer: Answer


@dataclass(frozen=True)
class Stops:
    """How each of them is stopped, in this network."""

    engine: Engine
    network: str
    images: Mapping[str, str]

    def jobs(self) -> dict[tuple[str, str, str], Callable[[], Stopped]]:
        """By the way, the image's signal, and the restart policy."""
        return {
            key: functools.partial(self._stop, *key)
            for key in itertools.product(WAYS, SERVERS, POLICIES)
        }

    def _stop(self, way: str, name: str, policy: str) -> Stopped:
        with self.engine.start(
            *SERVERS[name].command,
            image=self.images[name],
            network=self.network,
            initd=("--restart", policy),
        ) as container:
            address = container.address()
            wait_until_serving(address)
            request = Request(address)
            if way == KILL:
                began = time.monotonic()
                container.kill("INT")
                finished, seconds = container.wait(), time.monotonic() - began
            else:
                finished, seconds = container.stop(GRACE)
            return Stopped(finished, seconds, request.answer())


@pytest.fixture(scope="module")
def stops(
    engine: Engine, network: str, wrapped: str
) -> Iterator[SideBySide[tuple[str, str, str], Stopped]]:
    """All of them, on their way; an image for each signal."""
    images = {name: build_with_stop_signal(engine, wrapped, name) for name in SERVERS}
    with SideBySide(Stops(engine, network, images).jobs()) as these:
        yield these


def was_a_stop(finished: Finished) -> None:
    """Its app was started once, and its end was asked for."""
    events = finished.events()
    (end,) = [each for each in events if each["event"] == "app.exited"]
    assert end["asked"] is True, repr(finished)
    assert len([each for each in events if each["event"] == "app.started"]) == 1, repr(finished)
    assert finished.code == 0, repr(finished)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", SERVERS)
def test_an_images_own_stop_signal_ends_the_container(
    stops: SideBySide[tuple[str, str, str], Stopped], name: str, policy: str
) -> None:
    """Where the signal is the graceful one of its program, the request in flight is answered."""
    stop = stops.of((STOP, name, policy))
    was_a_stop(stop.finished)
    assert stop.answer.in_full == SERVERS[name].saves, repr(stop)
    assert stop.answer.ended > stop.finished.stopped_at(), repr(stop)
    assert stop.seconds < GRACE, repr(stop)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", SERVERS)
def test_docker_kill_by_int_ends_the_container(
    stops: SideBySide[tuple[str, str, str], Stopped], name: str, policy: str
) -> None:
    """As a Ctrl-C would: each of these programs ends on it."""
    was_a_stop(stops.of((KILL, name, policy)).finished)
