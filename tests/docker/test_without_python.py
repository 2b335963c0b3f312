"""Images that have no Python: one file is all that init needs, and everything of it works.

Three are the examples of examples/one-file, as they are: nothing but a static app, a C library
without a shell, musl. The others are Debian's node, nginx and Java. Each runs once, with all that
is asked of it, and the tests look at that container; what needs no option comes from the image.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from .container import Container, Finished
from .engine import LABEL, Engine, new_name
from .host_view import init_of
from .http_get import PORT, get, wait_for_get
from .image import build_example, build_without_python
from .waiting import eventually

NOBODY = 65534
#: A name that only the engine's own DNS knows.
RELAY = "relay.metrics.internal"
HEALTHCHECK = ("--health-interval=300ms", "--health-timeout=5s", "--health-retries=1")

#: What receives StatsD's lines, and prints them.
RECEIVER = """
import socket
relay = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
relay.bind(("", 8125))
print("ready", flush=True)
while True:
    print(relay.recv(65536).decode(), flush=True)
"""


@dataclass(frozen=True)
class Case:
    """An image, its app, and what is known of them."""

    name: str
    #: Which of examples/one-file; without one it is Debian's, which has no HEALTHCHECK.
    example: bool
    #: None: the image's own.
    command: tuple[str, ...]
    #: Its name as a process, and where it answers with the host name.
    process: str
    path: str
    #: Whether the library can tell it the chosen name.
    dynamic: bool
    #: What a stop leaves behind.
    code: int
    said: str
    initd: str = "initd"


_RHINO = ("java", "-Xshare:auto", "-cp", "/usr/share/java/js.jar")
_SHELL = "org.mozilla.javascript.tools.shell.Main"

CASES = [
    Case(
        name="scratch",
        example=True,
        command=(),
        process="app",
        path="/",
        dynamic=False,
        code=0,
        said="ends on TERM\n",
        initd="/initd",
    ),
    Case(
        name="distroless",
        example=True,
        command=(),
        process="app",
        path="/",
        dynamic=True,
        code=0,
        said="ends on TERM\n",
    ),
    Case(
        name="alpine",
        example=True,
        command=(),
        process="app",
        path="/",
        dynamic=True,
        code=0,
        said="ends on TERM\n",
    ),
    Case(
        name="node",
        example=False,
        command=("node", "/apps/host_server.js"),
        process="node",
        path="/host",
        dynamic=True,
        code=0,
        said="ends on TERM\n",
    ),
    Case(
        name="nginx",
        example=False,
        command=("nginx", "-c", "/apps/nginx.conf"),
        process="nginx",
        path="/host",
        dynamic=True,
        code=0,
        said="",
    ),
    Case(
        name="java",
        example=False,
        command=(*_RHINO, _SHELL, "/apps/jvm_server.js"),
        process="java",
        path="/host",
        dynamic=True,
        code=0,
        said="ends on TERM\n",
    ),
]


@dataclass(frozen=True)
class Running:
    """A container of a case, and where it is reached."""

    case: Case
    container: Container
    address: str

    def wait_for(self, path: str, status: int) -> str:
        """The body of a GET, once it has that status."""
        return wait_for_get(self.address, path, status)

    def verb(self, *words: str) -> Finished:
        return self.container.exec(self.case.initd, *words)

    def status(self) -> dict[str, Any]:
        answer = json.loads(self.verb("status", "--json").out)
        assert isinstance(answer, dict)
        return answer


@pytest.fixture(scope="module")
def without_python(engine: Engine) -> str:
    return build_without_python(engine)


@pytest.fixture(scope="module")
def relay(engine: Engine, network: str) -> Iterator[Container]:
    """What metrics are sent to."""
    alias = ("--network-alias", RELAY)
    with engine.start("python3", "-c", RECEIVER, network=network, docker=alias) as container:
        container.wait_for_line("ready")
        yield container


def launch(
    engine: Engine, case: Case, docker: tuple[str, ...], variables: dict[str, str]
) -> Container:
    """As people start an image: its own entry point, and variables."""
    image = build_example(engine, case.name) if case.example else build_without_python(engine)
    given = [word for name, value in variables.items() for word in ("--env", f"{name}={value}")]
    words = ["--label", LABEL, *docker, *given, image, *case.command]
    return Container(engine.docker, engine.environment, new_name(), words)


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.name)
def running(
    request: pytest.FixtureRequest, engine: Engine, network: str, relay: Container
) -> Iterator[Running]:
    """With a user, a host name, three checks, HTTP and StatsD."""
    case: Case = request.param
    variables = {
        "INITD_USER": "nobody",
        "INITD_HOSTNAME": f"{case.name}.example.org",
        "INITD_HTTP": f"0.0.0.0:{PORT}",
        "INITD_STATSD": f"{RELAY}:8125",
        "INITD_CHECK": f"page http http://127.0.0.1:8080{case.path} period=0.2;"
        f"port tcp localhost:8080 period=0.2;"
        f"runs exec period=0.5 -- {case.initd} --version",
    }
    health = HEALTHCHECK if case.example else (*HEALTHCHECK, "--health-cmd=initd health")
    docker = ("--network", network, "--hostname", case.name, *health)
    with launch(engine, case, docker, variables) as container:
        yield Running(case, container, container.address())


def test_there_is_no_python(running: Running) -> None:
    """Where there is a shell to ask; of the others it is known from their Dockerfiles."""
    words = ("sh", "-c", "command -v python3 || command -v python || ls -d /usr/lib/python3*")
    assert running.container.exec(*words, check=False).code != 0


def test_the_app_is_the_shims_child_and_alone_is_the_chosen_users(running: Running) -> None:
    """Init and the shim stay root's."""
    running.wait_for("/readyz", 200)
    init = init_of(running.container)
    shim = init.child("ppidshim")
    (app,) = shim.children()
    assert [init.user, shim.user, app.user] == [0, 0, NOBODY]
    assert app.name == running.case.process
    status = running.status()
    shown = [status[each]["pid"] for each in ("init", "shim", "app")]
    assert shown == [1, shim.pid, app.pid]


