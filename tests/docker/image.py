"""Builds the images that the tests run, from a Dockerfile, the wheelhouse and the test apps."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from . import base_image
from .engine import Engine, EngineError

PROJECT = Path(__file__).resolve().parents[2]
PROGRAMS = PROJECT / "tests" / "docker" / "programs"
LANGUAGES = PROJECT / "tests" / "docker" / "languages"
TAG = "initd-test"
PROGRAMS_TAG = "initd-programs"
LANGUAGES_TAG = "initd-languages"


def wheelhouse() -> Path:
    """The directory with the wheel of initd and those that it needs; the Makefile makes it."""
    path = Path(os.environ.get("INITD_WHEELHOUSE") or PROJECT / "build" / "wheelhouse")
    if len(list(path.glob("initd-*.whl"))) != 1:
        raise EngineError(f"the wheelhouse {path} has not exactly one initd-*.whl: `make test`")
    return path


def build(engine: Engine) -> str:
    """The tag of the image that most tests run, built."""
    return _build(engine, TAG, PROJECT / "Dockerfile.test")


def build_programs(engine: Engine) -> str:
    """The tag of the image with the real programs of test_programs.py, built."""
    return _build(engine, PROGRAMS_TAG, PROGRAMS / "Dockerfile")


def build_languages(engine: Engine) -> str:
    """The tag of the image of test_languages.py, which adds to the one of `build`."""
    return _build(engine, LANGUAGES_TAG, LANGUAGES / "Dockerfile")


def _build(engine: Engine, tag: str, dockerfile: Path) -> str:
    wheels = wheelhouse()
    base_image.ensure(engine.docker)
    with tempfile.TemporaryDirectory(prefix="initd-context-") as directory:
        context = Path(directory)
        shutil.copy(dockerfile, context / "Dockerfile")
        for source in (PROJECT / "tests" / "apps", PROGRAMS, LANGUAGES):
            ignored = shutil.ignore_patterns("__pycache__", "Dockerfile")
            shutil.copytree(source, context / source.name, ignore=ignored)
        shutil.copytree(wheels, context / "wheels")
        # On the host's network: the packages come by the same way as the machine's own.
        engine.docker(
            *("build", "--network=host", "--tag", tag, str(context)),
            timeout=base_image.MAKING_SECONDS,
        )
    return tag
