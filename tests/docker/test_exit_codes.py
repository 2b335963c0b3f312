"""The container's exit code, as the engine reports it: every code is in tests/process."""

from __future__ import annotations

import pytest

from .engine import Engine

# Each of these, in another way, is not what initd takes.
WRONG = [
    pytest.param((), ("--no-such-option",), "--no-such-option", id="an unknown option"),
    pytest.param((), ("--rewrite", "TERM"), "TERM", id="a rewrite without its second half"),
    pytest.param((), ("--rewrite", "TREM:QUIT"), "TREM", id="a signal that isn't one"),
    pytest.param((), ("--user", "nobody-here"), "nobody-here", id="an unknown user"),
    pytest.param(
        ("--env", "INITD_STOP_PLAN=QUIT:soon"), (), "INITD_STOP_PLAN", id="a wrong variable"
    ),
]


@pytest.mark.parametrize("code", [0, 1, 42, 255])
def test_the_exit_code_is_that_of_the_app(engine: Engine, runtime: str, code: int) -> None:
    """Whatever it is."""
    assert engine.run("sh", "-c", f"exit {code}", runtime=runtime).code == code


@pytest.mark.parametrize(("name", "number"), [("KILL", 9), ("SEGV", 11), ("TERM", 15)])
def test_death_by_a_signal_is_128_and_its_number(engine: Engine, name: str, number: int) -> None:
    """As a shell gives it."""
    assert engine.run("sh", "-c", f"kill -{name} $$").code == 128 + number


def test_a_command_that_is_not_found_is_127(engine: Engine, runtime: str) -> None:
    """As a shell gives it, with its name on stderr."""
    done = engine.run("no-such-command", runtime=runtime)
    assert done.code == 127, done
    assert "no-such-command" in done.err, done


@pytest.mark.parametrize("command", ["/etc/passwd", "/etc"])
def test_a_command_that_cannot_be_executed_is_126(engine: Engine, command: str) -> None:
    """As a shell gives it, with its name on stderr."""
    done = engine.run(command)
    assert done.code == 126, done
    assert command in done.err, done


@pytest.mark.parametrize(("docker", "initd", "named"), WRONG)
def test_wrong_input_is_125_with_one_line_and_nothing_started(
    engine: Engine, docker: tuple[str, ...], initd: tuple[str, ...], named: str
) -> None:
    """The line names what is wrong; the app never ran."""
    done = engine.run("echo", "started", docker=docker, initd=initd)
    assert done.code == 125, done
    assert done.out == "", done
    assert named in done.err, done
    assert len(done.err.splitlines()) == 1, done
