"""The app of examples/fleet on a swarm, as its stack file says, with what is in front of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from . import image
from .engine import Engine
from .http_get import get
from .waiting import PATIENCE, eventually

FLEET = image.PROJECT / "examples" / "fleet"
STACK = FLEET / "engines" / "swarm" / "stack.yml"
APP = "fleet-app"
#: Seconds for what a swarm does step by step, each of them a start on a machine that may be busy.
MINUTES = 600.0
SERVICES = {"web": 4, "worker": 2, "front": 1, "redis": 1}

#: What the app's own base image has, beside programs.
_BASE = """
FROM {image}
RUN useradd --uid 1000 --home-dir /app --no-create-home app && mkdir -m 755 /app /etc/initd \\
 && mkdir -p -m 755 /container
"""
_NEXT = """
FROM {app}:{before}
USER root
RUN echo {revision} >/app/REVISION {change}
USER 1000
"""
#: A version that starts, and never says that it is well.
_NEVER_READY = "&& echo 'run ->(_) { [503, {}, [%q(not yet)]] }' >/app/config.ru"
#: So slow that a worker has one whenever it is replaced.
JOB_SECONDS = "0.5"


def build_app(engine: Engine) -> str:
    """APP; with the tags first, second, and never-ready, by the app's own Dockerfile."""
    base = image.build_from(engine, "fleet-base", _BASE.format(image=engine.image))
    with tempfile.TemporaryDirectory(prefix="initd-app-") as directory:
        context = Path(directory) / "app"
        shutil.copytree(FLEET / "app", context)
        (context / "REVISION").write_text("first\n")
        arguments = ("--build-arg", f"BASE={base}", "--build-arg", "SOURCE_DATE_EPOCH=1700000000")
        words = ("build", "--network=none", *arguments, "--tag", f"{APP}:first", str(context))
        engine.docker(*words, timeout=300)
    for revision, change in (("second", ""), ("never-ready", _NEVER_READY)):
        text = _NEXT.format(app=APP, before="first", revision=revision, change=change)
        image.build_from(engine, f"{APP}:{revision}", text)
    return APP


def stack(port: int, image_of_others: str) -> dict[str, Any]:
    """The stack file, with what a test on a busy machine of two cores has to change: where HAProxy
    listens, what the programs' images are called here, less time between questions, and two at a
    time are updated."""
    described: dict[str, Any] = yaml.safe_load(STACK.read_text())
    services = described["services"]
    services["front"]["ports"][0]["published"] = port
    for name in ("front", "redis"):
        services[name]["image"] = image_of_others
    for name in ("web", "worker"):
        services[name]["healthcheck"] |= {"interval": "1s", "timeout": "60s"}
        services[name]["deploy"]["update_config"] |= {"parallelism": 2, "monitor": "1s"}
        services[name]["deploy"]["rollback_config"]["monitor"] = "1s"
    services["worker"]["environment"]["JOB_SECONDS"] = JOB_SECONDS
    described["configs"]["haproxy"]["file"] = str(STACK.with_name("haproxy.cfg"))
    return described


