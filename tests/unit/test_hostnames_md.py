"""docs/hostnames.md says of each program what a container is asked and answers."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "hostnames.md").read_text()


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """docs/generate_hostnames.py."""
    path = DOCS / "generate_hostnames.py"
    spec = importlib.util.spec_from_file_location("generate_hostnames", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_of_programs_is_what_the_tests_ask(generate: ModuleType) -> None:
    """`make docs` writes it anew."""
    assert generate.with_programs(TEXT) == TEXT


def test_what_needs_no_library_stands_first() -> None:
    """Before any option, any heading and any table."""
    opening = TEXT.partition("\n\n")[2].partition("\n## ")[0]
    assert opening.startswith("If you can tell the engine, do")
    assert "docker run --hostname" in opening.partition("INITD_")[0]


@pytest.mark.parametrize("program", ["ruby", "python", "node", "perl", "php", "java", "bash"])
def test_the_usual_languages_see_the_full_name(program: str) -> None:
    """By their own ways to ask."""
    assert re.search(rf"^\| {program} \| .* \| `web1\.example\.org` \|$", TEXT, re.MULTILINE)


@pytest.mark.parametrize("program", ["Go", "C, static"])
def test_what_is_missed_is_said_with_its_reason(program: str) -> None:
    """Not by silence."""
    assert re.search(rf"^\| {program} \| .* \|  \| `web1`: .+ \|$", TEXT, re.MULTILINE)
