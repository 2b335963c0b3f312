"""What pid 1 may leave to the sleeper: a table of signals, and the answers to `initd health`.

Only what needs no decision: a signal that is simply passed on, the first step of a stop, the
verdict on an app whose state can't change without waking pid 1.
"""

from __future__ import annotations

from initd.core.health.verdict import HEALTHY, LIVE, READY, STARTED, AppStatus, Report, judge, lines
from initd.core.signals.numbers import DROP
from initd.core.signals.route import ALL, STOPS, route
from initd.core.states import RUNNING
from initd.json_codec import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.life.app_life import AppLife
    from initd.core.supervisor import Supervisor

#: What stands in an answer for the app's uptime in whole seconds.
UPTIME_PLACE = "\1"
_UPTIME = 987654321


def why_awake(supervisor: Supervisor) -> str | None:
    """Why there is something to decide; None where pid 1 may fall asleep."""
    life = supervisor.life
    if supervisor.upkeep is not None:
        return "the monitor is looked after"
    if life.state != RUNNING:
        return f"the app is not running: {life.state}"
    if life.policy.signals.job_control:
        return "a shell's job control"
    return None if supervisor.deadline is None else "something is due"


def passed_on(life: AppLife, direct: dict[int, int]) -> dict[int, int]:
    """Signals that go straight to the app's process, and as which."""
    return {} if life.stopped_by is not None else direct


def first_step(life: AppLife) -> tuple[int, str] | None:
    """The first signal of a stop, and its target; None where it takes more than that."""
    if life.stopped_by is not None or life.followed:
        return None
    step = life.policy.stop_plan[0].signal
    return (step, life.policy.signals.target) if step != DROP else None


def stop_signals(life: AppLife) -> list[int]:
    """Signals that begin the stop plan."""
    return [number for number in ALL if route(number, life.policy.signals).does == STOPS]


def answers(life: AppLife) -> list[tuple[str, str]]:
    """Each request of `initd health` (shim/health.c), and the line that answers it."""
    status = AppStatus(life.state, life.app, life.stopped_by, float(_UPTIME))
    found = []
    for question in ("", LIVE, READY, STARTED):
        for verbose in ("", "verbose"):
            words = " ".join(filter(None, (question, verbose)))
            verdict = judge(question or HEALTHY, status, Report(0))
            why = "\n".join([verdict.why, *lines(verdict)]) if verbose else verdict.why
            request = encode({"verb": "health", "argument": words}) + "\n"
            answer = encode({"healthy": verdict.ok, "why": why}) + "\n"
            found.append((request, answer.replace(str(_UPTIME), UPTIME_PLACE)))
    return found