class Fleet:
    """The deployed stack."""

    def __init__(self, engine: Engine, described: dict[str, Any], port: int) -> None:
        self._engine = engine
        self._described = described
        self.port = port

    def deploy(self, revision: str, described: dict[str, Any] | None = None) -> None:
        """`docker stack deploy`; the engine goes on with it."""
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            yaml.safe_dump(described or self._described, file)
            file.flush()
            self._engine.docker(
                *("stack", "deploy", "--resolve-image", "never", "--compose-file", file.name),
                "fleet",
                variables={"IMAGE": APP, "REVISION": revision},
            )

    def with_little_patience(self) -> dict[str, Any]:
        """The stack, for a version that is not to get ready: known after three failures."""
        described: dict[str, Any] = json.loads(json.dumps(self._described))
        web = described["services"]["web"]
        web["environment"]["INITD_CHECK"] = "boot http http://127.0.0.1:8080/health role=startup"
        web["healthcheck"] |= {"start_period": "1s", "retries": 1}
        return described

    def remove(self) -> None:
        """The stack and its network; jobs in flight are nobody's any more."""
        self._engine.docker("stack", "rm", "fleet")
        # Killed, and removed by the swarm: what is removed under it stays connected to the bridge.
        if left := [each for service in SERVICES for each in self.containers(service)]:
            self._engine.docker("kill", *left, check=False)
        all_ = ("ps", "--all", "--quiet", "--filter", "label=com.docker.stack.namespace=fleet")
        eventually(lambda: not self._engine.docker(*all_).stdout, every=0.2, what="all have ended")
        network = ("network", "inspect", "fleet_inside")
        eventually(lambda: self._engine.docker(*network, check=False).returncode, every=0.2)

    def wait_until_up(self) -> None:
        eventually(lambda: self._running() == SERVICES, within=MINUTES, every=0.5, what="all run")
        try:
            eventually(lambda: self.ask("/health")[0] == 200, every=0.2, what="HAProxy has servers")
        except AssertionError as error:
            error.add_note(self._what_is_seen())
            raise

    def _what_is_seen(self) -> str:
        """For a person who has to find out why requests find no server."""
        ask = "getent hosts tasks.web; curl --silent --max-time 2 http://tasks.web:9180/readyz?verbose"
        seen = [
            f"asked: {self.ask('/health')}",
            f"a web server: {self.exec('web', 'initd', 'health', '--verbose')}",
            self.exec("front", "sh", "-c", f"{ask}; true"),
            self._engine.docker("service", "logs", "--tail", "20", "fleet_front").stdout,
        ]
        return "\n".join(seen)

    def _running(self) -> dict[str, int]:
        listed = self._engine.docker("service", "ls", "--format", "{{.Name}} {{.Replicas}}").stdout
        rows = [line.split() for line in listed.splitlines()]
        return {name.removeprefix("fleet_"): int(of.split("/")[0]) for name, of, *_ in rows}

    def wait_until_settled(self) -> None:
        """Those that were replaced have ended."""
        for service, replicas in SERVICES.items():
            eventually(
                lambda name=service, n=replicas: len(self.containers(name)) == n,  # type: ignore[misc]
                within=MINUTES,
                every=0.2,
                what=f"{replicas} of {service}",
            )

    def wait_until_updated(self, *services: str, state: str = "completed") -> None:
        for service in services:
            eventually(
                lambda name=service: self._update(name) == state,  # type: ignore[misc]
                within=MINUTES,
                every=0.3,
                what=f"the update of {service} is {state}",
            )

    def _update(self, service: str) -> str:
        template = "{{with .UpdateStatus}}{{.State}}{{end}}"
        said = self._engine.docker(
            "service", "inspect", "--format", template, f"fleet_{service}"
        ).stdout.strip()
        assert said not in ("paused", "rollback_paused"), said
        return said

    def ask(self, path: str) -> tuple[int, str]:
        """GET, through HAProxy."""
        return get("127.0.0.1", path, self.port)

    def answers(self, path: str, servers: int = SERVICES["web"]) -> set[str]:
        """What the web containers say, once so many different answers have come."""
        seen: Counter[str] = Counter()

        def enough() -> bool:
            status, body = self.ask(path)
            if status == 200:
                seen[body.strip()] += 1
            return len(seen) >= servers

        eventually(enough, what=f"{servers} answers to {path}, {seen}")
        return set(seen)

    # --- containers ---------------------------------------------------------------------------

    def containers(self, service: str) -> list[str]:
        """Those that run."""
        label = f"label=com.docker.swarm.service.name=fleet_{service}"
        return self._engine.docker("ps", "--quiet", "--filter", label).stdout.split()

    def exec(self, service: str, *command: str) -> str:
        """In a container of it."""
        return self._engine.docker("exec", self.containers(service)[0], *command).stdout

    def redis(self, *command: str) -> list[str]:
        return self.exec("redis", "redis-cli", *command).splitlines()

    def enqueue(self, jobs: int) -> None:
        """job-0 and so on, as the app itself does it."""
        named = [json.dumps({"class": "Count", "args": [f"job-{n}"]}) for n in range(jobs)]
        self.redis("rpush", "resque:queue:default", *named)

    def done(self) -> dict[str, int] | None:
        """How often each job was done; None while some are left."""
        if self.redis("llen", "resque:queue:default") != ["0"] or self.redis(
            "keys", "resque:worker:*"
        ) not in ([], [""]):
            return None
        words = iter(self.redis("hgetall", "done"))
        return {name: int(times) for name, times in zip(words, words)}

    def inside(self, service: str) -> list[str]:
        """What runs a program of the machine on the network of a container of that service."""
        container = self.containers(service)[0]
        pid = self._engine.docker("inspect", "--format", "{{.State.Pid}}", container).stdout.strip()
        return ["nsenter", f"--net=/proc/{pid}/ns/net"]


# ---- load ------------------------------------------------------------------------------------


@dataclass
class Load:
    """What wrk counted."""

    requests: int = 0
    errors: Sequence[int] = ()
    """To connect, read, write; a status that is not 2xx or 3xx; no answer in a minute."""


#: Each connection pauses: the machine has other things to do than to answer wrk. `done` writes
#: what was counted.
_WRK = """
function delay() return 20 end
function done(summary, latency, requests)
  local e = summary.errors
  io.stderr:write(string.format(
    '{"requests": %d, "errors": [%d, %d, %d, %d, %d]}',
    summary.requests, e.connect, e.read, e.write, e.status, e.timeout))
end
"""


@contextmanager
def load(port: int, connections: int = 16) -> Iterator[Load]:
    """wrk asks for pages all the while; what it counted is known at the end."""
    counted = Load()
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_WRK)
        script.flush()
        wrk = subprocess.Popen(
            [
                *("wrk", "--threads", "1", "--connections", str(connections), "--timeout", "60s"),
                *("--duration", "900s", "--script", script.name),
                f"http://127.0.0.1:{port}/revision",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield counted
            assert wrk.poll() is None, "wrk has gone on to the end"
        finally:
            wrk.send_signal(2)  # INT: it tells what it has counted so far
            _, said = wrk.communicate(timeout=PATIENCE)
        found = json.loads(said)
        counted.requests, counted.errors = found["requests"], found["errors"]
