"""Init works with less: another user, no capabilities, a read-only root, few pids, not as pid 1."""

from __future__ import annotations

import pytest

from .container import KILLED
from .engine import Engine
from .waiting import eventually

RESTRICTIONS = [
    pytest.param(("--user", "1000"), id="--user 1000"),
    pytest.param(("--user", "1000:1000", "--cap-drop", "ALL"), id="--user 1000 --cap-drop ALL"),
    pytest.param(("--read-only",), id="--read-only"),
    pytest.param(("--cap-drop", "ALL"), id="--cap-drop ALL"),
    pytest.param(("--security-opt", "no-new-privileges"), id="no-new-privileges"),
    pytest.param(("--init",), id="--init"),
    pytest.param(
        *[("--user=1000", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges")],
        id="all of them",
    ),
]


@pytest.mark.parametrize("docker", RESTRICTIONS)
def test_a_restricted_container_runs_its_app_and_stops_gracefully(
    engine: Engine, runtime: str, docker: tuple[str, ...]
) -> None:
    """TERM reaches the app, and the app's exit code is the container's."""
    with engine.start("/apps/ends_on_term.sh", "9", runtime=runtime, docker=docker) as container:
        container.wait_for_line("ready")
        finished, seconds = container.stop()
    assert finished.code == 9, finished
    assert "got TERM" in finished.out, finished
    assert seconds < 5, seconds


@pytest.mark.parametrize(
    "docker",
    [
        pytest.param(("--user", "1000"), id="--user 1000"),
        pytest.param(("--read-only", "--tmpfs", "/run"), id="--read-only --tmpfs /run"),
        pytest.param(("--cap-drop", "ALL"), id="--cap-drop ALL"),
        pytest.param(("--init",), id="--init"),
    ],
)
def test_health_and_status_answer_in_a_restricted_container(
    engine: Engine, docker: tuple[str, ...]
) -> None:
    """The control socket is found by who enters the container, without a word of configuration."""
    with engine.start("/apps/ends_on_term.sh", docker=docker) as container:
        container.wait_for_line("ready")
        assert container.exec("initd", "health").out.count("\n") == 1
        assert container.status()["state"] == "running"
        container.stop()


def test_a_read_only_root_does_not_prevent_the_start(engine: Engine, runtime: str) -> None:
    """Wherever a socket can't be bound, the app runs all the same."""
    done = engine.run(
        *("sh", "-c", "echo runs; exit 4"),
        runtime=runtime,
        docker=("--read-only", "--user", "1000", "--tmpfs", "/dev/shm:ro"),
    )
    assert (done.code, done.out) == (4, "runs\n"), done


@pytest.mark.parametrize("user", ["1000", "1000:1000", "nobody", "nobody:daemon"])
def test_user_drops_the_app_to_that_user(engine: Engine, user: str) -> None:
    """User and group, by name or number, and no group of root's is kept."""
    done = engine.run("sh", "-c", "id -u; id -g; id -G", initd=("--user", user))
    expected = {
        "1000": ("1000", {"1000", "0"}),
        "1000:1000": ("1000", {"1000"}),
        "nobody": ("65534", {"65534"}),
        "nobody:daemon": ("65534", {"1"}),
    }
    uid, gids = expected[user]
    told_uid, told_gid, told_groups = done.out.splitlines()
    assert told_uid == uid, done
    assert told_gid in gids, done
    assert told_groups.split() == [told_gid], done


def test_an_app_of_another_user_is_stopped_gracefully(engine: Engine, runtime: str) -> None:
    """Init stays root and signals across users: CAP_KILL is among the engine's defaults."""
    with engine.start(
        "/apps/ends_on_term.sh", "9", runtime=runtime, initd=("--user", "nobody")
    ) as container:
        container.wait_for_line("ready")
        finished, seconds = container.stop()
    assert finished.code == 9, finished
    assert seconds < 5, seconds


def test_without_cap_kill_init_says_at_the_start_that_it_cannot_signal_the_app(
    engine: Engine,
) -> None:
    """SETUID and SETGID without KILL: every signal would fail with EPERM, so say so now."""
    done = engine.run(
        "true",
        initd=("--user", "nobody"),
        docker=("--cap-drop=ALL", "--cap-add=SETUID", "--cap-add=SETGID"),
    )
    assert done.code == 0, done
    names = [event["event"] for event in done.events()]
    assert "init.cannot-signal-app" in names, done
    assert names.index("init.cannot-signal-app") < names.index("app.started"), done
    assert "--cap-add KILL" in done.err, done


def test_under_docker_init_orphans_are_reaped_by_initd(engine: Engine, runtime: str) -> None:
    """Not pid 1, so a child subreaper: an orphan's new parent is initd, and no zombie stays."""
    # The inner shell ends and leaves a sleep behind; that one ends when it is told to.
    orphan = "(sleep 1000 & echo orphan $!); echo ready; while :; do sleep 0.1; done"
    with engine.start("bash", "-c", orphan, runtime=runtime, docker=("--init",)) as container:
        pid = container.wait_for_line("orphan").split()[1]
        container.wait_for_line("ready")
        init = container.status()["init"]["pid"]
        assert init != 1
        parent = container.exec("cut", "-d", " ", "-f", "4", f"/proc/{pid}/stat").out.strip()
        assert parent == str(init)
        container.exec("kill", pid)
        eventually(
            lambda: container.exec("test", "-e", f"/proc/{pid}", check=False).code == 1,
            what="the orphan is reaped",
        )
        container.stop()


def test_a_fork_bomb_within_a_pids_limit_does_not_outlive_docker_stop(
    engine: Engine, runtime: str
) -> None:
    """No process more can be made in the container; init lives, and ends every one of them."""
    with engine.start(
        "/apps/fork_bomb.pl", runtime=runtime, docker=("--pids-limit", "16")
    ) as container:
        container.wait_for_line("no room for another process")
        assert container.running()
        finished, _ = container.stop(60)
    assert finished.code != KILLED, finished


def test_the_app_can_be_given_less_than_the_container_has(engine: Engine, runtime: str) -> None:
    """Capabilities, no_new_privs and priorities, by what /proc says of the app."""
    script = "cat /proc/self/status; cut -d' ' -f19 /proc/self/stat; cat /proc/self/oom_score_adj"
    initd = ("--cap-drop", "ALL", "--no-new-privs", "--nice", "5", "--oom-score-adj", "400")
    finished = engine.run("sh", "-c", script, runtime=runtime, initd=initd)
    lines = finished.out.splitlines()
    assert lines[-2:] == ["5", "400"], finished
    facts = dict(line.split(":\t") for line in lines if ":\t" in line)
    assert (facts["CapEff"], facts["CapBnd"], facts["NoNewPrivs"]) == ("0" * 16, "0" * 16, "1")


def test_what_the_container_may_not_is_one_line_and_125(engine: Engine, runtime: str) -> None:
    """Not a container that runs with half of it."""
    finished = engine.run(
        *("sh", "-c", "echo started"),
        runtime=runtime,
        initd=("--user", "1000"),
        docker=("--cap-drop=ALL",),
    )
    assert (finished.code, finished.out) == (125, "")
    assert "initd: --user: cannot set the supplementary groups of user 1000" in finished.err
    assert "--cap-add SETGID" in finished.err
