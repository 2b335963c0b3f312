"""A checksum that needs no module: against flipped bits, not against people."""

from __future__ import annotations

_WORD = (1 << 64) - 1


def checksum(data: bytes) -> int:
    """The sum of the 64-bit words in it (little-endian, the last one filled up with zeros), modulo
    2^64 - 1, as the Internet's is of 16-bit words (RFC 1071): a power of two is never a multiple of
    that, so each single bit counts. shim/start_plan.c adds as well."""
    return int.from_bytes(data, "little") % _WORD
