"""Why secrets could not be read: a sentence with names and places, and no value."""

from __future__ import annotations

from initd.core.value import Value


class Unreadable(Exception):
    """The text begins with what was configured, such as `--secrets ejson:/app/secrets.ejson`."""


class Found(Value):
    """One secret. `value` is in bytes, `source` is how the source was written. Where `replaces`
    names a variable, the app does not get that one."""

    name: str
    value: bytes
    source: str
    replaces: str = ""

    def __repr__(self) -> str:
        return f"Found({self.name!r}, from {self.source})"  # a traceback must not show the value
