"""The web role as a Swarm service, on a fleet of one machine."""

from __future__ import annotations

import os
import urllib.request

from docker.engine import LABEL, Engine

from .builds import EXAMPLE
from .registry import free_ports

NAME = "web"
ROLES = EXAMPLE / "app" / "roles"
#: What the repository's hook calls.
DEPLOY = f"{EXAMPLE}/build/deploy {NAME}"


def become_swarm(engine: Engine) -> None:
    """A fleet of this one machine, with a port and a bridge of its own."""
    name = f"com.docker.network.bridge.name=initd{os.getpid()}"
    engine.docker("network", "create", "--opt", name, "docker_gwbridge")
    here = f"127.0.0.1:{free_ports(1)[0]}"
    engine.docker("swarm", "init", "--advertise-addr", here, "--listen-addr", here)
    # The routing mesh is not used, and would hold on to the bridge.
    engine.docker("network", "rm", "ingress", stdin="y\n")


def leave_swarm(engine: Engine) -> None:
    """With its services, and the bridge."""
    engine.docker("swarm", "leave", "--force")
    engine.docker("network", "rm", "docker_gwbridge", check=False)


def create(engine: Engine, image: str, replicas: int) -> None:
    """The engine is a swarm already; this returns when all replicas are healthy."""
    engine.docker(
        *("service", "create", "--quiet", "--name", NAME, "--replicas", str(replicas)),
        *("--container-label", LABEL, "--with-registry-auth", "--endpoint-mode", "dnsrr"),
        *("--env-file", str(ROLES / "web.env")),
        *("--publish", "mode=host,target=8080"),
        image,
    )


def served(engine: Engine) -> dict[str, int]:
    """How many containers of the service serve each revision."""
    found: dict[str, int] = {}
    for name in engine.docker("ps", "--quiet", "--filter", f"name={NAME}.").stdout.split():
        ports = engine.docker("port", name, "8080", check=False).stdout.splitlines()
        if revision := _revision(ports[0].rpartition(":")[2]) if ports else "":
            found[revision] = found.get(revision, 0) + 1
    return found


def _revision(port: str) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/revision", timeout=10) as answer:
            body: bytes = answer.read()
            return body.decode().strip()
    except OSError:  # it is just starting, or ending
        return ""
