"""The supervisor's state as one plain value: taken out, and put back into another supervisor
with the same policy.

So that what pid 1 knows can outlive the interpreter that knows it. Each part that has a state
names its attributes in `STATE`: they hold plain values (None, bool, int, float, str, and lists
and dicts of those, as in JSON), or parts with a state of their own. All other attributes come
from the policy and never change. pid 1 does not import this until it is needed.
"""

from __future__ import annotations

from initd.core.life.counts import Counts
from initd.core.monitor.messages import report_from, report_message
from initd.core.monitor.upkeep import MonitorUpkeep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.supervisor import Supervisor


def freeze(supervisor: Supervisor) -> dict[str, Any]:
    """All that the supervisor knows."""
    upkeep = supervisor.upkeep
    return {
        "life": _frozen(supervisor.life),
        "monitor": None if upkeep is None else _frozen(upkeep),
    }


def thaw(supervisor: Supervisor, frozen: dict[str, Any]) -> None:
    """Takes on what a supervisor with the same policy has known."""
    _thaw(supervisor.life, frozen["life"])
    if supervisor.upkeep is not None:
        _thaw(supervisor.upkeep, frozen["monitor"])


def _frozen(value: Any) -> Any:
    """A copy, which does not change with what goes on."""
    if isinstance(value, list):
        return [_frozen(each) for each in value]
    if isinstance(value, dict):
        return {key: _frozen(each) for key, each in value.items()}
    if not hasattr(value, "STATE"):
        return value
    state = {name: _frozen(getattr(value, name)) for name in value.STATE}
    # A report is a record, and has a plain form already: the one that comes from the monitor.
    return {**state, **report_message(value.report)} if isinstance(value, MonitorUpkeep) else state


def _thaw(part: Any, frozen: dict[str, Any]) -> None:
    for name in part.STATE:
        mine = getattr(part, name)
        if hasattr(mine, "STATE"):
            _thaw(mine, frozen[name])
        else:
            setattr(part, name, _frozen(frozen[name]))
    if isinstance(part, Counts):  # JSON has no numbers as keys
        part.received = {int(number): count for number, count in part.received.items()}
        part.delivered = {int(number): count for number, count in part.delivered.items()}
    if isinstance(part, MonitorUpkeep):
        report = report_from(frozen["report"])
        if report is not None:
            part.report = report
