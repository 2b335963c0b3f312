"""Init that is not pid 1: under `docker run --init`, in a shared namespace, in a shell."""

from __future__ import annotations

import signal
from pathlib import Path

from .namespace import start, status_of, wait_until


def test_it_says_so_at_once(victim: Path) -> None:
    """The first line of its log."""
    with start(victim, "15=0", pid_1=False) as container:
        assert container.event("init.subreaper")["pid"] == container.process.pid
        container.stdout.until("ready")
        container.kill(signal.SIGTERM)
        assert container.wait() == 0


def test_orphans_are_reaped_by_it_all_the_same(victim: Path, tmp_path: Path) -> None:
    """They come to the nearest subreaper instead of pid 1."""
    script = f"(sh -c 'exit 5' &); exec {victim} 15=0"
    options = ["--socket", str(tmp_path / "socket"), "-v"]
    with start("sh", "-c", script, pid_1=False, options=options) as container:
        assert container.event("orphan.reaped")["code"] == 5
        container.stdout.until("ready")
        container.kill(signal.SIGTERM)
        assert container.wait() == 0


def test_survivors_are_ended_and_nobody_else(victim: Path) -> None:
    """kill(-1) would be the whole host: here each descendant is signalled by itself."""
    with start(victim, "15=0", pid_1=False) as stranger:
        stranger.stdout.until("ready")
        script = f"setsid {victim} 15=0 & read line; exit 2"
        with start("sh", "-c", script, pid_1=False, stdin=-1) as container:
            pid = int(container.stdout.until("ready").split()[1])
            assert container.process.stdin is not None
            container.process.stdin.write(b"\n")
            container.process.stdin.flush()
            assert container.wait() == 2
            assert container.stdout.rest() == ["got 15"]
        wait_until(lambda: not Path(f"/proc/{pid}").exists(), "the survivor is gone")
        assert not status_of(stranger.process.pid)["State"].startswith("Z")
        stranger.kill(signal.SIGTERM)
        assert stranger.wait() == 0
        assert stranger.stdout.rest() == ["got 15"]
