"""Builds the images that the tests run, from a Dockerfile, the one file and the test apps."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from . import base_image
from .engine import Engine, EngineError

PROJECT = Path(__file__).resolve().parents[2]
APPS = PROJECT / "tests" / "apps"
LANGUAGES = PROJECT / "tests" / "docker" / "languages"
WRAPPED = PROJECT / "tests" / "docker" / "wrapped"
PROGRAMS = PROJECT / "tests" / "programs" / "files"
#: initd as the images have it (`make one`).
ONE_FILE = PROJECT / "build" / "initd"
#: And as the one that gets it by pip does (`make wheel`).
WHEELS = PROJECT / "build" / "wheels"

TAG = "initd-test"
WITHOUT_PYTHON_TAG = "initd-test-without-python"
LANGUAGES_TAG = "initd-languages"
WRAPPED_TAG = "initd-wrapped"
#: What Debian's node 18 runs. Debian's own package of it comes with 370 others, of which installing
#: takes minutes.
NPM = "9.2.0"
#: The image with the file alone; the examples copy it from there.
ALONE_TAG = "initd"
EXAMPLES = PROJECT / "examples" / "one-file"
WHEEL_TAG = "initd-test-wheel"

_WHEEL = f"""
FROM {TAG}
COPY wheels /wheels
RUN rm /usr/local/bin/initd \\
 && pip install --no-index --find-links /wheels --break-system-packages initd-runtime
"""


def published_wheel() -> Path:
    """This machine's; raises if it has not been made."""
    found = list(WHEELS.glob(f"*_{platform.machine()}.whl"))
    if len(found) != 1:
        raise EngineError(f"{WHEELS} has not exactly one wheel for this machine: `make wheel`")
    return found[0]


def one_file() -> Path:
    """The file; raises if it has not been made."""
    if not ONE_FILE.exists():
        raise EngineError(f"{ONE_FILE} has not been made: `make one`")
    return ONE_FILE


def build(engine: Engine) -> str:
    """The tag of the image that most tests run, built."""
    dockerfile = PROJECT / "Dockerfile.test"
    return build_from(engine, TAG, dockerfile.read_text(), (one_file(), APPS))


def build_without_python(engine: Engine) -> str:
    """The tag of the image below that one, with node, nginx and Java."""
    dockerfile = (PROJECT / "Dockerfile.test").read_text()
    stage = ("--target", "without-python")
    return build_from(engine, WITHOUT_PYTHON_TAG, dockerfile, (one_file(), APPS), stage)


def build_languages(engine: Engine) -> str:
    """The tag of the image of test_languages.py, built."""
    return build_from(engine, LANGUAGES_TAG, (LANGUAGES / "Dockerfile").read_text(), [LANGUAGES])


def build_compiled_languages(engine: Engine) -> str:
    """The stage of it that is not from the test image, and can be built beside that one."""
    dockerfile = (LANGUAGES / "Dockerfile").read_text()
    stage = ("--target", "compiled")
    return build_from(engine, f"{LANGUAGES_TAG}-compiled", dockerfile, [LANGUAGES], stage)


def build_wrapped(engine: Engine, scripts: Mapping[str, str]) -> str:
    """The tag of the image of test_wrapped_stop.py, built; `npm start` in /npm/NAME runs the
    script of that name."""
    with tempfile.TemporaryDirectory(prefix="initd-npm-") as directory:
        packages = Path(directory) / "npm"
        for name, script in scripts.items():
            about = {"name": name, "version": "1.0.0", "scripts": {"start": script}}
            (packages / name).mkdir(parents=True)
            (packages / name / "package.json").write_text(json.dumps(about))
        shutil.copy(_npm(), f"{directory}/npm.tgz")
        dockerfile = (WRAPPED / "Dockerfile").read_text()
        sources = (WRAPPED, PROGRAMS, packages, Path(directory) / "npm.tgz")
        return build_from(engine, WRAPPED_TAG, dockerfile, sources)


def _npm() -> Path:
    """npm's own package, with all that it needs in it; packed by the machine's npm, and kept."""
    cache = base_image.cache_directory()
    kept = cache / f"npm-{NPM}.tgz"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as directory:
            words = ["npm", "pack", f"npm@{NPM}", "--pack-destination", directory]
            subprocess.run(words, check=True, capture_output=True, timeout=600, cwd=directory)
            (Path(directory) / kept.name).rename(kept)
    return kept


def build_with_stop_signal(engine: Engine, base: str, signal: str) -> str:
    """The tag of an image like `base` that has this STOPSIGNAL, built."""
    dockerfile = f"FROM {base}\nSTOPSIGNAL {signal}\n"
    return build_from(engine, f"{base}-{signal.lower()}", dockerfile)


def build_alone(engine: Engine) -> str:
    """The tag of the image that holds the file and nothing else, built."""
    return _build_example(engine, "image", ALONE_TAG, [one_file()])


def build_example(engine: Engine, name: str) -> str:
    """The tag of the image of examples/one-file/NAME.Dockerfile, built."""
    build_alone(engine)
    base_image.ensure_without_debian(engine.docker)
    sources = (one_file(), EXAMPLES / "app.c", EXAMPLES / "passwd")
    return _build_example(engine, name, f"initd-example-{name}", sources)


def _build_example(engine: Engine, name: str, tag: str, sources: Iterable[Path]) -> str:
    return build_from(engine, tag, (EXAMPLES / f"{name}.Dockerfile").read_text(), sources)


def build_with_the_wheel(engine: Engine) -> str:
    """The tag of an image that has got initd by pip, in the place of the one file."""
    with tempfile.TemporaryDirectory(prefix="initd-wheels-") as directory:
        os.mkdir(f"{directory}/wheels")
        shutil.copy(published_wheel(), f"{directory}/wheels")
        return build_from(engine, WHEEL_TAG, _WHEEL, [Path(directory) / "wheels"])


def build_from(
    engine: Engine,
    tag: str,
    dockerfile: str,
    sources: Iterable[Path] = (),
    options: Iterable[str] = (),
) -> str:
    """The tag; the build's context has copies of `sources`, files and directories, by their names.

    On the host's network: the packages come by the same way as the machine's own.
    """
    with tempfile.TemporaryDirectory(prefix="initd-context-") as directory:
        for source in sources:
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "Dockerfile")
                shutil.copytree(source, Path(directory) / source.name, ignore=ignored)
            else:
                shutil.copy(source, directory)
        (Path(directory) / "Dockerfile").write_text(dockerfile)
        engine.docker(
            *("build", "--network=host", *options, "--tag", tag, directory),
            timeout=base_image.MAKING_SECONDS,
        )
    return tag
