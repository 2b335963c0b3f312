"""Containers that share /run, as those of a pod do by an emptyDir: each has its own init, name and
health."""

from __future__ import annotations

from pathlib import Path

from .container import Container
from .engine import Engine
from .waiting import eventually

READY = ("sh", "-c", 'echo ready; trap "exit 0" TERM; while :; do sleep 0.1; done')
CHECK = ("--check", "up exec -- true")


def healthy(engine: Engine, container: Container) -> bool:
    done = engine.docker("exec", container.name, "initd", "health", check=False)
    return done.returncode == 0


def name_in(engine: Engine, container: Container) -> str:
    """Without the app's environment, as any program of the image that preloads the library."""
    words = ("env", "-i", "LD_PRELOAD=/run/initd/hostname.so", "uname", "-n")
    return engine.docker("exec", container.name, *words).stdout.strip()


def test_neighbours_leave_each_other_alone(engine: Engine, tmp_path: Path, runtime: str) -> None:
    """A stop, a SIGSTOP and a name of one are its own."""
    docker = ("--volume", f"{tmp_path}:/run")

    def start(name: str) -> Container:
        options = [*CHECK, "--hostname", name]
        return engine.start(*READY, initd=options, docker=docker, runtime=runtime)

    with start("web-1.example.org") as one, start("web-2.example.org") as other:
        for each in (one, other):
            each.wait_for_line("ready")
            eventually(lambda each=each: healthy(engine, each), what="healthy")  # type: ignore[misc]
        names = [name_in(engine, each) for each in (one, other)]
        assert names == ["web-1.example.org", "web-2.example.org"]
        engine.docker("exec", other.name, "initd", "signal", "STOP")
        eventually(
            lambda: not healthy(engine, other), what="the one that is stopped is not healthy"
        )
        assert healthy(engine, one)
        engine.docker("exec", other.name, "initd", "signal", "CONT")
        engine.docker("exec", other.name, "initd", "stop", check=False)
        finished = other.wait()
        assert finished.code == 0
        assert healthy(engine, one)
        assert name_in(engine, one) == "web-1.example.org"
        last, _ = one.stop()
    moved = [[each["event"] for each in done.events()] for done in (last, finished)]
    assert ["control.elsewhere" in events for events in moved].count(True) == 1
