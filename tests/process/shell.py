"""A terminal with a program on it, an interactive bash by default, and a person who types."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import Self

from .namespace import DEADLINE, Timeout

PROMPT = "[shell] "
CTRL_C, CTRL_Z = b"\x03", b"\x1a"
BASH = ("bash", "--norc", "--noprofile", "-i")


class Shell:
    """What is shown is read as far as it is expected."""

    def __init__(self, words: Sequence[str] = BASH, env: Mapping[str, str] | None = None) -> None:
        self.fd, theirs = pty.openpty()
        self.text = ""
        self.at = 0
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *words],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "PS1": PROMPT, "TERM": "dumb", **(env or {})},
        )
        os.close(theirs)

    def type(self, keys: bytes) -> None:
        os.write(self.fd, keys)

    def expect(self, text: str) -> str:
        """Reads until `text` shows, behind what was expected before; all that came with it."""
        end = time.monotonic() + DEADLINE
        while (found := self.text.find(text, self.at)) < 0:
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise Timeout(f"no {text!r}; the terminal shows {self.text!r}")
            self.text += os.read(self.fd, 65536).decode(errors="replace")
        came = self.text[self.at : found + len(text)]
        self.at = found + len(text)
        return came

    def foreground(self) -> int:
        return os.tcgetpgrp(self.fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.fd)
