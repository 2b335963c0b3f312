"""Init's side of the process that reads the secrets: forks it, hears what it has read, ends it.

No value comes here. The process writes the variables to a pipe whose other end the app's own
process reads, and tells init names and places on another (initd/secrets/main.py).
"""

from __future__ import annotations

import _signal
import posix
from select import POLLIN

from initd.core.life import events as ev
from initd.core.signals.numbers import KILL
from initd.core.start.spawn_spec import REPORT_DESCRIPTOR
from initd.json_codec import decode, encode
from initd.linux import _kernel, own_process, privileges, report
from initd.linux.process_tree import kill_session
from initd.linux.signals import send_to_pid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from initd.core.settings import Settings
    from initd.init.bootstrap.shim import StartedShim
    from initd.linux.watch import Watch

    #: Runs the code that reads, given the descriptors of both pipes (the second one negative if no
    #: app is being started), and places for files.
    Reader = Callable[[int, int, Sequence[str]], None]
    #: Loads that code.
    Load = Callable[[], Reader]

#: Nobody waits for this reading over the control socket.
NOBODY = -1
#: Of a report, in bytes, and of one read.
_LONGEST = 1 << 20
_AT_ONCE = 1 << 16
_SENTENCE_AT_MOST = 2000
#: Beyond its own time, in seconds.
_MERCY = 5
_STDERR = 2
#: How often the end of a report is looked for, and for how many milliseconds.
_LOOKS, _MOMENT = 5, 20
#: Attributes of SecretsLink that outlive the interpreter: no value is among them.
_KEPT = ("names", "why", "_directories")
_FAILED = "--secrets: the process that reads them has ended without an answer"


