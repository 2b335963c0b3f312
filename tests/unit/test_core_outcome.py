"""Outcomes: exit codes and the sentences about failed starts."""

from __future__ import annotations

import os
from errno import E2BIG, EACCES, EAGAIN, ELOOP, ENOENT, ENOEXEC, ENOMEM, EPERM

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.signals.numbers import name_of
from initd.core.start.outcome import TRANSIENT, exit_code_of, explain_failure, status_facts
from initd.core.start.stage import Stage

codes = st.integers(0, 255)
deaths = st.integers(1, 64)


@given(codes)
def test_the_apps_exit_code_is_inits(code: int) -> None:
    """0 to 255."""
    assert exit_code_of(code << 8) == code
    assert status_facts(code << 8) == {"code": code}


@given(deaths, st.booleans())
def test_death_by_signal_n_is_128_plus_n(number: int, core: bool) -> None:
    """With or without a core, as a shell has it."""
    status = number | (0x80 if core else 0)
    assert exit_code_of(status) == 128 + number
    facts = status_facts(status)
    assert (facts["code"], facts["signal"]) == (128 + number, name_of(number))
    assert facts.get("core", False) is core


@given(codes, st.lists(codes, max_size=4))
def test_a_clean_code_becomes_0_and_no_other_code_does(code: int, clean: list[int]) -> None:
    """What the profile calls a graceful stop."""
    assert exit_code_of(code << 8, tuple(clean)) == (0 if code in clean else code)


@given(deaths)
def test_a_clean_code_counts_for_death_by_that_signal_too(number: int) -> None:
    """143 is a JVM's code after TERM, and that of a program that TERM killed."""
    assert exit_code_of(number, (128 + number,)) == 0


@pytest.mark.parametrize(
    ("error", "code"),
    [(ENOENT, 127), (EACCES, 126), (ENOEXEC, 126), (ELOOP, 126), (ENOMEM, 126)],
)
def test_a_command_that_can_not_be_executed_has_the_codes_of_a_shell(error: int, code: int) -> None:
    """127 for one that is not there, 126 for all else; the line names the command."""
    reason = os.strerror(error)
    assert explain_failure(Stage.EXEC, error, reason, "app x") == (
        code,
        f"initd: cannot run 'app x': {reason}",
    )


def test_words_and_variables_that_are_too_long_are_told_what_the_kernel_takes() -> None:
    """execve(2) says E2BIG of one that is too long, and of all together."""
    code, said = explain_failure(Stage.EXEC, E2BIG, os.strerror(E2BIG), "app")
    assert code == 126
    assert said.startswith("initd: cannot run 'app': Argument list too long: words and variables")


#: What the message about each stage before exec names.
NAMED = {
    Stage.FORK: "fork",
    Stage.GROUP: "process group",
    Stage.TERMINAL: "terminal",
    Stage.LIMITS: "--limit",
    Stage.USER_GROUPS: "--user",
    Stage.USER_GROUP: "--user",
    Stage.USER: "--user",
    Stage.DIRECTORY: "--chdir",
    Stage.NICE: "--nice",
    Stage.OOM_SCORE: "--oom-score-adj",
    Stage.CAPABILITIES: "--cap-drop",
    Stage.NO_NEW_PRIVILEGES: "--no-new-privs",
    Stage.SECRETS: "reason",  # of the process that reads them, with the option
}


def test_every_stage_before_exec_has_a_message() -> None:
    """A new one without a message would be a bug in pid 1, just when a start fails."""
    stages = {number for name, number in vars(Stage).items() if name.isupper()}
    assert NAMED.keys() == stages - {Stage.EXEC}


@pytest.mark.parametrize(("stage", "named"), NAMED.items())
def test_what_fails_before_exec_is_inits_own_failure(stage: int, named: str) -> None:
    """125, and a line that names the option to mend."""
    code, sentence = explain_failure(stage, ENOENT, "reason", "app")
    assert code == 125
    assert named in sentence
    assert sentence.startswith("initd: ")
    assert sentence.endswith(": reason")
    assert "\n" not in sentence


def test_what_is_not_permitted_has_its_cure_beside_it() -> None:
    """The capability that is missing, and how an engine gives it."""
    _, sentence = explain_failure(Stage.NICE, EACCES, "Permission denied", "app", "-5")
    assert sentence == (
        "initd: --nice: cannot set -5: Permission denied"
        " (permitted as root, with docker run --cap-add SYS_NICE)"
    )


def test_only_a_want_of_pids_or_memory_passes_by_itself() -> None:
    """EPERM will be EPERM again."""
    assert {EAGAIN, ENOMEM} == TRANSIENT
    assert EPERM not in TRANSIENT
