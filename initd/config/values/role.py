"""--role: the command line for a role, from /container/roles.json.

`"web": "unicorn -p $PORT"` is split into words as a shell splits them. `"console.shell":
"cd /app && exec rails console"` is the role `console`, whose text a shell runs.
"""

from __future__ import annotations

from initd import paths
from initd.config import believed
from initd.config.mistake import instead
from initd.core.shell_words import split_words
from initd.json_codec import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from initd.core.shell_words import Lookup

_SHELL = ".shell"


def command_of_role(role: str, lookup: Lookup) -> tuple[str, ...]:
    """The words of the role's command. Raises OSError, or ValueError for people."""
    key, command = _look_up(role.removesuffix(_SHELL), _read_roles(paths.ROLES))
    if key.endswith(_SHELL):
        words = ["sh", "-c", command, role.removesuffix(_SHELL)]
        if not command.strip():
            raise ValueError(f"{paths.ROLES}, {key}: the command is empty")
    else:
        words = _split(role, command, lookup)
    for word in words:
        if not _is_an_argument(word):
            raise ValueError(
                f"{paths.ROLES}, {key}: {word!r} can't be an argument: it can't be encoded"
            )
    return tuple(words)


def describe_roles() -> str:
    """What --list-roles prints. Raises OSError, or ValueError for people."""
    roles = _read_roles(paths.ROLES)
    names = sorted({key.removesuffix(_SHELL) for key in roles})
    found = [(name, *_look_up(name, roles)) for name in names]
    width = max((len(name) for name in names), default=0)
    return "".join(
        f"{name:{width}}  {'sh -c: ' if key.endswith(_SHELL) else ''}{command}\n"
        for name, key, command in found
    )


def _look_up(role: str, roles: Mapping[str, object]) -> tuple[str, str]:
    """The key and the text of a role."""
    keys = [key for key in (role, role + _SHELL) if key in roles]
    if not keys:
        raise ValueError(f"unknown role {role!r} in {paths.ROLES}{_instead(role, roles)}")
    if len(keys) > 1:
        raise ValueError(
            f"{paths.ROLES}: {keys[0]} and {keys[1]} are the same role: keep one of them"
        )
    command = roles[keys[0]]
    if not isinstance(command, str):
        raise ValueError(f"{paths.ROLES}, {keys[0]}: expected a command in quotes, got {command!r}")
    return keys[0], command


def _instead(role: str, roles: Mapping[str, object]) -> str:
    names = sorted({key.removesuffix(_SHELL) for key in roles})
    return instead(role, names, "`initd --list-roles`") if names else ": it has none"


def _split(role: str, command: str, lookup: Lookup) -> list[str]:
    try:
        words = split_words(command, lookup)
    except ValueError as mistake:
        raise ValueError(f"{paths.ROLES}, {role}: {mistake}") from None
    name, equals, _ = words[0].partition("=") if words else ("", "", "")
    if equals and name.isidentifier():
        raise ValueError(
            f"{paths.ROLES}, {role}: {words[0]!r} is an assignment: write env {words[0]} ..."
        )
    if not words:
        raise ValueError(f"{paths.ROLES}, {role}: the command is empty")
    return words


def _is_an_argument(word: str) -> bool:
    """JSON can hold what exec(2) can't take: NUL, and half of a surrogate pair."""
    try:
        return b"\0" not in word.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return False


def _read_roles(path: str) -> Mapping[str, object]:
    data = believed.read(path)
    try:
        roles = decode(data.decode().removeprefix("\ufeff"))
    except ValueError:
        raise ValueError(f"{path}: {_what_is_wrong(data)}") from None
    if not isinstance(roles, dict):
        raise ValueError(f'{path}: expected an object such as {{"web": "unicorn"}}')
    return roles


def _what_is_wrong(data: bytes) -> str:
    # Rare: a person needs the line and the column.
    import json

    try:
        json.loads(data.decode().removeprefix("\ufeff"))
    except ValueError as mistake:
        return f"invalid JSON: {mistake}"
    except RecursionError:
        return "nests lists or objects too deeply"
    return "invalid JSON"
