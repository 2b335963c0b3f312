"""exec: a command in a process group of its own; exit code 0 passes.

asyncio's subprocesses would take a thread for each child on Python 3.11, and kill only
one process. Here a pidfd tells of the end, and the whole group is killed, then reaped.
"""

from __future__ import annotations

import asyncio
import os
import signal

from initd.core.health.check import Check, ProbeResult
from initd.core.signals.numbers import name_of
from initd.monitor.probe import Context

_OUTPUT_AT_MOST = 4096
_AT_ONCE = 65536
#: A killed process ends within milliseconds, unless it sleeps uninterruptibly.
_KILL_PATIENCE = 1.0
#: The monitor blocks and ignores signals; its commands are to begin as a shell's would.
_DEFAULTS = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}
#: What execvp(3) uses where PATH is unset.
_PATH = b"/bin:/usr/bin"


class ExecProbe:
    """Invariant: `last` is the command that was run last; none starts before it has ended."""

    def __init__(self, check: Check, context: Context) -> None:
        self.argv = [os.fsencode(word) for word in check.argv]
        self.environ = dict(context.environ)
        self.last: _Command | None = None

    async def ask(self, app: int) -> ProbeResult:
        """The exit code, with the first line of output if it is not 0."""
        if self.last is not None and not self.last.ended.done():
            return ProbeResult(False, f"pid {self.last.pid}, of an earlier probe, cannot be killed")
        try:
            self.last = command = _Command(self.argv, self.environ)
        except OSError as error:
            return ProbeResult(False, f"cannot run {os.fsdecode(self.argv[0])}: {error.strerror}")
        try:
            await asyncio.wait([command.ended])
        except asyncio.CancelledError:
            command.kill()
            await asyncio.wait([command.ended], timeout=_KILL_PATIENCE)
            raise
        return _answer(command.ended.result(), command.first_line())


def _answer(status: int, line: str) -> ProbeResult:
    code = os.waitstatus_to_exitcode(status)
    how = f"exit {code}" if code >= 0 else f"killed by {name_of(-code)}"
    return ProbeResult(code == 0, f"{how}: {line}" if code and line else how)


class _Command:
    """A running command with its group and its output. It reaps itself, even when nobody
    waits for it any more."""

    def __init__(self, argv: list[bytes], environ: dict[bytes, bytes]) -> None:
        """Raises OSError."""
        self.output = b""
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[int] = self._loop.create_future()
        program = _find(argv[0], environ.get(b"PATH", _PATH))
        self._reads, writes = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            os.set_blocking(writes, True)
            self.pid = _spawn(program, argv, environ, writes)
        except OSError:
            os.close(self._reads)
            raise
        finally:
            os.close(writes)
        # The pid can't be reused yet: only this class reaps it.
        self._pidfd = os.pidfd_open(self.pid)
        self._loop.add_reader(self._reads, self._read)
        self._loop.add_reader(self._pidfd, self._end)

    def kill(self) -> None:
        """Every process of the group."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def first_line(self) -> str:
        """The first line that the command printed; "" if it printed none."""
        for line in self.output.decode(errors="replace").splitlines():
            if line.strip():
                return line.strip()
        return ""

    def _read(self) -> bool:
        """Keeps the beginning, drops the rest; whether there may be more."""
        try:
            data = os.read(self._reads, _AT_ONCE)
        except BlockingIOError:
            return False
        self.output += data[: _OUTPUT_AT_MOST - len(self.output)]
        if not data:
            # Closed by all: at its end a pipe stays readable for ever.
            self._loop.remove_reader(self._reads)
        return bool(data)

    def _end(self) -> None:
        """The command has ended. Until it is reaped its pid can't be another group's: so what
        it has left behind is killed first."""
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        self.kill()
        while len(self.output) < _OUTPUT_AT_MOST and self._read():
            pass
        self._loop.remove_reader(self._reads)
        os.close(self._reads)
        self.ended.set_result(os.waitpid(self.pid, 0)[1])


def _find(name: bytes, path: bytes) -> bytes:
    """The file to execute, by the app's PATH and not the monitor's."""
    if b"/" in name:
        return name
    for directory in path.split(b":"):
        candidate = os.path.join(directory or b".", name)
        if os.access(candidate, os.X_OK) and not os.path.isdir(candidate):
            return candidate
    raise FileNotFoundError(2, f"not found in PATH={os.fsdecode(path)}")


def _spawn(program: bytes, argv: list[bytes], environ: dict[bytes, bytes], output: int) -> int:
    return os.posix_spawn(
        program,
        argv,
        environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, output, 1),
            (os.POSIX_SPAWN_DUP2, output, 2),
        ],
        setpgroup=0,
        setsigmask=[],
        setsigdef=_DEFAULTS,
    )
