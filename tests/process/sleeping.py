"""Whether pid 1 sleeps, and what it has done meanwhile: as its descriptors and its orders tell."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from pathlib import Path
from typing import Any

from initd.init.sleep.orders import ORDERS_SIZE, Told, told

from .namespace import DEADLINE, Timeout

#: After so many seconds without an event pid 1 falls asleep.
SLEEPS = ("--sleep", "0.05")


def _links(pid: int) -> dict[int, str]:
    found = {}
    with contextlib.suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                found[int(name)] = os.readlink(f"/proc/{pid}/fd/{name}")
    return found


def child_of(pid: int) -> int:
    """Of init its shim, of the shim its app; of an init whose shim has ended its app."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def sleep_of(pid: int) -> int | None:
    """Names the sleep that a process is in; None while Python runs. The sleeper has two signalfds
    and its orders; Python has one."""
    links = _links(pid)
    if list(links.values()).count("anon_inode:[signalfd]") != 2:
        return None
    for fd, link in links.items():
        if link.startswith("/memfd:initd"):
            with contextlib.suppress(OSError):
                return os.stat(f"/proc/{pid}/fd/{fd}").st_ino
    return None


def asleep(pid: int) -> int:
    """Waits until a pid 1 sleeps; the sleep's name."""
    end = time.monotonic() + DEADLINE
    while (found := sleep_of(pid)) is None:
        if time.monotonic() > end:
            raise Timeout(f"pid 1, here {pid}, does not fall asleep")
        time.sleep(0.01)
    return found


def told_by(pid: int) -> Told:
    """What the sleeper has to tell so far."""
    fd = next(fd for fd, link in _links(pid).items() if link.startswith("/memfd:initd"))
    with open(f"/proc/{pid}/fd/{fd}", "rb") as file:
        return told(file.read(ORDERS_SIZE))


def memory_files_of(pid: int) -> list[bytes]:
    """What is in those that a process has open."""
    links = _links(pid).items()
    return [Path(f"/proc/{pid}/fd/{fd}").read_bytes() for fd, to in links if "memfd:" in to]


class Asking:
    """A client of the control socket, from outside of the container."""

    def __init__(self, path: Path, *pieces: bytes) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(60)
        self._socket.connect(str(path))
        for piece in pieces:
            self.say(piece)

    def say(self, piece: bytes) -> None:
        """Sends a part of a request."""
        self._socket.sendall(piece)

    def answer(self) -> dict[str, Any] | None:
        """What comes, to the end; None for nothing."""
        with self._socket, self._socket.makefile("rb") as answer:
            line = answer.read()
        found: dict[str, Any] | None = json.loads(line) if line else None
        return found

    def hang_up(self) -> None:
        """Without waiting for an answer."""
        self._socket.close()


def ask(path: Path, verb: str, argument: str | None = None) -> dict[str, Any] | None:
    """One whole request, as the verbs make it."""
    request = {"verb": verb} if argument is None else {"verb": verb, "argument": argument}
    return Asking(path, json.dumps(request, separators=(",", ":")).encode() + b"\n").answer()
