"""Who takes part, and how each is told to run the app."""

import re
import shutil
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workshop import HERE, Workshop

Wrap = Callable[[list[str], Path], list[str]]
"""From the app's command line and a scratch directory to the contender's command line."""

NONE = "none"
SUPERVISORD = "supervisord"
NAIVE = "naive Python"
BARE = "python -I -S"
INITD = "initd"
MONITORED = "initd, monitor"
SCRAPED = "initd, scraped"

# The interpreter says that it is up and sleeps: the stamp goes through modules that are built
# in and loaded by then, so that nothing is added to what a bare interpreter holds.
SLEEP = (
    "import posix, time; fd = posix.open({fifo!r}, posix.O_WRONLY); "
    "posix.write(fd, b'\\x01' * 8); posix.close(fd); time.sleep(1e6)"
)

HTTP_SOCKET = "/run/http.sock"

SUPERVISORD_CONFIG = """\
[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile=/run/supervisord.pid

[program:app]
command={command}
"""


@dataclass(frozen=True)
class Contender:
    """One row of the table."""

    name: str
    version: str
    wrap: Wrap
    runs_app: bool = True
    """False for one that is measured at rest only."""
    before_rest: Callable[[int], None] = lambda _init_pid: None
    """What is done to it, once it has settled, before it is looked at; given init's pid."""


@dataclass(frozen=True)
class Field:
    """Everybody who takes part, and a sentence for everybody who does not."""

    contenders: list[Contender]
    left_out: list[str]


def gather(workshop: Workshop, initd: Path | None) -> Field:
    """All contenders that are installed here, initd last."""
    field = Field([Contender(NONE, "", no_init)], [])
    for name in ("tini", "dumb-init", "catatonit"):
        add_small_init(field, name)
    add_supervisord(field)
    add_pythons(field, workshop)
    add_initd(field, workshop, initd)
    return field


def add_small_init(field: Field, name: str) -> None:
    """One of the C inits that take `NAME -- COMMAND`."""
    program = shutil.which(name)
    if program is None:
        field.left_out.append(f"{name} is not installed")
        return
    field.contenders.append(Contender(name, version_of(program), prefixed(program, "--")))


def add_supervisord(field: Field) -> None:
    """supervisord with one program, in the foreground, without log files or sockets."""
    program = shutil.which(SUPERVISORD)
    if program is None:
        field.left_out.append(f"{SUPERVISORD} is not installed")
        return

    def wrap(app: list[str], scratch: Path) -> list[str]:
        config = scratch / "supervisord.conf"
        config.write_text(SUPERVISORD_CONFIG.format(command=" ".join(app)))
        return [program, "-n", "-c", str(config)]

    field.contenders.append(Contender(SUPERVISORD, version_of(program), wrap))


def add_pythons(field: Field, workshop: Workshop) -> None:
    """The naive init, as people run it, and the interpreter that does nothing."""
    version = version_of(str(workshop.python), "-I", "-S")
    naive = prefixed(str(workshop.plain_python), str(HERE / "naive_init.py"))
    field.contenders.append(Contender(NAIVE, version, naive))

    def sleeping(app: list[str], _scratch: Path) -> list[str]:
        return [str(workshop.python), "-I", "-S", "-c", SLEEP.format(fifo=app[-1])]

    field.contenders.append(Contender(BARE, version, sleeping, runs_app=False))


def add_initd(field: Field, workshop: Workshop, initd: Path | None) -> None:
    """The one that this is about: alone, with a monitor, and when its metrics were read."""
    if initd is None or not initd.exists():
        field.left_out.append("initd is not installed (name it with --initd)")
        return
    program = str(initd.resolve())
    with_monitor = prefixed(program, *three_checks(workshop), "--http", HTTP_SOCKET, "--")
    field.contenders.extend(
        [
            Contender(INITD, version_of(program), prefixed(program, "--")),
            Contender(MONITORED, "", with_monitor),
            Contender(SCRAPED, "", with_monitor, runs_app=False, before_rest=scrape),
        ]
    )


def three_checks(workshop: Workshop) -> list[str]:
    """One each of the kinds that need libraries, a connection and a process."""
    checks = ("alive process", f"port tcp {workshop.endpoint}", "command exec -- true")
    return [word for check in checks for word in ("--check", check)]


def scrape(init_pid: int) -> None:
    """Reads /metrics as Prometheus does, over the socket in that mount namespace."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(f"/proc/{init_pid}/root{HTTP_SOCKET}")
        connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    if not answer.startswith(b"HTTP/1.1 200 ") or b"initd_app_up" not in answer:
        raise RuntimeError(f"{HTTP_SOCKET} does not give metrics: {answer[:200]!r}")


def no_init(app: list[str], _scratch: Path) -> list[str]:
    """The app itself as pid 1."""
    return app


def prefixed(*prefix: str) -> Wrap:
    """A contender that takes the app's command line after its own."""
    return lambda app, _scratch: [*prefix, *app]


def version_of(*command: str) -> str:
    """The number in what `COMMAND --version` says, on whichever stream."""
    said = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"\d+(\.[0-9a-z]+)+", said.stdout + said.stderr)
    return found.group() if found else "unknown"
