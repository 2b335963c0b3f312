"""Orphans: each is reaped, and none is taken for the app."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from .namespace import alone, start, wait_until


def test_ten_thousand_orphans_leave_no_zombie_and_no_wrong_code(storm: Path) -> None:
    """One second after the storm nothing of it is left; every status was seen."""
    with start(storm, "10000", "77", stdin=-1) as container:
        container.stdout.until("storm over")
        over = time.monotonic()
        wait_until(lambda: container.zombies() == 0, "no zombie")
        assert alone(time.monotonic() - over) < 1.0
        assert container.status()["orphans_reaped"] >= 10000
        assert container.process.stdin is not None
        container.process.stdin.write(b"\n")
        container.process.stdin.flush()
        assert container.wait() == 77


def test_a_signal_is_not_kept_waiting_by_a_storm(storm: Path) -> None:
    """Corpses are taken in rounds."""
    with start(storm, "3000", "0", stdin=-1) as container:
        container.kill(signal.SIGUSR1)
        assert container.wait() == 128 + signal.SIGUSR1


def test_an_orphan_with_another_code_does_not_end_init(victim: Path) -> None:
    """Only the app's end is the container's."""
    script = f"(sh -c 'exit 99' &) ; exec {victim} 15=1"
    with start("sh", "-c", script) as container:
        container.stdout.until("ready")
        wait_until(lambda: container.status()["orphans_reaped"] == 1, "the orphan is reaped")
        container.kill(signal.SIGTERM)
        assert container.wait() == 1


def test_a_child_of_an_exec_d_process_is_reaped(victim: Path) -> None:
    """`docker exec` starts processes with ppid 0, whose orphans become init's."""
    import subprocess

    with start(victim, "15=0") as container:
        container.stdout.until("ready")
        inside = ["nsenter", "-t", str(container.init_pid), "--pid", "--mount", "--"]
        subprocess.run([*inside, "sh", "-c", "(sleep 0.01 &)"], check=True)
        wait_until(lambda: container.status()["orphans_reaped"] >= 1, "the orphan is reaped")
        wait_until(lambda: container.zombies() == 0, "no zombie")
        container.kill(signal.SIGTERM)
        assert container.wait() == 0
