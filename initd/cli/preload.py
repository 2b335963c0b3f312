"""`initd preload install|status|remove`: the library for every program of the image, by
/etc/ld.so.preload. For a Dockerfile's RUN, before any app runs."""

from __future__ import annotations

from initd.cli.verbs import VerbFailed
from initd.core.hostname import ld_so_preload as rules
from initd.core.start.exit_codes import EXIT_OWN
from initd.installed import HOSTNAME_LIBRARY, provide_library
from initd.json_codec import encode
from initd.linux import dynamic_loader, hostname_file, replaced_file
from initd.paths import HOSTNAME_FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.cli.verbs import Call


def preload(call: Call) -> int:
    """0 where it is as asked; 1 where `status` finds that it is not in force. Raises VerbFailed
    where it can't be done."""
    what = call.rest[0]
    as_json = call.has("--json")
    if as_json and what != "status":
        raise VerbFailed("--json is for status only", EXIT_OWN)
    try:
        if what == "status":
            return _status(as_json)
        return _install() if what == "install" else _remove()
    except OSError as error:
        text = f"{error.filename or rules.PATH}: {error.strerror or error}"
        if isinstance(error, PermissionError):
            text += "; this needs root: in a Dockerfile, a RUN before USER"
        raise VerbFailed(text) from None


def _install() -> int:
    provide_library(HOSTNAME_LIBRARY)
    before = _read()
    after = rules.with_library(before, HOSTNAME_LIBRARY)
    objection = _objection_to_library()
    if objection is not None:
        raise VerbFailed(objection)
    if after is None and _objection_to_file() is None:
        print(f"{rules.PATH} already names {HOSTNAME_LIBRARY}")
        return 0
    _put(before, after or before)
    print(
        f"{rules.PATH} names {HOSTNAME_LIBRARY}: every program that starts from now on preloads it"
    )
    return 0


def _put(before: bytes | None, after: bytes | None) -> None:
    """Replaces the file and tries it. It stays only if the trial succeeds: whatever ends the
    trial early, the file is put back. Raises VerbFailed."""
    program, _ = dynamic_loader.idle_program()
    quiet = dynamic_loader.run(program, {})
    mode = replaced_file.mode_of(rules.PATH) if before is not None else rules.MODE
    replaced_file.replace(rules.PATH, after, rules.MODE)
    objection: str | None = "the trial did not finish"
    try:
        now = dynamic_loader.run(program, {})
        objection = rules.objection_of_loader(quiet, now) or _objection_to_file()
    finally:
        if objection is not None:
            replaced_file.replace(rules.PATH, before, mode)
    if objection is not None:
        raise VerbFailed(f"{objection}; {rules.PATH} is unchanged")


def _remove() -> int:
    before = _read()
    after = rules.without_library(before) if before is not None else None
    if after == before:
        print(f"{rules.PATH} does not name a library of initd's")
        return 0
    replaced_file.replace(rules.PATH, after, rules.MODE)
    print(f"{rules.PATH} {'is removed' if after is None else 'no longer names the library'}")
    return 0


def _status(as_json: bool) -> int:
    found = [entry.decode(errors="surrogateescape") for entry in rules.entries(_read() or b"")]
    installed = HOSTNAME_LIBRARY in found
    why: str | None = f"{rules.PATH} does not name {HOSTNAME_LIBRARY}"
    if installed:
        why = _objection_to_library() or _objection_to_file()
    others = [entry for entry in found if entry != HOSTNAME_LIBRARY]
    name = hostname_file.read() or None
    if as_json:
        facts = {
            "installed": installed,
            "why": why,
            "file": rules.PATH,
            "library": HOSTNAME_LIBRARY,
        }
        print(encode({"in_force": why is None, **facts, "others": others, "name": name}))
    else:
        print(f"in force: {HOSTNAME_LIBRARY}" if why is None else f"not in force: {why}")
        own = f"the kernel's own ({HOSTNAME_FILE} does not exist)"
        print(f"name: {name or own}")
        if others:
            print(f"also preloaded: {' '.join(others)}")
    return 0 if why is None else 1


def _read() -> bytes | None:
    try:
        return replaced_file.read(rules.PATH)
    except ValueError as error:
        raise VerbFailed(f"{rules.PATH}: {error}: make it a regular file, or remove it") from None


def _objection_to_library() -> str | None:
    """Why the library would not work for every program; None where it would."""
    program, interpreter = dynamic_loader.idle_program()
    modes = dynamic_loader.modes_along(HOSTNAME_LIBRARY)
    return (
        rules.objection_to_system(interpreter)
        or rules.objection_to_path(
            HOSTNAME_LIBRARY, modes, dynamic_loader.is_noexec(HOSTNAME_LIBRARY)
        )
        or rules.objection_of_loader(
            dynamic_loader.run(program, {}),
            dynamic_loader.run(program, {"LD_PRELOAD": HOSTNAME_LIBRARY}),
        )
    )


def _objection_to_file() -> str | None:
    """Why the file does not preload the library for everybody; None where it does."""
    program, _ = dynamic_loader.idle_program()
    modes = dynamic_loader.modes_along(rules.PATH)
    return rules.objection_to_path(rules.PATH, modes, False) or rules.objection_to_effect(
        dynamic_loader.loaded_objects(program), HOSTNAME_LIBRARY
    )
