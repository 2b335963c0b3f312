"""A fleet on a real swarm: updates that nobody notices, jobs that are done once, and one name
for a container everywhere."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from .engine import NODE, Engine
from .fleet import Fleet, build_app, load, stack
from .waiting import eventually

WEB = {f"web-{slot}.{NODE}" for slot in (1, 2, 3, 4)}
WORKERS = {f"worker-{slot}.{NODE}" for slot in (1, 2)}
JOBS = 60


@pytest.fixture(scope="module")
def fleet(swarm: Engine) -> Iterator[Fleet]:
    """The app's first version, running."""
    build_app(swarm)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    deployed = Fleet(swarm, stack(port, swarm.image), port)
    deployed.deploy("first")
    try:
        deployed.wait_until_up()
        yield deployed
    finally:
        deployed.remove()


def test_a_container_has_its_full_name_for_the_app_and_in_resques_list(fleet: Fleet) -> None:
    """web-1.server2.example.com, from the stack's template; workers are HOST:PID:QUEUE."""
    assert fleet.answers("/hostname") == WEB
    workers = eventually(
        lambda: listed if len(listed := fleet.redis("smembers", "resque:workers")) == 2 else None,
        what="both workers are in the list",
    )
    assert {name.split(":")[0] for name in workers or ()} == WORKERS


def test_an_update_of_all_containers_fails_no_request_and_no_job(fleet: Fleet) -> None:
    """Four web servers and two workers are replaced, under load and with jobs in flight."""
    old = set(fleet.containers("worker"))
    fleet.enqueue(JOBS)
    with load(fleet.port) as counted:
        fleet.deploy("second")
        fleet.wait_until_updated("web", "worker")
        assert fleet.answers("/revision", 1) == {"second"}
        eventually(lambda: not old & set(fleet.containers("worker")), what="old workers ended")
    assert counted.requests > 1000, counted
    assert counted.errors == [0] * 5, counted
    done = eventually(fleet.done, what="all jobs are done")
    assert done == {f"job-{number}": 1 for number in range(JOBS)}
    assert fleet.redis("llen", "resque:failed") == ["0"]


def test_a_version_that_never_gets_ready_is_taken_back_and_nobody_notices(fleet: Fleet) -> None:
    """Not one container of the old version is stopped for it."""
    before = set(fleet.containers("web"))
    with load(fleet.port) as counted:
        fleet.deploy("never-ready", fleet.with_little_patience())
        fleet.wait_until_updated("web", state="rollback_completed")
    assert before <= set(fleet.containers("web"))
    assert fleet.answers("/revision", 1) == {"second"}
    assert counted.requests > 500, counted
    assert counted.errors == [0] * 5, counted
