"""Time of one `initd health`, which a HEALTHCHECK runs every few seconds in every container.

Beside it the least that any check takes (a program that does nothing) and the least that one in
Python does (an interpreter that does nothing). From spawn to the reaped exit, by a process like
the engine's: what `docker exec` adds is the same for all.
"""

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from container import Container, ContainerError, settle
from contenders import Contender, prefixed
from field import INITD
from rounds import Progress, interleaved
from workshop import Workshop

HEALTH = "initd health"
BARE_START = "python -I -S -c pass"
NOTHING = "true"

ENVIRONMENT = {"PATH": os.defpath}
SILENT = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]


@dataclass(frozen=True)
class Check:
    """A command that could be a HEALTHCHECK."""

    name: str
    command: list[str]


@dataclass(frozen=True)
class Call:
    """What one call took: by the clock, and of the processor."""

    wall_ns: int
    cpu_ns: int


def measure_health(
    workshop: Workshop, initd: Path | None, calls: int, progress: Progress
) -> dict[str, list[Call]]:
    """Each call; nothing where initd does not take part."""
    if initd is None or not initd.exists():
        return {}
    program, socket = str(initd.resolve()), str(workshop.scratch() / "control.sock")
    checks = [
        Check(NOTHING, [shutil.which("true") or "/bin/true"]),
        Check(BARE_START, [str(workshop.python), "-I", "-S", "-c", "pass"]),
        Check(HEALTH, [program, "health", "--socket", socket]),
    ]
    took: dict[str, list[Call]] = {check.name: [] for check in checks}
    asked = Contender(INITD, "", prefixed(program, "--socket", socket, "--"))
    with Container(workshop, asked) as container:
        # The app speaks for itself before init has heard that it runs, and is healthy.
        settle([container])
        # One round more than asked for: the first fills the page cache and is thrown away.
        for number, check in interleaved(checks, calls + 1):
            progress(f"health {number}/{calls}")
            one = call(check)
            if number > 0:
                took[check.name].append(one)
    return took


def call(check: Check) -> Call:
    """What one call took; a check that fails does less than its work."""
    began = time.perf_counter_ns()
    pid = os.posix_spawn(check.command[0], check.command, ENVIRONMENT, file_actions=SILENT)
    _, status, used = os.wait4(pid, 0)
    ended = time.perf_counter_ns()
    if status != 0:
        code = os.waitstatus_to_exitcode(status)
        raise ContainerError(f"{' '.join(check.command)} ended with {code}")
    return Call(ended - began, round((used.ru_utime + used.ru_stime) * 1e9))
