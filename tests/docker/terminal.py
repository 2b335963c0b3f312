"""`docker run -it`, or `docker exec -it`, on a terminal that the test holds the other end of."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

from .waiting import PATIENCE, eventually

CTRL_C = b"\x03"
CTRL_Z = b"\x1a"
CTRL_BACKSLASH = b"\x1c"

Docker = Callable[..., "subprocess.CompletedProcess[str]"]


class Terminal:
    """A person at a terminal: types, reads, changes the window's size."""

    def __init__(
        self,
        docker: Docker,
        environment: Mapping[str, str],
        name: str,
        launch: Sequence[str],
        *,
        rows: int = 24,
        columns: int = 80,
        client: Sequence[str] = ("run", "--rm", "-it", "--name"),
    ) -> None:
        self._docker = docker
        self.name = name
        self.text = ""
        self._seen = 0
        self._fd, theirs = pty.openpty()
        self.resize(rows, columns)
        try:
            # `setsid --ctty` makes the terminal the client's own, so that a new size reaches it
            # as SIGWINCH, and no typed Ctrl-C reaches the test run.
            self._client = subprocess.Popen(
                ["setsid", "--ctty", "docker", *client, name, *launch],
                env=environment,
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
            )
        finally:
            os.close(theirs)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._client.poll() is None:
            self._docker("rm", "--force", self.name, check=False)
            self._client.wait(timeout=PATIENCE)
        os.close(self._fd)

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize_until(self, text: str, rows: int, columns: int) -> None:
        """The same, until `text` shows: the client hears of a new size only some time after the
        app has started, and then tells the first size once more."""
        deadline = time.monotonic() + PATIENCE
        while True:
            self.resize(rows, columns)
            try:
                self.expect(text, within=2)
                return
            except AssertionError:
                if time.monotonic() > deadline:
                    raise
                self.resize(rows - 1, columns)  # only a change is told

    def type(self, data: bytes) -> None:
        os.write(self._fd, data)

    def send_signal(self, name: str) -> None:
        """`docker kill`: one signal to pid 1."""
        self._docker("kill", "--signal", name, self.name)

    def wait_until_in_front(self, program: str) -> None:
        """Return when `program` is in the foreground of the terminal: keys go to it."""
        eventually(
            lambda: (
                "+"
                in self._docker(
                    "exec", self.name, "ps", "-o", "stat=", "-C", program, check=False
                ).stdout
            ),
            what=f"{program} is in the foreground",
        )

    def expect(self, text: str, *, within: float = PATIENCE) -> str:
        """Read until `text` shows, after what was expected before; all that came with it."""
        deadline = time.monotonic() + within
        while (at := self.text.find(text, self._seen)) < 0:
            if not self._more(deadline - time.monotonic()):
                raise AssertionError(f"no {text!r} on the terminal; it shows:\n{self.text}")
        came = self.text[self._seen : at + len(text)]
        self._seen = at + len(text)
        return came

    def wait(self, timeout: float = PATIENCE) -> int:
        """Read to the end; the exit code."""
        deadline = time.monotonic() + timeout
        while self._more(deadline - time.monotonic()):
            pass
        return self._client.wait(timeout=max(0.1, deadline - time.monotonic()))

    def _more(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._fd], [], [], max(0.0, seconds))
        if not ready:
            return False
        try:
            data = os.read(self._fd, 65536)
        except OSError:  # EIO: the last process on the other end is gone
            return False
        self.text += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)
