"""Another process in the app's place: one that it has named, its successor, its daemon.

Imported when an app has ended and left processes behind, or has named another one.

Invariant: `awaited` is set, and `next_look` with it, only in the state `starting`: the app's first
process has ended, and its pid file is yet to name the one that goes on. It has the pid that has
ended, its wait status, and until when (monotonic seconds)."""

from __future__ import annotations

from initd.core.life import actions as do
from initd.core.start.outcome import exit_code_of, status_facts
from initd.core.states import STARTING, STOPPING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from initd.core.life.life_state import LifeState
    from initd.core.life.successor import Left

    Actions = list[do.Action]

#: Seconds that a program which has gone into the background has for its pid file, and between two
#: looks at it.
FOR_ITS_PID_FILE = 5.0
LOOK_INTERVAL = 0.1
#: An app that ends so soon and leaves processes has put itself into the background. Seconds.
SOON = 10.0
#: At most so many of those that are left are named in a log line.
_NAMED_AT_MOST = 5


def follow(life: LifeState, pid: int) -> Actions:
    """`pid` is the app from now on; the end of the process that was is not the app's."""
    if life.app is None:
        return []
    was = life.corpse = _replace(life, life.app, pid)
    return [do.Log("info", "app.followed", {"app": pid, "was": was})]


def _replace(life: LifeState, was: int, pid: int) -> int:
    """`pid` is the app now. What `was` has been sent, and how it has ended, says nothing
    about the end of the one that goes on."""
    life.app, life.followed, life.stopped_by = pid, True, None
    life.aiming.replaced(was)
    life.end_request.reset()
    return was


def inherit(life: LifeState, status: int, left: Sequence[Left], now: float) -> Actions | None:
    """The app has ended: what follows where another process takes its place; None where none
    does."""
    if life.stop.since is not None:  # what has had the stop's signal already gets no second one
        left = [each for each in left if not life.aiming.has_had(each.pid)]
    if life.app is None or not left:
        return None
    found = _find(life, status, left)
    if found is None:
        return None
    first = _is_new(life, now) and life.state != STOPPING
    pid, why = found
    was = life.corpse = _replace(life, life.app, pid)
    taken: Actions = [do.TakeOver(pid), *_told(life, was, pid, why, first, left)]
    if life.stop.since is None or life.stop.is_silent:
        return taken
    # The stop that the one before has had is for this one, too, from its first step on.
    return [*taken, *life.stop.begin_again(now)]


def _find(life: LifeState, status: int, left: Sequence[Left]) -> tuple[int, str] | None:
    try:
        from initd.core.life.successor import successor

        return successor(
            left,
            life.policy.program,
            ended_well=exit_code_of(status, life.policy.clean_codes) == 0,
            stops=life.state == STOPPING,
        )
    except Exception:  # of memory, or of a file that has gone: the app's end must not be lost
        return None


def _told(
    life: LifeState, was: int, pid: int, why: str, first: bool, left: Sequence[Left]
) -> Actions:
    facts = {"app": pid, "was": was, "why": why}
    if not first:
        return [do.Log("info", "app.replaced", facts)]
    return [do.Log("warning", "app.daemonized", {**facts, **_in_front(left)})]


# ---- a program that is yet to write its pid file ----------------------------


def awaits(life: LifeState, status: int, left: Sequence[Left], now: float) -> bool:
    """Whether the app has put itself in the background, and its pid file is to say which
    process goes on."""
    if not life.policy.pid_file or not left or life.state == STOPPING or life.app is None:
        return False
    if exit_code_of(status, life.policy.clean_codes) or life.end_request.explains(status, now):
        return False
    life.awaited = [life.app, status, now + FOR_ITS_PID_FILE]
    life.next_look = now
    life.corpse, life.app, life.stopped_by = life.app, None, None
    life._enter(STARTING)
    return True


def look_again(life: LifeState, left: Sequence[Left], now: float) -> Actions | None:
    """What follows from another look; None where none will help."""
    assert life.awaited is not None
    named = next((each.pid for each in left if each.is_named), None)
    was, _, until = life.awaited
    if named is None:
        life.next_look = now + LOOK_INTERVAL
        return [] if left and now < until else None
    first = _is_new(life, now)
    life.awaited = life.next_look = None
    _replace(life, was, named)
    return [do.TakeOver(named), *_told(life, was, named, "pid file", first, left)]


def _is_new(life: LifeState, now: float) -> bool:
    """Whether this is its first process, soon after its start, and nobody has told it to
    replace itself."""
    return not (life.followed or life.counts.delivered) and now - life.app_since < SOON


# ---- an app that has left -----------------------------------------------------


def left_alone(life: LifeState, status: int, left: Sequence[Left], ran: float) -> Actions:
    """Says why an app that seems to run nicely is over: it has put itself in the background."""
    if exit_code_of(status, life.policy.clean_codes) or not left:
        return []
    if not _is_new(life, life.app_since + ran):
        return []
    facts = {"left": [_name(each) for each in left[:_NAMED_AT_MOST]], **status_facts(status)}
    if life.policy.pid_file:
        facts["pid_file"] = f"{life.policy.pid_file} names none of them"
    return [do.Log("warning", "app.daemonized", {**facts, **_in_front(left)})]


def _name(each: Left) -> str:
    words = each.words
    return words[0].split()[0].rstrip(":").rpartition("/")[2] if words and words[0].strip() else "?"


def _in_front(left: Sequence[Left]) -> dict[str, str]:
    """What would keep it there, for the log."""
    try:
        from initd.core.life.background import what_keeps_in_front

        known = what_keeps_in_front(
            word for each in left for word in (_name(each), *each.words[1:2])
        )
    except Exception:  # see _find
        known = ""
    return {"mend": f"keep it in front: {known}" if known else "keep it in front, or --pid-file"}
