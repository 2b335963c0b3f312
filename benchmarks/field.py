"""Who takes part: no init as the floor, the peers, the Pythons, and initd in what it can be."""

import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from contenders import NONE, Contender, no_init, prefixed, version_of
from peers import installed_peers
from start_plan import PLANNED, can_plan, planned
from workshop import HERE, Workshop

NAIVE = "naive Python"
BARE = "python -I -S"
INITD = "initd"
HEALTH_ASKED = "initd, health"
MONITORED = "initd, monitor"
SCRAPED = "initd, scraped"

# The interpreter says that it is up and sleeps: the stamp goes through modules that are built
# in and loaded by then, so that nothing is added to what a bare interpreter holds.
SLEEP = (
    "import posix, time; fd = posix.open({fifo!r}, posix.O_WRONLY); "
    "posix.write(fd, b'\\x01' * 8); posix.close(fd); time.sleep(1e6)"
)

HTTP_SOCKET = "/run/http.sock"
CONTROL_SOCKET = "/run/initd/control.sock"


@dataclass(frozen=True)
class Field:
    """Everybody who takes part, and a sentence for everybody who does not."""

    contenders: list[Contender]
    left_out: list[str]


def gather(workshop: Workshop, initd: Path | None) -> Field:
    """All contenders that are installed here, initd last."""
    peers, left_out = installed_peers()
    ours = list(variants(workshop, initd)) if initd is not None and initd.exists() else []
    if not ours:
        left_out.append("initd is not installed (name it with --initd)")
    elif PLANNED not in [each.name for each in ours]:
        left_out.append(f"{PLANNED}: this initd has no `initd compile`")
    return Field([Contender(NONE, "", no_init), *peers, *pythons(workshop), *ours], left_out)


def pythons(workshop: Workshop) -> Iterator[Contender]:
    """The naive init, as people run it, and the interpreter that does nothing."""
    version = version_of(str(workshop.python), "-I", "-S")
    naive = prefixed(str(workshop.plain_python), str(HERE / "naive_init.py"))
    yield Contender(NAIVE, version, naive)

    def sleeping(app: list[str], _scratch: Path) -> list[str]:
        return [str(workshop.python), "-I", "-S", "-c", SLEEP.format(fifo=app[1])]

    yield Contender(BARE, version, sleeping, runs_app=False)


def variants(workshop: Workshop, initd: Path) -> Iterator[Contender]:
    """The one that this is about: alone, with a start plan, asked for its health as by a
    HEALTHCHECK, with a monitor, and when its metrics were read."""
    program = str(initd.resolve())
    with_monitor = prefixed(program, *three_checks(workshop), "--http", HTTP_SOCKET, "--")

    def ask(init_pid: int) -> None:
        command = [program, "health", "--socket", f"/proc/{init_pid}/root{CONTROL_SOCKET}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    alone = prefixed(program, "--")
    yield Contender(INITD, version_of(program), alone)
    if can_plan(program):
        yield Contender(PLANNED, "", planned(program))
    yield Contender(HEALTH_ASKED, "", alone, runs_app=False, before_rest=ask, at_rest=ask)
    yield Contender(MONITORED, "", with_monitor)
    yield Contender(SCRAPED, "", with_monitor, runs_app=False, before_rest=scrape)


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
