"""What pid 1 may leave to the sleeper: a table of signals, and the answers to `initd health`.

Only what needs no decision: a signal that is simply passed on, the first step of a stop, the
verdict on an app whose state can't change without waking pid 1.
"""

from __future__ import annotations

from initd.core.health.verdict import HEALTHY, LIVE, READY, STARTED, AppStatus, Report, judge, lines
from initd.core.signals.numbers import CONT, DROP, JOB_CONTROL
from initd.core.signals.route import ALL, DELIVERED, STOPS, is_resize, route
from initd.core.states import RUNNING
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.life.app_life import AppLife
    from initd.core.signals.route import SignalRoute
    from initd.core.supervisor import Supervisor

#: An uptime that no app has, to be found in an answer.
UPTIME = 987654321


class Order(Value):
    """What to do on a signal: `out` goes to the app, or to its process group. `wakes` says that
    pid 1 is needed then."""

    out: int
    to_group: bool = False
    wakes: bool = False


def may_sleep(supervisor: Supervisor) -> bool:
    """Whether there is nothing to decide, and nothing that becomes due."""
    life = supervisor.life
    return (
        life.state == RUNNING
        and supervisor.deadline is None
        and not life.policy.signals.job_control
    )


def orders(life: AppLife) -> dict[int, Order]:
    """What to do on which signal; pid 1 is woken by all others."""
    policy, found = life.policy, {}
    if life.stopped_by is not None or (policy.aim is not None and policy.aim.behind):
        return {}
    for number in ALL:
        each = route(number, policy.signals)
        if each.does == STOPS:
            step = _first_step(life)
            if step:
                found[number] = Order(step, wakes=True)
        elif _is_passed_on(each, life):
            found[number] = Order(each.out, each.target == "group", wakes=each.asks)
    return found


def _first_step(life: AppLife) -> int:
    """The signal of a stop's first step; 0 where it takes more than one to the app's process."""
    if life.policy.aim is not None or life.stop.target != "process":
        return 0
    step = life.policy.stop_plan[0].signal
    return 0 if step in (DROP, *JOB_CONTROL) else step


def _is_passed_on(found: SignalRoute, life: AppLife) -> bool:
    """Whether nothing else follows from it."""
    if found.does != DELIVERED or found.suspends or found.hands_terminal:
        return False
    if found.target == "all" or (found.target == "group" and life.followed):
        return False
    if is_resize(found.number, True, life.policy.signals):
        return False
    return not {found.number, found.out} & (JOB_CONTROL | {CONT})


def answers(life: AppLife) -> list[tuple[str, dict[str, Any]]]:
    """What `initd health` may ask (the words of shim/health.c), and the answer to each, with
    UPTIME for the app's uptime in seconds."""
    status = AppStatus(life.state, life.app, life.stopped_by, float(UPTIME))
    found = []
    for question in ("", LIVE, READY, STARTED):
        for verbose in ("", "verbose"):
            words = " ".join(filter(None, (question, verbose)))
            verdict = judge(question or HEALTHY, status, Report(0))
            why = "\n".join([verdict.why, *lines(verdict)]) if verbose else verdict.why
            found.append((words, {"healthy": verdict.ok, "why": why}))
    return found
