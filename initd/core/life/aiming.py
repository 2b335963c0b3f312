"""Who gets a signal, and who has had one: signals on their way to the processes that they are for.

What is sent after a look at the tree is in taking_aim.py, and the decision in core/signals/aim.py:
pid 1 imports both when it first looks.
"""

from __future__ import annotations

from initd.core.life import actions as do
from initd.core.signals.numbers import CONT, JOB_CONTROL, KILL, NOT_CATCHABLE, TERM, name_of
from initd.core.start.outcome import exit_code_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.life.policy import Policy

    Actions = list[do.Action]

#: How long a wrapper may go on once the program that it runs has ended, in seconds: it has its own
#: end to make, and a script what comes after the program. Then it gets TERM itself, because a
#: script that starts its program again and again never ends by itself.
SETTLES = 2.0
#: To whom these go is for the terminal, or for nobody, to say.
_NEVER_AIMED = JOB_CONTROL | NOT_CATCHABLE | {CONT}


class Aiming:
    """`at` are the processes that the stop is aimed at, and `had` who has had which signal of it,
    so that nobody gets one twice: pids, with when each process started. `awaited` is the program
    that has outlived the wrapper in front of it. `told` says that the wrapper has had TERM
    because its program had ended."""

    STATE = ("at", "had", "ended", "told", "awaited", "deadline", "last", "profile", "clean")

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.last: dict[str, Any] | None = None
        self.reset()

    def reset(self) -> None:
        """Another app runs."""
        self.had: list[list[int]] = []
        self._forget()

    def replaced(self, was: int) -> None:
        """Another process has taken the place of `was`; who has had a signal, has had it."""
        self.had = [each for each in self.had if each[1] != was]
        self._forget()

    def has_had(self, pid: int) -> bool:
        """Whether the stop has reached this process."""
        return any(each[1] == pid for each in self.had)

    def _forget(self) -> None:
        self.at: list[list[int]] = []
        self.ended = self.told = False
        self.awaited: int | None = None
        self.deadline: float | None = None
        self.profile = self.policy.profile
        self.clean = list(self.policy.clean_codes)

    # ---- sending --------------------------------------------------------------

    def passed_on(self, number: int, target: str) -> do.Action:
        """Sends a signal that a stop has nothing to do with."""
        policy = self.policy.aim
        if policy is None or not policy.behind or target != "process" or number in _NEVER_AIMED:
            return do.Deliver(number, target)
        return do.Look(number, target)

    def begin_step(self) -> None:
        """A step of the stop plan is about to be aimed."""
        self.at, self.ended, self.deadline = [], False, None

    def missed(self, number: int, target: str, bug: Exception) -> Actions:
        """A stop must not be lost to a bug in the aim, nor to a lack of memory: then its signal
        goes where it would go without."""
        why = f"{type(bug).__name__}: {bug}"
        return [do.Deliver(number, target), do.Log("error", "stop.not-aimed", {"why": why})]

    # ---- what follows ---------------------------------------------------------

    def all_ended(self, app: int, now: float) -> None:
        """Those that the stop was aimed at have ended, and the app has not."""
        if any(pid == app for pid, _ in self.at):
            return
        self.ended, self.deadline = True, now + SETTLES

    def elapsed(self, now: float) -> Actions:
        """Tells a wrapper that goes on without its program."""
        if self.deadline is None or now < self.deadline:
            return []
        self.deadline, self.told = None, True
        facts = {"signal": name_of(TERM), "why": "the program has ended, what runs it has not"}
        return [do.Deliver(TERM, "process"), do.Log("info", "stop.wrapper", facts)]

    def killing(self, actions: Actions) -> Actions:
        """The same, and where the app is killed, so is what the stop was aimed at."""
        if not self.at or do.Deliver not in map(type, actions):
            return actions
        at = tuple((pid, started) for pid, started in self.at)
        kills = any(isinstance(each, do.Deliver) and each.number == KILL for each in actions)
        return [do.DeliverTo(KILL, at), *actions] if kills else actions

    def app_ended(self, app: int, status: int) -> int:
        """The exit code that the end of the app's first process means; its program may still
        run."""
        self.deadline = None
        self.had = [each for each in self.had if each[1] != app]
        if len(self.at) == 1 and not self.ended:
            self.awaited = self.at[0][0]
        if self.told and status in (TERM, (128 + TERM) << 8):
            # By init's own doing: the program had ended as it was asked to, and nobody says how.
            return 0
        return exit_code_of(status, tuple(self.clean))

    def code_of(self, corpses: list[tuple[int, int]]) -> int | None:
        """The program's exit code, if it is among those that init has reaped."""
        for pid, status in corpses:
            if pid == self.awaited:
                self.awaited = None
                return exit_code_of(status, tuple(self.clean))
        return None

    def spared(self, number: int, first: bool) -> tuple[tuple[int, int], ...]:
        """Who is left out when `number` goes to what outlives the app: who has had it, and of the
        first signal, who has been asked to end at all."""
        if number == KILL:
            return ()
        found = [(pid, started) for had, pid, started in self.had if first or had == number]
        return tuple(dict.fromkeys(found))
