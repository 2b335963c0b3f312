"""A real Prometheus on the fleet's network, with the configuration of examples/fleet."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from .engine import Engine
from .fleet import FLEET, Fleet
from .waiting import eventually

MONITORING = FLEET / "monitoring"
_LISTENS = "127.0.0.1:9090"


class Prometheus:
    """Its API, which answers within the network alone."""

    def __init__(self, prefix: list[str]) -> None:
        self._prefix = prefix

    def ask(self, path: str, **parameters: str) -> Any:
        """The data of an answer; None while there is none. A refused query is an error."""
        url = f"http://{_LISTENS}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        command = [*self._prefix, "curl", "--silent", "--max-time", "30", url]
        said = subprocess.run(command, capture_output=True, text=True).stdout
        if not said.startswith("{"):
            return None
        answer = json.loads(said)
        assert answer["status"] == "success", (answer, parameters)
        return answer["data"]

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series of an instant query, each its labels and its value."""
        data = self.ask("query", query=expression)
        found: list[dict[str, Any]] = data["result"] if data else []
        return found


@contextmanager
def prometheus(engine: Engine, fleet: Fleet, folder: Path) -> Iterator[Prometheus]:
    """Started among the containers; it scrapes each second, and asks the engine who there is."""
    config = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    (swarm,) = [each for each in config["scrape_configs"] if "dockerswarm_sd_configs" in each]
    swarm["dockerswarm_sd_configs"][0]["host"] = engine.environment["DOCKER_HOST"]
    swarm["dockerswarm_sd_configs"][0]["refresh_interval"] = "1s"
    (folder / "prometheus.yml").write_text(yaml.safe_dump({**config, "scrape_configs": [swarm]}))
    shutil.copy(MONITORING / "alerts.yml", folder)
    prefix = fleet.inside("redis")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(*prefix, "prometheus", f"--config.file={folder / 'prometheus.yml'}"),
                *(f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address={_LISTENS}"),
            ],
            stdout=log,
            stderr=log,
        )
    server = Prometheus(prefix)
    try:
        eventually(lambda: server.ask("status/buildinfo"), every=0.1, what="Prometheus answers")
        yield server
    finally:
        process.kill()
        process.wait()


def panels() -> dict[str, str]:
    """The dashboard's panels: title to PromQL, for all containers at once."""
    board = json.loads((MONITORING / "dashboard.json").read_text())
    found = {}
    for panel in board["panels"]:
        for target in panel.get("targets", ()):
            expression = target["expr"]
            for variable, value in (("$job", ".*"), ("$instance", ".*")):
                expression = expression.replace(variable, value)
            found[panel["title"]] = expression.replace("$__rate_interval", "10s")
    return found


def wait_for_series(server: Prometheus, expression: str, count: int) -> list[dict[str, Any]]:
    """The series, once there are as many."""

    def enough() -> list[dict[str, Any]] | None:
        found = server.query(expression)
        return found if len(found) == count else None

    return eventually(enough, every=0.2, what=f"{count} series of {expression}") or []
