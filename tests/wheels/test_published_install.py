"""The published wheel in Pythons, by pip and by uv.

Real interpreters, as far as this machine has them (CI's machines, by pyenv: 3.6 to 3.13), install
it with the pip that they have, and run it; uv installs it into those from 3.8 on. For 3.14, musl
and AArch64, and for 3.8 once more, pip and uv are told to choose for such a Python without one
being there: whether they take the wheel, and where they put the file, is all that this can show.
That the file runs without glibc, and on AArch64, is shown in tests/one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from initd import __version__

from .conftest import BIN, PROJECT, built_file, interpreters, published_wheels, run
from .test_published_contents import BUILT

WHEELS = PROJECT / "build" / "wheels"
REAL = interpreters(6)
#: uv asks for this one at least.
UVS = {name: path for name, path in REAL.items() if int(name.split(".")[1]) >= 8}
TOLD = ["3.8", "3.14"]
PID_1 = "unshare --pid --mount --fork --kill-child=KILL --mount-proc".split()

each_real = pytest.mark.parametrize("interpreter", REAL.values(), ids=REAL.keys())
each_told = pytest.mark.parametrize("python", TOLD)


def test_there_is_more_than_one_python_to_try() -> None:
    """The tests' own at least, and on CI's machines every one from 3.8 to 3.13."""
    assert f"python3.{sys.version_info.minor}" in REAL
    if os.environ.get("CI"):
        assert {f"python3.{minor}" for minor in range(8, 14)} <= REAL.keys()


@each_real
def test_pip_installs_it(interpreter: str, published: Path, tmp_path: Path) -> None:
    """The pip of that Python, however old; then it is gone without a trace."""
    venv = [interpreter, "-m", "venv", "--system-site-packages", "--without-pip"]
    subprocess.run([*venv, str(tmp_path / "venv")], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    before = _everything(tmp_path / "venv")
    pip = [python, "-m", "pip", "--disable-pip-version-check"]
    run(*pip, "install", "--quiet", "--no-index", published)
    _works(python)
    run(*pip, "uninstall", "--quiet", "--yes", "initd-runtime")
    assert _everything(tmp_path / "venv") == before


@pytest.mark.parametrize("interpreter", UVS.values(), ids=UVS.keys())
def test_uv_installs_it(interpreter: str, published: Path, tmp_path: Path) -> None:
    uv(tmp_path, "venv", "--python", interpreter, tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    uv(tmp_path, "pip", "install", "--python", python, "--no-index", published)
    _works(python)


def test_it_is_found_by_its_name(tmp_path: Path) -> None:
    """As `pip install initd-runtime` looks for it, and not `initd`, which is a stranger's."""
    pip = [str(BIN / "pip"), "--disable-pip-version-check", "install", "--no-index", "--quiet"]
    run(*pip, "--find-links", WHEELS, "--target", tmp_path / "ours", "initd-runtime")
    assert (tmp_path / "ours" / "bin" / "initd").exists()
    refused = subprocess.run(
        [*pip, "--find-links", str(WHEELS), "--target", str(tmp_path / "other"), "initd"],
        capture_output=True,
        text=True,
    )
    assert "No matching distribution found for initd" in refused.stderr


def test_a_directory_of_packages_has_it_in_its_bin(published: Path, tmp_path: Path) -> None:
    """`pip install --target`: the package finds it there, and says where it looked."""
    pip = [BIN / "pip", "--disable-pip-version-check", "install", "--no-index", "--quiet"]
    run(*pip, "--target", tmp_path, published)
    ask = [sys.executable, "-S", "-m", "initd", "--version"]
    assert run(*ask, PYTHONPATH=str(tmp_path)).startswith(f"initd {__version__}\n")
    (tmp_path / "bin" / "initd").unlink()
    failed = subprocess.run(
        ask, env={"PYTHONPATH": str(tmp_path)}, cwd="/", capture_output=True, text=True
    )
    looked = f"bin/initd is neither in {tmp_path.parents[2]} nor in {tmp_path}"
    assert (failed.returncode, failed.stderr) == (1, f"initd: {looked}\n")


@pytest.mark.parametrize("machine", BUILT)
@pytest.mark.parametrize("libc", ["manylinux_2_5|manylinux_2_17", "manylinux2014", "musllinux_1_1"])
@each_told
def test_pip_chooses_it_for_a_python_that_is_not_here(
    python: str, libc: str, machine: str, tmp_path: Path
) -> None:
    """As told by --python-version and --platform."""
    choices = libc.split("|")
    platform = f"{choices[-1] if machine == 'aarch64' else choices[0]}_{machine}"
    pip_choice(tmp_path, python, platform)
    (wheel,) = published_wheels(machine)
    assert _first(tmp_path / "bin" / "initd") == _first_of(machine), wheel


@pytest.mark.parametrize("platform", ["win_amd64", "macosx_14_0_arm64", "linux_armv7l"])
def test_pip_does_not_take_it_for_other_systems(platform: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="No matching distribution found"):
        pip_choice(tmp_path, "3.12", platform)


@pytest.mark.parametrize("machine", BUILT)
@pytest.mark.parametrize("libc", ["unknown-linux-gnu", "unknown-linux-musl", "manylinux_2_28"])
@each_told
def test_uv_chooses_it_for_a_python_that_is_not_here(
    python: str, libc: str, machine: str, tmp_path: Path
) -> None:
    """As told by --python-version and --python-platform."""
    told = ["--python-version", python, "--python-platform", f"{machine}-{libc}"]
    place = ["--target", tmp_path / "target", "--python", sys.executable]
    links = ["--no-index", "--find-links", WHEELS]
    uv(tmp_path, "pip", "install", *told, *place, *links, "initd-runtime")
    assert _first(tmp_path / "target" / "bin" / "initd") == _first_of(machine)


def pip_choice(place: Path, python: str, platform: str) -> None:
    """Installs into `place` for that Python."""
    pip = [BIN / "pip", "--disable-pip-version-check", "install", "--quiet", "--target", place]
    which = ["--only-binary", ":all:", "--python-version", python, "--platform", platform]
    run(*pip, *which, "--no-index", "--find-links", WHEELS, "initd-runtime")


def uv(place: Path, *words: object) -> None:
    """Without the network, and with a cache of its own."""
    own = {"UV_CACHE_DIR": str(place / "cache"), "UV_PYTHON_DOWNLOADS": "never"}
    run(BIN / "uv", "--quiet", "--offline", "--no-config", *words, **own)


def _works(python: Path) -> None:
    """The command, the module, the function; and as pid 1."""
    command = python.parent / "initd"
    assert run(command, "--version").startswith(f"initd {__version__}\n")
    assert run(python, "-m", "initd", "--version") == run(command, "--version")
    ask = "from initd import find_initd_bin; print(find_initd_bin())"
    assert run(python, "-c", ask) == f"{command}\n"
    started: Sequence[str | Path] = [*PID_1, command, "--", "sh", "-c", "echo $PPID; exit 7"]
    done = subprocess.run(started, capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("2\n", 7), done


def _everything(place: Path) -> set[str]:
    """Its files, without those that Python compiled."""
    return {str(path) for path in place.rglob("*") if path.is_file() and path.suffix != ".pyc"}


def _first(file: Path) -> bytes:
    """Its ELF header."""
    with file.open("rb") as opened:
        return opened.read(64)


def _first_of(machine: str) -> bytes:
    return _first(built_file(machine))
