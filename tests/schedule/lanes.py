"""Which tests run after one another in one worker, and which begin first.

`make test` has several workers (pytest-xdist), since most tests wait for most of their time. Each
takes the next lane when it is done with one: a file, or all files that share something dear. What
takes longest begins first, so that no worker is left with it when the others are done.
"""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

#: Directories that are one lane each: docker/ and fleet/ have an engine each, whose images are
#: built once; what several files of wheels/ and of hostname_so/ need is made once as well.
_TOGETHER = ("tests/docker/", "tests/fleet/", "tests/wheels/", "tests/preload/hostname_so/")
#: The first to begin, by how their paths begin. Unit tests, of seconds a file, fill up the end.
_ORDER = (
    "tests/docker/",
    "tests/one/test_process_suite.py",
    "tests/fleet/",
    "tests/programs/",
    "tests/process/",
    "tests/wheels/",
    "tests/campaign/",
    "tests/one/",
    "tests/preload/",
    "tests/fuzz/",
)


def lane(path: str) -> str:
    """By the path of a test's file, from the project's root."""
    return next((directory for directory in _TOGETHER if path.startswith(directory)), path)


def rank(path: str) -> int:
    """Of the tests of a file: the lowest begin first."""
    return next((at for at, start in enumerate(_ORDER) if path.startswith(start)), len(_ORDER))


class Lanes(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """Hands out lanes in the order in which they were collected."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False  # it would go by the number of tests

    def _split_scope(self, nodeid: str) -> str:
        return lane(nodeid.partition("::")[0])
