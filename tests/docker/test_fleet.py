"""A fleet on a real swarm: updates that nobody notices, jobs that are done once, and one name
for a container everywhere."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from .engine import NODE, Engine
from .fleet import MINUTES, Fleet, load, stack
from .fleet_metrics import panels, prometheus, wait_for_series
from .waiting import eventually

WEB = {f"web-{slot}.{NODE}" for slot in (1, 2, 3, 4)}
WORKERS = {f"worker-{slot}.{NODE}" for slot in (1, 2)}
JOBS = 60

#: Of several waits of that length at most: fleet.py.
pytestmark = pytest.mark.timeout(2 * MINUTES)


@pytest.fixture(scope="module")
def fleet(swarm: Engine, fleet_app: str) -> Iterator[Fleet]:
    """The app's first version, running."""
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


def test_prometheus_finds_each_container_by_its_full_name(
    swarm: Engine, fleet: Fleet, tmp_path: Path
) -> None:
    """`instance`, made of what the engine tells, is the name that init itself says; and the
    dashboard's graphs have something to show, but for what did not happen."""
    with prometheus(swarm, fleet, tmp_path) as server:
        workloads = wait_for_series(server, "initd_workload_info", len(WEB | WORKERS))
        said = {series["metric"]["instance"]: series["metric"] for series in workloads}
        assert set(said) == WEB | WORKERS
        assert {labels["hostname"] for labels in said.values()} == WEB | WORKERS
        assert all(name.startswith(labels["role"]) for name, labels in said.items())
        assert {labels["revision"] for labels in said.values()} == {"first"}
        fleet.exec("worker", "initd", "restart")
        wait_for_series(server, "initd_last_stop_duration_seconds", 1)
        empty = {title for title, expression in panels().items() if not server.query(expression)}
        assert empty <= {"Signals that init got"}
        alerts = server.ask("rules")["groups"]
        assert all(rule["health"] == "ok" for group in alerts for rule in group["rules"])


def test_an_update_of_all_containers_fails_no_request_and_no_job(fleet: Fleet) -> None:
    """Four web servers and two workers are replaced, under load and with jobs in flight."""
    old = set(fleet.containers("web") + fleet.containers("worker"))
    fleet.enqueue(JOBS)
    with load(fleet.port) as counted:
        fleet.deploy("second")
        fleet.wait_until_updated("web", "worker")
        fleet.wait_until_settled()
        assert fleet.answers("/revision", 1) == {"second"}
    assert not old & set(fleet.containers("web") + fleet.containers("worker"))
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
