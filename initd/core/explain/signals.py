"""What init would do, said beforehand: for each signal, for a stop, for an end.

For `initd check`. Nothing here decides: tests/unit/test_core_explain.py holds it to the
supervisor, tests/process/test_check.py to what a container's app then hears.
"""

from __future__ import annotations

from initd.core.health.roles import READINESS
from initd.core.life.policy import RESTART, STOP
from initd.core.life.restart import LONGEST, NO, ON_FAILURE
from initd.core.life.stop_run import HUNG_PATIENCE
from initd.core.life.sweep import PATIENCE
from initd.core.signals.numbers import CONT, DROP, FAULTS, FORWARDED, KILL, OWN, RTMAX, name_of
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from initd.core.life.policy import Policy
    from initd.core.life.restart import RestartPolicy
    from initd.core.settings import Settings
    from initd.core.signals.profile import Profile
    from initd.core.signals.stop_plan import Plan

#: What can become of a signal: it sets off the stop plan, it is delivered, it is dropped;
#: it is about init itself, about a fault, out of reach, or the C library's.
STOPS, DELIVERED, DROPPED = "stop", "deliver", "drop"
INITS, FAULT, UNCATCHABLE, RESERVED = "own", "fault", "uncatchable", "reserved"

_NOT_PASSED_ON = {
    INITS: "init's own, about its children and its terminal: not passed on",
    FAULT: "about a fault of init itself: not passed on",
    RESERVED: "the C library's own: not passed on",
}
_OUT_OF_REACH = {
    KILL: "can't be caught: from outside it ends the container at once, from within nothing",
}
_FREEZES = "can't be caught: from outside it freezes init, from within nothing"
_WHOM = {
    "process": "the app's process",
    "group": "the app's process group",
    "all": "every process in the container",
}


class Fate(Value):
    """What becomes of signal `number` when it reaches init. `out` is what is delivered,
    0 for nothing or, where `does` is STOPS, for what the plan says."""

    number: int
    does: str
    out: int = 0
    source: str = "default"


def fate_of(number: int, given: Settings | Policy) -> Fate:
    """What becomes of one signal, while the app runs and nothing is stopping."""
    if number not in FORWARDED:
        return Fate(number, _kept_from_the_app(number))
    rule = given.signal_map.get(number)
    if rule is not None and rule.out == DROP:
        return Fate(number, DROPPED, source=rule.source)
    if number == given.stop_signal:
        return Fate(number, STOPS)
    if rule is not None:
        return Fate(number, DELIVERED, rule.out, rule.source)
    return Fate(number, DELIVERED, number)


def fates(given: Settings | Policy) -> tuple[Fate, ...]:
    """Those of all signals, in the order of their numbers."""
    return tuple(fate_of(number, given) for number in range(1, RTMAX + 1))


def _kept_from_the_app(number: int) -> str:
    if number in OWN:
        return INITS
    if number in FAULTS:
        return FAULT
    return RESERVED if number in (32, 33) else UNCATCHABLE


def whom(target: str, profile: Profile | None) -> str:
    """Whom signals reach: by the program's name, where that is known."""
    if target != "process" or profile is None:
        return _WHOM[target]
    # A program that calls its first process a master, in its title, has workers too.
    is_master = any("master" in pattern for pattern in profile.facts.get("match", ()))
    return f"the {profile.name} {'master' if is_master else 'process'}"


# ---- words --------------------------------------------------------------------------


def fate_words(fate: Fate, settings: Settings) -> str:
    """One signal's fate, for people."""
    to = whom(settings.target, settings.profile)
    if fate.does == STOPS:
        return stop_words(settings)
    if fate.does == DROPPED:
        is_stop = fate.number == settings.stop_signal
        return "dropped" + ("; only `initd stop` runs the stop plan" if is_stop else "")
    if fate.does == UNCATCHABLE:
        return _OUT_OF_REACH.get(fate.number, _FREEZES)
    if fate.does != DELIVERED:
        return _NOT_PASSED_ON[fate.does]
    if fate.out == fate.number:
        return f"as it is, to {to}"
    note = ", which is no stop: the plan is not run" if fate.out == settings.stop_signal else ""
    return f"{name_of(fate.out)} to {to}{note}"


def stop_words(settings: Settings, own: bool = False) -> str:
    """The stop plan. `own` is a stop that init itself wants: no engine's clock runs then,
    and it has an end."""
    to = whom(settings.target, settings.profile)
    return plan_words(settings.stop_plan, to, settings.target != "process", own)


def plan_words(plan: Plan, to: str, with_cont: bool, own: bool = False) -> str:
    """`QUIT to the unicorn master, wait 25 s, then TERM to it ...`; `with_cont` where CONT
    goes along with each step (core/life/stop_run.py says when)."""
    said = []
    for step in plan[:-1]:
        said.append(f"{_sent(step.signal, to, with_cont)}, wait {step.patience:g} s")
    last = plan[-1]
    said.append(_sent(last.signal, to, with_cont))
    if last.signal == KILL:
        said[-1] += ", which nothing survives"
    elif own:
        patience = HUNG_PATIENCE if last.patience is None else last.patience
        said[-1] += f", wait {patience:g} s"
        said.append(f"KILL to {to}, which nothing survives")
    else:
        said.append("wait for the engine")
        if last.patience is not None:
            said[-1] += f" (the log calls it overdue after {last.patience:g} s)"
    return ", then ".join(said)


def _sent(signal: int, to: str, with_cont: bool) -> str:
    return f"{name_of(signal)}{' and CONT' if with_cont else ''} to {to}"


def also_sent(target: str) -> tuple[int, ...]:
    """What goes along with each step of a plan, to an app that is not stopped."""
    return (CONT,) if target != "process" else ()


def end_words(policy: RestartPolicy, clean_codes: Sequence[int]) -> str:
    """What follows when the app ends by itself."""
    clean = f" ({' and '.join(map(str, clean_codes))} counts as 0)" if clean_codes else ""
    if policy.mode == NO:
        return f"the container ends with its exit code{clean}"
    when = f"with another code than 0{clean}: " if policy.mode == ON_FAILURE else ""
    words = f"{when}started again, after 0.1 s at first and up to {LONGEST:g} s later on"
    if policy.times:
        within = f" within {policy.seconds:g} s" if policy.seconds else ""
        words += f", at most {policy.times} times{within}"
    return words


def unhealthy_words(settings: Settings) -> str | None:
    """What follows when a check of life fails; None where no check is about that."""
    if all(set(check.roles) <= {READINESS} for check in settings.checks):
        return None
    how = stop_words(settings, own=True)
    if settings.on_unhealthy == RESTART:
        return f"{how}; then started again"
    if settings.on_unhealthy == STOP:
        return f"{how}; then the container ends with its exit code, or 1 where that is 0"
    return "said by health, HTTP and the log; nothing else"


def restart_words(settings: Settings) -> str:
    """What `initd restart` does."""
    return f"{stop_words(settings, own=True)}; then started again at once"


def survivor_words() -> str:
    """What becomes of processes that outlive the app."""
    return f"TERM and CONT, wait {PATIENCE:g} s, then KILL"
