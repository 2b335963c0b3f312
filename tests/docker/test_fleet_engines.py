"""The app of examples/fleet as a pod's container and by Compose, as their files say."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from .container import Container
from .engine import Engine
from .fleet import FLEET
from .http_get import get, wait_for_get
from .waiting import PATIENCE, eventually

MANIFESTS = FLEET / "engines" / "kubernetes"
COMPOSE = FLEET / "engines" / "compose" / "compose.yml"
ADDRESS = "10.1.2.3"
#: As a kubelet writes it for the pod web-1 of a StatefulSet.
HOSTS = f"""\
# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
{ADDRESS}\t{{pod}}.{{service}}.fleet.svc.cluster.local\t{{pod}}
"""


def pod_of(file: str) -> tuple[str, dict[str, Any]]:
    """The StatefulSet's service, and the specification of its pods."""
    for manifest in yaml.safe_load_all((MANIFESTS / file).read_text()):
        if manifest["kind"] == "StatefulSet":
            return manifest["spec"]["serviceName"], manifest["spec"]["template"]["spec"]
    raise AssertionError(f"{file} has no StatefulSet")


@contextmanager
def started(
    engine: Engine, fleet_app: str, network: str, folder: Path, pod: str, file: str
) -> Iterator[tuple[Container, Mapping[str, Any]]]:
    """A container as a kubelet on the node server2 would start it, by what the manifest says: its
    variables, user, rights, mounts, the files that the kubelet brings; and the manifest's part."""
    service, specification = pod_of(file)
    (container,) = specification["containers"]
    security = specification["securityContext"]
    known = {"spec.nodeName": "server2"}
    variables = {
        each["name"]: each.get("value") or known[each["valueFrom"]["fieldRef"]["fieldPath"]]
        for each in container["env"]
    }
    hosts, message = folder / "hosts", folder / "termination-log"
    hosts.write_text(HOSTS.format(pod=pod, service=service))
    message.touch()
    message.chmod(0o666)
    mounts = [f"--volume={hosts}:/etc/hosts", f"--volume={message}:/dev/termination-log"]
    # An emptyDir is for all to write, and belongs to the pod's group.
    for mount in container["volumeMounts"]:
        empty = folder / mount["name"]
        empty.mkdir()
        os.chown(empty, 0, security["fsGroup"])
        empty.chmod(0o2777)
        mounts.append(f"--volume={empty}:{mount['mountPath']}")
    assert container["securityContext"]["readOnlyRootFilesystem"]
    rights = (
        *("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
        *("--user", f"{security['runAsUser']}:{security['runAsGroup']}"),
    )
    env = [word for name, value in variables.items() for word in ("--env", f"{name}={value}")]
    launch = [
        *("--label", "initd.test", "--network", network, "--hostname", pod),
        *(*rights, *mounts, *env, f"{fleet_app}:first"),
    ]
    with Container(engine.docker, engine.environment, f"initd-test-{pod}", launch) as running:
        yield running, container


def passes(running: Container, probe: Mapping[str, Any], ports: list[dict[str, Any]]) -> bool:
    """What the kubelet would find."""
    if "exec" in probe:
        return running.exec(*probe["exec"]["command"], check=False).code == 0
    named = {port["name"]: port["containerPort"] for port in ports}
    asked = probe["httpGet"]
    return 200 <= get(running.address(), asked["path"], named[asked["port"]])[0] < 400


def test_a_pod_runs_under_the_restricted_profile_and_all_its_probes_pass(
    engine: Engine, fleet_app: str, network: str, tmp_path: Path
) -> None:
    """web-1.server2.example.com for the app, for `initd hostname` and in the metrics; when it has
    been stopped, the termination log says so."""
    with started(engine, fleet_app, network, tmp_path, "web-1", "web.yml") as (running, container):
        eventually(running.running, what="the container runs")
        for name in ("startupProbe", "readinessProbe", "livenessProbe"):
            probe, ports = container[name], container["ports"]
            eventually(lambda p=probe, q=ports: passes(running, p, q), every=0.2, what=name)  # type: ignore[misc]
        full = "web-1.server2.example.com"
        assert get(running.address(), "/hostname", 8080) == (200, f"{full}\n")
        assert running.exec("initd", "hostname").out == f"{full}\n"
        assert f'hostname="{full}"' in wait_for_get(running.address(), "/metrics", 200)
        running.kill("TERM")
        eventually(lambda: get(running.address(), "/readyz")[0] == 503, what="not ready at once")
        assert get(running.address(), "/health", 8080)[0] == 200, "it serves while it drains"
        finished = running.wait()
    assert finished.code == 0, finished
    assert "asked to stop" in (tmp_path / "termination-log").read_text()


def test_a_worker_of_a_pod_is_in_resques_list_by_its_full_name(
    engine: Engine, fleet_app: str, network: str, tmp_path: Path
) -> None:
    """HOST:PID:QUEUE, and gone from it when the worker has been stopped."""
    server = ("redis-server", "--protected-mode", "no", "--save", "")
    with engine.start(*server, network=network, docker=("--network-alias", "redis")) as redis:

        def listed() -> str:
            return redis.exec("redis-cli", "smembers", "resque:workers", check=False).out.strip()

        with started(engine, fleet_app, network, tmp_path, "worker-1", "worker.yml") as (
            running,
            _,
        ):
            name = eventually(listed, every=0.1, what="the worker is in the list")
            assert name.startswith("worker-1.server2.example.com:")
            running.kill("TERM")
            assert running.wait().code == 0
        assert listed() == ""


def test_compose_waits_until_init_says_that_all_are_healthy(engine: Engine, fleet_app: str) -> None:
    """The real `docker compose up --wait`, of the file that a laptop has."""
    variables = {"IMAGE": fleet_app, "REVISION": "first", "REDIS_IMAGE": engine.image}

    def compose(*words: str) -> str:
        done = subprocess.run(
            [Path(sys.executable).with_name("docker-compose"), "--file", COMPOSE, *words],
            env={**engine.environment, **variables},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    try:
        compose("up", "--wait", "--quiet-pull")
        assert compose("exec", "-T", "web", "initd", "health", "--ready").startswith("healthy")
        name = compose("exec", "-T", "redis", "redis-cli", "smembers", "resque:workers")
        assert name.startswith("worker-1.laptop.example.com:")
    finally:
        compose("down", "--volumes")
