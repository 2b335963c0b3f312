"""Whom configuration is believed: as root, init acts on nothing that others could have written.

These tests are root, as CI is: only root can give a file to somebody.
"""

from __future__ import annotations

import os
import posix
from pathlib import Path
from types import SimpleNamespace

import pytest

from initd.config import believed
from initd.config.command_line import read as read_line
from initd.config.toml import compiled
from initd.config.toml.files import read_files

SOMEBODY = 54321


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file two directories below one that is root's alone."""
    found = tmp_path / "above" / "directory" / "file"
    found.parent.mkdir(parents=True)
    found.write_bytes(b"text")
    return found


def _refused(path: Path) -> str:
    with pytest.raises(ValueError, match=r"regular file|, and init, as root, would") as refused:
        believed.read(str(path))
    return str(refused.value)


def test_what_root_alone_can_change_is_read(path: Path) -> None:
    """Whichever way leads there."""
    assert believed.read(str(path)) == b"text"
    link = path.parent / "link"
    link.symlink_to("../directory/./file")
    assert believed.read(str(link)) == b"text"
    absolute = path.parent / "absolute"
    absolute.symlink_to(link)
    assert believed.read(str(absolute)) == b"text"


@pytest.mark.parametrize("above", [0, 1, 2], ids=["file", "directory", "above"])
def test_nothing_of_somebody_elses_is_believed(path: Path, above: int) -> None:
    """The file, and the directories above it, in which another one could take its place."""
    changed = [path, *path.parents][above]
    os.chown(changed, SOMEBODY, 0)
    what = "directory" if above else "file"
    assert _refused(path) == (
        f"{path}: the {what} {changed} belongs to user {SOMEBODY}, and init, as root, would act on"
        f" it: chown -h root {changed}, or mount it read-only"
    )


@pytest.mark.parametrize("above", [0, 1, 2], ids=["file", "directory", "above"])
def test_nothing_that_others_may_write_to_is_believed(path: Path, above: int) -> None:
    """By its mode, or by its group's."""
    changed = [path, *path.parents][above]
    changed.chmod(0o757)
    assert f"{changed} may be written by others" in _refused(path)
    assert f": chmod go-w {changed}, or" in _refused(path)
    changed.chmod(0o775)
    os.chown(changed, 0, SOMEBODY)
    assert f"{changed} may be written by group {SOMEBODY}" in _refused(path)


def test_group_0_is_roots_own(path: Path) -> None:
    """A checkout under umask 002 is copied into images like this."""
    for each in (path, path.parent):
        each.chmod(0o775)
    assert believed.read(str(path)) == b"text"


def test_in_a_sticky_directory_a_file_of_roots_stays_roots(path: Path) -> None:
    """As in /tmp: nobody else can take it away."""
    path.parent.chmod(0o1777)
    assert believed.read(str(path)) == b"text"


def test_a_symbolic_link_of_somebody_elses_leads_nowhere(path: Path) -> None:
    """Not to a file of root's that holds words of theirs, such as a log."""
    path.parent.chmod(0o1777)
    link = path.parent / "link"
    link.symlink_to(path)
    os.chown(link, SOMEBODY, 0, follow_symlinks=False)
    assert f"the symbolic link {link} belongs to user {SOMEBODY}" in _refused(link)


def test_links_that_go_round_are_an_error(path: Path) -> None:
    """The kernel's."""
    link = path.parent / "link"
    link.symlink_to(link)
    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        believed.why_not(str(link))


def test_what_is_mounted_read_only_is_believed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody in the container can write there: a ConfigMap, or a file of the host's user's."""
    os.chown(path, SOMEBODY, SOMEBODY)
    monkeypatch.setattr(posix, "statvfs", lambda place: SimpleNamespace(f_flag=1))
    assert believed.read(str(path)) == b"text"


def test_an_init_of_somebodys_reads_what_it_can(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no rights to lend."""
    os.chown(path, SOMEBODY, SOMEBODY)
    monkeypatch.setattr(posix, "geteuid", lambda: SOMEBODY)
    assert believed.read(str(path)) == b"text"


def test_what_is_not_a_file_is_not_waited_for(tmp_path: Path) -> None:
    """A FIFO that nobody writes to, and a device without an end."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    assert _refused(fifo) == f"{fifo} is not a regular file: give the path of one"
    assert _refused(Path("/dev/zero")) == "/dev/zero is not a regular file: give the path of one"
    with pytest.raises(IsADirectoryError):
        believed.read(str(tmp_path))


def test_dev_null_is_an_empty_file() -> None:
    """Everybody may write to it, and nobody reads that."""
    assert believed.read("/dev/null") == b""


def test_a_pipe_that_init_was_given_is_read() -> None:
    """`initd check --config <(...)`."""
    reading, writing = os.pipe()
    os.write(writing, b"text")
    os.close(writing)
    assert believed.read(f"/dev/fd/{reading}") == b"text"
    os.close(reading)


def test_a_longer_file_is_refused(path: Path) -> None:
    """By a byte."""
    path.write_bytes(bytes(1 << 20))
    assert believed.read(str(path), 1 << 20)
    path.write_bytes(bytes((1 << 20) + 1))
    with pytest.raises(ValueError, match="is longer than 1024 KiB"):
        believed.read(str(path), 1 << 20)


# ---- the compiled form ------------------------------------------------------------------


def _compiled(tmp_path: Path) -> tuple[Path, bytes]:
    path = tmp_path / "initd.toml"
    path.write_text('[stop]\nplan = "QUIT:20"\n')
    read_files(read_line(["--config", str(path)], {}), compiling=True)
    assert compiled.load(str(path), path.read_bytes()) is not None
    return tmp_path / "initd.toml.compiled", path.read_bytes()


def test_a_compiled_form_of_somebody_elses_is_not_used(tmp_path: Path) -> None:
    """It has the file's text, and could say anything beside; the file itself is read then."""
    kept, text = _compiled(tmp_path)
    os.chown(kept, SOMEBODY, 0)
    assert compiled.load(str(tmp_path / "initd.toml"), text) is None


def test_no_bit_of_a_compiled_form_flips_unnoticed(tmp_path: Path) -> None:
    """What is used says what was written."""
    kept, text = _compiled(tmp_path)
    whole, path = kept.read_bytes(), str(tmp_path / "initd.toml")
    meant = compiled.load(path, text)
    for bit in range(8 * len(whole)):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        kept.write_bytes(flipped)
        assert compiled.load(path, text) in (None, meant), bit
