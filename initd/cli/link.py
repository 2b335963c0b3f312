"""`initd link --as NAME DIR`: another init's name for this initd, when an image is built."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from initd.core.drop_in import PEERS
from initd.core.nearest import did_you_mean
from initd.core.start.exit_codes import EXIT_OWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Refused(Exception):
    """The link is not made; the text is for people."""


def link(words: Sequence[str]) -> int:
    """Makes a link a name; 125 where one can't be made, and then none is."""
    try:
        names, directory, force = _understood(list(words))
        launcher = _launcher()
        places = [directory / name for name in names]
        for place in places:
            _look_at(place, launcher, force)
        for place in places:
            _make(place, launcher)
            print(f"{place} -> {launcher}")
    except Refused as refused:
        print(f"initd link: {refused}", file=sys.stderr)
        return EXIT_OWN
    except OSError as error:
        print(f"initd link: {error.filename}: {error.strerror}", file=sys.stderr)
        return EXIT_OWN
    return 0


def _understood(words: list[str]) -> tuple[list[str], Path, bool]:
    names: list[str] = []
    rest: list[str] = []
    force = False
    while words:
        word = words.pop(0)
        if word == "--force":
            force = True
        elif word == "--as" and words:
            names.append(words.pop(0))
        elif word.startswith("--as="):
            names.append(word.removeprefix("--as="))
        elif word.startswith("-"):
            raise Refused(f"{word!r} means nothing here, or lacks its value: --as NAME, --force")
        else:
            rest.append(word)
    if not names or len(rest) != 1:
        raise Refused("say which names and where: initd link --as tini /usr/local/bin")
    for name in names:
        if name not in PEERS:
            raise Refused(f"{name!r}: {did_you_mean(name, PEERS) or 'one of ' + ', '.join(PEERS)}")
    if not os.path.isdir(rest[0]):  # "", of a variable that is not set, is not the current one
        raise Refused(f"{rest[0] or repr('')} is no directory")
    directory = Path(rest[0])
    return names, directory.absolute(), force


def _launcher() -> Path:
    """PREFIX/bin/initd, for this is PREFIX/lib/python3.N/site-packages/initd/cli/link.py."""
    beside = Path(__file__).parents[5] / "bin" / "initd"
    if os.access(beside, os.X_OK):
        return beside
    found = shutil.which("initd")
    if found is None:
        raise Refused(f"the program initd is neither {beside} nor on PATH")
    return Path(found).absolute()


def _look_at(place: Path, launcher: Path, force: bool) -> None:
    if place.is_dir():
        raise Refused(f"{place} is a directory")
    if not os.path.lexists(place) or force:
        return
    if os.path.realpath(place) != os.path.realpath(launcher):
        raise Refused(f"{place} is there already and is not initd: --force replaces it")


def _make(place: Path, launcher: Path) -> None:
    """By rename, so that the name is never missing and never half there."""
    new = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        new.symlink_to(launcher)
    except OSError as error:  # which names the launcher, and that is not at fault
        raise Refused(f"{place}: {error.strerror}") from error
    try:
        new.replace(place)
    except OSError:
        new.unlink()
        raise
