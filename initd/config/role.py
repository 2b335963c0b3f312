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
    return tuple(words)


def _read_roles(path: str) -> Mapping[str, object]:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        roles = decode(text)
    except ValueError as mistake:
        raise ValueError(f"{path}: {mistake}") from None
    if not isinstance(roles, dict):
        raise ValueError(f'{path}: an object of role to command, such as {{"web": "unicorn"}}')
    return roles
