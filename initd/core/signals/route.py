"""What becomes of a signal that reaches init: one decision, asked by everybody who needs it.

The supervisor acts on it, `initd check` puts it into words, and the loop sends what needs no
further decision straight to the app (`direct_routes`).
"""

from __future__ import annotations

from initd.core.signals.numbers import (
    CONT,
    DROP,
    FAULTS,
    FORWARDED,
    INT,
    JOB_CONTROL,
    LIBCS,
    NOT_CATCHABLE,
    OWN,
    QUIT,
    RTMAX,
    TSTP,
    WINCH,
)
from initd.core.signals.stop_signals import ENDING
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from initd.core.signals.numbers import Rule

    Does = Literal["stop", "deliver", "drop", "own", "fault", "uncatchable", "reserved"]

#: The signal starts the stop plan, is delivered, or is dropped.
STOPS: Literal["stop"] = "stop"
DELIVERED: Literal["deliver"] = "deliver"
DROPPED: Literal["drop"] = "drop"
#: It never reaches the app: it concerns init itself, reports a fault of init's, cannot be
#: caught, or belongs to the C library.
INITS: Literal["own"] = "own"
FAULT: Literal["fault"] = "fault"
UNCATCHABLE: Literal["uncatchable"] = "uncatchable"
RESERVED: Literal["reserved"] = "reserved"

KEPT_BY_INIT = (INITS, FAULT, UNCATCHABLE, RESERVED)
#: What a terminal sends to its foreground group when somebody types.
TYPED = frozenset((INT, QUIT, TSTP))
#: No signal may be sent before the supervisor has seen it.
NO_ROUTES: Mapping[int, int] = {}
#: Every signal that there is.
ALL = range(1, RTMAX + 1)


class SignalPolicy(Value):
    """What configuration says about signals. `target` is process, group or all."""

    rules: Mapping[int, Rule]
    stop_signal: int
    target: str = "process"
    #: Signals that start the stop plan as `stop_signal` does, unless they are rewritten.
    starters: frozenset[int] = frozenset()
    #: Signals after which the app's end was asked for.
    ending: frozenset[int] = ENDING
    #: Signals that concern init itself.
    own: frozenset[int] = OWN
    #: Whether SEGV and its like are passed on when somebody sends them.
    forwards_faults: bool = False
    #: Whether a stop signal is passed on like any other, instead of starting the plan.
    transparent: bool = False
    #: Whether job-control signals stop init, too.
    suspends: bool = False
    #: Whether init leads a job of an interactive shell: not pid 1, on a terminal.
    job_control: bool = False
    #: Whether init keeps the terminal, since its WINCH would stop the app: then what people type
    #: comes to init, and is for the app's whole group.
    keeps_terminal: bool = False
    #: Whether signals may be sent before the supervisor has seen them.
    direct: bool = True


class SignalRoute(Value):
    """What becomes of signal `number`: `out` goes to `target`; 0 is nothing, or what the stop
    plan says. `source` names who decided so."""

    number: int
    does: Does
    out: int = 0
    target: str = "process"
    source: str = "default"
    #: Whether it asks for a stop, by the plan or, where init is transparent, by itself.
    stops: bool = False
    #: Whether an end that follows was asked for.
    asks: bool = False
    #: Whether init stops itself, too, once the app has the signal.
    suspends: bool = False
    #: Whether the app gets the terminal first: `fg` has continued the job.
    hands_terminal: bool = False


def route(number: int, policy: SignalPolicy) -> SignalRoute:
    """What becomes of a signal while the app runs."""
    kept = _kept_by_init(number, policy)
    if kept is not None:
        return SignalRoute(number, kept)
    rule = policy.rules.get(number)
    out, source = (rule.out, rule.source) if rule is not None else (number, "default")
    suspends = policy.suspends and number in JOB_CONTROL
    if out == DROP:
        return SignalRoute(number, DROPPED, source=source, suspends=suspends)
    stops = number == policy.stop_signal or (rule is None and number in policy.starters)
    if stops and not policy.transparent:
        return SignalRoute(number, STOPS, stops=True, asks=True)
    if number == CONT and policy.job_control:
        # `fg` and `bg` continue init's job, and all of the app belongs to that.
        return SignalRoute(
            number, DELIVERED, CONT, "group", hands_terminal=not policy.keeps_terminal
        )
    target = "group" if policy.keeps_terminal and number in TYPED else policy.target
    return SignalRoute(
        number,
        DELIVERED,
        out,
        target,
        source,
        stops=stops,
        asks=stops or out in policy.ending,
        suspends=suspends,
    )


def is_resize(number: int, by_kernel: bool, policy: SignalPolicy) -> bool:
    """Whether it says that the terminal's window has another size, where the app would take it
    for a stop. An engine's stop comes from a process."""
    return by_kernel and number == WINCH and WINCH in policy.starters


def _kept_by_init(number: int, policy: SignalPolicy) -> Does | None:
    if number in policy.own:
        return INITS
    if number in NOT_CATCHABLE:
        return UNCATCHABLE
    if number in FAULTS:
        return None if policy.forwards_faults else FAULT
    return RESERVED if number in LIBCS else None


def direct_routes(policy: SignalPolicy) -> dict[int, int]:
    """What to send to the app's own process for each signal that has no other effect."""
    if not policy.direct or policy.target != "process":
        return {}
    # What stops and continues a job has effects that the supervisor must see in order. The rest
    # is what `route` delivers, without a record for each: this runs in every start.
    plain = FORWARDED - policy.own - JOB_CONTROL - {CONT, policy.stop_signal} - policy.starters
    if policy.keeps_terminal:
        plain -= TYPED
    routes = {number: number for number in plain if number not in policy.rules}
    for number in plain.intersection(policy.rules):
        found = route(number, policy)
        if found.does == DELIVERED:
            routes[number] = found.out
    return routes
