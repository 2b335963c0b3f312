"""Runs a source's command, which prints secrets."""

from __future__ import annotations

import _signal
import os
import select
from collections.abc import Mapping
from time import monotonic

from initd.core.shell_words import split_quoted
from initd.secrets.unreadable import Unreadable

#: Bytes of output.
_LONGEST = 4 << 20
_AT_ONCE = 1 << 16
_NOT_FOUND = "no such command"


def output_of(what: str, line: str, environ: Mapping[bytes, bytes], until: float) -> bytes:
    """What the command prints on stdout, if it ends well before `until` (monotonic seconds).
    Its stderr is init's. Raises Unreadable; then the command and its group have been killed."""
    try:
        words = split_quoted(line)
    except ValueError as mistake:
        raise Unreadable(f"{what}: {mistake}") from None
    reading, writing = os.pipe2(os.O_CLOEXEC)
    try:
        pid = os.posix_spawnp(
            words[0],
            words,
            environ,
            file_actions=[(os.POSIX_SPAWN_DUP2, writing, 1)],
            setpgroup=0,
            setsigmask=(),
            setsigdef=_signal.valid_signals() - {_signal.SIGKILL, _signal.SIGSTOP},
        )
    except OSError as error:
        os.close(reading)
        why = _NOT_FOUND if isinstance(error, FileNotFoundError) else error.strerror
        raise Unreadable(f"{what}: {why}") from None
    finally:
        os.close(writing)
    try:
        return _collect(what, pid, reading, until)
    except BaseException:
        try:
            os.killpg(pid, _signal.SIGKILL)
        except ProcessLookupError:
            pass  # it has failed by itself, and left nobody
        raise
    finally:
        os.close(reading)


def _collect(what: str, pid: int, reading: int, until: float) -> bytes:
    """The command's end counts, and not that of its output: a process that it leaves behind
    may keep that open."""
    pidfd = os.pidfd_open(pid)
    watch = select.poll()
    watch.register(reading, select.POLLIN)
    watch.register(pidfd, select.POLLIN)
    os.set_blocking(reading, False)
    data, ready = b"", set[int]()
    try:
        while pidfd not in ready:
            ready = {fd for fd, _ in watch.poll(max(0.0, until - monotonic()) * 1000)}
            if not ready:
                raise Unreadable(f"{what}: has not ended in time (--secrets-patience)")
            chunk, is_closed = _available(reading)
            data += chunk
            if len(data) > _LONGEST:
                raise Unreadable(f"{what}: prints more than {_LONGEST >> 20} MiB")
            if is_closed and reading in ready:
                watch.unregister(reading)
    finally:
        os.close(pidfd)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code:
        how = f"exit code {code}" if code > 0 else f"signal {-code}"
        raise Unreadable(f"{what}: has ended with {how}")
    return data


def _available(reading: int) -> tuple[bytes, bool]:
    """What there is by now, and whether nothing more can come."""
    data = b""
    while len(data) <= _LONGEST:
        try:
            chunk = os.read(reading, _AT_ONCE)
        except BlockingIOError:
            return data, False
        if not chunk:
            return data, True
        data += chunk
    return data, False
