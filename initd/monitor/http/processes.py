"""The tree of processes, as far as an unprivileged process can see it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import psutil

from initd.core.value import Value

#: More are not listed: the response stays small, and so does the work for it.
PROCESSES_AT_MOST = 256
#: A command line is cut after so many characters; the kernel allows megabytes.
COMMAND_AT_MOST = 200
#: So many are read before the event loop turns to others: about 2 ms.
_AT_A_TIME = 16


class Process(Value):
    """`rss` is resident memory in bytes, `depth` the distance from init."""

    pid: int
    ppid: int
    command: str
    rss: int
    depth: int


async def tree(init: int) -> tuple[Process, ...]:
    """Init and all below it, each after its parent. What ends meanwhile, or may not be read,
    is left out with what is below it."""
    found: list[Process] = []
    for number, process in enumerate(_descendants(init)):
        if number % _AT_A_TIME == _AT_A_TIME - 1:
            await asyncio.sleep(0)
        entry = _read(process)
        if entry is not None:
            found.append(entry)
    return tuple(_in_order(found, init))


def _descendants(init: int) -> list[psutil.Process]:
    try:
        top = psutil.Process(init)
        return [top, *top.children(recursive=True)][:PROCESSES_AT_MOST]
    except psutil.Error:
        return []


def _read(process: psutil.Process) -> Process | None:
    try:
        with process.oneshot():
            words = " ".join(process.cmdline()) or f"[{process.name()}] {process.status()}"
            rss = process.memory_info().rss
            return Process(
                pid=process.pid, ppid=process.ppid(), command=_cut(words), rss=rss, depth=0
            )
    except psutil.Error:
        return None


def _cut(words: str) -> str:
    return words if len(words) <= COMMAND_AT_MOST else words[: COMMAND_AT_MOST - 1] + "…"


def _in_order(found: list[Process], init: int) -> Iterator[Process]:
    """Depth first, by pid; with a stack, since a chain of forks can be of any depth."""
    below: dict[int, list[Process]] = {}
    for process in sorted(found, key=lambda each: -each.pid):
        below.setdefault(process.ppid, []).append(process)
    stack = [(process, 0) for process in found if process.pid == init]
    while stack:
        process, depth = stack.pop()
        yield Process(
            pid=process.pid,
            ppid=process.ppid,
            command=process.command,
            rss=process.rss,
            depth=depth,
        )
        stack += [(child, depth + 1) for child in below.get(process.pid, ())]
