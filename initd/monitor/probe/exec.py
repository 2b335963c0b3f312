"""exec: a command in a process group of its own; exit code 0 passes.

A pidfd tells of its end; then the whole group is killed, and the command is reaped.
"""

from __future__ import annotations

import posix
import sys

from initd.core.health.check import ProbeResult
from initd.core.signals.numbers import KILL, name_of
from initd.linux.commands import find_program, start_command
from initd.monitor.loop import running
from initd.monitor.tasks import Cancelled, Future, wait
from initd.monitor.worker import Worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.health.check import Check
    from initd.monitor.probe import Context

_OUTPUT_AT_MOST = 4096
_AT_ONCE = 65536
#: A killed process ends within milliseconds, unless it sleeps uninterruptibly.
_KILL_PATIENCE = 1.0
#: How often the command is looked at where no pidfd tells of its end, in seconds.
_LOOK_INTERVAL = 0.05


class ExecProbe:
    """Invariant: `last` is the command that was run last; none starts before it has ended."""

    def __init__(self, check: Check, context: Context) -> None:
        self.argv = [_encoded(word) for word in check.argv]
        self.environ = dict(context.environ)
        self.last: _Command | None = None
        self._finder = Worker()

    async def ask(self, app: int) -> ProbeResult:
        """The exit code, with the first line of output if it is not 0."""
        if self.last is not None and not self.last.ended.done():
            return ProbeResult(False, f"pid {self.last.pid}, of an earlier probe, cannot be killed")
        if self._finder.busy:
            name = _decoded(self.argv[0])
            return ProbeResult(False, f"{name}: an earlier look for it has not come back")
        try:
            program = await self._finder.run(self._find)
            self.last = command = _Command(program, self.argv, self.environ)
        except OSError as error:
            return ProbeResult(False, f"cannot run {_decoded(self.argv[0])}: {error.strerror}")
        try:
            await wait(command.ended)
        except Cancelled:
            command.kill()
            await wait(command.ended, _KILL_PATIENCE)
            raise
        return _answer(command.ended.result(), command.first_line())

    def _find(self) -> bytes:
        """Takes for ever on a mount that is dead, where a spawn would keep the monitor waiting."""
        program = find_program(self.argv[0], self.environ)
        posix.stat(program)
        return program


def _answer(status: int, line: str) -> ProbeResult:
    code = posix.waitstatus_to_exitcode(status)
    how = f"exit {code}" if code >= 0 else f"killed by {name_of(-code)}"
    return ProbeResult(code == 0, f"{how}: {line}" if code and line else how)


class _Command:
    """A running command with its group and its output. It reaps itself, even when nobody
    waits for it any more."""

    def __init__(self, program: bytes, argv: list[bytes], environ: dict[bytes, bytes]) -> None:
        """Raises OSError."""
        self.output = b""
        self._loop = running()
        self.ended: Future[int] = Future()
        self._reads, writes = posix.pipe2(posix.O_CLOEXEC | posix.O_NONBLOCK)
        try:
            posix.set_blocking(writes, True)
            self.pid = start_command(program, argv, environ, [(writes, 1), (writes, 2)], quiet=True)
        except OSError:
            posix.close(self._reads)
            raise
        finally:
            posix.close(writes)
        # The pid can't be reused yet: only this class reaps it.
        self._loop.add_reader(self._reads, self._read)
        try:
            self._pidfd = posix.pidfd_open(self.pid)
            self._loop.add_reader(self._pidfd, self._end)
        except OSError:  # not permitted, or too many are open
            self._pidfd = -1
            self._look()

    def kill(self) -> None:
        """Every process of the group."""
        try:
            posix.killpg(self.pid, KILL)
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
            data = posix.read(self._reads, _AT_ONCE)
        except BlockingIOError:
            return False
        self.output += data[: _OUTPUT_AT_MOST - len(self.output)]
        if not data:
            # Closed by all: at its end a pipe stays readable for ever.
            self._loop.remove_reader(self._reads)
        return bool(data)

    def _look(self) -> None:
        """Whether it has ended, without a pidfd that would tell."""
        how = posix.WEXITED | posix.WNOHANG | posix.WNOWAIT
        if posix.waitid(posix.P_PID, self.pid, how) is not None:
            self._end()
        else:
            self._loop.call_at(self._loop.time() + _LOOK_INTERVAL, self._look)

    def _end(self) -> None:
        """The command has ended. Until it is reaped its pid can't be another group's: so what
        it has left behind is killed first."""
        if self._pidfd >= 0:
            self._loop.remove_reader(self._pidfd)
            posix.close(self._pidfd)
        self.kill()
        while len(self.output) < _OUTPUT_AT_MOST and self._read():
            pass
        self._loop.remove_reader(self._reads)
        posix.close(self._reads)
        self.ended.set_result(posix.waitpid(self.pid, 0)[1])


def _encoded(word: str) -> bytes:
    """As os.fsencode."""
    return word.encode(sys.getfilesystemencoding(), "surrogateescape")


def _decoded(name: bytes) -> str:
    """As os.fsdecode."""
    return name.decode(sys.getfilesystemencoding(), "surrogateescape")