def test_the_engine_says_that_it_is_healthy(running: Running) -> None:
    """By the image's HEALTHCHECK."""
    eventually(
        lambda: running.container.inspect("{{.State.Health.Status}}") == "healthy",
        what="the engine says healthy",
    )
    assert running.verb("health", "--ready").code == 0


def test_checks_by_a_program_by_http_and_by_tcp_pass(running: Running) -> None:
    """A name such as localhost is found in the image's files."""
    running.wait_for("/readyz", 200)
    verdicts = {each["name"]: each["ok"] for each in running.status()["checks"]}
    assert verdicts == {"page": True, "port": True, "runs": True}


def test_health_and_metrics_are_served(running: Running) -> None:
    """Over the container's network."""
    assert running.wait_for("/livez", 200)
    assert running.wait_for("/readyz", 200)
    assert "initd_app_up 1.0" in running.wait_for("/metrics", 200)


def test_metrics_go_to_a_name_that_only_the_engines_dns_knows(
    running: Running, relay: Container
) -> None:
    """With the app's host name as a tag."""
    line = relay.wait_for_line(f"hostname:{running.case.name}.example.org")
    assert "initd." in line


def test_the_app_sees_the_chosen_host_name(running: Running) -> None:
    """If it is linked dynamically."""
    running.wait_for("/readyz", 200)
    name = f"{running.case.name}.example.org"
    sees = name if running.case.dynamic else running.case.name
    status, body = get(running.address, running.case.path, 8080)
    assert status == 200, body
    assert f"host {sees}\n" in body
    assert running.status()["hostname"] == name


def test_initd_hostname_says_what_programs_see_or_whom_it_could_not_ask(running: Running) -> None:
    """`uname -n` with the library; where that is missing, it says so."""
    said = running.container.exec(running.case.initd, "hostname", check=False)
    name = f"{running.case.name}.example.org"
    nobody, alone = "no uname or hostname here", "no dynamic loader here"
    expected = {"scratch": (1, running.case.name, alone), "distroless": (0, name, nobody)}
    code, printed, why = expected.get(running.case.name, (0, name, ""))
    assert (said.code, said.out) == (code, f"{printed}\n"), said
    assert why in said.err
    assert bool(said.err) == bool(why)


def test_docker_stop_ends_the_app_in_order(running: Running) -> None:
    """The last test of the container: its code, and what the app says."""
    running.wait_for("/readyz", 200)
    finished, seconds = running.container.stop()
    assert finished.code == running.case.code, finished
    assert running.case.said in finished.out, finished
    assert seconds < 5, seconds
    assert "unwritten" not in finished.err, "an image without /run gets one"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_init_the_shim_and_the_app_are_1_2_and_3(engine: Engine, case: Case) -> None:
    """Under crun, which leaves the numbers to the container; no option is given."""
    docker = ("--runtime", "crun", "--network", "none", "--no-healthcheck")
    with launch(engine, case, docker, {}) as container:
        eventually(container.running, what="the container runs")
        init = init_of(container)
        eventually(
            lambda: [each.name for each in init.grandchildren("ppidshim")] == [case.process],
            what="the app runs",
        )
        shim = init.child("ppidshim")
        (app,) = shim.children()
        assert [init.pid, shim.pid, app.pid] == [1, 2, 3]
        eventually(
            lambda: container.exec(case.initd, "health", check=False).code == 0, what="healthy"
        )
        finished, seconds = container.stop()
    assert finished.code == case.code, finished
    assert seconds < 5, seconds
