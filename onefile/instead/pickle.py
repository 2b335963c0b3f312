"""In place of the standard library's pickle: structlog names this error, to explain what can't
be pickled. Nothing of initd's is."""

from __future__ import annotations


class PicklingError(Exception):
    """Never raised."""
