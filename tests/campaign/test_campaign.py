"""Whatever comes, pid 1 lives, reaps, and stops when it is asked to.

A few seeds here. `make campaign` tries 300 of each kind, with initd awake and asleep and, where
they can be asked the same, tini and dumb-init, and writes its figures to docs/limits.md. A failure
is told with the command that has it again.
"""

from __future__ import annotations

import os
import platform
from pathlib import Path

import pytest
from markdown import write_between
from process.conftest import compiled

from .campaign import Campaign
from .kinds import KINDS

SEEDS = int(os.environ.get("TESTS_CAMPAIGN_SEEDS", "2"))
FIRST = int(os.environ.get("TESTS_CAMPAIGN_FIRST", "1"))
#: All of them, or some.
CHOSEN = os.environ.get("TESTS_CAMPAIGN_KINDS", "").split()
#: After so many, the page has what is known by then.
SEEDS_A_ROUND = 20
#: The page to write to.
PAGE = os.environ.get("TESTS_CAMPAIGN_PAGE")
BEGIN, END = "<!-- figures: make campaign -->", "<!-- end of figures -->"


@pytest.mark.timeout(300 + 60 * SEEDS)
def test_pid_1_survives_whatever_comes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With each seed, once."""
    for name in ("actor", "storm", "denying"):
        compiled(name, tmp_path)
    kinds = [kind for kind in KINDS if not CHOSEN or kind.name in CHOSEN]
    campaign = Campaign(kinds, tmp_path, tmp_path)

    def tell(line: str) -> None:
        with capsys.disabled():
            print(line, flush=True)

    end = FIRST + SEEDS
    for first in range(FIRST, end, SEEDS_A_ROUND):
        seeds = range(first, min(end, first + SEEDS_A_ROUND))
        campaign.run(seeds, tell)
        if PAGE:
            write_between(Path(PAGE), BEGIN, END, _figures(campaign, seeds[-1]))
    tell(campaign.table())
    assert not [str(failed) for failed in campaign.failed_of_initd()]


def _figures(campaign: Campaign, last: int) -> str:
    kernel = platform.release().partition("-")[0]
    return f"Seeds {FIRST} to {last}, Linux {kernel}:\n\n{campaign.table()}"
