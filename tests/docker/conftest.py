"""The engine, once for all tests, and the two runtimes that a fact is to hold under."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from . import fleet
from .engine import RUNTIMES, Engine
from .images import LANGUAGES, WRAPPED, Images


@pytest.fixture(scope="session")
def _running() -> Iterator[Engine]:
    """An engine without an image; ended and waited for, also when tests fail."""
    with Engine() as running:
        yield running


@pytest.fixture(scope="session")
def _images(_running: Engine, request: pytest.FixtureRequest) -> Iterator[Images]:
    """What the tests of this run ask for, on its way."""
    items = request.session.items
    wanted = {name for item in items for name in getattr(item, "fixturenames", ())}
    with Images(_running, wanted) as these:
        yield these


@pytest.fixture(scope="session")
def engine(_running: Engine, _images: Images) -> Engine:
    """A running engine that has the test image."""
    _running.image = _images.test()
    return _running


@pytest.fixture(scope="session")
def languages(engine: Engine, _images: Images) -> str:
    """The image with programs in many languages."""
    return _images.of(LANGUAGES)


@pytest.fixture(scope="session")
def wrapped(engine: Engine, _images: Images) -> str:
    """The image with what stands in front of programs, and more of those."""
    return _images.of(WRAPPED)


@pytest.fixture(scope="session")
def network(engine: Engine) -> str:
    """A network of the tests' own: other engines on the machine may share the default bridge."""
    engine.docker("network", "create", "initd-test")
    return "initd-test"


@pytest.fixture(params=RUNTIMES)
def runtime(request: pytest.FixtureRequest) -> str:
    name = request.param
    assert isinstance(name, str)
    return name


@pytest.fixture(scope="session")
def fleet_app(engine: Engine) -> str:
    """The name of the app's images, whose tags are its versions: fleet.py."""
    return fleet.build_app(engine)


@pytest.fixture(scope="session")
def swarm(engine: Engine) -> Iterator[Engine]:
    """The engine as the only node of a swarm. Its bridge has a name of its own, and its manager a
    port: engines on the machine would share the usual ones."""
    name = f"com.docker.network.bridge.name=initd{os.getpid()}"
    engine.docker("network", "create", "--opt", name, "docker_gwbridge")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    engine.docker("swarm", "init", "--advertise-addr", address, "--listen-addr", address)
    # The routing mesh is not used, and would hold on to the bridge.
    engine.docker("network", "rm", "ingress", stdin="y\n")
    yield engine
    engine.docker("swarm", "leave", "--force")
    engine.docker("network", "rm", "docker_gwbridge", check=False)
