"""A broken configuration file: the real launcher says what is wrong, and starts nothing."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from .namespace import INITD

EXAMPLE = (Path(__file__).parents[2] / "examples" / "initd.toml").read_text()
#: No key takes any of these, whatever stood there before.
WRONG = ("1979-05-27", "[[1]]", "{ a = [1] }", "nonsense", '"open', "", "9" * 5000, "[" * 2000)


def broken(seed: int) -> str:
    """The example with one to three values that can't be right."""
    chance = random.Random(seed)
    lines = EXAMPLE.splitlines()
    values = [number for number, line in enumerate(lines) if " = " in line]
    for number in chance.sample(values, chance.randint(1, 3)):
        lines[number] = lines[number].partition(" = ")[0] + " = " + chance.choice(WRONG)
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(20))
def test_a_broken_file_is_exit_125_and_nothing_is_started(tmp_path: Path, seed: int) -> None:
    """A line a mistake with the file's name, no traceback, and no sign of the app."""
    path, sign = tmp_path / "initd.toml", tmp_path / "started"
    path.write_text(broken(seed))
    command = [INITD, "--config", str(path), "--", "sh", "-c", f"echo started; : > {sign}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (125, "")
    assert not sign.exists()
    lines = done.stderr.splitlines()
    assert lines
    assert all(line.startswith(f"initd: {path}") for line in lines), done.stderr[:500]
