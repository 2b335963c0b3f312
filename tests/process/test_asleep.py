"""Pid 1 asleep: nothing that can happen to a container shows that it was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from .conftest import compiled
from .histories import History, lived

#: Containers at once: they mostly wait.
AT_ONCE = 8
HISTORIES = 300


@pytest.fixture(scope="module")
def actor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An app that does what it is told; see actor.c."""
    return compiled("actor", tmp_path_factory.mktemp("actor"))


def test_300_histories_are_those_of_an_init_that_never_sleeps(actor: Path, tmp_path: Path) -> None:
    """The same lines in the log, in the same order, the same answers, the same exit codes."""

    def both(seed: int) -> int:
        history = History(seed)
        asleep, naps = lived(history, actor, tmp_path, sleeps=True)
        awake, _ = lived(history, actor, tmp_path, sleeps=False)
        assert asleep == awake, vars(history)
        return naps

    with ThreadPoolExecutor(AT_ONCE) as pool:
        naps = list(pool.map(both, range(HISTORIES)))
    assert sum(naps) > HISTORIES, "half of the events find it asleep"
