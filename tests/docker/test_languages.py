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

#: Their loader is not glibc's, or there is none: nobody tells what they are bound to.
_UNTOLD = ("C with musl",)

each = pytest.mark.parametrize("case", CASES, ids=[f"{case.program}-{case.call}" for case in CASES])


@pytest.fixture(scope="module")
def answers(engine: Engine, network: str) -> Answers:
    """What each command wrote, and which functions of the library it was bound to."""
    commands = {case.command: case.command for case in CASES}
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
    if case.symbol and case.program not in _UNTOLD:
        assert case.symbol in answer["bound"], answer
    elif "static" in case.command:
        assert answer["bound"] == [], answer
