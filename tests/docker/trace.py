"""What init and its own processes open in a container, as strace tells it.

strace is the container's first program: with -D it makes itself a descendant of the program that
it runs, so that init is pid 1 all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

#: In the container: the directory that a test mounts.
PLACE = "/trace"
#: What `docker run` takes for it.
FLAGS = ("--cap-add", "SYS_PTRACE", "--entrypoint", "strace")
WORDS = (
    *("-D", "-f", "-q", "-s", "300", "-o", f"{PLACE}/calls"),
    *("-e", "trace=open,openat,openat2,execve,fork,vfork,clone,clone3"),
)
#: What init is told: strace goes on, whatever the signal, while there is a process that it traces,
#: and init is one. By default a stop would leave it the engine's patience.
OUTLIVED = ("--leftovers", "TERM:1 KILL")

_LINE = re.compile(r"^(\d+) +(.*)$", re.MULTILINE)
_MADE = re.compile(r"(?:<\.\.\. )?(?:clone3?|v?fork)\b.* = (\d+)$")
_EXECUTED = re.compile(r'execve\("([^"]*)".* = 0$')
_OPENED = re.compile(r'(?:open\(|openat2?\([^,]*, |execve\()"([^"]*)"')
#: The file itself, by any of its names.
_OURS = re.compile(r"/proc/self/exe|(?:.*/)?initd")


def opened_by_init(directory: Path) -> set[str]:
    """Paths that were opened, or tried, by processes that run the one file; those that it executes
    as another program are named as well, and what they open is not."""
    text = (directory / "calls").read_text()
    return set(_opened(_LINE.findall(text)))


def _opened(lines: list[tuple[str, str]]) -> Iterator[str]:
    parents = {found[1]: pid for pid, call in lines if (found := _MADE.match(call))}
    ours = {"1": True}
    for pid, call in lines:
        if pid not in ours:  # a process begins as what its parent is
            ours[pid] = ours.get(parents.get(pid, ""), False)
        if ours[pid] and (path := _OPENED.match(call)):
            yield path[1]
        if executed := _EXECUTED.match(call):
            ours[pid] = bool(_OURS.fullmatch(executed[1]))
