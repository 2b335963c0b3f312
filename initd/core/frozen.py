"""The supervisor's state as one plain value: taken out, and put back into another supervisor
with the same policy.

So that what pid 1 knows can outlive the interpreter that knows it. Each part that has a state
names its attributes in `STATE`: they hold plain values (None, bool, int, float, str, and lists
and dicts of those, as in JSON), or parts with a state of their own. All other attributes come
from the policy and never change. pid 1 does not import this until it is needed.
"""

from __future__ import annotations

from initd.core.life.counts import Counts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.monitor.upkeep import MonitorUpkeep
    from initd.core.supervisor import Supervisor


def freeze(supervisor: Supervisor) -> dict[str, Any]:
    """All that the supervisor knows."""
    upkeep, rereading, moments = supervisor.upkeep, supervisor.rereading, supervisor.moments
    return {
        "life": state_of(supervisor.life),
        "moments": None if moments is None else state_of(moments),
        "monitor": None if upkeep is None else _state_of_upkeep(upkeep),
        "rereading": None if rereading is None else state_of(rereading),
    }


def thaw(supervisor: Supervisor, frozen: dict[str, Any]) -> None:
    """Takes on what a supervisor with the same policy has known."""
    take_on(supervisor.life, frozen["life"])
    if supervisor.moments is not None:
        take_on(supervisor.moments, frozen["moments"])
    if supervisor.upkeep is not None:
        _take_on_upkeep(supervisor.upkeep, frozen["monitor"])
    if supervisor.rereading is not None:
        take_on(supervisor.rereading, frozen["rereading"])


def state_of(value: Any) -> Any:
    """A copy of a part's state, which does not change with what goes on."""
    if isinstance(value, list):
        return [state_of(each) for each in value]
    if isinstance(value, dict):
        return {key: state_of(each) for key, each in value.items()}
    if not hasattr(value, "STATE"):
        return value
    return {name: state_of(getattr(value, name)) for name in value.STATE}


def take_on(part: Any, frozen: dict[str, Any]) -> None:
    """Puts such a state into another part of the same kind."""
    for name in part.STATE:
        mine = getattr(part, name)
        if hasattr(mine, "STATE"):
            take_on(mine, frozen[name])
        else:
            setattr(part, name, state_of(frozen[name]))
    if isinstance(part, Counts):  # JSON has no numbers as keys
        part.received = {int(number): count for number, count in part.received.items()}
        part.delivered = {int(number): count for number, count in part.delivered.items()}


def _state_of_upkeep(upkeep: MonitorUpkeep) -> dict[str, Any]:
    from initd.core.monitor.messages import report_message

    # A report is a record, and has a plain form already: the one that comes from the monitor.
    return {**state_of(upkeep), **report_message(upkeep.report)}


def _take_on_upkeep(upkeep: MonitorUpkeep, frozen: dict[str, Any]) -> None:
    from initd.core.monitor.messages import report_from

    take_on(upkeep, frozen)
    report = report_from(frozen["report"])
    if report is not None:
        upkeep.report = report
