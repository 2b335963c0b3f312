"""docs/reference.md has every flag, variable, verb and exit code of the code, and no other."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from initd.cli.verb_table import VERBS
from initd.config.options import IMMEDIATE, OPTIONS, SHORT_FOR
from initd.core.injected import is_injected
from initd.core.start import exit_codes

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "reference.md").read_text()


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """docs/generate.py."""
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _section(title: str) -> str:
    return TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_table_of_options_is_what_the_code_makes_of_it(generate: ModuleType) -> None:
    """`make docs` writes it anew."""
    assert generate.with_table(TEXT) == TEXT


def test_every_flag_that_is_named_is_there() -> None:
    """Those of options and of verbs, in both directions."""
    known = {flag for option in (*OPTIONS, *IMMEDIATE) for flag in option.flags}
    known |= set(SHORT_FOR)
    known |= {flag.name for verb in VERBS for flag in verb.flags}
    text = re.sub(r"`docker [^`]*`", "", TEXT)  # the engine has flags of its own
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))
    assert named == {flag for flag in known if flag.startswith("--")}


def test_every_variable_that_is_named_is_there() -> None:
    """INITD_ and more; in both directions. Those of others are named too."""
    named = set(re.findall(r"INITD_[A-Z_]+", TEXT))
    named -= {name for name in named if is_injected(name[6:], "tcp://10.0.0.1:80")}
    assert named == {option.variable for option in OPTIONS}


def test_every_verb_is_there() -> None:
    """In the order of the table in the code, each with its exit codes."""
    rows = re.findall(r"^\| `initd (\w+).*\|(.*)\|$", _section("Verbs"), re.MULTILINE)
    assert [name for name, _ in rows] == [verb.name for verb in VERBS]
    assert all(re.match(r" 0[;,\w ]", codes) for _, codes in rows)


def test_a_verbs_flags_are_in_its_row() -> None:
    """All but --socket, which stands below, as it belongs to all of them."""
    for line in _section("Verbs").splitlines():
        for verb in VERBS:
            if line.startswith(f"| `initd {verb.name}"):
                for flag in (each.name for each in verb.flags):
                    assert flag in line or flag == "--socket", (verb.name, flag)


def test_every_exit_code_is_there() -> None:
    """Init's own by their numbers, the app's in words."""
    rows = re.findall(r"^\| ([^|]+?) \|", _section("Exit codes"), re.MULTILINE)
    codes = {int(row) for row in rows if row.isdecimal()}
    own = {value for name, value in vars(exit_codes).items() if name.startswith("EXIT_")}
    assert codes == own | {1}
    assert {"the app's", "128+N"} <= set(rows)


def test_a_synopsis_names_the_verbs_flags() -> None:
    """It is what --help and the man page show."""
    for verb in VERBS:
        named = set(re.findall(r"--[a-z]+", verb.synopsis))
        assert named == {flag.name for flag in verb.flags}
