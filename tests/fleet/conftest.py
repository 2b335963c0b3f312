"""An engine for the fleet's tests, real registries for it, and the images that it has."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker.engine import Engine

from . import base, handmade
from .builds import Builds
from .github import GitHub
from .handmade import Image
from .registry import BUILDER, Registry, slowly


@pytest.fixture(scope="session")
def registry() -> Iterator[Registry]:
    """The example's, running; each fetch from a registry is slow enough to have a midst."""
    with Registry([slowly("40m")]) as running:
        yield running


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory, registry: Registry) -> Iterator[Engine]:
    """A running engine that has signed in to the registry."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_CONFIG", str(tmp_path_factory.mktemp("docker-config")))
        with Engine() as running:
            login = ("login", "--username", BUILDER[0], "--password-stdin", registry.host)
            running.docker(*login, stdin=BUILDER[1])
            yield running


@pytest.fixture(scope="session")
def big_image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """Of 200 MB, in three layers."""
    directory: Path = tmp_path_factory.mktemp("big-image")
    return handmade.make(directory, 120, 60, 20)


@pytest.fixture(scope="session")
def base_name(engine: Engine, registry: Registry) -> str:
    """The base image by its digest, published."""
    return base.publish(engine, f"{registry.host}/fleet/base")


@pytest.fixture(scope="session")
def github() -> Iterator[GitHub]:
    with GitHub() as running:
        yield running


@pytest.fixture(scope="session")
def builds(
    engine: Engine,
    registry: Registry,
    base_name: str,
    github: GitHub,
) -> Iterator[Builds]:
    """A bare repository with the hook, and a checkout of the app to push from."""
    with tempfile.TemporaryDirectory(prefix="initd-builds-") as directory:
        made = Builds(Path(directory), engine, registry, github)
        made.write(BASE=f"{base_name}\n")
        yield made


@pytest.fixture(scope="session")
def app_image(builds: Builds) -> str:
    """The example's app, built from a commit: NAME:SHA, in the engine and in the registry."""
    sha = builds.commit("The app")
    assert builds.push(sha, "app").state == "success"
    return f"{builds.image}:{sha}"
