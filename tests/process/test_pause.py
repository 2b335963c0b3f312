"""A container is paused for longer than anything in it may take: nothing follows from that."""

from __future__ import annotations

import signal
import time

import pytest

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


#: Says that it is well, and touches a file, until it is told to hang.
APP = """
import os, signal, socket, time
talk = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
talk.connect(os.environ["NOTIFY_SOCKET"])
hangs = []
signal.signal(signal.SIGUSR1, lambda *_: hangs.append(1))
talk.send(b"READY=1")
print("ready", flush=True)
while True:
    if not hangs:
        talk.send(b"WATCHDOG=1")
        open("/run/beat", "w").close()
    for _ in range(10):
        time.sleep(0.1)
"""
#: The first failure of each restarts the app.
CHECKS = (
    "alive notify role=liveness watchdog=2 period=1 failure=1",
    "beat file /run/beat fresher=2 role=liveness delay=1 period=1 failure=1",
    "works exec role=liveness period=0.1 timeout=3 failure=1 -- sleep 1",
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.split()[1])
def test_no_check_fails_because_the_container_was_paused(check: str) -> None:
    """And what hangs afterwards is found as before."""
    options = ["-v", "--notify", "--on-unhealthy", "restart", "--check", check]
    with start("/usr/bin/python3", "-c", APP, options=options) as container:
        container.event("check.answered")
        with freezer(container) as cgroup:
            cgroup.pause()
            time.sleep(PAUSE)
            cgroup.go_on()
            while container.event("check.answered")["ok"] is False:
                pass  # asked once more
            assert container.status()["restarts"] == 0
            if "exec" not in check:
                container.kill(signal.SIGUSR1)
                assert container.event("health.acted")["act"] == "restart"
