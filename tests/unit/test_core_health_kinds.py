"""Every kind of check, from its row through all that reads the row."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

import initd
from initd.cli.check import check as initd_check
from initd.cli.verb_table import BY_NAME
from initd.cli.verbs import parse
from initd.config.toml.check_table import PLACED
from initd.config.toml.model import CheckTable
from initd.config.toml.reader import read_toml
from initd.config.values.check import read_check, read_key
from initd.core.explain.checks import check_words
from initd.core.health.check import Check
from initd.core.health.kinds import COMMON_KEYS, KINDS, Kind, kind_of
from initd.core.health.notify import Notified
from initd.core.health.roles import ROLES
from initd.monitor.probe import Context, probe_of

#: A value for each key that only some kinds have.
VALUES = {
    "status": "200-299",
    "body": "fine",
    "fresher": "30",
    "watchdog": "20",
    "rss": "512M",
    "descriptors": "1000",
    "threads": "1-64",
    "children": "0-8",
}
COMMAND = ("pg_isready", "-q")
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


def line_of(kind: Kind, *keys: str) -> str:
    """A check of this kind as a flag has it, with its example for a target."""
    target = [kind.target.example] if kind.target is not None else []
    command = ["--", *COMMAND] if kind.has_command else []
    words = [f"{key}={VALUES[key]}" for key in keys]
    return " ".join(["it", kind.name, *target, *words, *command])


def table_of(kind: Kind, *keys: str) -> bytes:
    """The same as a configuration file has it."""
    rows = [f'kind = "{kind.name}"']
    if kind.target is not None:
        rows.append(f'target = "{kind.target.example}"')
    if kind.has_command:
        rows.append(f"command = {list(COMMAND)}")
    fields = {field.name: field.type for field in msgspec.structs.fields(CheckTable)}
    for key in keys:
        is_number = "float" in str(fields[key])
        rows.append(f"{key} = {VALUES[key] if is_number else json.dumps(VALUES[key])}")
    return "\n".join(["[check.it]", *rows, ""]).encode()


def from_file(kind: Kind, *keys: str) -> Check:
    """What the file gives."""
    given = read_toml("/etc/initd.toml", table_of(kind, *keys))
    assert given.mistakes == ()
    (check,) = given.checks
    return check


@each_kind
def test_a_kind_is_read_from_a_flag_and_from_a_file_alike(kind: Kind) -> None:
    """With its example for a target, without a key and with every key that it has."""
    for keys in ((), kind.keys):
        check = read_check(line_of(kind, *keys))
        assert check.kind == kind.name
        assert check.target == (kind.target.example if kind.target is not None else "")
        assert check.argv == (COMMAND if kind.has_command else ())
        assert from_file(kind, *keys) == check


@each_kind
def test_each_key_of_a_kind_says_something(kind: Kind) -> None:
    """A key that changed nothing in the check would be lost on the way."""
    plain = read_check(line_of(kind))
    for key in kind.keys:
        assert read_check(line_of(kind, key)) != plain, key


@each_kind
def test_a_kind_has_roles_by_default(kind: Kind) -> None:
    """Those of its row, or those that go with a key."""
    assert read_check(line_of(kind)).roles == kind.roles
    assert set(kind.roles) <= set(ROLES)
    for key, roles in kind.roles_with:
        assert read_check(line_of(kind, key)).roles == roles


@each_kind
def test_a_kind_without_its_target_or_command_is_refused_and_so_is_one_too_many(
    kind: Kind,
) -> None:
    """The sentence has an example of what would be right."""
    command = " -- true" if kind.has_command else ""
    if kind.target is not None:
        with pytest.raises(ValueError, match=f"needs a target, such as {kind.target.example}"):
            read_check(f"it {kind.name}{command}")
    if kind.has_command:
        with pytest.raises(ValueError, match=f"{kind.name} needs a command after --"):
            read_check(line_of(kind).partition(" --")[0])
    else:
        with pytest.raises(ValueError, match=f"this is a {kind.name} check"):
            read_check(f"{line_of(kind)} -- true")


@each_kind
def test_a_key_of_another_kind_is_refused(kind: Kind) -> None:
    """The sentence says for which kinds it is."""
    for key in set(VALUES) - set(kind.keys):
        with pytest.raises(ValueError, match=rf"^{key}= is for \w+ checks; this is a {kind.name} "):
            read_key(kind, key, VALUES[key])


@each_kind
def test_a_kind_has_words(kind: Kind) -> None:
    """They name the target, and each value that was given."""
    words = check_words(read_check(line_of(kind, *kind.keys)))
    if kind.target is not None:
        assert kind.target.example in words
    for key in kind.keys:
        assert VALUES[key].replace("-", " to ") in words or VALUES[key] in words or "up to" in words


@each_kind
def test_initd_check_tells_of_a_kind(kind: Kind, capsys: pytest.CaptureFixture[str]) -> None:
    """To people, and to programs."""
    line = line_of(kind, *kind.keys)
    words = check_words(read_check(line))
    assert initd_check(parse(BY_NAME["check"], [f"--check={line}", "app"])) == 0
    assert f"it: {words}" in capsys.readouterr().out
    assert initd_check(parse(BY_NAME["check"], ["--json", f"--check={line}", "app"])) == 0
    assert json.loads(capsys.readouterr().out)["checks"] == {"it": words}


@each_kind
def test_a_kind_has_a_probe_of_its_own(kind: Kind) -> None:
    """No two kinds have the same one."""
    probe = probe_of(read_check(line_of(kind)), Context({}, Notified()))
    assert type(probe).__name__ == kind.probe.partition(".")[2]
    assert [each.name for each in KINDS.values() if each.probe == kind.probe] == [kind.name]


@each_kind
def test_a_kind_is_in_the_documentation(kind: Kind) -> None:
    """A row of docs/health.md, and one for each of its keys."""
    page = (Path(__file__).parents[2] / "docs" / "health.md").read_text()
    assert f"| `{kind.name}` |" in page
    for key in kind.keys:
        assert f"`{key}=" in page


@pytest.mark.parametrize("name", ["", "htpp", "HTTP", "Notify"])
def test_an_unknown_kind_is_refused_wherever_it_turns_up(name: str) -> None:
    """Nothing takes it for another one."""
    check = Check(name="it", kind=name, roles=("readiness",))
    for read in (kind_of, lambda name: check_words(check)):
        with pytest.raises(ValueError, match=f"unknown check kind '{name}'"):
            read(name)
    with pytest.raises(ValueError, match=f"unknown check kind '{name}'"):
        probe_of(check, Context({}, Notified()))


def test_the_keys_of_a_table_are_those_of_the_kinds() -> None:
    """No key is missing in the file's model, and none has no kind; the schema, which editors
    read, lists the kinds."""
    own = {key for kind in KINDS.values() for key in kind.keys}
    assert {field.name for field in msgspec.structs.fields(CheckTable)} == {
        *(*PLACED, *COMMON_KEYS),
        *own,
    }
    assert own == set(VALUES), "a key without a value to try it with"
    schema = json.loads((Path(initd.__file__).parent / "config.schema.json").read_text())
    assert schema["$defs"]["CheckTable"]["properties"]["kind"]["enum"] == list(KINDS)
