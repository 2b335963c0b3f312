"""docs/guides and the pages that a newcomer reads first: every snippet is one that works.

What `initd` is to run is given to `initd check`, what it is asked is looked up among its
verbs, JSON and YAML are read, and links lead somewhere.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from initd import paths
from initd.cli import check
from initd.cli.verb_table import BY_NAME, SIGNAL, VERBS
from initd.cli.verbs import parse
from initd.config.options import IMMEDIATE, OPTIONS
from initd.core.signals.numbers import FORWARDED, JOB_CONTROL, number_of

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = sorted((DOCS / "guides").glob("*.md"))
FIRST_PAGES = [DOCS.parent / "README.md", DOCS / "quick-start.md", DOCS / "migration.md"]
each_guide = pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
each_page = pytest.mark.parametrize("guide", [*FIRST_PAGES, *GUIDES], ids=lambda guide: guide.stem)


def blocks(guide: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", guide.read_text(), re.MULTILINE | re.DOTALL)


def commands(guide: Path) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Whatever begins with initd, and the environment that it has."""
    for text in blocks(guide, "sh"):
        for line in text.splitlines():
            yield shlex.split(line), {}
    for text in blocks(guide, "dockerfile"):
        yield from _of_dockerfile(text)
    for text in blocks(guide, "yaml"):
        for container in _containers(yaml.safe_load(text)):
            yield from _of_container(container)


def _of_dockerfile(text: str) -> Iterator[tuple[list[str], dict[str, str]]]:
    lines = text.replace("\\\n", " ").splitlines()
    said = {line.partition(" ")[0]: line.partition(" ")[2] for line in lines}
    environ = dict([shlex.split(said["ENV"])[0].split("=", 1)]) if "ENV" in said else {}
    if "ENTRYPOINT" in said:
        yield [*json.loads(said["ENTRYPOINT"]), *json.loads(said.get("CMD", "[]"))], environ
    for line in lines:
        if line.startswith("RUN initd "):
            yield shlex.split(line)[1:], environ
    if "HEALTHCHECK" in said:
        yield json.loads(said["HEALTHCHECK"].partition("CMD ")[2]), {}


def _containers(document: dict[str, Any]) -> list[dict[str, Any]]:
    if "services" in document:
        return list(document["services"].values())
    return list(document["spec"]["containers"])


def _of_container(container: dict[str, Any]) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Compose says entrypoint and command, Kubernetes command and args."""
    first, second = ("entrypoint", "command") if "entrypoint" in container else ("command", "args")
    if first in container:
        yield [*container[first], *container.get(second, [])], container.get("environment", {})
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        if "exec" in container.get(probe, {}):
            yield container[probe]["exec"]["command"], {}
    test = container.get("healthcheck", {}).get("test", ["CMD"])
    if test[1:2] == ["initd"]:
        yield test[1:], {}


@pytest.fixture
def image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the guide's roles.json is to be."""
    path = tmp_path / "roles.json"
    monkeypatch.setattr(paths, "ROLES", str(path))
    return path


@each_page
def test_what_a_guide_runs_is_right(
    guide: Path, image: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `initd check` sees it, with the guide's own roles."""
    for text in blocks(guide, "json"):
        image.write_text(text)
    found = 0
    for words, environ in commands(guide):
        assert words[0] == "initd"
        given = {name.encode(): value.encode() for name, value in environ.items()}
        monkeypatch.setattr(check, "given_environment", lambda given=given: given)
        if words[1] in {verb.name for verb in VERBS} - {"check", "compile"}:
            _look_at_verb(words[1:])
        else:
            rest = words[2:] if words[1] in ("check", "compile") else words[1:]
            assert check.check(parse(BY_NAME["check"], rest)) == 0, (words, capsys.readouterr().err)
        found += 1
    assert found


def _look_at_verb(words: list[str]) -> None:
    verb = next(verb for verb in VERBS if verb.name == words[0])
    flags = {flag.name for flag in verb.flags}
    rest = [word for word in words[1:] if word not in flags]
    if verb.rest == SIGNAL:
        assert number_of(rest.pop()) in (*FORWARDED, *JOB_CONTROL)
    assert not rest, words


@each_guide
def test_what_a_guide_names_is_there(guide: Path) -> None:
    """Verbs with their words, flags, variables."""
    text = guide.read_text()
    for words in re.findall(r"`(initd [a-z][^`]*)`", text):
        _look_at_verb(words.split()[1:])
    known = {flag for option in (*OPTIONS, *IMMEDIATE) for flag in option.flags}
    known |= {flag.name for verb in VERBS for flag in verb.flags}
    known.add("--interval")  # a Dockerfile's
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)) <= known
    assert set(re.findall(r"INITD_[A-Z_]+", text)) <= {option.variable for option in OPTIONS}


@each_guide
def test_a_guide_fits_on_a_screen_or_two_and_its_links_lead_somewhere(guide: Path) -> None:
    """Who reads it wants to get on."""
    text = guide.read_text()
    assert len(text.splitlines()) <= 60
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert (guide.parent / link).exists()


@pytest.mark.parametrize("page", FIRST_PAGES[:2], ids=lambda page: page.stem)
def test_the_first_dockerfile_is_the_example_that_a_test_builds(page: Path) -> None:
    """Word for word: tests/docker/test_quick_start.py builds and runs it."""
    example = DOCS.parent / "examples" / "quick-start" / "Dockerfile"
    assert blocks(page, "dockerfile")[0] == example.read_text()


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ("bundle exec unicorn -c x", "QUIT to the unicorn master"),
        ("bundle exec rake resque:work", "QUIT to the resque process"),
        ("--target group --stop-plan TERM -- app", "TERM and CONT to the app's process group"),
        ("-- /entrypoint.sh unicorn -c config/unicorn.rb", "QUIT to the unicorn master"),
    ],
)
def test_what_a_guide_says_of_a_stop_is_what_check_says(
    argv: str, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sentences that the guides lean on."""
    monkeypatch.setattr(check, "given_environment", dict)
    assert check.check(parse(BY_NAME["check"], argv.split())) == 0
    assert f"SIGTERM: {words}" in capsys.readouterr().out
