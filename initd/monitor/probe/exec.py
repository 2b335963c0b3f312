"""exec: a command in a process group of its own; exit code 0 passes.

A pidfd tells of its end; then the whole group is killed, and the command is reaped.
"""

from __future__ import annotations

import _signal
import posix
import sys

from initd.core.health.check import ProbeResult
from initd.core.signals.numbers import KILL, STOP, name_of
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
#: The monitor blocks and ignores signals; its commands are to begin as a shell's would.
_DEFAULTS = _signal.valid_signals() - {KILL, STOP}
#: How often the command is looked at where no pidfd tells of its end, in seconds.
_LOOK_INTERVAL = 0.05
_NOT_EXECUTED = 126
_EPERM = 1
#: What execvp(3) uses where PATH is unset.
_PATH = b"/bin:/usr/bin"
_KIND, _DIRECTORY = 0o170000, 0o040000  # S_IFMT and S_IFDIR, inode(7)


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
        program = _find(self.argv[0], self.environ.get(b"PATH", _PATH))
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
            self.pid = _spawn(program, argv, environ, writes)
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


def _find(name: bytes, path: bytes) -> bytes:
    """The file to execute, by the app's PATH and not the monitor's."""
    if b"/" in name:
        return name
    for directory in path.split(b":"):
        candidate = (directory or b".").rstrip(b"/") + b"/" + name
        if posix.access(candidate, posix.X_OK) and not _is_directory(candidate):
            return candidate
    raise FileNotFoundError(2, f"not found in PATH={_decoded(path)}")


def _is_directory(path: bytes) -> bool:
    return posix.stat(path).st_mode & _KIND == _DIRECTORY


def _encoded(word: str) -> bytes:
    """As os.fsencode."""
    return word.encode(sys.getfilesystemencoding(), "surrogateescape")


def _decoded(name: bytes) -> str:
    """As os.fsdecode."""
    return name.decode(sys.getfilesystemencoding(), "surrogateescape")


def _spawn(program: bytes, argv: list[bytes], environ: dict[bytes, bytes], output: int) -> int:
    try:
        return posix.posix_spawn(
            program,
            argv,
            environ,
            file_actions=[
                (posix.POSIX_SPAWN_OPEN, 0, "/dev/null", posix.O_RDONLY, 0),
                (posix.POSIX_SPAWN_DUP2, output, 1),
                (posix.POSIX_SPAWN_DUP2, output, 2),
            ],
            setpgroup=0,
            setsigmask=[],
            setsigdef=_DEFAULTS,
        )
    except OSError as error:
        if error.errno != _EPERM:
            raise
    # glibc believes only ENOSYS of a clone3 that is not permitted (shim/kernel_module.c).
    pid = posix.fork()
    if pid == 0:
        _become(program, argv, environ, output)
    try:
        posix.setpgid(pid, pid)  # both do it: whoever comes first
    except OSError:
        pass  # it is another program by now
    return pid


def _become(program: bytes, argv: list[bytes], environ: dict[bytes, bytes], output: int) -> None:
    """In the child."""
    try:
        posix.setpgid(0, 0)
        posix.dup2(posix.open("/dev/null", posix.O_RDONLY), 0)
        posix.dup2(output, 1)
        posix.dup2(output, 2)
        for number in _DEFAULTS:
            _signal.signal(number, _signal.SIG_DFL)
        _signal.pthread_sigmask(_signal.SIG_SETMASK, [])
        posix.execve(program, argv, environ)
    except OSError as error:
        posix.write(2, (error.strerror or "").encode())
    finally:
        posix._exit(_NOT_EXECUTED)
