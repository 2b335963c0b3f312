"""A container paused as `docker pause` does it: by the cgroup freezer, of v1 or of v2."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from .namespace import Container, wait_until

_V1 = Path("/sys/fs/cgroup/freezer")
_V2 = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))


class Freezer:
    """A cgroup for the processes of one container."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_v1 = path.parent == _V1

    def pause(self) -> None:
        """None of them runs once this returns."""
        self._set("FROZEN" if self.is_v1 else "1")
        wait_until(self._is_frozen, "the container is paused")

    def go_on(self) -> None:
        """All of them run again."""
        self._set("THAWED" if self.is_v1 else "0")

    def _set(self, state: str) -> None:
        (self.path / ("freezer.state" if self.is_v1 else "cgroup.freeze")).write_text(state)

    def _is_frozen(self) -> bool:
        if self.is_v1:
            return (self.path / "freezer.state").read_text() == "FROZEN\n"
        return "frozen 1\n" in (self.path / "cgroup.events").read_text()


@contextlib.contextmanager
def freezer(container: Container) -> Iterator[Freezer]:
    """For the processes that the container has by now, and all that they start."""
    places = (_V1, *(place for place in _V2 if (place / "cgroup.procs").exists()))
    place = next(place for place in places if place.is_dir())
    made = Freezer(place / f"initd-test-{container.process.pid}")
    made.path.mkdir()
    try:
        wait_until(lambda: _holds(made.path, container.tree()), "all its processes are in it")
        yield made
    finally:
        made.go_on()
        wait_until(lambda: _is_removed(made.path), "the container's processes have left")


def _holds(path: Path, processes: Iterable[int]) -> bool:
    """Puts in those that are not: what they start from then on is in it too."""
    missing = set(processes) - set(map(int, (path / "cgroup.procs").read_text().split()))
    for pid in missing:
        with contextlib.suppress(ProcessLookupError):  # a command that has ended since
            (path / "cgroup.procs").write_text(str(pid))
    return not missing


def _is_removed(path: Path) -> bool:
    """Once it is empty: its processes leave, and may start others meanwhile."""
    for pid in (path / "cgroup.procs").read_text().split():
        with contextlib.suppress(ProcessLookupError):
            (path.parent / "cgroup.procs").write_text(pid)
    try:
        path.rmdir()
    except OSError:
        return False
    return True
