"""What init would do, in words: for each signal, for a stop, for an end.

For `initd check`. Nothing is decided here: tests/unit/test_core_explain.py compares it with the
supervisor, tests/process/test_check.py with what an app really gets.
"""

from __future__ import annotations

from initd.core.life.restart import LONGEST, NO, ON_FAILURE, RESTART, STOP
from initd.core.life.stop_run import HUNG_PATIENCE
from initd.core.life.sweep import PATIENCE
from initd.core.signals.numbers import CONT, KILL, name_of
from initd.core.signals.route import (
    ALL,
    DELIVERED,
    DROPPED,
    FAULT,
    INITS,
    RESERVED,
    STOPS,
    UNCATCHABLE,
    route,
)
from initd.core.signals.stop_plan import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from initd.core.life.restart import RestartPolicy
    from initd.core.settings import Settings
    from initd.core.signals.profile import Profile
    from initd.core.signals.route import SignalPolicy, SignalRoute
    from initd.core.signals.stop_plan import Plan

_NOT_PASSED_ON = {
    INITS: "not passed on: it concerns init's own children and terminal",
    FAULT: "not passed on: it reports a fault of init itself",
    RESERVED: "not passed on: the C library uses it",
}
_KILLS = "cannot be caught; sent from outside it kills the container, from inside it has no effect"
_FREEZES = "cannot be caught; sent from outside it freezes init, from inside it has no effect"
_IF_IT_ENDS = "; if it ends, it was asked to"
_WHOM = {
    "process": "the app's process",
    "group": "the app's process group",
    "all": "every process in the container",
}


def routes(policy: SignalPolicy) -> tuple[SignalRoute, ...]:
    """Those of all signals, in the order of their numbers."""
    return tuple(route(number, policy) for number in ALL)


def whom(target: str, profile: Profile | None) -> str:
    """Whom signals reach: by the program's name, where that is known."""
    if target != "process" or profile is None:
        return _WHOM[target]
    if profile.is_wrapper:
        return f"the program that {profile.name} runs"
    # A program that calls its first process a master, in its title, has workers too.
    is_master = any("master" in pattern for pattern in profile.facts.get("match", ()))
    return f"the {profile.name} {'master' if is_master else 'process'}"


# ---- words --------------------------------------------------------------------------


def route_words(found: SignalRoute, settings: Settings) -> str:
    """What becomes of one signal, for people."""
    to = whom(settings.target, settings.profile)
    if found.does == STOPS and found.number != settings.stop_signal:
        return f"a stop, as on SIG{name_of(settings.stop_signal)}"
    if found.does == STOPS:
        return stop_words(settings)
    if found.does == DROPPED:
        is_stop = found.number == settings.stop_signal
        return "dropped" + ("; only `initd stop` runs the stop plan" if is_stop else "")
    if found.does == UNCATCHABLE:
        return _KILLS if found.number == KILL else _FREEZES
    if found.does != DELIVERED:
        return _NOT_PASSED_ON[found.does]
    if found.out == found.number:
        return f"as it is, to {to}{_IF_IT_ENDS if found.asks else ''}"
    note = ", which does not start the stop plan" if found.out == settings.stop_signal else ""
    return f"{name_of(found.out)} to {to}{note}{_IF_IT_ENDS if found.asks else ''}"


def sleep_words(settings: Settings) -> str:
    """Whether pid 1 falls asleep, and why not."""
    if settings.sleep is None or settings.why_awake:
        return f"init stays awake: {settings.why_awake}"
    return f"init falls asleep after {settings.sleep:g} s, and on a shell's terminal stays awake"


def grace_warning(settings: Settings) -> str | None:
    """That the plan takes longer than the engine waits; None where it does not."""
    from initd.core.signals.fit import is_too_long, seconds_needed

    plan, grace = settings.unfitted_plan, settings.grace
    if grace is None or not is_too_long(plan, grace, settings.lead):
        return None
    return (
        f"the stop plan {text_of(plan)} takes {seconds_needed(plan):g} s, and the engine kills"
        f" after {grace:g} s{_drained(settings)}: shortened to {text_of(settings.stop_plan)}"
    )


def _drained(settings: Settings) -> str:
    return f", the first {settings.lead:g} s for what comes before" if settings.lead else ""


def stop_words(settings: Settings, own: bool = False) -> str:
    """The stop plan. `own` is a stop that init itself wants: no engine's clock runs then,
    and it has an end."""
    lead = [
        f"run its hook, up to {hook.patience:g} s, then "
        for hook in settings.hooks
        if hook.moment == "stop"
    ]
    if settings.drain:
        lead.append(f"wait {settings.drain:g} s (--drain), then ")
    return "".join([*lead, _plan_of(settings, own)])


def _plan_of(settings: Settings, own: bool) -> str:
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
        return f"the container ends with the app's exit code{clean}"
    when = f"with any code but 0{clean}: " if policy.mode == ON_FAILURE else ""
    words = f"{when}started again after 0.1 s at first, and up to {LONGEST:g} s later"
    if policy.times:
        within = f" within {policy.seconds:g} s" if policy.seconds else ""
        words += f", at most {policy.times} times{within}"
    return words


def unhealthy_words(settings: Settings) -> str | None:
    """What follows when a liveness check fails; None where there is none."""
    if not any(check.tells_of_life for check in settings.checks):
        return None
    how = _plan_of(settings, own=True)
    if settings.on_unhealthy == RESTART:
        return f"{how}; then started again"
    if settings.on_unhealthy == STOP:
        return f"{how}; then the container ends with the app's exit code, or 1 if that is 0"
    return "reported by health, HTTP and the log; nothing else follows"


def restart_words(settings: Settings) -> str:
    """What `initd restart` does."""
    return f"{stop_words(settings, own=True)}; then started again at once"


def survivor_words(leftovers: Plan | None = None) -> str:
    """What becomes of processes that outlive the app; `leftovers` is what somebody has said."""
    if leftovers is not None:
        first = name_of(leftovers[0].signal)
        words = plan_words(leftovers, "them", with_cont=False)
        return f"{words}; {first} only to those that the stop has not asked to end"
    return (
        "TERM and CONT to those that the stop has not asked to end; then, after a stop, wait for"
        f" the engine, and where the app has ended by itself, wait {PATIENCE:g} s, then KILL"
    )


def aim_words(settings: Settings) -> str | None:
    """Which processes get signals where that may be others than the app's first; None where it
    is not so."""
    if not settings.looks:
        return None
    profile, behind = settings.profile, settings.behind
    if profile is not None and not profile.is_wrapper:
        place = f"behind {behind}" if behind else "wherever it is below the app"
        return f"the {profile.name} process itself, {place}; it is looked for when a signal comes"
    where = f"below {behind}" if behind else "from the app down"
    words = f"the first process {where} that catches the signal, looked for when a stop comes"
    if behind:
        words = words.replace("a stop comes", "it comes")
    if settings.adapts:
        words += "; if initd knows that program, the stop is by its profile"
    return words
