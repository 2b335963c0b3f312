"""Builds the image that the tests run, from Dockerfile.test, the wheelhouse and the test apps."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from . import base_image
from .engine import Engine, EngineError

PROJECT = Path(__file__).resolve().parents[2]
TAG = "initd-test"
BUILD_SECONDS = 600.0


def wheelhouse() -> Path:
    """The directory with the wheel of initd and those that it needs; the Makefile makes it."""
    path = Path(os.environ.get("INITD_WHEELHOUSE") or PROJECT / "build" / "wheelhouse")
    if len(list(path.glob("initd-*.whl"))) != 1:
        raise EngineError(f"the wheelhouse {path} has not exactly one initd-*.whl: `make test`")
    return path


def build(engine: Engine) -> str:
    """The tag of the image, built."""
    wheels = wheelhouse()
    base_image.ensure(engine.docker)
    with tempfile.TemporaryDirectory(prefix="initd-context-") as directory:
        context = Path(directory)
        shutil.copy(PROJECT / "Dockerfile.test", context / "Dockerfile")
        shutil.copytree(
            PROJECT / "tests" / "apps",
            context / "apps",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        shutil.copytree(wheels, context / "wheels")
        # On the host's network: the packages come by the same way as the machine's own.
        engine.docker(
            *("build", "--network=host", "--tag", TAG, str(context)), timeout=BUILD_SECONDS
        )
    return TAG
