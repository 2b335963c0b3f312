"""The temporary directory of one run: compiled probes, an interpreter without extras, FIFOs.

Nothing is installed and nothing is left behind.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Every check of the whole run stays in the listener's queue: some hundreds.
BACKLOG = 4096
ETC = "etc"
#: Of this machine's /etc what programs can't do without; the rest is a person's, not an image's.
OF_ETC = ("passwd", "group", "nsswitch.conf", "ld.so.cache", "hosts")
C_FLAGS = ("-static", "-O2", "-Wall", "-Wextra", "-Werror")


@dataclass(frozen=True)
class Workshop:
    """Where a run keeps its things."""

    root: Path
    spawner: Path
    app: Path
    storm: Path
    trickle: Path
    requester: Path
    listener: socket.socket
    """Something for checks to connect to. Nobody accepts: the kernel shakes hands alone."""
    python: Path
    """The real interpreter, in no environment."""
    plain_python: Path
    """The same one in a fresh environment with nothing in its site-packages."""
    numbers: Iterator[int]

    @property
    def endpoint(self) -> str:
        """The listener's address, HOST:PORT."""
        host, port = self.listener.getsockname()
        return f"{host}:{port}"

    def scratch(self) -> Path:
        """A new directory for one container."""
        directory = self.root / str(next(self.numbers))
        directory.mkdir()
        return directory

    def furnish(self, scratch: Path) -> Path:
        """An /etc for the container that has this directory: of links, as the pages of these
        files are in memory already, like those of an image."""
        etc = scratch / ETC
        shutil.copytree(self.root / ETC, etc, copy_function=os.link)
        return etc


@contextmanager
def open_workshop(python: Path) -> Iterator[Workshop]:
    """Compile the probes, make the plain environment, and clear up at the end."""
    root = Path(tempfile.mkdtemp(prefix="initd-bench-"))
    fill(root / ETC)
    try:
        with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as listener:
            yield Workshop(
                root=root,
                spawner=compiled(root, "spawner"),
                app=compiled(root, "app"),
                storm=compiled(root, "storm"),
                trickle=compiled(root, "trickle"),
                requester=compiled(root, "requester"),
                listener=listener,
                python=python,
                plain_python=plain_environment(root, python),
                numbers=count(),
            )
    finally:
        shutil.rmtree(root)


def fill(etc: Path) -> None:
    """An /etc to start with."""
    etc.mkdir()
    for name in OF_ETC:
        if Path("/etc", name).exists():
            shutil.copy(Path("/etc", name), etc)


def compiled(root: Path, name: str) -> Path:
    """The static program that NAME.c becomes."""
    program = root / name
    subprocess.run(["cc", *C_FLAGS, "-o", program, HERE / f"{name}.c"], check=True)
    return program


def plain_environment(root: Path, python: Path) -> Path:
    """An interpreter whose start is that of a clean image.

    A machine's own site-packages may hold .pth files that run code at every start: on one
    that we measured they doubled the start of a Python program.
    """
    environment = root / "plain"
    subprocess.run([python, "-m", "venv", "--without-pip", environment], check=True)
    return environment / "bin" / "python3"


def real_interpreter(initd: Path | None) -> Path:
    """The interpreter that initd runs on, else the one that runs this, without venv or shim."""
    asked = initd.resolve().parent / "python3" if initd else Path(sys.executable)
    if not asked.exists():
        asked = Path(sys.executable)
    # The built-in module is enough here, and -S keeps site from doing anything of its own.
    question = "import sys; print(getattr(sys, '_base_executable', None) or sys.executable)"
    answer = subprocess.run(
        [asked, "-I", "-S", "-c", question], check=True, capture_output=True, text=True
    )
    return Path(answer.stdout.strip()).resolve()
