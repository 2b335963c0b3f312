"""The engine, once for all tests, and the two runtimes that a fact is to hold under."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from . import image
from .engine import RUNTIMES, Engine
from .in_front import COMMANDS


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """A running engine that has the test image; ended and waited for, also when tests fail."""
    with Engine() as running:
        running.image = image.build(running)
        yield running


@pytest.fixture(scope="session")
def wrapped(engine: Engine) -> str:
    """The image with what stands in front of programs, and more of those."""
    return image.build_wrapped(engine, COMMANDS)


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
def swarm(engine: Engine) -> Iterator[Engine]:
    """The engine as the only node of a swarm. Its bridge has a name of its own: engines on the
    machine would share the usual one."""
    name = f"com.docker.network.bridge.name=initd{os.getpid()}"
    engine.docker("network", "create", "--opt", name, "docker_gwbridge")
    address = "127.0.0.1"
    engine.docker("swarm", "init", "--advertise-addr", address, "--listen-addr", f"{address}:2377")
    yield engine
    engine.docker("swarm", "leave", "--force")
