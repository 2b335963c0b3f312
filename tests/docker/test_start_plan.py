"""An image with `RUN initd compile`: its containers start by the plan, and stop as ever."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from .container import Finished
from .engine import Engine
from .terminal import CTRL_C

TAG = "initd-test-planned"
LINES = """
FROM {image}
RUN mkdir -p /container && echo '{{"web": "/apps/ends_on_term.sh $CODE"}}' > /container/roles.json
ENV CODE=9 INITD_LOG_LEVEL=info
RUN initd compile -- /apps/ends_on_term.sh 9 \\
 && initd compile -- python3 /apps/terminal_report.py \\
 && initd compile --user nobody -- sh -c 'id -u; echo $HOME $HOSTNAME $ADDED $$ $PPID' \\
 && INITD_ROLE=web initd compile -- \
 && INITD_DOMAIN=example.org initd compile -- sh -c 'hostname; hostname -f; hostname -d'
"""
NAMES = ("sh", "-c", "hostname; hostname -f; hostname -d")
WHO = ("sh", "-c", "id -u; echo $HOME $HOSTNAME $ADDED $$ $PPID")


@pytest.fixture(scope="module")
def planned(engine: Engine) -> str:
    """The image's tag; it is built on the one that the other tests use."""
    dockerfile = LINES.format(image=engine.image)
    engine.docker("build", "--network=none", "--tag", TAG, "-", stdin=dockerfile)
    return TAG


def plan_events(done: Finished) -> Sequence[str]:
    """What the log says of the plan."""
    return [event["event"] for event in done.events() if event["event"].startswith("plan.")]


def test_a_planned_app_starts_and_stops_gracefully(
    engine: Engine, planned: str, runtime: str
) -> None:
    """Under both runtimes; what the engine adds to the environment does not make it another."""
    app = ("/apps/ends_on_term.sh", "9")
    docker = ("--env", "ANY=thing", "--hostname", "web1")
    with engine.start(*app, image=planned, runtime=runtime, docker=docker) as container:
        container.wait_for_line("ready")
        status = container.status()
        assert (status["state"], status["hostname"]) == ("running", "web1")
        finished, seconds = container.stop()
    assert finished.code == 9, finished
    assert seconds < 5, seconds
    assert plan_events(finished) == []


def test_the_app_has_its_user_and_its_environment(engine: Engine, planned: str) -> None:
    """Crun leaves pids 2 and 3 to it; what `docker run` gives arrives."""
    docker = ("--hostname", "web1", "--env", "ADDED=a b")
    how = {"image": planned, "initd": ("--user", "nobody"), "docker": docker}
    done = engine.run(*WHO, runtime="crun", **how)  # type: ignore[arg-type]
    assert done.out == "65534\n/nonexistent web1 a b 3 2\n", done
    assert plan_events(done) == []


@pytest.mark.parametrize(
    "docker",
    [
        ("--user", "1000", "--cap-drop", "ALL"),
        ("--read-only",),
        ("--security-opt", "no-new-privileges"),
        ("--security-opt", "seccomp=unconfined"),
    ],
    ids=" ".join,
)
def test_a_restricted_container_starts_by_its_plan(
    engine: Engine, planned: str, docker: tuple[str, ...]
) -> None:
    """With whatever rights it has."""
    app = ("/apps/ends_on_term.sh", "9")
    with engine.start(*app, image=planned, docker=docker) as container:
        container.wait_for_line("ready")
        finished, _ = container.stop()
    assert finished.code == 9, finished
    assert plan_events(finished) == []


def test_a_role_has_a_plan_and_a_change_of_it_leaves_it(engine: Engine, planned: str) -> None:
    """A variable that the role's command names is a condition of its plan."""
    for code, said in (("9", []), ("4", ["plan.unused"])):
        docker = ("--env", "INITD_ROLE=web", "--env", f"CODE={code}")
        with engine.start(image=planned, docker=docker) as container:
            container.wait_for_line("ready")
            finished, _ = container.stop()
        assert (finished.code, plan_events(finished)) == (int(code), said), finished


def test_an_app_with_a_domain_starts_by_its_plan(
    engine: Engine, planned: str, network: str, runtime: str
) -> None:
    """The name is the kernel's in that domain, and resolves. Without a network the engine gives the
    kernel's name no address, and Python finds one."""
    docker = ("--hostname", "unicorn-1", "--env", "INITD_DOMAIN=example.org")
    for at, said in ((network, []), ("none", ["plan.unused"])):
        done = engine.run(*NAMES, image=planned, network=at, docker=docker, runtime=runtime)
        name = "unicorn-1.example.org"
        assert done.out == f"{name}\n{name}\nexample.org\n", done
        assert plan_events(done) == said
        assert [each["event"] for each in done.events()].count("hostname.resolvable") == 1, done


def test_a_role_on_a_terminal_speaks_no_json(engine: Engine, planned: str, runtime: str) -> None:
    """`docker run -it` by its plan, whose lines were made for programs; and `docker exec -it` into
    a container that logs JSON."""
    role = ("--env", "INITD_ROLE=web")
    with engine.terminal(image=planned, docker=role, runtime=runtime) as terminal:
        terminal.expect("ready")
        terminal.send_signal("TERM")
        terminal.expect("init.exit")
        assert terminal.wait() == 9, terminal.text
    assert '{"' not in terminal.text
    as_json = (*role, "--env", "INITD_LOG_FORMAT=json")
    with engine.start(image=planned, docker=as_json, runtime=runtime) as container:
        container.wait_for_line("ready")
        with engine.exec_terminal(container.name, "initd", "--role", "web") as console:
            console.expect("ready")
            console.type(CTRL_C)
            console.expect("init.exit")
            assert console.wait() == 128 + 2, console.text
        assert '{"' not in console.text
        finished, _ = container.stop()
    assert "app.started" in [each["event"] for each in finished.events()]


def test_a_planned_app_has_the_terminal(engine: Engine, planned: str, runtime: str) -> None:
    """`docker run -it`: whether there is one is seen when the container starts."""
    app = ("python3", "/apps/terminal_report.py")
    with engine.terminal(*app, image=planned, runtime=runtime) as terminal:
        assert "foreground=True" in terminal.expect("size=")
        terminal.send_signal("TERM")
        terminal.expect("got SIGTERM")
        assert terminal.wait() == 0, terminal.text
        assert "plan." not in terminal.text
