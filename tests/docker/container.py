"""One running container: what it writes, as it writes it, and what is done to it."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import IO, Any

from .waiting import PATIENCE, eventually

# The exit code of a container that the engine had to kill, because init did not end it.
KILLED = 137

Docker = Callable[..., "subprocess.CompletedProcess[str]"]


@dataclass(frozen=True)
class Finished:
    """What a command left behind."""

    code: int
    out: str
    err: str

    def events(self) -> list[dict[str, Any]]:
        """The lines of init's log: JSON objects with an `event`; the app's own lines are not."""
        found = []
        for line in self.err.splitlines():
            try:
                value = json.loads(line)
            except ValueError:
                continue
            if isinstance(value, dict) and "event" in value:
                found.append(value)
        return found

    def stopped_at(self) -> float:
        """When its stop began, as time.time(): the first signal that init got."""
        first = next(each for each in self.events() if each["event"] == "signal.received")
        return datetime.fromisoformat(first["timestamp"]).timestamp()


class Container:
    """A container in the foreground of a `docker run`, whose output is read while it runs.

    Attached, because `docker logs` straight after the end can miss the last line (seen): an
    attached client gets everything before it is told the exit code.
    """

    def __init__(
        self, docker: Docker, environment: Mapping[str, str], name: str, launch: Sequence[str]
    ) -> None:
        self._docker = docker
        self.name = name
        self._client = subprocess.Popen(
            ["docker", "run", "--rm", "--sig-proxy=false", "--name", name, *launch],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        assert self._client.stdout is not None
        assert self._client.stderr is not None
        self._news = threading.Condition()
        self._lines: dict[str, list[str]] = {"out": [], "err": []}
        self._open = {"out", "err"}
        self._readers = [
            threading.Thread(target=self._read, args=args, daemon=True)
            for args in (("out", self._client.stdout), ("err", self._client.stderr))
        ]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Container:
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
        for reader in self._readers:
            reader.join(timeout=PATIENCE)
        for stream in (self._client.stdout, self._client.stderr):
            assert stream is not None
            stream.close()

    # --- what it writes ---------------------------------------------------------------------

    def _read(self, name: str, stream: IO[str]) -> None:
        for line in stream:
            with self._news:
                self._lines[name].append(line)
                self._news.notify_all()
        with self._news:
            self._open.discard(name)
            self._news.notify_all()

    def out(self) -> str:
        with self._news:
            return "".join(self._lines["out"])

    def err(self) -> str:
        with self._news:
            return "".join(self._lines["err"])

    def transcript(self) -> str:
        return f"--- out\n{self.out()}--- err\n{self.err()}---"

    def wait_for_line(self, text: str, *, within: float = PATIENCE) -> str:
        """The first line on stdout that contains `text`; waits for it.

        Not on stderr: there init's log repeats the app's command, with all that it will say.
        """
        deadline = time.monotonic() + within
        with self._news:
            while (line := self._line_with(text)) is None:
                left = deadline - time.monotonic()
                if left <= 0 or "out" not in self._open:
                    raise AssertionError(f"no line with {text!r}\n{self.transcript()}")
                self._news.wait(left)
        return line

    def _line_with(self, text: str) -> str | None:
        return next((line for line in self._lines["out"] if text in line), None)

    # --- what is done to it -----------------------------------------------------------------

    def wait(self, timeout: float = PATIENCE) -> Finished:
        """Its end: the exit code that the engine reports, and everything that it wrote."""
        try:
            code = self._client.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still runs after {timeout:g} s\n{self.transcript()}") from None
        for reader in self._readers:
            reader.join(timeout=PATIENCE)
        return Finished(code, self.out(), self.err())

    def stop(self, grace: int = 10) -> tuple[Finished, float]:
        """`docker stop`: what is left behind, and the seconds that it took."""
        begun = time.monotonic()
        self._docker("stop", "--time", str(grace), self.name, timeout=grace + PATIENCE)
        seconds = time.monotonic() - begun
        return self.wait(), seconds

    def kill(self, name: str = "KILL") -> None:
        """`docker kill`: one signal to pid 1."""
        self._docker("kill", "--signal", name, self.name)

    def exec(self, *command: str, check: bool = True, timeout: float = PATIENCE) -> Finished:
        """`docker exec COMMAND`, to its end."""
        done = self._docker("exec", self.name, *command, check=False, timeout=timeout)
        if check and done.returncode != 0:
            raise AssertionError(
                f"docker exec {' '.join(command)}: exit {done.returncode}\n"
                f"{done.stdout}{done.stderr}\n{self.transcript()}"
            )
        return Finished(done.returncode, done.stdout, done.stderr)

    def status(self) -> dict[str, Any]:
        """`initd status --json`, asked from inside."""
        answer = json.loads(self.exec("initd", "status", "--json").out)
        assert isinstance(answer, dict)
        return answer

    def inspect(self, template: str) -> str:
        """One fact that the engine knows, by a Go template."""
        return self._docker("inspect", "--format", template, self.name).stdout.strip()

    def address(self) -> str:
        """Where the container can be reached, once it runs."""
        address: str = eventually(self._address, every=0.1, what="the container runs")
        return address

    def _address(self) -> str:
        template = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        told = self._docker("inspect", "--format", template, self.name, check=False)
        return told.stdout.strip() if told.returncode == 0 else ""

    def running(self) -> bool:
        """What the engine says; a container that it has not made yet does not run."""
        told = self._docker("inspect", "--format", "{{.State.Running}}", self.name, check=False)
        return told.stdout.strip() == "true"
