"""`initd link --as NAME DIR`: makes initd callable by another init's name, when an image is
built."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from initd.atomic_replace import replace_with
from initd.cli.verbs import VerbFailed
from initd.core.drop_in import PEERS
from initd.core.nearest import did_you_mean
from initd.core.start.exit_codes import EXIT_OWN
from initd.installed import launcher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from initd.cli.verbs import Call


def link(call: Call) -> int:
    """Makes a link for each name. Raises VerbFailed where one can't be made, and then none is
    made."""
    names, directory = _names(call), _directory(call.rest[0])
    try:
        launcher = _launcher()
        places = [directory / name for name in names]
        for place in places:
            _check_place(place, launcher, call.has("--force"))
        for place in places:
            replace_with(str(place), lambda beside: os.symlink(launcher, beside))
            print(f"{place} -> {launcher}")
    except OSError as error:
        raise _refused(f"{error.filename}: {error.strerror}") from None
    return 0


def _names(call: Call) -> Sequence[str]:
    names = call.flags.get("--as", ())
    if not names:
        raise _refused("name at least one init: initd link --as tini /usr/local/bin")
    for name in names:
        if name not in PEERS:
            hint = did_you_mean(name, PEERS) or f"use one of {', '.join(PEERS)}"
            raise _refused(f"unknown init {name!r}: {hint}")
    return names


def _directory(text: str) -> Path:
    if not os.path.isdir(text):  # "", of a variable that is not set, is not the current one
        raise _refused(f"{text or repr('')} is not a directory")
    return Path(text).absolute()


def _refused(text: str) -> VerbFailed:
    return VerbFailed(text, EXIT_OWN)


def _launcher() -> Path:
    beside = Path(launcher())
    if os.access(beside, os.X_OK):
        return beside
    found = shutil.which("initd")
    if found is None:
        raise _refused(f"cannot find the program initd: not at {beside}, not on PATH")
    return Path(found).absolute()


def _check_place(place: Path, launcher: Path, force: bool) -> None:
    if place.is_dir():
        raise _refused(f"{place} is a directory")
    if not os.path.lexists(place) or force:
        return
    if os.path.realpath(place) != os.path.realpath(launcher):
        raise _refused(f"{place} exists and is not initd: --force replaces it")
