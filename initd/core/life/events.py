"""Events: what can happen to init. The loop makes them, `Supervisor.handle` takes them."""

from __future__ import annotations

from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.health.verdict import Report
    from initd.core.life.successor import Left
    from initd.core.signals.aim import Process

    class Event(Value):
        """Something that has happened."""

else:
    Event = Value  # see actions.py


class Signal(Event):
    """A signal arrived. `pid` 0 is a sender outside of the container. `sent` is the signal that
    the app has already got for it, by a direct route; 0: none. `by_kernel` says that no process
    has sent it: a terminal has, for one."""

    number: int
    pid: int
    uid: int
    sent: int = 0
    by_kernel: bool = False


class Spawned(Event):
    """The shim runs; the app may not yet."""

    shim: int


class SpawnRefused(Event):
    """The shim could not be started; `error` is errno, `reason` its text."""

    error: int
    reason: str


class Started(Event):
    """The shim reports: the app has been executed."""

    app: int


class StartFailed(Event):
    """The shim reports that the app could not be started: at which stage (see `Stage`), and
    why. Of several limits, `which` is the index of the one that failed."""

    stage: int
    error: int
    reason: str
    which: int = 0


class Interrupted(Event):
    """The terminal has sent `signal`, INT or QUIT, to the app's group: somebody has typed Ctrl-C
    or Ctrl-\\."""

    signal: int


class AppStopped(Event):
    """The app was stopped by `signal` and can be continued."""

    signal: int


class AppContinued(Event):
    """The app was continued."""


class AppExited(Event):
    """The shim reports the app's end; `status` as waitpid gives it.

    `oom_kills` is the kernel's count for the container's cgroup, read only after a death by
    SIGKILL. `left` are the processes that it has left behind. `known` is False where the kernel
    tells somebody else how it ended: it was not init's child, nor the shim's.
    """

    status: int
    oom_kills: int = 0
    left: tuple[Left, ...] = ()
    known: bool = True


class ShimStopped(Event):
    """Somebody stopped the shim, which can't report now."""


class Reaped(Event):
    """Init reaped a child: the shim, the app after the shim, or an orphan."""

    pid: int
    status: int
    oom_kills: int = 0
    left: tuple[Left, ...] = ()


class SuccessorSought(Event):
    """What the app has left behind is this, by now."""

    left: tuple[Left, ...]


class OthersReaped(Event):
    """Init reaped children other than the shim and the running app, as (pid, status): one
    event for all of them, because they may come in thousands."""

    corpses: list[tuple[int, int]]


class ReapedAll(Event):
    """A round of reaping is over; `left` says whether init still has children."""

    left: bool


class Request(Event):
    """A request over the control socket. `client` is needed for the reply only. `silent_since` is
    when the monitor was to do something and did not (monotonic seconds), None if it does its
    work."""

    client: int
    verb: str
    argument: str = ""
    silent_since: float | None = None


class WaitsSeen(Event):
    """What a stop waits for: `facts` as stop_waits.waits gives them."""

    facts: dict[str, Any]


class Looked(Event):
    """The processes below the app, as an action `Look` has asked for; none where they can't be
    read."""

    number: int
    target: str
    step: bool
    processes: tuple[Process, ...]


class AimedEnded(Event):
    """All processes that a step of the stop plan was aimed at have ended."""


class SecretsRead(Event):
    """The secrets have been read, so many of them; or could not be, for the reason `why`.
    `client` has asked for that, and is negative where the app's start did."""

    client: int
    why: str
    count: int


class Undelivered(Event):
    """A signal did not reach its target."""

    number: int
    reason: str


class MonitorStarted(Event):
    """The monitor has been forked."""

    pid: int


class MonitorRefused(Event):
    """The monitor could not be forked."""

    reason: str


class MonitorEnded(Event):
    """Init reaped the monitor; `status` as waitpid gives it."""

    status: int


class HealthReported(Event):
    """The monitor reports the results of the checks."""

    report: Report


class ViewAsked(Event):
    """The monitor asks for what init has counted since."""


class MainPidNamed(Event):
    """The app says that another process is its main one (MAINPID= of sd_notify)."""

    pid: int


class Followed(Event):
    """Init supervises this process from now on."""

    pid: int


class ExtensionAsked(Event):
    """The app asks for more time, in seconds (EXTEND_TIMEOUT_USEC= of sd_notify)."""

    seconds: float


class NotifiedNobody(Event):
    """What was to be said upwards was not taken: the receiver's queue is full for now
    (`is_full`), or it is gone, for the reason `why`."""

    text: str
    is_full: bool
    why: str


class Paused(Event):
    """The container has not run for so many seconds: it was paused, or its machine was."""

    seconds: float


class EntryTurned(Event):
    """The registry may have the app's entry from now on, or has it no longer."""

    is_in: bool


class PeersChanged(Event):
    """Who is in the directory of the registry that this watch is of has changed."""

    watch: str


class HookEnded(Event):
    """The hook of this moment has ended; `why` says how it failed, "" where it did not."""

    moment: str
    why: str = ""


class Elapsed(Event):
    """The deadline that the supervisor asked for has passed."""


class OrphansCounted(Event):
    """So many orphans have been reaped, of whom nobody wants to know more."""

    count: int


class Slept(Event):
    """Pid 1 has slept for `seconds`, until `why` woke it; meanwhile `orphans` were reaped, and
    `answered` requests for health were answered."""

    seconds: float
    why: str
    orphans: int
    answered: int
