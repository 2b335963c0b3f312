"""A hundred containers on one host: what each init adds to each of them, under a real engine.

All series run at the same time on one engine, from one image, with the same static app, and grow
by turns, so that whatever the host does meanwhile falls on all alike. The app alone, as pid 1, is
the series that the others are compared with.
"""

import os
import random
import select
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cgroup
from container import ContainerError
from contenders import NONE
from engine import LABEL, Engine, ensure_base_image
from field import INITD, MONITORED
from peers import SUPERVISORD, SUPERVISORD_CONFIG, TINI
from rounds import Progress
from start_plan import PLANNED
from supporters import by_namespace, memory, namespace_of
from workshop import HERE, Workshop

STEPS = (1, 10, 25, 50, 100)
IMAGE = "initd-density"
DOCKERFILE = HERE / "density" / "Dockerfile"
APP, PLANNED_APP = ["/app", "/bench/fifo"], ["/app-planned", "/bench/fifo"]
"""The same program twice: of one command line there is a start plan, of the other there is none."""
THREE_CHECKS = ("alive process", "file file /app", "command exec -- true")
#: How each is told to run the app.
COMMANDS: dict[str, list[str]] = {
    NONE: APP,
    TINI: ["tini", "--", *APP],
    INITD: ["initd", "--", *APP],
    PLANNED: ["initd", "--", *PLANNED_APP],
    MONITORED: [
        "initd",
        *(word for check in THREE_CHECKS for word in ("--check", check)),
        *("--http", "/run/http.sock", "--", *APP),
    ],
    SUPERVISORD: ["supervisord", "-n", "-c", "/etc/bench.conf"],
}

BUILD_SECONDS = 600.0
START_SECONDS = 30.0
STOP_SECONDS = 120.0
GONE_SECONDS = 120.0
SETTLE_SECONDS = 4.0
# As `docker stop` has it.
GRACE_SECONDS = 10


@dataclass(frozen=True)
class Step:
    """What so many containers of one series hold together, and do in a minute."""

    containers: int
    private_kib: int
    pss_kib: int
    cpu_ms_per_minute: float


@dataclass(frozen=True)
class Series:
    """One way to start the app, up to as many containers as were asked for."""

    starts_ns: list[int]
    """Of each container, from the engine's order to the first act of the app's main."""
    steps: list[Step]
    stop_ns: int
    """Of all containers at once, by one `docker stop`."""
    told: int
    """How many of the apps were asked to end; the others were killed."""


@dataclass(frozen=True)
class Running:
    """A container."""

    name: str
    pid: int
    start_ns: int


def measure_density(
    workshop: Workshop,
    wheels: Path,
    names: Sequence[str],
    steps: Sequence[int],
    seconds: float,
    progress: Progress,
) -> dict[str, Series]:
    """By the name of the series, of those in COMMANDS; so many idle seconds at the last step, a
    sixth at the others.

    Raises EngineError where no engine can be started, or the image not built."""
    with Engine() as engine, reports(workshop) as inbox:
        build_image(engine, workshop, wheels)
        running: dict[str, list[Running]] = {name: [] for name in names}
        found: dict[str, list[Step]] = {name: [] for name in names}
        for before, wanted in pairwise((0, *steps)):
            for number in range(before, wanted):
                progress(f"containers {number + 1}/{steps[-1]}")
                for name in random.Random(number).sample(names, len(names)):
                    running[name].append(start(engine, inbox, name, number))
            rest = seconds if wanted == steps[-1] else seconds / 6
            for name, step in look_at(running, rest).items():
                found[name].append(step)
        return {
            name: end(engine, inbox, containers, found[name], progress)
            for name, containers in running.items()
        }


def build_image(engine: Engine, workshop: Workshop, wheels: Path) -> None:
    """From Debian's packages and the wheelhouse."""
    ensure_base_image(engine.docker)
    context = workshop.scratch()
    shutil.copy(DOCKERFILE, context)
    shutil.copy(workshop.app, context / "app")
    shutil.copytree(wheels, context / "wheels")
    (context / "supervisord.conf").write_text(SUPERVISORD_CONFIG.format(command=" ".join(APP)))
    engine.docker(*("build", "--network=host", "--tag", IMAGE, str(context)), timeout=BUILD_SECONDS)


