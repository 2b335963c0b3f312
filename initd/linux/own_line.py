"""Lines that begin a line: stderr is the app's too, which may have left one unfinished.

A terminal is filled up to its edge: the cursor goes to the next line, unless it was at the
beginning of one. Of a file the last byte is read. Nobody can look into a pipe or a socket, so a
line break comes first, except between lines that init writes at once: readers of logs skip a line
that is empty, and can't mend one that has become part of another.
"""

from __future__ import annotations

import posix
from time import monotonic

from initd.linux.stderr import CHARACTER, FIFO, FILE, SOCKET, Stderr, kind_of

#: Within so many seconds, lines are written at once.
_AT_ONCE = 0.001


class OwnLine:
    """Writes a line whole, on a line of its own, or not at all."""

    def __init__(self, stderr: Stderr) -> None:
        #: Whether there is an app by now, which may have written.
        self.beside_app = False
        self._stderr = stderr
        self._fd = stderr.fd
        self._kind = kind_of(self._fd)
        self._is_terminal = self._kind == CHARACTER and posix.isatty(self._fd)
        self._last = 0.0

    def write(self, line: bytes) -> bool:
        """Whether the line was written; False if there was no room or no reader."""
        written = self._stderr.write((self._before() if self.beside_app else b"") + line)
        self._last = monotonic()
        return written

    def descriptors(self) -> tuple[int, ...]:
        """The descriptors that writing needs."""
        return self._stderr.descriptors()

    def _before(self) -> bytes:
        if monotonic() - self._last < _AT_ONCE:
            return b""
        try:
            if self._is_terminal:
                columns = posix.get_terminal_size(self._fd).columns
                return b" " * columns + b"\r" if columns else b"\n"
            if self._kind == FILE:
                return b"\n" if self._last_byte() not in b"\n" else b""
        except OSError:
            pass
        return b"\n" if self._kind in (FIFO, FILE, SOCKET) else b""

    def _last_byte(self) -> bytes:
        """Of the file; nothing if it is empty."""
        size = posix.fstat(self._fd).st_size
        reading = posix.open(f"/proc/self/fd/{self._fd}", posix.O_RDONLY | posix.O_CLOEXEC)
        try:
            return posix.pread(reading, 1, max(0, size - 1))
        finally:
            posix.close(reading)
