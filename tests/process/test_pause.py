"""A container is paused for longer than anything in it may take: nothing follows from that."""

from __future__ import annotations

import signal
import time

from .freezer import freezer
from .namespace import start

#: Ends a second after it was told to.
SLOW = "trap 'echo told; sleep 1; exit 3' TERM; echo ready; while :; do sleep 0.05; done"
#: How long a container is paused, in seconds.
PAUSE = 4.0


def test_a_stop_plan_waits_for_an_app_that_was_paused_with_it() -> None:
    """The step's time is for the app to use: it ends by itself, and is not killed."""
    with start("sh", "-c", SLOW, options=["--stop-plan", "TERM:3 KILL"]) as container:
        container.stdout.until("ready")
        with freezer(container) as cgroup:
            container.kill(signal.SIGTERM)
            container.stdout.until("told")
            cgroup.pause()
            time.sleep(PAUSE)
            cgroup.go_on()
            assert container.event("init.paused")["seconds"] > 1
            assert container.wait() == 3
