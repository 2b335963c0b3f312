"""The tree of processes, as far as an unprivileged process can see it."""

from __future__ import annotations

from initd.core.redact import redacted
from initd.core.value import Value
from initd.linux.process_tree import command_line
from initd.monitor.process_usage import below, usage_of
from initd.monitor.tasks import sleep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: More are not listed: the response stays small, and so does the work for it.
PROCESSES_AT_MOST = 256
#: A command line is cut after so many characters; the kernel allows megabytes.
COMMAND_AT_MOST = 200
#: So many are read before the event loop turns to others: about 1 ms.
_AT_A_TIME = 16
#: What the letters in /proc/PID/stat stand for (proc(5)).
_STATES = {
    "R": "running",
    "S": "sleeping",
    "D": "disk-sleep",
    "T": "stopped",
    "t": "tracing-stop",
    "Z": "zombie",
    "X": "dead",
    "x": "dead",
    "I": "idle",
}


class Process(Value):
    """`rss` is resident memory in bytes, `depth` the distance from init."""

    pid: int
    ppid: int
    command: str
    rss: int
    depth: int


async def tree(init: int, redact: Sequence[str] | None) -> tuple[Process, ...]:
    """Init and all below it, each after its parent. What ends meanwhile, or may not be read,
    is left out with what is below it. Command lines are shown without secrets, and without what
    the patterns of `redact` hide; where it is None, by the program's name alone."""
    found: list[Process] = []
    for number, pid in enumerate(below(init)[:PROCESSES_AT_MOST]):
        if number % _AT_A_TIME == _AT_A_TIME - 1:
            await sleep(0)
        entry = _read(pid, redact)
        if entry is not None:
            found.append(entry)
    return tuple(_in_order(found, init))


def _read(pid: int, redact: Sequence[str] | None) -> Process | None:
    try:
        usage = usage_of(pid)
    except OSError:
        return None
    words = " ".join(redacted(command_line(pid), redact)) if redact is not None else ""
    command = words or f"[{usage.name}] {_STATES.get(usage.state, usage.state)}"
    return Process(pid=pid, ppid=usage.parent, command=_cut(command), rss=usage.resident, depth=0)


def _cut(words: str) -> str:
    return words if len(words) <= COMMAND_AT_MOST else words[: COMMAND_AT_MOST - 1] + "…"


def _in_order(found: list[Process], init: int) -> Iterator[Process]:
    """Depth first, by pid; with a stack, since a chain of forks can be of any depth."""
    children: dict[int, list[Process]] = {}
    for process in sorted(found, key=lambda each: -each.pid):
        children.setdefault(process.ppid, []).append(process)
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
        stack += [(child, depth + 1) for child in children.get(process.pid, ())]
