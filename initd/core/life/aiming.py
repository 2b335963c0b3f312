"""Who gets a signal, and who has had one: signals on their way to the processes that they are for.

The decision itself is core/signals/aim.py, which pid 1 imports when it first looks at the tree.
"""

from __future__ import annotations

from initd.core.life import actions as do
from initd.core.signals.numbers import CONT, JOB_CONTROL, KILL, NOT_CATCHABLE, TERM, name_of
from initd.core.start.outcome import exit_code_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.life import events as ev
    from initd.core.life.policy import Policy
    from initd.core.life.stop_run import StopRun
    from initd.core.signals.aim import Aim, Process

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
        self._policy = policy
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
        self.profile = self._policy.profile
        self.clean = list(self._policy.clean_codes)

    # ---- sending --------------------------------------------------------------

    def passed_on(self, number: int, target: str) -> do.Action:
        """Sends a signal that a stop has nothing to do with."""
        policy = self._policy.aim
        if policy is None or not policy.behind or target != "process" or number in _NEVER_AIMED:
            return do.Deliver(number, target)
        return do.Look(number, target)

    def looked(
        self, event: ev.Looked, app: int, stop: StopRun, app_is_stopped: bool, now: float
    ) -> Actions:
        """Sends the signal that was looked for to those that are to have it."""
        first, number, target = [], event.number, event.target
        if event.step:
            self._begin_step()
            first = self._adapt(event, app, stop, now)
            number, target = stop.signal, stop.target
        try:
            found = self._aim(event.processes, app, number, target)
        except Exception as bug:  # a stop must not be lost to it, nor to a lack of memory
            why = f"{type(bug).__name__}: {bug}"
            plain = do.Deliver(number, target)
            return [*first, plain, do.Log("error", "stop.not-aimed", {"why": why})]
        if not event.step:
            return [*first, _sending(found, number, target, watched=False)]
        self.at = [[each.pid, each.started] for each in found.at if not found.whole]
        self.had += [[number, each.pid, each.started] for each in found.at]
        names = list(dict.fromkeys(each.name for each in found.at))
        facts = {"pids": [each.pid for each in found.at], "names": names, "why": found.why}
        self.last = {"signal": name_of(number), **facts}
        wakes = app_is_stopped or target != "process" or any(each.stopped for each in found.at)

        def send(signal: int) -> do.Action:
            return _sending(found, signal, target, watched=signal == number)

        sent = stop.sent(send, wakes, facts)
        if app_is_stopped and not found.whole:  # it may be what is in front of the program
            sent.insert(-1, do.Deliver(CONT, "process"))
        return [*first, *sent]

    def _begin_step(self) -> None:
        self.at, self.ended, self.deadline = [], False, None

    def _aim(self, processes: tuple[Process, ...], app: int, number: int, target: str) -> Aim:
        from initd.core.signals.aim import aim
        from initd.core.signals.found import is_wrapper
        from initd.core.signals.profile import is_program

        policy = self._policy.aim
        row = {"match": policy.match} if policy is not None and policy.match else None
        known = (lambda words: is_program(row, words)) if row is not None else None
        return aim(processes, app, number, target, known, is_wrapper)

    def _adapt(self, event: ev.Looked, app: int, stop: StopRun, now: float) -> Actions:
        """Goes on by the profile of the program that the app runs, or has become, if it has one
        and nobody has said anything else. Only the first look of a stop asks for environments."""
        policy = self._policy.aim
        if policy is None or not policy.adapts or stop.step:
            return []
        try:
            from initd.core.signals.found import found_profile

            profile = found_profile(event.processes, app, policy.own)
        except Exception as bug:  # then by the default
            return [do.Log("error", "profile.not-found", {"why": f"{type(bug).__name__}: {bug}"})]
        if profile is None:
            return []
        from initd.core.signals.fit import fit
        from initd.core.signals.stop_plan import plan_of, text_of

        plan, grace = plan_of(profile.stop), self._policy.grace
        if grace is not None:
            plan = fit(plan, grace, plan_of(profile.hurry) if profile.hurry else ())
        self.profile = profile.name
        self.clean = list(dict.fromkeys((*profile.clean, *self.clean)))
        target = stop.target if stop.target != "process" else profile.target
        stop.adopt(plan, target, now)
        facts = {"profile": profile.name, "plan": text_of(plan), "why": profile.because}
        return [do.Log("info", "profile.found", facts)]

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


def _sending(found: Aim, number: int, target: str, watched: bool) -> do.Action:
    if found.whole:
        return do.Deliver(number, target)
    at = tuple((each.pid, each.started) for each in found.at)
    return do.DeliverTo(number, at, watched)
