"""--role: the command line for a role, from /container/roles.json."""

from __future__ import annotations

from initd.core.words import split_words
from initd.wire import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

ROLES = "/container/roles.json"


def command_of_role(role: str, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The words of the role's command. Raises OSError, or ValueError for people."""
    roles = _read_roles(ROLES)
    if role not in roles:
        known = ", ".join(sorted(roles)) or "none at all"
        raise ValueError(f"no role {role!r} in {ROLES}: it has {known}")
    command = roles[role]
    if not isinstance(command, str):
        raise ValueError(f"{ROLES}, {role}: a command is a string, not {command!r}")
    try:
        words = split_words(command, environ)
    except ValueError as mistake:
        raise ValueError(f"{ROLES}, {role}: {mistake}") from None
    name, equals, _ = words[0].partition("=") if words else ("", "", "")
    if equals and name.isidentifier():
        raise ValueError(f"{ROLES}, {role}: {words[0]!r} is no command: write env {words[0]} ...")
    if not words:
        raise ValueError(f"{ROLES}, {role}: the command is empty")
    for word in words:
        if not _is_an_argument(word):
            raise ValueError(f"{ROLES}, {role}: {word!r} can't be an argument: no bytes say it")
    return tuple(words)


def _is_an_argument(word: str) -> bool:
    """JSON can say what exec(2) can't be given: NUL, and half of a surrogate pair."""
    try:
        return b"\0" not in word.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return False


def _read_roles(path: str) -> Mapping[str, object]:
    with open(path, "rb") as file:
        data = file.read()
    try:
        roles = decode(data.decode().removeprefix("\ufeff"))
    except ValueError:
        raise ValueError(f"{path}: {_what_is_wrong(data)}") from None
    if not isinstance(roles, dict):
        raise ValueError(f'{path}: an object of role to command, such as {{"web": "unicorn"}}')
    return roles


def _what_is_wrong(data: bytes) -> str:
    # A rare path: a person is about to look for the line and column.
    import json

    try:
        json.loads(data.decode().removeprefix("\ufeff"))
    except ValueError as mistake:
        return f"no JSON: {mistake}"
    return "no JSON"
