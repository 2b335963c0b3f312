"""`docker run --init` with initd in the place of docker-init (dockerd's `--init-path`).

The engine mounts that one file into the container, which has nothing else of initd's. All that
the original does is to be seen with initd too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from .container import KILLED, Container, Finished
from .engine import LABEL, Engine, new_name, original_init
from .host_view import init_of
from .image import build_example, one_file
from .terminal import CTRL_C, Terminal
from .waiting import eventually

#: Orphans that end at once; then who is pid 1, and that no zombie is left of them. The shell
#: waits for what `ps` shows, and the engine's clock ends it where that never comes.
ORPHANS = """\
for i in 1 2 3 4 5 6 7 8 9 10; do sh -c 'sleep 0.01 & exit 0'; done
until [ "$(ps -e -o stat=,comm= | grep -c -e '^Z' -e sleep)" = 0 ]; do :; done
echo "no zombies, $(ps -p 1 -o comm=) is pid 1, called $(tr '\\0' ' ' </proc/1/cmdline)"
"""


@pytest.fixture(params=["the original", "initd"])
def init(request: pytest.FixtureRequest, engine: Engine) -> Iterator[None]:
    """Each fact is to hold with both."""
    engine.use_init(one_file() if request.param == "initd" else original_init())
    yield
    engine.use_init(original_init())


def launch(engine: Engine, *command: str, docker: tuple[str, ...] = ()) -> list[str]:
    """No entry point of the image's: the engine alone puts an init in front."""
    flags = ["--init", "--label", LABEL, "--network", "none", "--entrypoint", command[0], *docker]
    return [*flags, engine.image, *command[1:]]


def start(engine: Engine, *command: str, docker: tuple[str, ...] = ()) -> Container:
    words = launch(engine, *command, docker=docker)
    return Container(engine.docker, engine.environment, new_name(), words)


def run(engine: Engine, *command: str, docker: tuple[str, ...] = ()) -> Finished:
    with start(engine, *command, docker=docker) as container:
        return container.wait()


def test_exit_codes(engine: Engine, init: None) -> None:
    """Of the app; of its death; of what can't be run, with the original's line on stderr."""
    assert run(engine, "sh", "-c", "echo out; echo err >&2; exit 3") == Finished(
        3, "out\n", "err\n"
    )
    assert run(engine, "sh", "-c", "kill -SEGV $$") == Finished(139, "", "")
    missing = run(engine, "no-such-program")
    assert missing.code == 127
    assert re.sub(r"\d+", "N", missing.err) == (
        "[FATAL tini (N)] exec no-such-program failed: No such file or directory\n"
    )


def test_it_is_pid_1_and_reaps(engine: Engine, init: None, runtime: str) -> None:
    """Under the name by which people know it."""
    done = run(engine, "sh", "-c", ORPHANS, docker=("--runtime", runtime))
    assert done.code == 0, done
    assert done.out.startswith("no zombies, docker-init is pid 1, called "), done
    assert done.err == "", done


def test_docker_stop_and_docker_kill(engine: Engine, init: None, runtime: str) -> None:
    """What the engine sends reaches the app, and its code is the container's."""
    script = "trap 'echo got USR1' USR1; . /apps/ends_on_term.sh"
    with start(engine, "sh", "-c", script, "sh", "7", docker=("--runtime", runtime)) as container:
        container.wait_for_line("ready")
        container.kill("USR1")
        container.wait_for_line("got USR1")
        finished, seconds = container.stop()
    assert finished.code == 7, finished
    assert "got TERM" in finished.out, finished
    assert seconds < 5, seconds
    with start(engine, "/apps/ignores_term.sh", docker=("--runtime", runtime)) as container:
        container.wait_for_line("ready")
        finished, seconds = container.stop(1)
    assert finished.code == KILLED, finished
    assert seconds >= 1, seconds


def test_a_terminal(engine: Engine, init: None) -> None:
    """`docker run --init -it`: the app is in front, Ctrl-C is for it, a new size too."""
    words = launch(engine, "python3", "/apps/terminal_report.py")
    with Terminal(engine.docker, engine.environment, new_name(), words) as terminal:
        assert "foreground=True" in terminal.expect("size=")
        terminal.type(CTRL_C)
        terminal.expect("got SIGINT")
        terminal.resize_until("got SIGWINCH size=33x111", 33, 111)
        terminal.send_signal("TERM")
        terminal.expect("got SIGTERM")
        assert terminal.wait() == 0, terminal.text


# ---- images that have nothing that init could need ---------------------------------------------


@pytest.fixture
def ours(engine: Engine) -> Iterator[None]:
    engine.use_init(one_file())
    yield
    engine.use_init(original_init())


#: Where the app of examples/one-file is, in an image with nothing else, without a shell, and
#: with musl.
APPS = {"scratch": "/app", "distroless": "/usr/bin/app", "alpine": "/usr/bin/app"}


def of_example(engine: Engine, name: str, *docker: str) -> Container:
    words = ["--init", "--label", LABEL, "--network", "none", *docker, build_example(engine, name)]
    return Container(engine.docker, engine.environment, new_name(), words)


@pytest.mark.parametrize("name", APPS)
def test_with_any_image(engine: Engine, ours: None, name: str) -> None:
    """The app is alone with the file that the engine mounts, and ends in order."""
    # The image's check is for its own init; init says so when it passes first.
    flags = ["--entrypoint", APPS[name], "--no-healthcheck", "--env", "INITD_CHECK="]
    with of_example(engine, name, *flags) as container:
        container.wait_for_line("listening")
        init = init_of(container)
        (app,) = init.child("ppidshim").children()
        assert (init.pid, init.name, app.name) == (1, "docker-init", "app")
        finished, seconds = container.stop()
    assert finished == Finished(0, "listening\nends on TERM\n", "")
    assert seconds < 5, seconds


@pytest.mark.parametrize("name", APPS)
def test_in_front_of_an_image_with_its_own_initd(engine: Engine, ours: None, name: str) -> None:
    """The variables and the verbs are for the image's own: its user, its check, its socket."""
    initd = "/initd" if name == "scratch" else "initd"
    check = "none http http://127.0.0.1:1/ period=0.2 failure=1"
    with of_example(engine, name, "--env", f"INITD_CHECK={check}") as container:
        container.wait_for_line("listening")
        outer = init_of(container)
        (inner,) = outer.child("ppidshim").children()
        (app,) = inner.child("ppidshim").children()
        assert [outer.name, inner.name, app.name] == ["docker-init", "initd", "app"]
        assert [outer.user, inner.user, app.user] == [0, 0, 65534]
        assert [each.name for each in outer.children()] == ["ppidshim"]
        eventually(
            lambda: "cannot connect" in container.exec(initd, "health", check=False).out,
            what="health tells of the check",
        )
        status = json.loads(container.exec(initd, "status", "--json").out)
        assert status["init"]["pid"] == inner.pid
        finished, seconds = container.stop()
    assert finished.code == 0, finished
    assert "control.unavailable" not in finished.err, finished
    assert seconds < 5, seconds
