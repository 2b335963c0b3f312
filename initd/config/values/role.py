"""--role: the command line for a role, from /container/roles.json.

`"web": "unicorn -p $PORT"` is split into words, as a shell splits them; `"console.shell":
"cd /app && exec rails console"` is the role `console`, and its text is a shell's.
"""

from __future__ import annotations

from initd.core.shell_words import split_words
from initd.json_codec import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

ROLES = "/container/roles.json"
_SHELL = ".shell"


def command_of_role(role: str, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The words of the role's command. Raises OSError, or ValueError for people."""
    key, command = _look_up(role.removesuffix(_SHELL), _read_roles(ROLES))
    if key.endswith(_SHELL):
        words = ["sh", "-c", command, role.removesuffix(_SHELL)]
        if not command.strip():
            raise ValueError(f"{ROLES}, {key}: the command is empty")
    else:
        words = _split(role, command, environ)
    for word in words:
        if not _is_an_argument(word):
            raise ValueError(f"{ROLES}, {key}: {word!r} can't be an argument: no bytes say it")
    return tuple(words)


def describe_roles() -> str:
    """What --list-roles prints. Raises OSError, or ValueError for people."""
    roles = _read_roles(ROLES)
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
        raise ValueError(f"no role {role!r} in {ROLES}{_instead(role, roles)}")
    if len(keys) > 1:
        raise ValueError(f"{ROLES}: {keys[0]} and {keys[1]} are the same role: keep one")
    command = roles[keys[0]]
    if not isinstance(command, str):
        raise ValueError(f"{ROLES}, {keys[0]}: a command is a string, not {command!r}")
    return keys[0], command


def _instead(role: str, roles: Mapping[str, object]) -> str:
    from initd.core.nearest import did_you_mean

    names = sorted({key.removesuffix(_SHELL) for key in roles})
    nearest = did_you_mean(role, names)
    return f": it has {', '.join(names) or 'none at all'}{nearest and '; ' + nearest}"


def _split(role: str, command: str, environ: Mapping[str, str]) -> list[str]:
    try:
        words = split_words(command, environ)
    except ValueError as mistake:
        raise ValueError(f"{ROLES}, {role}: {mistake}") from None
    name, equals, _ = words[0].partition("=") if words else ("", "", "")
    if equals and name.isidentifier():
        raise ValueError(f"{ROLES}, {role}: {words[0]!r} is no command: write env {words[0]} ...")
    if not words:
        raise ValueError(f"{ROLES}, {role}: the command is empty")
    return words


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
