"""A container's processes as the host sees them: nothing of the image is needed for it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .container import Container

#: A line of /proc/PID/maps that maps a file.
_MAPPED = re.compile(r"^\S+ \S+ \S+ (?!00:00)\S+ \d+ +(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Process:
    """One of them, by its pid on the host."""

    host_pid: int

    @property
    def pid(self) -> int:
        """Within the container."""
        return int(self._status("NSpid")[-1])

    @property
    def user(self) -> int:
        """The effective one."""
        return int(self._status("Uid")[1])

    @property
    def name(self) -> str:
        return (self._proc / "comm").read_text().strip()

    @property
    def files(self) -> set[str]:
        """The paths that are mapped into it."""
        return set(_MAPPED.findall((self._proc / "maps").read_text()))

    def children(self) -> list[Process]:
        text = (self._proc / "task" / str(self.host_pid) / "children").read_text()
        return [Process(int(word)) for word in text.split()]

    def child(self, name: str) -> Process:
        """The one of that name."""
        (found,) = [each for each in self.children() if each.name == name]
        return found

    def descendant(self, pid: int) -> Process:
        """The one that has this pid within the container."""
        (found,) = [each for each in self._descendants() if each.pid == pid]
        return found

    def _descendants(self) -> Iterator[Process]:
        for child in self.children():
            yield child
            yield from child._descendants()

    def grandchildren(self, name: str) -> list[Process]:
        """The children of its children of that name."""
        named = [each for each in self.children() if each.name == name]
        return [each for child in named for each in child.children()]

    def kill(self, signal: int) -> None:
        os.kill(self.host_pid, signal)

    @property
    def _proc(self) -> Path:
        return Path("/proc", str(self.host_pid))

    def _status(self, key: str) -> list[str]:
        found = re.search(rf"^{key}:(.*)$", (self._proc / "status").read_text(), re.MULTILINE)
        assert found, key
        return found[1].split()


def init_of(container: Container) -> Process:
    """Pid 1 of a container that runs."""
    return Process(int(container.inspect("{{.State.Pid}}")))
