"""A SIGTERM that comes while the container starts is acted on, whenever it comes.

The hundreds of starts are in tests/process, where a start takes milliseconds; these are the proof
that an engine's start, with its own order of things, is the same.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .engine import Engine, new_name
from .waiting import eventually

STARTS = 10
LATEST = 0.040
GRACE = 5.0
ENDED_BY_TERM = 128 + 15

# A twentieth of a CPU stretches the first 20 ms of init to some 400: without it the engine answers
# that the container has started only after they are over, and every signal comes too late to be
# early. With it, a naive init in Python loses 10 signals of 10 under both runtimes (seen).
SLOWLY = ("--cpus", "0.05")


@contextmanager
def created(engine: Engine, runtime: str, *command: str) -> Iterator[str]:
    name = new_name()
    engine.docker(
        "create", "--name", name, *engine.launch(*command, runtime=runtime, docker=SLOWLY)
    )
    try:
        yield name
    finally:
        engine.docker("rm", "--force", name)


def wait_for_the_first_instruction(engine: Engine, name: str) -> None:
    """Return when pid 1 of the container has begun to run.

    Under runc that can be after the engine says that the container has started. Until then pid 1
    is runc itself, or is stuck in the kernel's exec, and what is sent is lost (seen: 9 of 30). No
    init can help that. The first act of ours is to block signals, which the kernel shows.
    """
    pid = engine.api("GET", f"/containers/{name}/json")["State"]["Pid"]
    status = Path(f"/proc/{pid}/status")
    eventually(
        lambda: int(status.read_text().partition("SigBlk:")[2].split()[0], 16),
        every=0.001,
        what="pid 1 blocks signals",
    )


def test_term_within_40_ms_of_the_start_stops_the_container(engine: Engine, runtime: str) -> None:
    """An app that would run for ever; none of the starts waits for the engine's time-out."""
    moments = random.Random(2)
    for _ in range(STARTS):
        delay = moments.uniform(0.0, LATEST)
        with created(engine, runtime, "sleep", "infinity") as name:
            # By the API: the `docker` command takes longer to begin than the window is wide.
            engine.api("POST", f"/containers/{name}/start")
            wait_for_the_first_instruction(engine, name)
            time.sleep(delay)
            begun = time.monotonic()
            engine.api("POST", f"/containers/{name}/kill?signal=SIGTERM")
            code = engine.docker("wait", name).stdout.strip()
            took = time.monotonic() - begun
        assert code == str(ENDED_BY_TERM), f"TERM {delay * 1000:.1f} ms after the start: {code}"
        assert took < GRACE, f"TERM {delay * 1000:.1f} ms after the start took {took:.1f} s"
