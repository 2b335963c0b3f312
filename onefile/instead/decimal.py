"""In place of the standard library's decimal: msgspec names its one class, to convert to it
where a model asks for that. None of initd's does."""

from __future__ import annotations


class Decimal:
    """Of no use."""
