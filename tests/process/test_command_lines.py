"""What ps and pgrep -f show: the app's words in the app's command line alone."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from .namespace import INITD, Container, start, wait_until
from .planned_image import Image
from .sleeping import SLEEPS, asleep

#: Nobody else has this word, and in a variable nobody has this value.
APP = ("sleep", "600.123")
VARIABLES = {"OF_THE_APP": "600.123"}


def shown(container: Container) -> list[str]:
    """The command lines of a container's processes, by pid, words separated by spaces."""
    pids = sorted(container.tree().items(), key=lambda pair: pair[1])
    lines = []
    for pid, _ in pids:
        with contextlib.suppress(OSError):  # it has ended meanwhile
            lines.append(Path(f"/proc/{pid}/cmdline").read_bytes())
    return [line.removesuffix(b"\0").replace(b"\0", b" ").decode() for line in lines]


def variables(container: Container, inside: int) -> bytes:
    return Path(f"/proc/{container.host_pid(inside)}/environ").read_bytes().strip(b"\0")


def runs(container: Container) -> bool:
    """The shim has nothing of the app's any more."""
    return shown(container)[1:3] == ["ppidshim", OF_THE_APP]


OF_THE_APP = " ".join(APP)
MONITORED = ("--check", "web tcp 127.0.0.1:1", "--register", "etcd://127.0.0.1:1/x port=1")


def test_init_shim_monitor_and_registrar_are_called_what_they_are() -> None:
    """And pgrep -f finds one process of the app."""
    with start(*APP, options=MONITORED, env={**os.environ, **VARIABLES}) as container:
        wait_until(lambda: runs(container), "the app runs")
        wait_until(lambda: len(container.tree()) == 5, "monitor and registrar run")
        wait_until(lambda: "initd: registrar" in shown(container), "the last has its name")
        assert shown(container) == [
            *("initd", "ppidshim", OF_THE_APP),
            *("initd: monitor", "initd: registrar"),
        ]
        assert variables(container, 2) == b""
        assert b"OF_THE_APP=600.123" in variables(container, 3)


def test_asleep_and_after_it_init_shows_its_name() -> None:
    """Its options are there again for those whom it tells."""
    options = (*SLEEPS, "--hostname", "web-9")
    with start(*APP, options=options) as container:
        wait_until(lambda: runs(container), "the app runs")
        for _ in range(2):
            asleep(container.init_pid)
            assert shown(container) == ["initd", "ppidshim", OF_THE_APP]
            told = container.verb("hostname", "--explain").stdout  # which wakes it
            assert "taken        --hostname        web-9" in told
        wait_until(lambda: shown(container)[0] == "initd", "awake it is called the same")


def test_an_init_that_a_plan_put_to_sleep_shows_its_name(tmp_path: Path) -> None:
    """Before any Python has run."""
    image = Image(tmp_path)
    image.build(*APP)
    with image.start(*APP, env={**os.environ, **VARIABLES}) as container:
        wait_until(lambda: runs(container), "the app runs")
        asleep(container.init_pid)
        first, *others = shown(container)
        assert (first.rpartition("/")[2], others) == ("initd", ["ppidshim", OF_THE_APP])
        assert variables(container, 2) == b""


@pytest.mark.parametrize("name", ["tini", "dumb-init"])
def test_by_another_name_init_shows_that(tmp_path: Path, name: str) -> None:
    """Not the words behind it."""
    link = tmp_path / name
    link.symlink_to(INITD)
    with start(*APP, init=[str(link)]) as container:
        wait_until(lambda: runs(container), "the app runs")
        assert shown(container) == [name, "ppidshim", OF_THE_APP]


def test_while_secrets_are_read_only_the_app_to_be_has_its_words(tmp_path: Path) -> None:
    """It waits for them, and its parent and the reader are no worker."""
    gate = tmp_path / "gate"
    source = f"exec:sh -c 'until test -e {gate}; do sleep 0.02; done; echo {{}}'"
    with start(*APP, options=["--secrets", source]) as container:
        wait_until(lambda: "initd: secrets" in shown(container), "somebody reads")
        of_init = [line for line in shown(container) if OF_THE_APP not in line]
        assert set(of_init) >= {"initd", "ppidshim", "initd: secrets"}
        gate.touch()
        wait_until(lambda: shown(container) == ["initd", "ppidshim", OF_THE_APP], "the app runs")
