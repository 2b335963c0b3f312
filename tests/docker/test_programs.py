"""Twenty real programs in containers with nothing said but ENTRYPOINT ["initd", "--"]: work in
flight survives `docker stop`; and what a bare TERM does to them, so that profiles stay true."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from .engine import Engine
from .programs import image
from .programs.catalogue import HANGS, PROGRAMS, WHOLE
from .programs.trial import GRACE, SHORT, Outcome, Trial

BARE = ("--rewrite", "TERM:TERM")
#: Those whose bare TERM is another thing than their graceful stop.
CHANGED = [name for name, program in PROGRAMS.items() if program.bare is not None]
#: Containers side by side: most of their time they wait.
AT_ONCE = 5

Outcomes = dict[tuple[str, bool], "Future[Outcome]"]


@pytest.fixture(scope="module")
def outcomes(engine: Engine, network: str) -> Outcomes:
    """All trials, run side by side; each test waits for its own."""
    tag = image.build(engine)
    pool = ThreadPoolExecutor(AT_ONCE)

    def trial(name: str, bare: bool) -> Future[Outcome]:
        program = PROGRAMS[name]
        one = Trial(engine, tag, network, program)
        if not bare:
            return pool.submit(one.run)
        return pool.submit(one.run, *BARE, grace=SHORT if program.bare == HANGS else GRACE)

    return {
        **{(name, False): trial(name, False) for name in PROGRAMS},
        **{(name, True): trial(name, True) for name in CHANGED},
    }


@pytest.mark.parametrize("name", PROGRAMS)
def test_work_in_flight_survives_with_nothing_said(outcomes: Outcomes, name: str) -> None:
    """All of it, exit code 0, before the engine would kill."""
    outcome = outcomes[name, False].result()
    assert outcome.work == WHOLE, outcome
    assert outcome.finished.code == 0, outcome
    assert outcome.seconds < GRACE, outcome


@pytest.mark.parametrize("name", CHANGED)
def test_a_bare_term_does_what_the_profile_says_it_does(outcomes: Outcomes, name: str) -> None:
    """Which is why the profile is there."""
    outcome = outcomes[name, True].result()
    assert outcome.work == PROGRAMS[name].bare, outcome
