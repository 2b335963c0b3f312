"""`docker run -it`: the app owns the terminal, and an interactive shell has job control."""

from __future__ import annotations

from .engine import Engine
from .terminal import CTRL_BACKSLASH, CTRL_C, CTRL_Z

REPORT = ("python3", "/apps/terminal_report.py")


def test_keys_and_the_size_of_the_window_reach_the_app(engine: Engine, runtime: str) -> None:
    """Ctrl-C, Ctrl-Z, Ctrl-\\ and a resize go to the terminal's foreground group: the app's."""
    with engine.terminal(*REPORT, runtime=runtime) as terminal:
        assert "foreground=True" in terminal.expect("size=")
        terminal.type(CTRL_C)
        terminal.expect("got SIGINT")
        terminal.type(CTRL_Z)
        terminal.expect("got SIGTSTP")
        terminal.type(CTRL_BACKSLASH)
        terminal.expect("got SIGQUIT")
        terminal.resize_until("got SIGWINCH size=33x111", 33, 111)
        terminal.send_signal("TERM")
        terminal.expect("got SIGTERM")
        assert terminal.wait() == 0, terminal.text


def test_ctrl_c_ends_an_app_that_has_no_handler(engine: Engine, runtime: str) -> None:
    """The default action of SIGINT, and the code that a shell would give."""
    with engine.terminal("/apps/ignores_term.sh", runtime=runtime) as terminal:
        terminal.expect("ready")
        terminal.type(CTRL_C)
        assert terminal.wait() == 128 + 2, terminal.text


def test_an_interactive_shell_has_job_control(engine: Engine, runtime: str) -> None:
    """Ctrl-Z suspends what runs in front, `jobs` lists it, `fg` brings it back, Ctrl-C ends it."""
    with engine.terminal(
        "bash", "--norc", "-i", runtime=runtime, docker=("--env", "PS1=[prompt] ")
    ) as terminal:
        terminal.expect("[prompt] ")
        assert "no job control" not in terminal.text, terminal.text
        terminal.type(b"sleep 1000\n")
        terminal.expect("sleep 1000\n")
        terminal.wait_until_in_front("sleep")
        terminal.type(CTRL_Z)
        terminal.expect("Stopped")
        terminal.expect("[prompt] ")
        terminal.type(b"jobs\n")
        terminal.expect("Stopped")
        terminal.expect("[prompt] ")
        terminal.type(b"fg\n")
        terminal.expect("sleep 1000\n")
        terminal.wait_until_in_front("sleep")
        terminal.type(CTRL_C)
        terminal.expect("[prompt] ")
        terminal.type(b"exit 7\n")
        assert terminal.wait() == 7, terminal.text


def test_a_shell_without_a_terminal_reads_its_orders_from_stdin(engine: Engine) -> None:
    """Without -t nothing is done about terminals: stdin is passed on as it is."""
    orders = "echo read from stdin; exit 5\n"
    launch = engine.launch("sh", docker=("--rm", "--interactive"))
    done = engine.docker("run", *launch, stdin=orders, check=False)
    assert (done.returncode, done.stdout) == (5, "read from stdin\n"), done
