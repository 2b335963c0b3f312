"""Which signals mean a stop, whoever's they are.

An engine stops a container by SIGTERM, by the image's STOPSIGNAL (QUIT for nginx, WINCH for
httpd), by INT for a Ctrl-C, or by RTMIN+3 (podman --systemd=always). Two things can follow. The
plan starts, where nothing else can be meant. Otherwise the signal is passed on as it is, and if
the app ends thereafter, that was asked for.
"""

from __future__ import annotations

from initd.core.signals.numbers import (
    CONT,
    INT,
    JOB_CONTROL,
    KILL,
    QUIT,
    RTMIN,
    STOP,
    TERM,
    number_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from initd.core.signals.profile import Profile
    from initd.core.signals.stop_plan import Plan

#: They end nearly every program. Few have another use for one: a JVM prints its threads on QUIT.
ENDING = frozenset((TERM, INT, QUIT))
#: systemd halts on it (systemd(1), SIGNALS), so podman sends it where it takes the app for
#: systemd (--systemd=always). No other program knows it, and most would die of it.
HALT = RTMIN + 3
#: Steps of a plan that by themselves end nothing, or that no program can know.
_NO_END = JOB_CONTROL | {CONT, STOP, KILL}
#: What a profile calls signals after which the program goes on.
_GOES_ON = ("reload", "reopen", "quiet")


def ending_signals(profile: Profile | None) -> frozenset[int]:
    """Those after which the app's end was asked for, apart from what starts the plan."""
    if profile is None:
        return ENDING
    facts = profile.facts
    return ENDING - {number_of(name) for name in facts.get("survives", ())} - _going_on(facts)


def plan_starters(plan: Plan, profile: Profile | None, profile_plan: Plan | None) -> frozenset[int]:
    """Those that start the plan as the stop signal does: the plan's own, the program's own, and
    systemd's."""
    goes_on = _going_on(profile.facts) if profile is not None else frozenset[int]()
    own = (_ends_by(each, goes_on) for each in (plan, profile_plan) if each is not None)
    return frozenset((HALT, *(number for number in own if number is not None)))


def _ends_by(plan: Plan, goes_on: frozenset[int]) -> int | None:
    """The step that is to end the program. `TSTP:5 TERM` quiets it first; `USR1:20 TERM` may do
    so too, and only the program knows: then TERM is sure."""
    signals = [step.signal for step in plan if step.signal not in _NO_END | goes_on]
    sure = [number for number in signals if number in ENDING]
    return next(iter(sure or signals), None)


def _going_on(facts: Mapping[str, Any]) -> frozenset[int]:
    return frozenset(number_of(facts[key]) for key in _GOES_ON if key in facts)
