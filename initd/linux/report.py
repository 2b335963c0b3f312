"""The shim's reports (shim/report.h)."""

from __future__ import annotations

import posix

STARTED, FAILED, EXITED, STOPPED, CONTINUED, INTERRUPTED = range(1, 7)
_RECORD = 12
#: A failed stage is reported as stage + STAGE_DETAIL * detail (shim/report.h).
STAGE_DETAIL = 256


def read_reports(fd: int) -> list[tuple[int, int, int]] | None:
    """The reports so far, as (kind, a, b); None if the shim is gone.

    A report is smaller than PIPE_BUF, so a read returns only whole ones.
    """
    try:
        data = posix.read(fd, _RECORD * 32)
    except BlockingIOError:
        return []
    if not data:
        return None
    return [
        (
            int.from_bytes(data[at : at + 4], "little", signed=True),
            int.from_bytes(data[at + 4 : at + 8], "little", signed=True),
            int.from_bytes(data[at + 8 : at + 12], "little", signed=True),
        )
        for at in range(0, len(data), _RECORD)
    ]


def report_pipe() -> tuple[int, int]:
    """(read end, write end): both close-on-exec, the read end non-blocking."""
    reading, writing = posix.pipe2(posix.O_CLOEXEC)
    posix.set_blocking(reading, False)
    return reading, writing


def await_report(fd: int, milliseconds: int) -> None:
    """Returns when there is a report to read, or after so long."""
    from select import POLLIN, poll

    watch = poll()
    watch.register(fd, POLLIN)
    watch.poll(milliseconds)
