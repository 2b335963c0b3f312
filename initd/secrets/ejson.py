"""The format EJSON (github.com/Shopify/ejson): JSON whose strings are encrypted one by one.

What is encrypted, as the ejson program decides it (json/walker.go there): each string that is
not a key, unless the last key before it begins with an underscore. That is a matter of order
in the text, and not of what contains what: in `[{"_x": "plain"}, "plain"]` the second one is
not encrypted either. An encrypted string is EJ[VERSION:KEY:NONCE:BOX], with base64 in each part
(crypto/boxed_message.go), an NaCl box from the one-time KEY to the file's.

Nothing here says a value in an error, nor any part of one.
"""

from __future__ import annotations

import binascii
import json
import re
from collections.abc import Callable
from typing import Any, NoReturn

from initd.core.value import Value

PUBLIC_KEY = "_public_key"
#: The object whose strings are variables (github.com/Shopify/ejson2env).
ENVIRONMENT = "environment"

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]', re.DOTALL)
_BOX = re.compile(r"EJ\[\d:([A-Za-z0-9+=/]{44}):([A-Za-z0-9+=/]{32}):(.+)\]")
_KEY_BYTES, _NONCE_BYTES = 32, 24


class EjsonError(ValueError):
    """What is wrong, for people, without a value."""


class Box(Value):
    """One encrypted string, in bytes."""

    key: bytes
    nonce: bytes
    sealed: bytes


class Secret(Value):
    """A string that is to be encrypted: where it stands in the text, from and to, quotes
    included, and its `path`, such as `environment.PASSWORD` or `list[1].y`."""

    begin: int
    end: int
    path: str
    box: Box | None


class Ejson:
    """A file's text and its secrets. Raises EjsonError for what is not EJSON."""

    def __init__(self, data: bytes) -> None:
        self.text = data.decode(errors="replace")  # as Go's decoder does
        document = _parsed(self.text)
        if not isinstance(document, dict):
            raise EjsonError("is not an object: EJSON begins with { and has a _public_key")
        self.public_key = _public_key(document)
        self.secrets = _secrets(self.text)
        self._document = document

    def environment_names(self) -> list[str]:
        """The names of the strings in `environment`."""
        return list(_environment(self._document))

    @property
    def has_environment(self) -> bool:
        """Whether there is an object of that name."""
        return isinstance(self._document.get(ENVIRONMENT), dict)

    def plain(self) -> list[str]:
        """The paths of the secrets that are not encrypted."""
        return [secret.path for secret in self.secrets if secret.box is None]

    def decrypted(self, open_box: Callable[[Box], bytes | None]) -> str:
        """The file's text with each secret in plain. `open_box` returns None for a box that it
        cannot open. Raises EjsonError; then nothing has been decrypted that is kept."""
        left = self.plain()
        if left:
            raise EjsonError(f"{left[0]} is not encrypted: run ejson encrypt on the file")
        pieces, at = [], 0
        for secret in self.secrets:
            assert secret.box is not None
            opened = open_box(secret.box)
            if opened is None:
                raise EjsonError(f"{secret.path} can't be decrypted with the file's key")
            value = json.dumps(opened.decode(errors="replace"), ensure_ascii=False)
            pieces += [self.text[at : secret.begin], value]
            at = secret.end
        return "".join([*pieces, self.text[at:]])


def environment_of(text: str) -> dict[str, str]:
    """The variables of a decrypted file: the strings in `environment`."""
    return _environment(_parsed(text))


def _environment(document: Any) -> dict[str, str]:
    found = document.get(ENVIRONMENT)
    if not isinstance(found, dict):
        return {}
    return {name: value for name, value in found.items() if isinstance(value, str)}


# ---- JSON -----------------------------------------------------------------------------


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:  # its own message has no value in it
        raise EjsonError(f"is not JSON: {error.msg} at line {error.lineno}") from None
    except (RecursionError, ValueError):
        raise EjsonError("is not JSON") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _public_key(document: dict[str, Any]) -> bytes:
    if PUBLIC_KEY not in document:
        raise EjsonError(f"has no {PUBLIC_KEY}")
    key = document[PUBLIC_KEY]
    if not isinstance(key, str) or len(key) != 2 * _KEY_BYTES:
        raise EjsonError(f"{PUBLIC_KEY} is not a key of 64 hexadecimal digits")
    try:
        return binascii.unhexlify(key)
    except ValueError:
        raise EjsonError(f"{PUBLIC_KEY} is not a key of 64 hexadecimal digits") from None


def _secrets(text: str) -> list[Secret]:
    """Of a text that is JSON."""
    found: list[Secret] = []
    path: list[str | int] = []  # an object's key or a list's index, by depth
    is_comment = False
    tokens = list(_TOKEN.finditer(text))
    for at, token in enumerate(tokens):
        what = token.group()
        if what == "{":
            path.append("")
        elif what == "[":
            path.append(0)
        elif what in "}]":
            path.pop()
        elif what == "," and path and isinstance(path[-1], int):
            path[-1] += 1
        elif what[0] == '"':
            if at + 1 < len(tokens) and tokens[at + 1].group() == ":":
                is_comment = what.startswith('"_')
                path[-1] = what[1:-1]  # with its escapes: it is shown
            elif not is_comment:
                box = _box(json.loads(what))
                found.append(Secret(token.start(), token.end(), _path_text(path), box))
    return found


def _path_text(path: list[str | int]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _box(text: str) -> Box | None:
    """None for a string that is not encrypted."""
    parts = _BOX.fullmatch(text)
    if parts is None:
        return None
    try:
        key, nonce, sealed = (
            binascii.a2b_base64(part, strict_mode=True) for part in parts.groups()
        )
    except ValueError:
        return None
    if len(key) != _KEY_BYTES or len(nonce) != _NONCE_BYTES:
        return None
    return Box(key, nonce, sealed)
