"""In place of encodings.idna, by which Python looks up every host name: ASCII as it is. Others
take tables of a megabyte, and are written in ASCII too (RFC 5890: xn--...)."""

from __future__ import annotations

import codecs

_LONGEST_LABEL = 63


def _encode(text: str, errors: str = "strict") -> tuple[bytes, int]:
    if not text.isascii():
        raise UnicodeError("a name of other letters than ASCII's is written as xn--...")
    labels = text.removesuffix(".").split(".")
    if text and any(not 0 < len(label) <= _LONGEST_LABEL for label in labels):
        raise UnicodeError("label empty or too long")  # in the words of the standard library
    return text.encode(), len(text)


def _decode(data: bytes, errors: str = "strict") -> tuple[str, int]:
    return bytes(data).decode("ascii"), len(data)


def getregentry() -> codecs.CodecInfo:
    """What the encodings package asks its modules for."""
    return codecs.CodecInfo(_encode, _decode, name="idna")  # type: ignore[arg-type]
