"""The compiled helpers, the peers as Debian has them, and initd under their names."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from ..namespace import INITD
from .side import Tools

HERE = Path(__file__).parent
NAMES = ("tini", "tini-static", "docker-init", "dumb-init", "catatonit")


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    """stage.c and puppet.c, compiled."""
    folder = tmp_path_factory.mktemp("drop-in")
    for name in Tools._fields:
        source = HERE / f"{name}.c"
        flags = ["-O1", "-Wall", "-Wextra", "-Werror"]
        subprocess.run(["cc", *flags, source, "-o", folder / name], check=True)
    return Tools(*(folder / name for name in Tools._fields))


@pytest.fixture(scope="session")
def links(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with initd under each of the names."""
    folder = tmp_path_factory.mktemp("links")
    for name in NAMES:
        (folder / name).symlink_to(INITD)
    return folder


def peer(name: str) -> str:
    """Where Debian's package has put it."""
    path = shutil.which(name)
    assert path, f"the tests compare with the real {name}: `make apt` installs it"
    assert Path(path).resolve() != Path(INITD).resolve(), f"{path} is initd, not {name}"
    return path
