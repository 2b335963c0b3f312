"""The app has ended, and another process goes on in its place: which one, if any.

Programs replace themselves (USR2 of unicorn, gunicorn, nginx) or put themselves in the background:
their first process ends, and another one serves on. It is found by the pid file that the program
writes, or because the same program runs on among the processes that the app has left behind.
"""

from __future__ import annotations

from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

BY_PID_FILE, SAME_PROGRAM = "pid file", "the same program goes on"


class Left(Value, kw_only=True):
    """A process that the app has left. `words` is its command line; `is_orphan`: its parent has
    ended, so that it is init's own child now; `is_parent`: it has children itself; `is_named`: the
    pid file names it."""

    pid: int
    words: tuple[str, ...]
    is_orphan: bool = True
    is_parent: bool = False
    is_named: bool = False


def successor(
    left: Sequence[Left], match: Sequence[str], *, ended_well: bool, stops: bool
) -> tuple[int, str] | None:
    """The pid of the process that takes the app's place, and why it is that one; None where none
    does.

    `match` are the patterns by which the app's profile knows its program. Without a pid file the
    program is only believed to have replaced itself if it `ended_well`; what a crash leaves are
    workers. A master has workers of its own, by which it is told from what a former one has left;
    while the app `stops`, nothing else is followed, since everything else is to end anyway.
    """
    for each in left:
        if each.is_named:
            return each.pid, BY_PID_FILE
    if not match or not (ended_well or stops):
        return None
    same = [each for each in left if each.is_orphan and is_program(each.words, match)]
    masters = [each for each in same if each.is_parent]
    if masters:
        return masters[-1].pid, SAME_PROGRAM
    if len(same) != 1 or stops:
        return None
    return same[0].pid, SAME_PROGRAM


def is_program(words: tuple[str, ...], match: Sequence[str]) -> bool:
    """Whether the command line is that of the program, not of one of its workers, where it says
    which it is: `nginx: worker process`."""
    from initd.core.signals.known import matches
    from initd.core.signals.unwrap import unwrap

    if len(words) == 1 and "worker" in words[0]:
        return False
    inner = unwrap(words)
    if not inner:
        return False
    inner = (inner[0].rstrip(":"), *inner[1:])  # `nginx: master process nginx`
    title = " ".join(inner)
    return any(matches(pattern, title if " " in pattern else inner[0]) for pattern in match)
