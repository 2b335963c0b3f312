"""The data file of profiles: known keys, readable plans, a source for each row."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

import initd
from initd.core.signals.condition import CONDITIONS
from initd.core.signals.numbers import number_of
from initd.core.signals.profile import CHANGES, known_row, known_rows, recognise
from initd.core.signals.profile_table import TABLE
from initd.core.signals.stop_plan import plan_of

#: Each file's rows, in the order in which the build takes them.
FILES: dict[str, dict[str, dict[str, Any]]] = {
    path.stem: tomllib.loads(path.read_text())
    for path in sorted((Path(initd.__file__).parent / "profiles").glob("*.toml"))
}
PROFILES = {name: facts for rows in FILES.values() for name, facts in rows.items()}
KEYS = set(
    "match stop target clean hurry survives quick reload reopen quiet bare when warn wrapper"
    " measured source verified".split()
)
SIGNALS = ("quick", "reload", "reopen", "quiet")
#: The programs that the first version is to know.
PROMISED = (
    "resque unicorn nginx php-fpm puma sidekiq gunicorn uwsgi celery httpd haproxy postgres redis"
    " java"
).split()

each_profile = pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))


def test_the_promised_programs_are_known() -> None:
    """One table a program."""
    assert set(PROMISED) <= set(PROFILES)


@each_profile
def test_a_profile_has_known_keys_only(profile: dict[str, Any]) -> None:
    """A misspelt key would be a fact that nobody reads."""
    assert set(profile) <= KEYS
    assert profile["match"]
    assert all(isinstance(pattern, str) and pattern for pattern in profile["match"])


@each_profile
def test_a_profile_names_its_source(profile: dict[str, Any]) -> None:
    """Facts about other people's programs need one."""
    assert len(profile["source"]) > 10


@each_profile
def test_every_stop_plan_can_be_read(profile: dict[str, Any]) -> None:
    """Those of the conditions too; pid 1 does not check again."""
    plan_of(profile["stop"])
    for condition in profile.get("when", ()):
        if "stop" in condition:
            plan_of(condition["stop"])
    for each in (profile, *profile.get("when", ())):
        plan_of(each.get("hurry", "TERM"))


@each_profile
def test_a_condition_asks_for_something_and_changes_something(profile: dict[str, Any]) -> None:
    """Variables and arguments; the plan, the target or the codes."""
    for condition in profile.get("when", ()):
        assert set(condition) <= {*CONDITIONS, *CHANGES}
        assert set(condition) & set(CONDITIONS)
        assert set(condition) & set(CHANGES)
        assert all(condition.values())


@each_profile
def test_a_warning_has_a_sentence(profile: dict[str, Any]) -> None:
    """And may have a condition."""
    for warning in profile.get("warn", ()):
        assert set(warning) <= {*CONDITIONS, "text"}
        assert len(warning["text"]) > 20


@each_profile
def test_signals_targets_and_codes_are_what_they_should_be(profile: dict[str, Any]) -> None:
    """Signals that exist, one of three targets, exit codes of a byte."""
    for key in SIGNALS:
        if key in profile:
            number_of(profile[key])
    assert set(profile.get("survives", ())) <= {"TERM", "INT", "QUIT"}
    assert profile.get("target", "process") in ("process", "group", "all")
    assert all(1 <= code <= 255 for code in profile.get("clean", ()))


def test_no_program_is_in_two_files() -> None:
    """A name is one row."""
    assert sum(map(len, FILES.values())) == len(PROFILES)


@pytest.mark.parametrize("file", FILES)
def test_what_a_row_matches_is_matched_by_no_row_of_another_file(file: str) -> None:
    """So that it does not matter in which order the files are read."""
    others = [
        {"name": name, **facts}
        for other, rows in FILES.items()
        if other != file
        for name, facts in rows.items()
    ]
    for name, facts in FILES[file].items():
        for pattern in facts["match"]:
            for filled in ("", "x", "/usr/bin/x"):
                words = pattern.replace("*", filled).split()
                found = recognise(others, words, {}, known=lambda first: ())
                assert found is None, f"{name}: {pattern!r} is {found}"


def test_the_table_that_pid_1_imports_is_the_file() -> None:
    """The build compiles it, row by row, in order."""
    assert list(TABLE) == [{"name": name, **facts} for name, facts in PROFILES.items()]


@each_profile
def test_pid_1_has_of_a_row_what_it_acts_on(profile: dict[str, Any]) -> None:
    """Found by name, and by the first word of each command line that it matches."""
    name = next(name for name, facts in PROFILES.items() if facts is profile)
    row = known_row(name)
    assert row is not None
    people = ("quick", "bare", "measured", "source", "verified")
    assert row == {
        "name": name,
        **{key: value for key, value in profile.items() if key not in people},
    }
    for pattern in profile["match"]:
        assert row in known_rows(pattern.partition(" ")[0].replace("*", "x"))
