"""Whether what is in the one file is Debian's newest (onefile/current.py), and which of a
machine's archives are asked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT))  # for onefile; last, so that initd is the one that is installed

from onefile import debian  # noqa: E402
from onefile.current import main, older  # noqa: E402
from onefile.parts import Part, write_parts  # noqa: E402


def part(version: str, name: str = "libssl-dev", origin: str = "Debian") -> Part:
    return Part(
        name=name, version=version, origin=origin, architecture="amd64", licence="MIT", notice=""
    )


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("3.0.19-1~deb12u2", True),
        ("3.0.20-1~deb12u1", True),
        ("3.0.20-1", False),
        ("1:0.1", False),
    ],
)
def test_what_is_older_than_debians_is_told(version: str, told: bool) -> None:
    """By Debian's own order of versions."""
    sentence = f"libssl-dev {version} (OpenSSL, Debian): Debian has 3.0.20-1"
    assert older([part(version)], {"libssl-dev": "3.0.20-1"}) == ([sentence] if told else [])


def test_a_package_that_debian_does_not_have_is_told() -> None:
    """It gets no updates."""
    (told,) = older([part("1.0", "libgone-dev")], {"libgone-dev": ""})
    assert told == "libgone-dev 1.0 (Debian): Debian's archive has no such package"


def test_a_file_with_an_older_library_ends_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says which file; packages of PyPI and sources are asked for where they are."""
    asked = []

    def newest(names: list[str], sources: list[str]) -> dict[str, str]:
        asked.append((names, sources))
        return {"libssl-dev": "3.1-1", "python3.11": "3.11.2-9"}

    monkeypatch.setattr("onefile.current.newest", newest)
    (tmp_path / "one").mkdir()
    source = part("3.11.2-9", "python3.11", "Debian source")
    from_pypi = part("0.16.0", "h11", "PyPI")._replace(architecture="")
    write_parts([part("3.0-1"), source, from_pypi], tmp_path / "one")
    assert main([tmp_path / "initd"]) == 1
    assert asked == [(["libssl-dev"], ["python3.11"])]
    said = capsys.readouterr().err
    assert said == f"{tmp_path}/initd has libssl-dev 3.0-1 (OpenSSL, Debian): Debian has 3.1-1\n"
    write_parts([part("3.1-1"), source], tmp_path / "one")
    assert main([tmp_path / "initd"]) == 0


def test_a_machine_without_security_updates_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is the newest there is not the newest."""
    entry = f"Types: deb\nURIs: http://archive.example\nSuites: {debian.suite()}\n"
    monkeypatch.setattr(debian, "sources", lambda kind, release, settings: entry)
    monkeypatch.setattr("onefile.debian.subprocess.run", lambda *words, **how: None)
    with pytest.raises(ValueError, match=r"has no entry for .*-security"):
        debian.newest([], [])


@pytest.mark.parametrize(
    ("one", "other", "result"), [("1~a", "1", -1), ("2", "1", 1), ("1", "1", 0)]
)
def test_versions_are_ordered_as_dpkg_orders_them(one: str, other: str, result: int) -> None:
    assert debian.compare(one, other) == result


def test_files_that_were_not_built_are_told() -> None:
    """A sentence, no traceback."""
    ask = [sys.executable, "-m", "onefile.current", "build/nowhere/initd"]
    done = subprocess.run(ask, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("what is in the files can't be told: ")
