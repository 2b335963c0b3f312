"""Pids 1, 2 and 3 are init, the shim and the app, and the app's parent is never pid 1."""

from __future__ import annotations

import pytest

from .engine import Engine

PIDS = ("sh", "-c", "echo $$ $PPID")

# The app's pid, its parent, and its parent's parent.
FAMILY = ("sh", "-c", "echo $$ $PPID; cut -d ' ' -f 4 /proc/$PPID/stat")


@pytest.mark.parametrize(
    "docker",
    [
        pytest.param((), id="plainly"),
        pytest.param(("--user", "1000"), id="as another user"),
        pytest.param(("--read-only",), id="with a read-only root"),
        pytest.param(("--cap-drop", "ALL"), id="without capabilities"),
    ],
)
def test_under_crun_the_app_is_pid_3_and_its_parent_pid_2(
    engine: Engine, docker: tuple[str, ...]
) -> None:
    """crun leaves the pid numbers to the container: init's first child and its child get 2, 3."""
    done = engine.run(*PIDS, runtime="crun", docker=docker)
    assert (done.code, done.out) == (0, "3 2\n"), done


def test_under_runc_the_tree_is_the_same_with_the_numbers_that_runc_leaves(engine: Engine) -> None:
    """runc's own threads take numbers before the container's first instruction."""
    done = engine.run(*FAMILY, runtime="runc")
    app, parent, grandparent = (int(number) for number in done.out.split())
    assert app > parent > 1, done
    assert grandparent == 1, done


def test_under_runc_with_sys_admin_the_numbers_are_asked_for_and_given(engine: Engine) -> None:
    """clone3 with set_tid needs the capability; where it is there, 2 and 3 are had again."""
    done = engine.run(*PIDS, runtime="runc", docker=("--cap-add", "SYS_ADMIN"))
    assert (done.code, done.out) == (0, "3 2\n"), done


def test_the_entrypoint_of_the_image_is_all_that_a_dockerfile_needs(
    engine: Engine, runtime: str
) -> None:
    """ENTRYPOINT ["initd", "--"] and any command."""
    done = engine.docker(
        *("run", "--rm", "--runtime", runtime, "--network", "none", engine.image, *FAMILY)
    )
    _, parent, grandparent = (int(number) for number in done.stdout.split())
    assert parent > 1, done
    assert grandparent == 1, done


def test_status_names_the_three_processes(engine: Engine, runtime: str) -> None:
    """`initd status --json` tells what the kernel tells."""
    with engine.start("/apps/ends_on_term.sh", runtime=runtime) as container:
        container.wait_for_line("ready")
        status = container.status()
        app, shim = status["app"]["pid"], status["shim"]["pid"]
        assert status["state"] == "running"
        assert status["init"]["pid"] == 1
        assert status["app"]["ppid"] == shim
        told = container.exec("cut", "-d", " ", "-f", "4", f"/proc/{app}/stat").out
        assert told.strip() == str(shim)
        container.stop()
