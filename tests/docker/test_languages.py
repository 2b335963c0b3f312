"""Every language sees the full name in a container whose kernel name is the short one, and
what is known to miss it does miss it, so that docs/hostnames.md stays true.

One container asks all of them, before the first test looks at its own.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from . import image
from .engine import Engine
from .language_cases import CASES, FQDN, SHORT, Case

Answers = dict[str, dict[str, Any]]

#: Which loader the compiled programs have: a static one has none.
LOADERS = {"fortified": "ld-linux", "glibc": "ld-linux", "go-cgo": "ld-linux", "musl": "ld-musl"}
#: musl's loader does not tell what it binds.
UNTOLD = "C with musl"
#: php calls the library where its extension does not.
BOUND_ELSEWHERE = "posix_uname"

each = pytest.mark.parametrize("case", CASES, ids=[f"{case.program}-{case.call}" for case in CASES])


@pytest.fixture(scope="module")
def answers(engine: Engine, network: str) -> Answers:
    """What each command wrote, and which functions of the library it was bound to."""
    commands = {case.command: case.command for case in CASES} | {"loaders": "cat /compiled/loaders"}
    done = engine.run(
        *("/languages/ask.py", json.dumps(commands)),
        image=image.build_languages(engine),
        network=network,
        docker=("--hostname", SHORT),
        initd=("--hostname", FQDN),
    )
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


def test_the_compiled_programs_are_what_they_are_said_to_be(answers: Answers) -> None:
    """For glibc, for musl, or static."""
    lines = answers["loaders"]["out"].splitlines()
    assert dict(line.split() for line in lines) == LOADERS
