"""An app killed by the kernel for want of memory: SIGKILL from nowhere, and init explains."""

from __future__ import annotations

from .container import KILLED
from .engine import Engine


def test_the_log_says_out_of_memory(engine: Engine, runtime: str) -> None:
    """Exit code 137 like any death by KILL, and the reason in words."""
    done = engine.run(
        *("python3", "/apps/eats_memory.py"),
        runtime=runtime,
        docker=("--memory", "64m", "--memory-swap", "64m"),
    )
    assert done.code == KILLED, done
    assert "out of memory" in done.err, done


def test_a_kill_that_was_sent_is_not_called_out_of_memory(engine: Engine, runtime: str) -> None:
    """The same death with another reason, under the same limit."""
    done = engine.run(*("sh", "-c", "kill -KILL $$"), runtime=runtime, docker=("--memory", "64m"))
    assert done.code == KILLED, done
    assert "out of memory" not in done.err, done