class SecretsLink:
    """Invariant: `channel` is open exactly while a reading is under way; `pids` are those of
    readers that have not been reaped. `names` is what the last reading has found that succeeded,
    as `initd secrets` shows it, and `why` what was wrong with the last one ("": nothing)."""

    def __init__(self, load: Load, settings: Settings, is_taken: bool = False) -> None:
        assert settings.secrets is not None
        self.pids: set[int] = set()
        self.channel = -1
        self.names: list[dict[str, Any]] = []
        self.why = ""
        self._load = load
        #: How long a reading takes at most, in seconds.
        self.longest = settings.secrets.patience + _MERCY
        self._received = b""
        self._client = NOBODY
        self._reader = 0
        self._watched: Watch | None = None
        name = posix.urandom(8).hex()
        own = f"-{name}" if is_taken or posix.getpid() != 1 else ""
        self._directories = (f"/run/initd/credentials{own}", f"/dev/shm/initd-credentials-{name}")

    def watch(self, watched: Watch) -> None:
        """From now on, readings are watched there."""
        self._watched = watched
        if self.channel >= 0:
            watched.register(self.channel, POLLIN)

    # ---- asleep ---------------------------------------------------------------------

    @property
    def is_idle(self) -> bool:
        """Whether no reading is under way, and no reader is left to be reaped."""
        return self.channel < 0 and not self.pids

    def kept(self) -> dict[str, Any]:
        """What has to be known again after a sleep: plain data."""
        return {name: getattr(self, name) for name in _KEPT}

    def resume(self, kept: dict[str, Any]) -> None:
        """Takes that back."""
        for name in _KEPT:
            setattr(self, name, kept[name])

    # ---- a reading ------------------------------------------------------------------

    def begin(self) -> int:
        """Begins to read for an app that is being started; returns the descriptor that its
        process reads from, inheritable, to be closed by the caller. Raises OSError."""
        reading, writing = posix.pipe2(posix.O_CLOEXEC)
        try:
            self._fork(writing, NOBODY)
            above = _above(REPORT_DESCRIPTOR, reading)  # which is the shim's
        finally:
            posix.close(reading)
            posix.close(writing)
        posix.set_inheritable(above, True)
        return above

    def start(self, start: Callable[[int], StartedShim]) -> StartedShim:
        """Begins to read, and starts the shim of an app that gets what is read. Raises as
        `start` does, and OSError."""
        source = self.begin()
        try:
            return start(source)
        finally:
            posix.close(source)

    def begin_again(self, client: int) -> None:
        """Reads again for the app that runs; `client` is answered. Raises OSError."""
        self._fork(-1, client)

    def _fork(self, variables: int, client: int) -> None:
        ours, theirs = report.report_pipe()
        try:
            pid = posix.fork()
        except OSError:
            posix.close(ours)
            posix.close(theirs)
            raise
        if pid == 0:
            self._become_reader(theirs, variables)
        posix.close(theirs)
        self.abandon()
        self._close()
        self._received, self._client, self._reader, self.why = b"", client, pid, ""
        self.channel = ours
        self.pids.add(pid)
        if self._watched is not None:
            self._watched.register(ours, POLLIN)

    def _become_reader(self, channel: int, variables: int) -> None:
        """Runs in the child. What a bug says may have a value in it: only its place is told."""
        try:
            posix.setsid()
            own_process.set_process_name("initd-secrets", "initd: secrets")
            _kernel.hide_memory()  # from the app's user, and no core dump
            own_process.set_parent_death_signal(KILL)
            privileges.keep_descriptors(
                [_STDERR, channel, *([variables] if variables >= 0 else [])]
            )
            privileges.redirect_stdin_and_stdout()
            _signal.alarm(int(self.longest) + 1)
            _signal.pthread_sigmask(_signal.SIG_UNBLOCK, (_signal.SIGALRM,))
            self._load()(channel, variables, self._directories)
        except BaseException as bug:
            while bug.__traceback__ is not None and bug.__traceback__.tb_next is not None:
                bug.__traceback__ = bug.__traceback__.tb_next
            where = bug.__traceback__
            place = f"{where.tb_frame.f_code.co_filename}:{where.tb_lineno}" if where else "?"
            text = f"--secrets: cannot be read: {type(bug).__name__} at {place}"
            try:
                posix.write(channel, encode({"error": text}).encode())
            except OSError:
                pass
            posix._exit(1)
        posix._exit(0)

    # ---- what it says ---------------------------------------------------------------

    def hear(self) -> list[ev.Event]:
        """Reads what there is of its report; the last of it is an event."""
        while self.channel >= 0:
            try:
                data = posix.read(self.channel, _AT_ONCE)
            except BlockingIOError:
                return []
            self._received += data
            if not data or len(self._received) > _LONGEST:
                return [self._over()]
        return []

    def _over(self) -> ev.Event:
        client, self._client = self._client, NOBODY
        self._close()
        names, self.why = _report_in(self._received)
        self._received = b""
        if not self.why:
            self.names = names
        return ev.SecretsRead(client, self.why, len(names))

    def reason(self, error: str) -> str:
        """Why the app's process has got no secrets; `error` is what it has met with. The report is
        there, or a moment away: who writes both pipes closes them one after the other."""
        for _ in range(_LOOKS):
            self.hear()
            if self.channel < 0:
                break
            report.await_report(self.channel, _MOMENT)
        return self.why or f"--secrets: the app's process can't take them: {error}"

    def overtaken(self) -> list[ev.Event]:
        """A start reads as well: whoever waits for a reading for the old app is told."""
        client, self._client = self._client, NOBODY
        if client == NOBODY:
            return []
        return [ev.SecretsRead(client, "the app is being started anew, with fresh secrets", 0)]

    # ---- its end --------------------------------------------------------------------

    def abandon(self) -> None:
        """Ends a reading that is under way, with the commands that it has started."""
        if self.channel >= 0 and self._reader in self.pids:
            kill_session(self._reader)
            send_to_pid(self._reader, KILL)

    def reaped(self, pid: int) -> None:
        """It has been reaped. What it may have left behind has no use."""
        kill_session(pid)
        self.pids.discard(pid)

    def leave(self) -> None:
        """Init ends, and so do the files."""
        self.abandon()
        for directory in self._directories:
            _remove(directory)

    def _close(self) -> None:
        if self.channel >= 0:
            if self._watched is not None:
                self._watched.unregister(self.channel)
            posix.close(self.channel)
            self.channel = -1


def _report_in(data: bytes) -> tuple[list[dict[str, Any]], str]:
    """The rows, and what was wrong."""
    try:
        message = decode(data.decode())
        if isinstance(message, dict) and isinstance(message.get("secrets"), list):
            return message["secrets"], ""
        return [], str(message["error"])[:_SENTENCE_AT_MOST]
    except (ValueError, LookupError, TypeError):
        return [], _FAILED


def _above(number: int, fd: int) -> int:
    """A copy of `fd` whose number is higher."""
    copy = posix.dup(fd)
    if copy > number:
        return copy
    try:
        return _above(number, fd)
    finally:
        posix.close(copy)


def _remove(directory: str) -> None:
    try:
        for name in posix.listdir(directory):
            posix.unlink(f"{directory}/{name}")
        posix.rmdir(directory)
    except OSError:
        pass  # there is none
