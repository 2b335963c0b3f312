"""The app's base image, whose programs are kept: they come slowly, and seldom change."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

from docker import base_image
from docker.engine import Engine
from docker.image import PROJECT, one_file

BUILD = PROJECT / "examples" / "fleet" / "build"


def publish(engine: Engine, name: str) -> str:
    """By the example's `base`; NAME@DIGEST."""
    _ensure_programs(engine)
    done = subprocess.run(
        [BUILD / "base", name, one_file()],
        env=engine.environment,
        capture_output=True,
        text=True,
        timeout=base_image.MAKING_SECONDS,
    )
    assert done.returncode == 0, done
    return done.stdout.strip()


def _ensure_programs(engine: Engine) -> None:
    """The Dockerfile's first stage, in the engine: `base` takes it from there."""
    base_image.ensure(engine.docker)
    stage = (BUILD / "base.Dockerfile").read_text().partition("\nFROM programs\n")[0]
    name = hashlib.sha256(stage.encode()).hexdigest()[:12]
    kept = base_image.cache_directory() / f"fleet-base-{name}.tar"
    if kept.exists():
        engine.docker("load", "--input", str(kept))
        return
    build = ("build", "--network=host", "--tag", f"fleet-programs:{name}", "-")
    engine.docker(*build, stdin=stage, timeout=base_image.MAKING_SECONDS)
    ...
