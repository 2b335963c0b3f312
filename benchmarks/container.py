"""One contender as pid 1 of fresh namespaces, seen from outside; spawner.c does the work."""

import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from contenders import Contender
from supporters import supporters
from workshop import Workshop

# What an image gives by default, and nothing of the person who runs the benchmark.
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}

# An init may tidy up after the app has started; that is not yet rest.
SETTLE_SECONDS = 2.0


class ContainerError(Exception):
    """A contender did not bring the app up."""


@dataclass(frozen=True)
class RoundTrips:
    """What came of a series of signals; nothing at all when the app never got the first."""

    nanoseconds: list[int]
    lost: int


@dataclass(frozen=True)
class Stop:
    """One stop, from the signal to the end of pid 1 and so of the container."""

    nanoseconds: int
    told: bool
    """Whether the app was asked to end; else it was killed."""


@dataclass(frozen=True)
class Storm:
    """What came of a storm of orphans."""

    storm_ns: int
    clean_ns: int | None
    """From the storm's end until nothing of it was left; None if that did not come in time."""
    most: int
    """The most processes at once that init had still to reap; a few of them may yet live."""
    left: int


class Container:
    """A running contender and its app; leaving the context kills all of it."""

    def __init__(
        self, workshop: Workshop, contender: Contender, app: Path | None = None, *more: str
    ) -> None:
        """APP, where it is not the workshop's, takes the path of a FIFO and then MORE."""
        self.workshop = workshop
        self.contender = contender
        self.app = app or workshop.app
        self._more = more
        self._scratch = workshop.scratch()
        self._spawner = self._spawn(contender)
        words = self._answer()
        if words[0] != "started":
            self._close()
            said = self._stderr().read_text(errors="replace")[-500:]
            raise ContainerError(f"{contender.name}: {' '.join(words)}: {said}")
        self.init_pid = int(words[1])
        self.start_ns = int(words[3]) - int(words[2])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def round_trips(self, count: int) -> RoundTrips:
        """Send COUNT signals to pid 1, one after the other, and time the app's answers."""
        words = self._ask(f"signals {count}")
        if words[0] == "deaf":
            return RoundTrips([], lost=count)
        return RoundTrips([int(word) for word in words[2:]], lost=int(words[1]))

    def first_round_trip(self) -> RoundTrips:
        """The same for a single signal, the first that this container gets."""
        words = self._ask("once")
        return RoundTrips([int(word) for word in words[2:]], lost=int(words[1]))

    def stop(self) -> Stop:
        """Send the signal that asks this init for a stop, and wait for its end."""
        words = self._ask(f"stop {int(self.contender.stop_signal)}")
        if words[0] != "stopped":
            raise ContainerError(f"{self.contender.name} does not end when it is asked to")
        return Stop(int(words[1]), words[2] == "1")

    def storm(self, patience_ms: int) -> Storm:
        """Let loose what storm.c does, which this container must have as its app."""
        words = self._ask(f"storm {patience_ms}")
        if words[0] != "calm":
            raise ContainerError(f"{self.contender.name} did not live through the storm")
        storm, clean, most, left = (int(word) for word in words[1:])
        return Storm(storm, clean if clean >= 0 else None, most, left)

    def supporters(self) -> list[int]:
        """Host pids of init and of what it keeps running for itself."""
        return supporters(self.init_pid, self.app)

    def _ask(self, request: str) -> list[str]:
        _, commands = self._pipes()
        commands.write(f"{request}\n")
        commands.flush()
        return self._answer()

    def _spawn(self, contender: Contender) -> "subprocess.Popen[str]":
        fifo, etc = str(self._scratch / "fifo"), self.workshop.furnish(self._scratch)
        command = contender.wrap([str(self.app), fifo, *self._more], self._scratch)
        # A file and not a pipe: no contender is ever slowed by a reader that lags behind.
        with self._stderr().open("w") as stderr:
            return subprocess.Popen(
                [self.workshop.spawner, etc, fifo, *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=ENVIRONMENT,
                text=True,
            )

    def _stderr(self) -> Path:
        return self._scratch / "stderr"

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        assert self._spawner.stdout
        assert self._spawner.stdin
        return self._spawner.stdout, self._spawner.stdin

    def _answer(self) -> list[str]:
        answers, _ = self._pipes()
        return answers.readline().split() or ["nothing"]

    def _close(self) -> None:
        """End of input makes the spawner kill pid 1; wait until the whole namespace is gone."""
        for pipe in reversed(self._pipes()):
            pipe.close()
        self._spawner.wait()


def settle(containers: Iterable[Container]) -> None:
    """Until all are at rest, and what is to be done to them before has been done."""
    time.sleep(SETTLE_SECONDS)
    for container in containers:
        container.contender.before_rest(container.init_pid)
