"""A signal is sent to those that a look at the tree of processes has found for it."""

from __future__ import annotations

from initd.core.life import actions as do
from initd.core.signals.aim import aim
from initd.core.signals.numbers import CONT, name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.life import events as ev
    from initd.core.life.aiming import Aiming
    from initd.core.life.stop_run import StopRun
    from initd.core.signals.aim import Aim, Process

    Actions = list[do.Action]


def looked(
    aiming: Aiming, event: ev.Looked, app: int, stop: StopRun, app_is_stopped: bool, now: float
) -> Actions:
    """Sends the signal that was looked for to those that are to have it."""
    first, number, target = [], event.number, event.target
    if event.step:
        aiming.begin_step()
        first = _adapt(aiming, event, app, stop, now)
        number, target = stop.signal, stop.target
    try:
        found = _aim(aiming, event.processes, app, number, target)
    except Exception as bug:
        return [*first, *aiming.missed(number, target, bug)]
    if not event.step:
        return [*first, _sending(found, number, target, watched=False)]
    aiming.at = [[each.pid, each.started] for each in found.at if not found.whole]
    aiming.had += [[number, each.pid, each.started] for each in found.at]
    names = list(dict.fromkeys(each.name for each in found.at))
    facts = {"pids": [each.pid for each in found.at], "names": names, "why": found.why}
    aiming.last = {"signal": name_of(number), **facts}
    wakes = app_is_stopped or target != "process" or any(each.stopped for each in found.at)

    def send(signal: int) -> do.Action:
        return _sending(found, signal, target, watched=signal == number)

    sent = stop.sent(send, wakes, facts)
    if app_is_stopped and not found.whole:  # it may be what is in front of the program
        sent.insert(-1, do.Deliver(CONT, "process"))
    return [*first, *sent]


def _aim(aiming: Aiming, processes: tuple[Process, ...], app: int, number: int, target: str) -> Aim:
    from initd.core.signals.found import is_wrapper
    from initd.core.signals.profile import is_program

    policy = aiming.policy.aim
    row = {"match": policy.match} if policy is not None and policy.match else None
    known = (lambda words: is_program(row, words)) if row is not None else None
    return aim(processes, app, number, target, known, is_wrapper)


def _adapt(aiming: Aiming, event: ev.Looked, app: int, stop: StopRun, now: float) -> Actions:
    """Goes on by the profile of the program that the app runs, or has become, if it has one and
    nobody has said anything else. Only the first look of a stop asks for environments."""
    policy = aiming.policy.aim
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

    plan, grace = plan_of(profile.stop), stop.allowed
    if grace is not None:
        plan = fit(plan, grace, plan_of(profile.hurry) if profile.hurry else ())
    aiming.profile = profile.name
    aiming.clean = list(dict.fromkeys((*profile.clean, *aiming.clean)))
    target = stop.target if stop.target != "process" else profile.target
    stop.adopt(plan, target, now)
    facts = {"profile": profile.name, "plan": text_of(plan), "why": profile.because}
    return [do.Log("info", "profile.found", facts)]


def _sending(found: Aim, number: int, target: str, watched: bool) -> do.Action:
    if found.whole:
        return do.Deliver(number, target)
    at = tuple((each.pid, each.started) for each in found.at)
    return do.DeliverTo(number, at, watched)
