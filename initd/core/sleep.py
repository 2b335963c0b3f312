"""What pid 1 may leave to the sleeper: a table of signals, and the answers to `initd health`.

Only what needs no decision: a signal that is simply passed on, the first step of a stop, the
verdict on an app whose state can't change without waking pid 1.
"""

from __future__ import annotations

from initd.core.health.verdict import HEALTHY, LIVE, READY, STARTED, AppStatus, Report, judge, lines
from initd.core.life.hook import STOP
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
    pid 1 is needed then. With `waits` it is pid 1 that decides, and this is the least that is
    right where it can't be woken."""

    out: int
    to_group: bool = False
    wakes: bool = False
    waits: bool = False


def may_sleep(supervisor: Supervisor) -> bool:
    """Whether there is nothing to decide, and nothing that becomes due. An end that is awaited
    changes what is answered, and then it does not."""
    life = supervisor.life
    return (
        life.state == RUNNING
        and supervisor.deadline is None
        and life.end_request.until is None
        and not life.policy.signals.job_control
    )


def orders(life: AppLife) -> dict[int, Order]:
    """What to do on which signal; pid 1 is woken by all others."""
    found = {}
    for number in ALL:
        each = route(number, life.policy.signals)
        if each.does == DELIVERED:
            waits = not _is_passed_on(each, life)
            found[number] = Order(each.out, _is_for_group(each.target, life), each.asks, waits)
        elif each.does == STOPS and (step := _first_step(life)):
            to_group = _is_for_group(life.stop.target, life)
            found[number] = Order(
                step, to_group, wakes=True, waits=not _is_all_of_a_step(step, life)
            )
    return found


def _is_for_group(target: str, life: AppLife) -> bool:
    return target != "process" and not life.followed


def _first_step(life: AppLife) -> int:
    """The first signal of a stop that asks the app to end; 0 where none does."""
    signals = [step.signal for step in life.policy.stop_plan]
    return next((each for each in signals if each not in (DROP, *JOB_CONTROL)), 0)


def _is_all_of_a_step(signal: int, life: AppLife) -> bool:
    """Whether a stop begins with just that signal to the app's process."""
    policy = life.policy
    if policy.drain or any(hook.moment == STOP for hook in policy.hooks):
        return False  # something comes before it
    plain = life.stopped_by is None and policy.aim is None and life.stop.target == "process"
    return plain and policy.stop_plan[0].signal == signal


def _is_passed_on(found: SignalRoute, life: AppLife) -> bool:
    """Whether nothing else follows from it."""
    aim = life.policy.aim
    if life.stopped_by is not None or (aim is not None and aim.behind):
        return False
    if found.suspends or found.hands_terminal or found.target == "all":
        return False
    if found.target == "group" and life.followed:
        return False
    if is_resize(found.number, True, life.policy.signals):
        return False
    return not {found.number, found.out} & (JOB_CONTROL | {CONT})


def answers(life: AppLife) -> list[tuple[str, dict[str, Any]]]:
    """What `initd health` may ask (the words of shim/health.c), and the answer to each, with
    UPTIME for the app's uptime in seconds."""
    status = AppStatus(
        life.state, life.app, life.stopped_by, float(UPTIME), maintenance=life.maintenance
    )
    found = []
    for question in ("", LIVE, READY, STARTED):
        for verbose in ("", "verbose"):
            words = " ".join(filter(None, (question, verbose)))
            verdict = judge(question or HEALTHY, status, Report(0))
            why = "\n".join([verdict.why, *lines(verdict)]) if verbose else verdict.why
            found.append((words, {"healthy": verdict.ok, "why": why}))
    return found
