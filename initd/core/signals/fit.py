"""A stop plan, fitted into the time that the engine leaves.

`docker stop -t 10` and terminationGracePeriodSeconds kill the container when their time is
over. Where init is told that time (--grace), the plan ends before it does:

    0  hook, drain  the plan's own steps         hurry        KILL   grace
    |------|--------------------------------------|-------------|------|

- The hook of the stop and the drain (--drain) are shortened where they take more than half.
- The program's own emergency signal, `hurry` in its profile, comes early enough for it to act:
  Resque then ends its child and reports the job, nginx closes connections that have no end.
- KILL comes from init, shortly before the engine's: so init lives on to say what happened.
- A plan that takes longer than that is shortened, each step by the same part. One that takes
  less keeps its times.
"""

from __future__ import annotations

from initd.core.signals.numbers import KILL
from initd.core.signals.stop_plan import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.signals.stop_plan import Plan

#: Between init's KILL and the engine's: seconds, and at most this part of the grace period.
RESERVE, RESERVE_PART = 1.0, 0.1
#: What a last step without a time of its own needs at least, in seconds.
SHORTEST = 2.0
#: All of `hurry` takes no more than this part of the time: it cuts work that might have ended.
HURRY_PART = 0.5
#: And so does what comes before the first signal.
LEAD_PART = 0.5


def lead_within(grace: float, *parts: float) -> tuple[float, ...]:
    """What comes before the first signal, for an engine that kills after `grace` seconds: each
    part is shortened by as much."""
    room = time_until_kill(grace) * LEAD_PART
    needed = sum(parts)
    return parts if needed <= room else tuple(_cents(part * room / needed) for part in parts)


def fit(plan: Plan, grace: float, hurry: Plan = (), lead: float = 0.0) -> Plan:
    """The plan for an engine that kills after `grace` seconds, of which the first `lead` are
    over when it begins. Where it does not end in KILL by itself, it does so now; a plan of KILL
    alone stays as it is."""
    own, has_end = _without_kill(plan)
    if not own:
        return plan
    end = time_until_kill(grace) - lead
    urgent = _shortened(_timed(_without_kill(hurry)[0]), end * HURRY_PART)
    room = end - seconds_needed(urgent)
    steps = _shortened(_timed(own), room)
    if not has_end:  # the last step has whatever the others leave
        last = steps[-1]
        steps = (*steps[:-1], Step(last.signal, _cents(room - seconds_needed(steps[:-1]))))
    return (*steps, *urgent, Step(KILL))


def time_until_kill(grace: float) -> float:
    """How long after the stop init's own KILL comes, in seconds."""
    return grace - min(RESERVE, grace * RESERVE_PART)


def seconds_needed(plan: Plan) -> float:
    """The time that the plan asks for by itself, in seconds."""
    return sum(step.patience or 0.0 for step in plan)


def is_too_long(plan: Plan, grace: float, lead: float = 0.0) -> bool:
    """Whether the plan has to be shortened."""
    return seconds_needed(plan) > time_until_kill(grace) - lead


def _without_kill(plan: Plan) -> tuple[Plan, bool]:
    """The steps in front of the first KILL, and whether there is one: nothing survives it."""
    for at, step in enumerate(plan):
        if step.signal == KILL:
            return plan[:at], True
    return plan, False


def _timed(plan: Plan) -> Plan:
    return tuple(
        Step(step.signal, SHORTEST if step.patience is None else step.patience) for step in plan
    )


def _shortened(steps: Plan, room: float) -> Plan:
    """The same steps, all in time."""
    needed = seconds_needed(steps)
    if needed <= room:
        return steps
    return tuple(Step(each.signal, _cents((each.patience or 0) * room / needed)) for each in steps)


def _cents(seconds: float) -> float:
    """Down to hundredths, for people who read the plan."""
    return int(max(0.0, seconds) * 100 + 1e-6) / 100
