"""What a monitor starts with, and the messages between it and init.

Each message is one JSON object. Init takes six kinds from the monitor, and none of them can do
more than configuration allows: the results of the checks, a request for a fresh view, what the app
has said about its main process and about the time that it needs, and two of the registrar's, that
the app's entry is in its registry or is not, and that a watch has seen something change.
"""

from __future__ import annotations

from initd.core.health.check import CHECKS_AT_MOST
from initd.core.health.notified_state import EXTEND_AT_MOST, RELOADING, STOPPING, NotifyState
from initd.core.health.roles import ROLES
from initd.core.health.verdict import CheckState, Report
from initd.core.life import events as ev
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from initd.core.settings import Settings

_TEXT_AT_MOST = 400
#: What holds a start is reported before all others.
_ROLES_AT_ONCE = len(ROLES) - 1


class MonitorSpec(Value, kw_only=True):
    """What a monitor starts with. Descriptors are numbers; `notify` is -1 if there is none, and so
    is `next_due`, where it leaves word of when it is to do something next (linux/moment.py).
    `view` and `report` are what the last monitor knew, or the state before the first one."""

    settings: Settings
    channel: int
    listeners: tuple[int, ...]
    notify: int
    next_due: int = -1
    view: dict[str, Any]
    report: Report
    events: list[dict[str, Any]]
    #: The descriptors that `write` needs.
    stderr: tuple[int, ...]
    #: Writes one line to stderr without waiting; False if there was no room.
    write: Callable[[bytes], bool]


class RegistrarSpec(Value, kw_only=True):
    """What a registrar starts with; fields as there."""

    settings: Settings
    revision: str
    channel: int
    write: Callable[[bytes], bool]


def report_message(report: Report) -> dict[str, Any]:
    """Sent by the monitor when the state of a check has changed."""
    checks = [[state.name, state.role, state.ok, state.why] for state in report.checks]
    notify_state = [getattr(report.notify_state, name) for name in NotifyState.__match_args__]
    return {"report": [report.app, checks, notify_state]}


PULL_MESSAGE: dict[str, Any] = {"pull": True}


def main_pid_message(pid: int) -> dict[str, Any]:
    """The app named another main process."""
    return {"main_pid": pid}


def extend_message(seconds: float) -> dict[str, Any]:
    """The app asked for more time."""
    return {"extend": seconds}


def entry_message(is_in: bool) -> dict[str, Any]:
    """Sent by the registrar, and passed on by the monitor: see EntryTurned."""
    return {"entry": is_in}


def peers_message(watch: str) -> dict[str, Any]:
    """Sent by the registrar, and passed on by the monitor: see PeersChanged."""
    return {"peers": watch}


def event_of(message: Any) -> ev.Event | None:
    """The event in a message from the monitor; None if the message is malformed. Never
    raises."""
    if not isinstance(message, dict):
        return None
    if "report" in message:
        report = report_from(message["report"])
        return ev.HealthReported(report) if report is not None else None
    if "pull" in message:
        return ev.ViewAsked()
    if type(message.get("entry")) is bool:
        return ev.EntryTurned(message["entry"])
    watch = message.get("peers")
    if isinstance(watch, str) and len(watch) <= _TEXT_AT_MOST:
        return ev.PeersChanged(watch)
    pid = message.get("main_pid")
    if type(pid) is int and 1 < pid < 2**31:
        return ev.MainPidNamed(pid)
    seconds = message.get("extend")
    if isinstance(seconds, float) and 0 <= seconds <= EXTEND_AT_MOST:
        return ev.ExtensionAsked(seconds)
    return None


def report_from(said: Any) -> Report | None:
    """The report of a `report_message`; None if it is malformed."""
    if not isinstance(said, list) or len(said) != 3:
        return None
    app, checks, notify_state = said
    if type(app) is not int or not isinstance(checks, list) or not _is_notify_state(notify_state):
        return None
    if len(checks) > CHECKS_AT_MOST * _ROLES_AT_ONCE or not all(map(_is_state, checks)):
        return None
    return Report(app, tuple(CheckState(*each) for each in checks), NotifyState(*notify_state))


def _is_state(each: Any) -> bool:
    if not isinstance(each, list) or len(each) != 4:
        return False
    name, role, ok, why = each
    return _is_text(name) and role in ROLES and type(ok) is bool and _is_text(why)


def _is_notify_state(each: Any) -> bool:
    if not isinstance(each, list) or len(each) != len(NotifyState.__match_args__):
        return False
    ready, announced, said, seconds, failed = each
    known = announced in ("", RELOADING, STOPPING)
    timed = seconds is None or (type(seconds) in (int, float) and seconds >= 0)
    return type(ready) is bool and known and _is_text(said) and timed and type(failed) is bool


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _TEXT_AT_MOST
