"""Where the one file's build looks for packages of another architecture: where this machine has
its own, and nowhere else."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
from onefile.debian import sources  # noqa: E402

sys.path.remove(str(ROOT))

RELEASE = 'NAME="Debian GNU/Linux"\nVERSION_CODENAME=bookworm\n'
DEB822 = """\
# a mirror
Types: deb
URIs: http://mirror.example.org/debian
Suites: bookworm bookworm-updates
Architectures: amd64
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://other.example.org
Suites: stable
Components: main
"""
ONE_LINE = """\
deb [arch=amd64 signed-by=/usr/share/keyrings/debian.gpg] http://one.example.org bookworm main
deb http://two.example.org bookworm-security main contrib
# deb http://three.example.org bookworm main
deb http://four.example.org nodistro main
"""


def test_debians_entries_are_taken_for_any_architecture(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d" / "debian.sources").write_text(DEB822)
    assert sources("deb-src", RELEASE, tmp_path) == (
        "Types: deb-src\n"
        "# a mirror\n"
        "URIs: http://mirror.example.org/debian\n"
        "Suites: bookworm bookworm-updates\n"
        "Components: main\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
    )


def test_entries_of_one_line_are_too(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text(ONE_LINE)
    assert sources("deb", RELEASE, tmp_path) == (
        "Types: deb\nURIs: http://one.example.org\nSuites: bookworm\nComponents: main\n"
        "Signed-By: /usr/share/keyrings/debian.gpg\n"
        "\n"
        "Types: deb\nURIs: http://two.example.org\nSuites: bookworm-security\nComponents: main\n"
    )
