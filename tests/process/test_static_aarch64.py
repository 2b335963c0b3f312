"""The launcher and the shim for AArch64, by the same build, under an emulator."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory that has `initd` and `ppidshim`."""
    folder = tmp_path_factory.mktemp("aarch64")
    sys.path.insert(0, str(REPOSITORY))
    from shim.build import compile_program

    sys.path.remove(str(REPOSITORY))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CC", "aarch64-linux-gnu-gcc")
        for name in ("initd", "ppidshim"):
            compile_program(name, folder / name)
    return folder


def emulated(program: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """qemu hands on what the program executes to the machine's own kernel."""
    return subprocess.run(["qemu-aarch64", program, *words], capture_output=True, text=True)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--", "sh", "-c", "exit 7"], 7),
        (["-s", "-l", "7:64:64", "-w", "/", "-m", "022", "--", "sh", "-c", "exit 3"], 3),
        (["-p", "25", "-o", "500", "-c", "8192", "-N", "--", "sh", "-c", "exit 4"], 4),
        (["--", "/no/such/program"], 125),
    ],
    ids=["a command", "limits", "rights", "no program"],
)
def test_the_shim_exits_as_its_app_did(programs: Path, words: list[str], code: int) -> None:
    """125 where the app could not be started: init says why."""
    assert emulated(programs / "ppidshim", "-i", str(os.getpid()), *words).returncode == code


def test_the_shim_refuses_options_that_it_does_not_know(programs: Path) -> None:
    """Nobody but init runs it."""
    done = emulated(programs / "ppidshim", "-x")
    wanted = "ppidshim: invalid arguments (internal program, run by initd)\n"
    assert (done.returncode, done.stderr) == (125, wanted)


def test_health_is_answered_without_an_interpreter(programs: Path) -> None:
    """Where nobody listens."""
    done = emulated(programs / "initd", "health", "--socket", "/no/such")
    wanted = "unhealthy: no init answers: /no/such: no such file or directory\n"
    assert (done.returncode, done.stdout) == (1, wanted)
