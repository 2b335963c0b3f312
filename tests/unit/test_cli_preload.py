"""What `initd preload install` undoes; tests/process/test_preload.py has the real loader."""

from __future__ import annotations

from pathlib import Path

import pytest

from initd.cli import preload
from initd.core.hostname import ld_so_preload


@pytest.mark.parametrize("before", [None, b"# mine\n"], ids=["no file", "a file"])
def test_an_error_while_the_file_is_tried_leaves_it_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bytes | None
) -> None:
    """A program that can't be started any more, for one; it would be every program's file."""
    path = tmp_path / "ld.so.preload"
    if before is not None:
        path.write_bytes(before)
        path.chmod(0o600)
    tried = []

    def run(words: list[str], environ: dict[str, str]) -> tuple[int, str]:
        if path.exists() and path.read_bytes() == b"new\n":
            tried.append(words)
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return 0, ""

    monkeypatch.setattr(ld_so_preload, "PATH", str(path))
    monkeypatch.setattr("initd.linux.dynamic_loader.run", run)
    with pytest.raises(BlockingIOError):
        preload._put(before, b"new\n")
    assert tried
    assert (path.read_bytes() if path.exists() else None) == before
    assert before is None or path.stat().st_mode & 0o777 == 0o600
