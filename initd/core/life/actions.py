"""Actions: what init is to do. `Supervisor.handle` returns them, the loop carries them out."""

from __future__ import annotations

from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.health.verdict import Report

    class Action(Value):
        """Something to be done. It never raises: a failure becomes the next event."""

else:
    Action = Value  # another class above each of these would cost a start 2 % of its instructions


class Spawn(Action):
    """Start the shim, and through it the app."""


class Deliver(Action):
    """Send `number` to the app as `target` says: process, group or all."""

    number: int
    target: str


class Look(Action):
    """Look at the processes below the app, to find out which of them are to have `number`.
    `step` says that it is a step of the stop plan; `environs` asks for their environments, too."""

    number: int
    target: str
    step: bool = False
    environs: bool = False


class DeliverTo(Action):
    """Send `number` to just these processes, each a pid and when it started (clock ticks since
    boot). `watched`: tell when the last of them has ended."""

    number: int
    processes: tuple[tuple[int, int], ...]
    watched: bool = False


class TerminateGroup(Action):
    """Send `number` to what is left of the process group `group`, whose leader was the app that
    has ended."""

    number: int
    group: int


class Reap(Action):
    """Reap all dead children, and report whether others are left."""


class Sweep(Action):
    """Send `number` to every process that outlived the app, without those in `spared` (pids and
    when they started); with `below`, without their descendants too."""

    number: int
    spared: tuple[tuple[int, int], ...] = ()
    below: bool = False


class ContinueShim(Action):
    """Continue the shim, which somebody has stopped."""


class StartMonitor(Action):
    """Fork the monitor, without privileges. It starts with what the last one knew."""

    view: dict[str, Any]
    report: Report


class TellMonitor(Action):
    """Send the monitor this view of the app, whose state has changed."""

    view: dict[str, Any]


class EndMonitor(Action):
    """Let the monitor finish, without waiting for it."""


class CloseMonitorSockets(Action):
    """Refuse the monitor's clients until the next one is started."""


class Follow(Action):
    """Supervise this process instead of the app's first one, if it belongs to this
    container."""

    pid: int


class NotifyUp(Action):
    """Send these lines to the socket that whoever started init has named (NOTIFY_SOCKET)."""

    text: str


class TakeOver(Action):
    """Supervise this process, which is among those that the app has left behind."""

    pid: int


class LookForSuccessor(Action):
    """See what the app has left behind, and which of it the pid file names."""


class Suspend(Action):
    """Stop init itself, whose job was stopped, until a shell continues it."""


class HandTerminal(Action):
    """Make the app's process group the terminal's foreground group, if init's is that now."""


class LendTerminal(Action):
    """Give the app the terminal after all, if init's group has it, and continue the app, which
    was stopped as it read or set it."""


class RunHook(Action):
    """Run the hook of this moment, with these facts in its environment."""

    moment: str
    facts: dict[str, str]


class KillHook(Action):
    """Kill the hook of this moment, and what it has started."""

    moment: str


class Reply(Action):
    """Answer a request."""

    client: int
    answer: dict[str, Any]


class ReplyStatus(Action):
    """Answer a request for status; the loop adds what only Linux knows."""

    client: int
    view: dict[str, Any]


class ReadSecrets(Action):
    """Read the secrets again, for the app that runs; `client` waits for how that goes."""

    client: int


class AbandonSecrets(Action):
    """End a reading that is under way: the app is not to be started any more."""


class ReplySecrets(Action):
    """Answer a request for the secrets' names; only the loop has them."""

    client: int


class LogOrphans(Action):
    """Log a line for each (pid, status), if lines of this level are shown."""

    level: str
    corpses: list[tuple[int, int]]


class Log(Action):
    """Log one line: `level` is debug, info, warning or error."""

    level: str
    event: str
    facts: dict[str, Any]


class LeaveNote(Action):
    """Write why the container ends, where somebody may look for it: the facts of the app's last
    end (None: none has run), and what init knows besides."""

    last_exit: dict[str, Any] | None
    reasons: list[str]


class LookAtWaits(Action):
    """Look what a stop waits for."""


class Complain(Action):
    """Print a plain message on stderr, for the person who started the container. `exec_error` is
    the errno of a failed exec, if the message is about one."""

    sentence: str
    exec_error: int | None = None


def app_first(actions: list[Action]) -> list[Action]:
    """The same with what concerns the app before the log, which can wait the microseconds that
    delivery takes; and last what stops init itself."""
    logs = [action for action in actions if type(action) is Log]
    suspends = [action for action in actions if type(action) is Suspend]
    rest = [action for action in actions if type(action) not in (Log, Suspend)]
    return [*rest, *logs, *suspends]
