"""The table of states: complete, reached, and what documentation and metrics are made from.

That no test ever enters a state that may not follow is seen to in conftest.py.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from initd.core import states
from initd.core.life.life_state import LifeState
from initd.core.life.policy import Policy
from initd.core.life.restart import policy_of
from initd.core.life.transitions import STATES, TRANSITIONS, diagram
from initd.core.secrets import Reload
from initd.core.signals.numbers import TERM
from initd.core.signals.route import SignalPolicy
from initd.core.signals.stop_plan import plan_of
from initd.core.supervisor import Supervisor

from .test_supervisor_every_state import EVENTS, SITUATIONS, START

if TYPE_CHECKING:
    from initd.core.states import State

DESIGN = Path(__file__).parents[2] / "docs" / "design.md"


def test_each_state_of_the_type_is_in_the_table_and_no_other() -> None:
    """The type checker knows the same states."""
    source = Path(states.__file__).read_text()
    named = source.partition("State = Literal[")[2].partition("]")[0]
    assert tuple(name.strip(' "') for name in named.split(",")) == STATES
    constants = {
        value for name, value in vars(states).items() if name.isupper() and value in STATES
    }
    assert constants == set(STATES)


def test_what_follows_a_state_is_a_state_with_a_cause() -> None:
    """The words stand in the diagram."""
    for following in TRANSITIONS.values():
        assert set(following) <= set(STATES)
        assert all(following.values())


def test_every_transition_of_the_table_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    """In some situation, by some event: the table promises nothing that never comes."""
    seen: set[tuple[State, State]] = set()

    def enter(life: LifeState, state: State) -> None:
        seen.add((life.state, state))
        life.state = state

    monkeypatch.setattr(LifeState, "_enter", enter)
    for restart in ("no", "always"):
        policy = Policy(
            command=("app",),
            signals=SignalPolicy({}, TERM),
            stop_plan=plan_of("QUIT:20 KILL"),
            restart=policy_of(restart),
            monitor=True,
            pid_file="/run/app.pid",
            reload=Reload(),
        )
        for events in SITUATIONS.values():
            for event in EVENTS:
                supervisor = Supervisor(policy)
                for before in events:
                    supervisor.handle(before, START)
                supervisor.handle(event, supervisor.deadline or START)
    told = {(state, each) for state, following in TRANSITIONS.items() for each in following}
    assert seen == told


def test_the_diagram_in_the_documentation_is_made_from_the_table() -> None:
    """`make docs` writes it."""
    assert f"```mermaid\n{diagram()}\n```" in DESIGN.read_text()


@pytest.mark.parametrize(
    ("state", "mistakes"), [("STOPPING", 0), ('"stopping"', 0), ('"stoping"', 2)]
)
def test_a_misspelt_state_is_an_error_of_the_type_checker(
    tmp_path: Path, state: str, mistakes: int
) -> None:
    """Not something that shows in a container; where health judges by a state, either."""
    program = tmp_path / "program.py"
    program.write_text(
        "from initd.core.life.life_state import LifeState\n"
        "from initd.core.states import STOPPING\n"
        "from initd.core.health.verdict import AppStatus\n"
        f"def misspell(life: LifeState) -> None:\n    life.state = {state}\n"
        f"def misjudge(status: AppStatus) -> bool:\n    return status.state == {state}\n"
        "print(STOPPING)\n"
    )
    cache = DESIGN.parents[1] / ".mypy_cache"
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(cache), str(program)]
    found = subprocess.run(command, cwd=DESIGN.parents[1], capture_output=True, text=True)
    assert found.stdout.count("error:") == mistakes, found.stdout + found.stderr
    assert bool(found.returncode) == bool(mistakes)
