"""`initd preload install|status|remove`: the library for every program of the image, by
/etc/ld.so.preload. For a Dockerfile's RUN, before any app is there."""

from __future__ import annotations

import sys

from initd.cli.sources import PRELOAD
from initd.core.hostname import ld_so_preload as rules
from initd.core.start.exit_codes import EXIT_OWN
from initd.json_codec import encode
from initd.linux import dynamic_loader, hostname_file, replaced_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Refused(Exception):
    """It can't be done; the text is for people."""


def preload(words: Sequence[str]) -> int:
    """0 where it is as was asked for; 1 where it can't be, or `status` finds nothing in
    force; 125 for words that it does not take."""
    rest = list(words)
    as_json = rest[:1] == ["status"] and "--json" in rest
    if as_json:
        rest.remove("--json")
    if rest not in (["install"], ["status"], ["remove"]):
        print("initd preload: say one of install, status [--json] and remove", file=sys.stderr)
        return EXIT_OWN
    try:
        if rest == ["status"]:
            return _status(as_json)
        return _install() if rest == ["install"] else _remove()
    except Refused as refused:
        said = str(refused)
    except OSError as error:
        said = f"{error.filename or rules.PATH}: {error.strerror or error}"
        if isinstance(error, PermissionError):
            said += "; this takes root: in a Dockerfile, a RUN before USER"
    print(f"initd preload: {said}", file=sys.stderr)
    return 1


def _install() -> int:
    before = _read()
    after = rules.with_library(before, PRELOAD)
    objection = _objection_to_library()
    if objection is not None:
        raise Refused(objection)
    if after is None and _objection_to_file() is None:
        print(f"{rules.PATH} names {PRELOAD} already")
        return 0
    _put(before, after or before)
    print(f"{rules.PATH} names {PRELOAD}: every program that starts from now on has it")
    return 0


def _put(before: bytes | None, after: bytes | None) -> None:
    """Replaces the file, and tries it: it stays only where nothing speaks against it, and
    whatever ends the trial, no program is left with what has not been tried. Raises Refused."""
    program, _ = dynamic_loader.idle_program()
    quiet = dynamic_loader.run(program, {})
    mode = replaced_file.mode_of(rules.PATH) if before is not None else rules.MODE
    replaced_file.replace(rules.PATH, after, rules.MODE)
    objection: str | None = "it was not tried to the end"
    try:
        now = dynamic_loader.run(program, {})
        objection = rules.objection_of_loader(quiet, now) or _objection_to_file()
    finally:
        if objection is not None:
            replaced_file.replace(rules.PATH, before, mode)
    if objection is not None:
        raise Refused(f"{objection}; {rules.PATH} is as it was")


def _remove() -> int:
    before = _read()
    after = rules.without_library(before) if before is not None else None
    if after == before:
        print(f"{rules.PATH} names no library of initd's")
        return 0
    replaced_file.replace(rules.PATH, after, rules.MODE)
    print(f"{rules.PATH} is {'gone' if after is None else 'as it was'}")
    return 0


def _status(as_json: bool) -> int:
    found = [entry.decode(errors="surrogateescape") for entry in rules.entries(_read() or b"")]
    installed = PRELOAD in found
    why: str | None = f"{rules.PATH} does not name {PRELOAD}"
    if installed:
        why = _objection_to_library() or _objection_to_file()
    others = [entry for entry in found if entry != PRELOAD]
    name = hostname_file.read() or None
    if as_json:
        facts = {"installed": installed, "why": why, "file": rules.PATH, "library": PRELOAD}
        print(encode({"in_force": why is None, **facts, "others": others, "name": name}))
    else:
        print(f"in force: {PRELOAD}" if why is None else f"not in force: {why}")
        absent = f"the kernel's own ({hostname_file.HOSTNAME_FILE} is absent)"
        print(f"name: {name or absent}")
        if others:
            print(f"preloaded too: {' '.join(others)}")
    return 0 if why is None else 1


def _read() -> bytes | None:
    try:
        return replaced_file.read(rules.PATH)
    except ValueError as error:
        raise Refused(f"{rules.PATH}: {error}: put a file there, or nothing") from None


def _objection_to_library() -> str | None:
    """Why it would not work for every program; None where it will."""
    program, interpreter = dynamic_loader.idle_program()
    modes = dynamic_loader.modes_along(PRELOAD)
    return (
        rules.objection_to_system(interpreter)
        or rules.objection_to_path(PRELOAD, modes, dynamic_loader.is_noexec(PRELOAD))
        or rules.objection_of_loader(
            dynamic_loader.run(program, {}), dynamic_loader.run(program, {"LD_PRELOAD": PRELOAD})
        )
    )


def _objection_to_file() -> str | None:
    """Why the file that names the library does not give it to everybody."""
    program, _ = dynamic_loader.idle_program()
    modes = dynamic_loader.modes_along(rules.PATH)
    return rules.objection_to_path(rules.PATH, modes, False) or rules.objection_to_effect(
        dynamic_loader.loaded_objects(program), PRELOAD
    )
