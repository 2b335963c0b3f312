"""A command that prints secrets: it is run, and its output read."""

from __future__ import annotations

import _signal
import posix
from select import POLLIN, poll
from time import monotonic

from initd.core.secrets import is_file_name
from initd.core.shell_words import split_quoted
from initd.json_codec import decode
from initd.linux.commands import find_program, start_command
from initd.secrets.unreadable import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

#: Bytes of output.
_LONGEST = 4 << 20
_AT_ONCE = 1 << 16
#: Seconds: for ever, as --secrets-patience has it; and how often a command is looked at where no
#: pidfd tells of its end.
_LONGEST_WAIT, _LOOK_INTERVAL = 3600.0, 0.02
_NOT_FOUND = "no such command"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def pairs_of(
    what: str, line: str, environ: Mapping[bytes, bytes], until: float
) -> dict[str, bytes]:
    """The names and values that the command prints. `what` was configured. Raises Unreadable."""
    output = output_of(what, line, environ, until)
    pairs = _of_json(what, output) if output.lstrip()[:1] == b"{" else _of_lines(what, output)
    if not all(map(is_file_name, pairs)):
        raise Unreadable(f"{what}: prints a name that can be neither a variable nor a file")
    return pairs


def output_of(what: str, line: str, environ: Mapping[bytes, bytes], until: float) -> bytes:
    """What the command prints on stdout, if it ends well before `until` (monotonic seconds).
    Its stderr is init's. Raises Unreadable; then the command and its group have been killed."""
    try:
        words = split_quoted(line)
    except ValueError as mistake:
        raise Unreadable(f"{what}: {mistake}") from None
    reading, writing = posix.pipe2(posix.O_CLOEXEC)
    try:
        argv = [word.encode(errors="surrogateescape") for word in words]
        program = find_program(argv[0], environ)
        pid = start_command(program, argv, environ, [(writing, 1)])
    except OSError as error:
        posix.close(reading)
        why = _NOT_FOUND if isinstance(error, FileNotFoundError) else error.strerror
        raise Unreadable(f"{what}: {why}") from None
    finally:
        posix.close(writing)
    try:
        return _collect(what, pid, reading, until)
    except BaseException:
        try:
            posix.killpg(pid, _signal.SIGKILL)
        except ProcessLookupError:
            pass  # it has failed by itself, and left nobody
        raise
    finally:
        posix.close(reading)


def _collect(what: str, pid: int, reading: int, until: float) -> bytes:
    """The command's end counts, and not that of its output: a process that it leaves behind
    may keep that open."""
    end = _End(pid)
    watch = poll()
    watch.register(reading, POLLIN)
    if end.pidfd >= 0:
        watch.register(end.pidfd, POLLIN)
    posix.set_blocking(reading, False)
    data, ended = b"", False
    try:
        while not ended:
            left = max(0.0, until - monotonic())
            ready = {fd for fd, _ in watch.poll(min(left, end.patience) * 1000)}
            if not left:
                raise Unreadable(f"{what}: has not ended in time (--secrets-patience)")
            ended = end.has_come(ready)
            chunk, is_closed = _available(reading)
            data += chunk
            if len(data) > _LONGEST:
                raise Unreadable(f"{what}: prints more than {_LONGEST >> 20} MiB")
            if is_closed and reading in ready:
                watch.unregister(reading)
    finally:
        end.close()
    code = posix.waitstatus_to_exitcode(posix.waitpid(pid, 0)[1])
    if code:
        how = f"exit code {code}" if code > 0 else f"signal {-code}"
        raise Unreadable(f"{what}: has ended with {how}")
    return data


class _End:
    """Of a child: told by a pidfd, or looked for where there is none to be had."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.patience = _LONGEST_WAIT
        try:
            self.pidfd = posix.pidfd_open(pid)
        except OSError:  # a list of permitted calls lacks it
            self.pidfd, self.patience = -1, _LOOK_INTERVAL

    def has_come(self, ready: set[int]) -> bool:
        """It is not reaped."""
        if self.pidfd >= 0:
            return self.pidfd in ready
        how = posix.WEXITED | posix.WNOHANG | posix.WNOWAIT
        return posix.waitid(posix.P_PID, self._pid, how) is not None

    def close(self) -> None:
        """At once."""
        if self.pidfd >= 0:
            posix.close(self.pidfd)


def _available(reading: int) -> tuple[bytes, bool]:
    """What there is by now, and whether nothing more can come."""
    data = b""
    while len(data) <= _LONGEST:
        try:
            chunk = posix.read(reading, _AT_ONCE)
        except BlockingIOError:
            return data, False
        if not chunk:
            return data, True
        data += chunk
    return data, False


def _of_json(what: str, output: bytes) -> dict[str, bytes]:
    try:
        document = decode(output.decode())
    except ValueError:
        raise Unreadable(f"{what}: prints something that begins with {{ and is not JSON") from None
    wrong = next((name for name, value in document.items() if not isinstance(value, str)), None)
    if wrong is not None:
        kind = type(document[wrong]).__name__
        raise Unreadable(f"{what}: {wrong!r} is not a string in its JSON, but of type {kind}")
    return {name: value.encode(errors="surrogatepass") for name, value in document.items()}


def _of_lines(what: str, output: bytes) -> dict[str, bytes]:
    """As an env file has them. A line that is wrong may be part of a value: its number is all
    that is shown."""
    found = {}
    for number, line in enumerate(output.removeprefix(_BYTE_ORDER_MARK).split(b"\n"), 1):
        line = line.lstrip().removesuffix(b"\r")
        if not line or line.startswith(b"#"):
            continue
        name, equals, value = line.partition(b"=")
        if not equals or name.split() != [name]:
            raise Unreadable(f"{what}: line {number} of its output is not NAME=VALUE")
        found[name.decode(errors="surrogateescape")] = value
    return found