# --- what the apps say ----------------------------------------------------------------------


@dataclass(frozen=True)
class Inbox:
    """The FIFO that all apps report to; only one of them starts at a time."""

    directory: Path
    descriptor: int

    def stamp(self) -> int:
        """The time that the next app read off the clock; the clock is the host's."""
        ready, _, _ = select.select([self.descriptor], [], [], START_SECONDS)
        if not ready:
            raise ContainerError("an app has not started")
        return int.from_bytes(os.read(self.descriptor, 8), "little")

    def count(self) -> int:
        """How many stamps are there, which are then gone."""
        stamps = 0
        while select.select([self.descriptor], [], [], 0)[0]:
            stamps += len(os.read(self.descriptor, 65536)) // 8
        return stamps


@contextmanager
def reports(workshop: Workshop) -> Iterator[Inbox]:
    """A FIFO in a directory that each container has as /bench."""
    directory = workshop.scratch()
    path = directory / "fifo"
    os.mkfifo(path)
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        yield Inbox(directory, descriptor)
    finally:
        os.close(descriptor)


# --- the life of a series -------------------------------------------------------------------


def start(engine: Engine, inbox: Inbox, series: str, number: int) -> Running:
    """One more container, up to its app's main."""
    words = COMMANDS[series]
    name = f"bench-{list(COMMANDS).index(series)}-{number}"
    settings = {
        "Image": IMAGE,
        "Entrypoint": words[:1],
        "Cmd": words[1:],
        "Labels": {LABEL: ""},
        "HostConfig": {
            "NetworkMode": "none",
            "AutoRemove": True,
            "Binds": [f"{inbox.directory}:/bench"],
        },
    }
    engine.api("POST", f"/containers/create?name={name}", settings)
    began = time.monotonic_ns()
    engine.api("POST", f"/containers/{name}/start")
    took = inbox.stamp() - began
    pid = engine.api("GET", f"/containers/{name}/json")["State"]["Pid"]
    return Running(name, pid, took)


def look_at(running: dict[str, list[Running]], seconds: float) -> dict[str, Step]:
    """All series while they do nothing, and what they hold."""
    time.sleep(SETTLE_SECONDS)
    before = {name: cpu_ns(containers) for name, containers in running.items()}
    time.sleep(seconds)
    used = {name: cpu_ns(containers) - before[name] for name, containers in running.items()}
    processes = by_namespace()
    found = {}
    for name, containers in running.items():
        held = [memory(processes[namespace_of(each.pid)]) for each in containers]
        found[name] = Step(
            containers=len(containers),
            private_kib=sum(each.private for each in held),
            pss_kib=sum(each.pss for each in held),
            cpu_ms_per_minute=used[name] / 1e6 * 60 / seconds,
        )
    return found


def cpu_ns(containers: list[Running]) -> int:
    """Of all of them together, so far."""
    return sum(cgroup.cpu_ns(container.pid) for container in containers)


def end(
    engine: Engine, inbox: Inbox, containers: list[Running], steps: list[Step], progress: Progress
) -> Series:
    """Stop all containers of a series at once, as a person would."""
    progress(f"stop {containers[0].name}")
    names = [container.name for container in containers]
    inbox.count()
    began = time.monotonic_ns()
    engine.docker("stop", f"--time={GRACE_SECONDS}", *names, timeout=STOP_SECONDS)
    took = time.monotonic_ns() - began
    told = inbox.count()
    await_removal(engine, set(names))
    return Series([container.start_ns for container in containers], steps, took, told)


def await_removal(engine: Engine, names: set[str]) -> None:
    """The engine clears up after it has answered; the next series shall not pay for that."""
    until = time.monotonic() + GONE_SECONDS
    while names & set(engine.docker("ps", "--all", "--format={{.Names}}").stdout.split()):
        if time.monotonic() > until:
            raise ContainerError("the engine does not remove what was stopped")
        time.sleep(0.2)
