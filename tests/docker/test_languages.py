"""Every language sees the full name in a container whose kernel name is the short one, and
what is known to miss it does miss it, so that docs/hostnames.md stays true.

One container asks all of them, before the first test looks at its own; one more where the
name does not resolve, one where the kernel's name is the full one, and one by `docker exec`
without an environment.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from .container import Finished
from .engine import Engine
from .language_cases import CASES, FAILS, FIRST_PART, FQDN, SHORT, Case

Answers = dict[str, dict[str, Any]]

#: Which loader the compiled programs have: a static one has none.
LOADERS = {"fortified": "ld-linux", "glibc": "ld-linux", "go-cgo": "ld-linux", "musl": "ld-musl"}
#: musl's loader does not tell what it binds.
UNTOLD = "C with musl"
#: php calls the library where its extension does not.
BOUND_ELSEWHERE = "posix_uname"

COMMANDS = {case.command: case.command for case in CASES} | {"loaders": "cat /compiled/loaders"}
QUESTIONS = ("/languages/ask.py", json.dumps(COMMANDS))
PATH = "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

#: What /etc/ld.so.preload is for: glibc's programs, and no variable that only init sets.
PRELOADED = [case for case in CASES if case.program != UNTOLD and (case.symbol or case.why_short)]

each = pytest.mark.parametrize("case", CASES, ids=[f"{case.program}-{case.call}" for case in CASES])


@pytest.fixture(scope="module")
def answers(engine: Engine, languages: str, network: str) -> Answers:
    """Where the kernel's name is the short one, and initd is told the full one."""
    return ask(engine, languages, network, ("--hostname", SHORT), ("--hostname", FQDN))


@pytest.fixture(scope="module")
def unresolved(engine: Engine, languages: str, tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """The same, but /etc/hosts has the short name alone, as engines write it, and can't be
    written by init."""
    hosts = tmp_path_factory.mktemp("etc") / "hosts"
    hosts.write_text(f"127.0.0.1 localhost\n192.0.2.1 {SHORT}\n")
    docker = ("--hostname", SHORT, "--volume", f"{hosts}:/etc/hosts:ro")
    return ask(engine, languages, "none", docker, ("--hostname", FQDN))


@pytest.fixture(scope="module")
def told_by_the_engine(engine: Engine, languages: str, network: str) -> Answers:
    """`docker run --hostname FQDN`, and initd is told nothing."""
    return ask(engine, languages, network, ("--hostname", FQDN), ())


@pytest.fixture(scope="module")
def cleared(engine: Engine, languages: str, network: str) -> Answers:
    """By `docker exec`, with no environment but a path, after `initd preload install`."""
    with engine.start(
        "/apps/ends_on_term.sh",
        image=languages,
        network=network,
        docker=("--hostname", SHORT),
        initd=("--hostname", FQDN),
    ) as container:
        container.wait_for_line("ready")
        container.exec("initd", "preload", "install")
        done = container.exec("env", "-i", f"PATH={PATH}", *QUESTIONS)
    return answers_in(done)


def ask(
    engine: Engine, image: str, network: str, docker: tuple[str, ...], initd: tuple[str, ...]
) -> Answers:
    """What each command wrote, and which functions of the library it was bound to."""
    with engine.start(
        *QUESTIONS, image=image, network=network, docker=docker, initd=initd
    ) as container:
        return answers_in(container.wait())


def answers_in(done: Finished) -> Answers:
    assert done.code == 0, done
    answers = json.loads(done.out)
    assert isinstance(answers, dict)
    return answers


@each
def test_what_the_program_sees(answers: Answers, case: Case) -> None:
    """The full name, or for a stated reason the short one."""
    answer = answers[case.command]
    assert (answer["code"], answer["out"]) == (0, case.sees), answer


@each
def test_what_the_program_is_bound_to(answers: Answers, case: Case) -> None:
    """The loader's own word; one that binds all at its start binds what it won't call too."""
    answer = answers[case.command]
    if not case.symbol:
        assert answer["bound"] == [] or case.call == BOUND_ELSEWHERE, answer
    elif case.program != UNTOLD:
        assert case.symbol in answer["bound"], answer


@each
def test_what_the_program_sees_where_the_name_does_not_resolve(
    unresolved: Answers, case: Case
) -> None:
    """Most don't care; some fail, and one takes the short name instead."""
    answer = unresolved[case.command]
    said = answer["out"] if answer["code"] == 0 else FAILS
    assert said == (case.unresolved or case.sees), answer


@each
def test_what_the_program_sees_of_the_kernels_full_name(
    told_by_the_engine: Answers, case: Case
) -> None:
    """All of it, static or not, and nothing is preloaded."""
    answer = told_by_the_engine[case.command]
    sees = SHORT if case.why_short == FIRST_PART else FQDN
    assert (answer["code"], answer["out"], answer["bound"]) == (0, sees, []), answer


@pytest.mark.parametrize(
    "case", PRELOADED, ids=[f"{case.program}-{case.call}" for case in PRELOADED]
)
def test_what_the_program_sees_without_the_apps_environment(cleared: Answers, case: Case) -> None:
    """The same, as /etc/ld.so.preload and /run/initd/hostname tell it."""
    answer = cleared[case.command]
    assert (answer["code"], answer["out"]) == (0, case.sees), answer


def test_musl_knows_no_file_of_preloads(cleared: Answers) -> None:
    """Its loader reads the variable only."""
    assert {cleared[case.command]["out"] for case in CASES if case.program == UNTOLD} == {SHORT}


def test_the_compiled_programs_are_what_they_are_said_to_be(answers: Answers) -> None:
    """For glibc, for musl, or static."""
    lines = answers["loaders"]["out"].splitlines()
    assert dict(line.split() for line in lines) == LOADERS
