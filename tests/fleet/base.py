"""The app's base image, whose programs are kept: they come slowly, and seldom change."""

from __future__ import annotations

import hashlib
import os
import subprocess

from docker import base_image
from docker.engine import Engine
from docker.image import PROJECT, one_file

BUILD = PROJECT / "examples" / "fleet" / "build"


def publish(engine: Engine, name: str) -> str:
    """By the example's `base`; NAME@DIGEST."""
    done = subprocess.run(
        [BUILD / "base", name, one_file()],
        env={**engine.environment, "BUILD_OPTIONS": f"--cache-from {_programs(engine)}"},
        capture_output=True,
        text=True,
        timeout=base_image.MAKING_SECONDS,
    )
    assert done.returncode == 0, done
    return done.stdout.strip()


def _programs(engine: Engine) -> str:
    """The tag of what the Dockerfile's first stage makes, in the engine."""
    stage = (BUILD / "base.Dockerfile").read_text().partition("\nFROM programs\n")[0]
    tag = f"fleet-programs:{hashlib.sha256(stage.encode()).hexdigest()[:12]}"
    kept = base_image.cache_directory() / f"{tag.replace(':', '-')}.tar"
    if kept.exists():
        engine.docker("load", "--input", str(kept))
        return tag
    base_image.ensure(engine.docker)
    build = ("build", "--network=host", "--tag", tag, "-")
    engine.docker(*build, stdin=stage, timeout=base_image.MAKING_SECONDS)
    # With its own base: another import of that one would be another image to the builder.
    partial = kept.with_name(f"{os.getpid()}-{kept.name}")
    engine.docker("save", "--output", str(partial), tag, base_image.TAG)
    partial.rename(kept)
    return tag
