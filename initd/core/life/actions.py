"""What init is to do. `Supervisor.handle` returns these; the loop carries them out."""

from __future__ import annotations

from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.health.verdict import Report


class Action(Value):
    """Something to be done. It never raises: a failure is the next event."""


class Spawn(Action):
    """Start the shim, and through it the app."""


class Deliver(Action):
    """Send `number` to the app as `target` says: process, group or all."""

    number: int
    target: str


class Farewell(Action):
    """Send `number` to what is left of the process group that the app, which has ended, led."""

    number: int
    group: int


class Reap(Action):
    """Reap what there is to reap, and tell what is left."""


class Sweep(Action):
    """Send `number` to every process that outlived the app."""

    number: int


class ContinueShim(Action):
    """Wake the shim that somebody stopped."""


class StartMonitor(Action):
    """Fork the monitor, without rights. It begins with what its forerunner knew."""

    view: dict[str, Any]
    report: Report


class TellMonitor(Action):
    """The app's state has changed: give the monitor this view of it."""

    view: dict[str, Any]


class EndMonitor(Action):
    """Let the monitor finish; it is not waited for."""


class Follow(Action):
    """Supervise this process instead of the app's first one, if it is of this container."""

    pid: int


class Suspend(Action):
    """Stop init itself, as its job was stopped, until a shell continues it."""


class HandTerminal(Action):
    """Make the app's group the terminal's foreground group, if init's is that now."""


class Reply(Action):
    """Answer a request."""

    client: int
    answer: dict[str, Any]


class ReplyStatus(Action):
    """Answer with the supervisor's view; the loop adds what only Linux knows."""

    client: int
    view: dict[str, Any]


class LogOrphans(Action):
    """A line of this level for each, of (pid, status), where such lines are shown."""

    level: str
    corpses: list[tuple[int, int]]


class Log(Action):
    """One line: `level` is debug, info, warning or error."""

    level: str
    event: str
    facts: dict[str, Any]


class Complain(Action):
    """A plain sentence on stderr for the person who started the container."""

    sentence: str
