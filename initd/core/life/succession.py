"""Another process in the app's place: one that it has named, its successor, its daemon."""

from __future__ import annotations

from initd.core.life import actions as do
from initd.core.life.life_state import LifeState
from initd.core.start.outcome import exit_code_of, status_facts
from initd.core.states import STARTING, STOPPING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

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


class Succession(LifeState):
    """Invariant: `awaited` is set, and `next_look` with it, only in the state `starting`: the
    app's first process has ended, and its pid file is yet to name the one that goes on. It has the
    pid that has ended, its wait status, and until when (monotonic seconds)."""

    def follow(self, pid: int) -> Actions:
        """`pid` is the app from now on; the end of the process that was is not the app's."""
        if self.app is None:
            return []
        was = self.corpse = self._replace(self.app, pid)
        return [do.Log("info", "app.followed", {"app": pid, "was": was})]

    def _replace(self, was: int, pid: int) -> int:
        """`pid` is the app now. What `was` has been sent, and how it has ended, says nothing
        about the end of the one that goes on."""
        self.app, self.followed, self.stopped_by = pid, True, None
        self.aiming.replaced(was)
        self.end_request.reset()
        return was

    def _inherit(self, status: int, left: Sequence[Left], now: float) -> Actions | None:
        """The app has ended: what follows where another process takes its place; None where none
        does."""
        if self.stop.since is not None:  # what has had the stop's signal already gets no second one
            left = [each for each in left if not self.aiming.has_had(each.pid)]
        if self.app is None or not left:
            return None
        found = self._find(status, left)
        if found is None:
            return None
        first = self._is_new(now) and self.state != STOPPING
        pid, why = found
        was = self.corpse = self._replace(self.app, pid)
        taken: Actions = [do.TakeOver(pid), *self._told(was, pid, why, first, left)]
        if (began := self.stop.since) is None:
            return taken
        # The stop that the one before has had is for this one, too, from its first step on.
        again = self.stop.begin(now, self.stop.own, False)
        self.stop.since = began  # the engine's clock does not begin anew
        return [*taken, *again]

    def _find(self, status: int, left: Sequence[Left]) -> tuple[int, str] | None:
        try:
            from initd.core.life.successor import successor

            return successor(
                left,
                self.policy.program,
                ended_well=exit_code_of(status, self.policy.clean_codes) == 0,
                stops=self.state == STOPPING,
            )
        except Exception:  # of memory, or of a file that has gone: the app's end must not be lost
            return None

    def _told(self, was: int, pid: int, why: str, first: bool, left: Sequence[Left]) -> Actions:
        facts = {"app": pid, "was": was, "why": why}
        if not first:
            return [do.Log("info", "app.replaced", facts)]
        return [do.Log("warning", "app.daemonized", {**facts, **_in_front(left)})]

    # ---- a program that is yet to write its pid file ----------------------------

    def _awaits(self, status: int, left: Sequence[Left], now: float) -> bool:
        """Whether the app has put itself in the background, and its pid file is to say which
        process goes on."""
        if not self.policy.pid_file or not left or self.state == STOPPING or self.app is None:
            return False
        if exit_code_of(status, self.policy.clean_codes) or self.end_request.explains(status, now):
            return False
        self.awaited = [self.app, status, now + FOR_ITS_PID_FILE]
        self.next_look = now
        self.corpse, self.app, self.stopped_by = self.app, None, None
        self._enter(STARTING)
        return True

    def _look_again(self, left: Sequence[Left], now: float) -> Actions | None:
        """What follows from another look; None where none will help."""
        assert self.awaited is not None
        named = next((each.pid for each in left if each.is_named), None)
        was, _, until = self.awaited
        if named is None:
            self.next_look = now + LOOK_INTERVAL
            return [] if left and now < until else None
        first = self._is_new(now)
        self.awaited = self.next_look = None
        self._replace(was, named)
        return [do.TakeOver(named), *self._told(was, named, "pid file", first, left)]

    def _is_new(self, now: float) -> bool:
        """Whether this is its first process, soon after its start, and nobody has told it to
        replace itself."""
        return not (self.followed or self.counts.delivered) and now - self.app_since < SOON

    # ---- an app that has left -----------------------------------------------------

    def _left_alone(self, status: int, left: Sequence[Left], ran: float) -> Actions:
        """Says why an app that seems to run nicely is over: it has put itself in the background."""
        if exit_code_of(status, self.policy.clean_codes) or not left:
            return []
        if not self._is_new(self.app_since + ran):
            return []
        facts = {"left": [_name(each) for each in left[:_NAMED_AT_MOST]], **status_facts(status)}
        if self.policy.pid_file:
            facts["pid_file"] = f"{self.policy.pid_file} names none of them"
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
