"""The pages as a whole: links lead somewhere, the index has each, commands are there."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob(".github/*.md")])
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def _anchors(page: Path) -> set[str]:
    """Of its headings, as GitHub and GitLab make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.replace(" ", "-") for heading in plain}


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    """To a file that is there, and to a heading in it."""
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in _anchors(target), link


def test_the_sources_are_plain_english_too() -> None:
    """Messages, comments and docstrings."""
    sources = [path for path in (ROOT / "initd").rglob("*") if path.suffix in (".py", ".toml")]
    assert len(sources) > 150
    found = [path for path in sources if re.search(r" is no [a-z]", path.read_text())]
    assert found == []


@each_page
def test_pages_are_plain_english(page: Path) -> None:
    """Without the one construction that natives stumble over most."""
    assert not re.findall(r"\w+ is no [a-z]+", page.read_text())


def test_the_index_has_every_page() -> None:
    """Once each, so that there is one order to read them in."""
    index = ROOT / "docs" / "README.md"
    links = re.findall(r"\]\(([\w/-]+\.md)\)", index.read_text())
    there = {str(page.relative_to(index.parent)) for page in (ROOT / "docs").rglob("*.md")}
    assert set(links) == there - {"README.md"}
    assert len(links) == len(set(links))


def test_the_readme_is_short_and_starts_with_commands_and_an_example() -> None:
    """A screen, with the test command below."""
    text = (ROOT / "README.md").read_text()
    first = text.splitlines()[:40]
    assert len(text.splitlines()) <= 75
    assert "    make demo" in "\n".join(first)
    assert "HEALTHCHECK" in "\n".join(first)
    assert "`make test`" in text


@each_page
def test_make_targets_and_test_files_that_are_named_are_there(page: Path) -> None:
    """A command that somebody copies works."""
    text = page.read_text()
    makefile = (ROOT / "Makefile").read_text()
    targets = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert targets
    for words in re.findall(r"(?:^    |`)make ([a-z][a-z0-9_ -]*)", text, re.MULTILINE):
        assert set(words.split()) <= set(targets[1].split()), words
    for path in re.findall(r"tests/[\w/]+(?:\.\w+)?", text):
        assert (ROOT / path).exists(), path


@each_page
def test_nobody_is_told_to_install_by_a_name_that_belongs_to_others(page: Path) -> None:
    """`initd` on PyPI is another project: ours is initd-runtime."""
    assert not told_to_install_initd(page.read_text())


@pytest.mark.parametrize(
    "path",
    [
        path
        for place in (
            "examples",
            "benchmarks",
            "tests/docker",
            ".github",
            "docs",
            "Dockerfile.test",
        )
        for path in sorted([ROOT / place, *(ROOT / place).rglob("*")])
        if path.is_file()
        and path.suffix in ("", ".Dockerfile", ".py", ".yml", ".yaml", ".toml", ".test")
    ],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_no_example_installs_by_a_name_that_belongs_to_others(path: Path) -> None:
    """Dockerfiles and manifests, those of tests too."""
    assert not told_to_install_initd(path.read_text())


@pytest.mark.parametrize(
    ("command", "bad"),
    [
        ("pip install initd", True),
        ("RUN pip3 install --upgrade gunicorn initd && true", True),
        ("uv pip install 'initd==1.0'", True),
        ("pipx install initd[extra]", True),
        ("uv add initd", True),
        ("pip install initd-runtime", False),
        ("pip install initd_runtime-*.whl", False),
        ("pip install --target /opt/initd initd-runtime", False),
    ],
)
def test_what_counts_as_telling(command: str, bad: bool) -> None:
    assert bool(told_to_install_initd(command)) == bad


def told_to_install_initd(text: str) -> list[str]:
    """The commands in it that ask an index for `initd`."""
    commands = re.findall(r"(?:pip3?|pipx|uv|uvx|poetry)\s+(?:install|add|run)\b[^\n`&]*", text)
    return [each for each in commands if re.search(r"(?<![\w./-])initd(?![\w./-])", each)]


def test_the_forges_files_can_be_read_and_ci_runs_what_everybody_runs() -> None:
    """One script, and it can be executed."""
    documents = {path: yaml.safe_load(path.read_text()) for path in ROOT.glob(".github/**/*.yml")}
    assert len(documents) >= 3
    workflow = documents[ROOT / ".github" / "workflows" / "ci.yml"]
    assert {"run": ".ci/run"} in workflow["jobs"]["test"]["steps"]
    for script in ("run", "apt", "release-check"):
        assert os.access(ROOT / ".ci" / script, os.X_OK)


def test_addresses_that_are_not_ours_yet_are_placeholders_that_nobody_can_own() -> None:
    """RFC 2606; all of them at once, or none."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    hosts = {address.split("/")[2] for address in project["urls"].values()}
    assert len(hosts) == 1, hosts
