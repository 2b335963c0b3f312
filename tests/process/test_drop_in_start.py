"""The app waits under each name for no more than a tenth above what it waits for under
initd's own. Counted here; timed by benchmarks/measure_drop_in.py, beside each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from initd.core.drop_in import PEERS

from .counting import PID_1, system_calls
from .namespace import INITD

AT_MOST = 1.1
#: What init was started with, asked of the kernel signal by signal: 64 calls, 20 microseconds.
SIGNALS_LOOKED_AT = 64
APP = "/bin/true"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> int:
    """System calls from the exec of initd to that of the app."""
    trace = tmp_path_factory.mktemp("own") / "trace"
    return system_calls([*PID_1, INITD, "--", APP], INITD, APP, trace)


@pytest.mark.parametrize("name", sorted(PEERS))
def test_the_app_waits_for_little_more_under_each_name(name: str, own: int, tmp_path: Path) -> None:
    """An import is a dozen system calls: where another init has nothing to say, the log that
    would say it is not waited for."""
    link = tmp_path / name
    link.symlink_to(INITD)
    counted = system_calls([*PID_1, str(link), "--", APP], str(link), APP, tmp_path / "trace")
    assert counted <= own * AT_MOST + SIGNALS_LOOKED_AT, (counted, own)
