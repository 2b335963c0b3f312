"""A real Docker engine that belongs to the tests, and the containers that they start in it.

The engine is private: its data, its sockets and its mount namespace belong to one test session
and go with it. Nothing that runs on the machine already is seen or touched.

Everything that a user does with the `docker` command goes through it here too. Every call has a
time-out, so that an init that hangs is a failed test and not a test run that never ends.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TypedDict, Unpack

from .container import Container, Finished
from .terminal import Terminal
from .waiting import PATIENCE, eventually

RUNTIMES = ("runc", "crun")
#: What the machine is called, as far as the engine knows.
NODE = "server2.example.com"
#: Of the networks that tests make. Not the engine's default: every engine on the machine takes
#: those, and they are few. Two that start at once choose alike, so each has others to choose from.
_ADDRESSES = f"base=10.{128 + os.getpid() % 100}.0.0/16,size=24"
LABEL = "initd.test"
_BEFORE = 'hostname "$1"; shift; umount /sys/fs/cgroup/unified 2>/dev/null; exec "$@"'


class EngineError(RuntimeError):
    """The engine, not the product, did not do what the tests need."""


class Settings(TypedDict, total=False):
    """How a container is started: what the engine is told, and what initd is told."""

    runtime: str
    network: str
    docker: Sequence[str]
    initd: Sequence[str]
    image: str


class Engine:
    """One dockerd with two runtimes, and the image that it runs containers of."""

    def __init__(self) -> None:
        self.image = "no image was built"
        self._directory = Path(tempfile.mkdtemp(prefix="initd-docker-"))
        self._socket = self._directory / "docker.sock"
        self._init = self._directory / "docker-init"
        self._daemon: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Engine:
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # --- the daemon -------------------------------------------------------------------------

    def _start(self) -> None:
        missing = [name for name in ("docker", "dockerd", *RUNTIMES) if not shutil.which(name)]
        if missing or os.geteuid() != 0:
            raise EngineError(
                "the docker tests start an engine of their own: they need root and"
                f" `apt-get install docker.io crun`; not found: {', '.join(missing) or 'root'}"
            )
        self.use_init(original_init())
        with (self._directory / "log").open("wb") as log:
            # A session of its own keeps a Ctrl-C at the test run from ending the engine before
            # the containers in it.
            self._daemon = subprocess.Popen(
                self._daemon_command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        eventually(self._answers, what="dockerd answers")

    def _daemon_command(self) -> list[str]:
        # crun refuses cgroup v1 with the v2 tree mounted beside it, so the engine gets a mount
        # namespace in which that one is gone; and one for its own name. The parent-death signal,
        # which exec keeps, ends the engine when the test run is killed and can't. All of these
        # exec: one pid to wait for.
        directory = self._directory
        return [
            *("unshare", "--mount", "--uts", "setpriv", "--pdeathsig", "TERM"),
            *("sh", "-c", _BEFORE, "sh", NODE),
            *("dockerd", "--host", f"unix://{self._socket}", "--pidfile", f"{directory}/pid"),
            *("--data-root", f"{directory}/data", "--exec-root", f"{directory}/run"),
            *("--default-address-pool", _ADDRESSES),
            *("--add-runtime", f"crun={shutil.which('crun')}"),
            *("--init-path", str(self._init)),
        ]

    def use_init(self, program: str | Path) -> None:
        """What `docker run --init` puts in front of the command from now on."""
        # The engine looks at the path when a container starts: a link can be another one then.
        self._init.unlink(missing_ok=True)
        self._init.symlink_to(program)

    def _answers(self) -> bool:
        assert self._daemon is not None
        if self._daemon.poll() is not None:
            log = (self._directory / "log").read_text(errors="replace")
            raise EngineError(f"dockerd ended with {self._daemon.returncode}:\n{log[-3000:]}")
        return self.docker("version", check=False).returncode == 0

    def close(self) -> None:
        """End the containers, then the daemon; wait for it, so that nothing is left behind."""
        if self._daemon is not None and self._daemon.poll() is None:
            self._remove_containers()
            # Their bridges are the machine's, and would outlive the engine.
            self.docker("network", "prune", "--force", check=False)
            self._daemon.send_signal(signal.SIGTERM)
            try:
                self._daemon.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                self._daemon.kill()
                self._daemon.wait()
        # Its mounts were in its own namespace and are gone with it: only files are left.
        shutil.rmtree(self._directory, ignore_errors=True)

    def _remove_containers(self) -> None:
        listed = self.docker("ps", "--all", "--quiet", "--filter", f"label={LABEL}", check=False)
        if names := listed.stdout.split():
            self.docker("rm", "--force", *names, check=False)

    # --- its command and its API ------------------------------------------------------------

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which `docker` talks to this engine, by the classic builder."""
        return {**os.environ, "DOCKER_HOST": f"unix://{self._socket}", "DOCKER_BUILDKIT": "0"}

    def docker(
        self,
        *arguments: str,
        check: bool = True,
        timeout: float = PATIENCE,
        stdin: str = "",
        variables: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """`docker ARGUMENTS`; what it says when it fails is in the error."""
        done = subprocess.run(
            ["docker", *arguments],
            env={**self.environment, **(variables or {})},
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
        )
        if check and done.returncode != 0:
            said = f"{done.stdout[-2000:]}{done.stderr[-2000:]}"
            raise EngineError(f"docker {' '.join(arguments)}: exit {done.returncode}\n{said}")
        return done

    def api(self, method: str, path: str, content: object = None) -> Any:
        """One request to the engine's API, where the milliseconds of the command matter."""
        connection = _UnixConnection(self._socket)
        sent = None if content is None else json.dumps(content)
        try:
            connection.request(method, path, sent, {"Content-Type": "application/json"})
            response = connection.getresponse()
            body = response.read()
            if response.status >= 300:
                said = body.decode(errors="replace")
                raise EngineError(f"{method} {path}: {response.status} {said}")
            return json.loads(body) if body else None
        finally:
            connection.close()

    # --- containers -------------------------------------------------------------------------

    def launch(self, *command: str, **settings: Unpack[Settings]) -> list[str]:
        """What `docker run` and `docker create` take: `initd INITD -- COMMAND` in a container.

        Without a network unless a test asks for one: that is faster, and needs nothing of the
        machine's firewall.
        """
        return [
            *("--label", LABEL),
            *("--runtime", settings.get("runtime", "runc")),
            *("--network", settings.get("network", "none")),
            *("--env", "INITD_LOG_LEVEL=info"),  # what an init does is seen in its log
            *settings.get("docker", ()),
            *("--entrypoint", "initd", settings.get("image", self.image)),
            *(*settings.get("initd", ()), "--", *command),
        ]

    def start(self, *command: str, **settings: Unpack[Settings]) -> Container:
        """A container with `initd INITD -- COMMAND`, attached to: use it in a `with`."""
        launch = self.launch(*command, **settings)
        return Container(self.docker, self.environment, new_name(), launch)

    def run(self, *command: str, **settings: Unpack[Settings]) -> Finished:
        """The same, to its end."""
        with self.start(*command, **settings) as container:
            return container.wait()

    def terminal(self, *command: str, **settings: Unpack[Settings]) -> Terminal:
        """The same on a terminal: use it in a `with`."""
        launch = self.launch(*command, **settings)
        return Terminal(self.docker, self.environment, new_name(), launch)

    def exec_terminal(self, name: str, *words: str) -> Terminal:
        """A person's way into a container that runs: `docker exec -it`."""
        return Terminal(self.docker, self.environment, name, words, client=("exec", "-it"))


def original_init() -> Path:
    """The engine's own: Debian has it as a link to tini-static."""
    path = shutil.which("docker-init") or shutil.which("tini-static")
    if path is None:
        raise EngineError("docker-init, which comes with docker.io, is not found")
    return Path(path)


def new_name() -> str:
    return f"initd-test-{uuid.uuid4().hex[:12]}"


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("engine", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
