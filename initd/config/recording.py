"""Reads variables, and remembers which: a start plan depends on those."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from initd.core.shell_words import Lookup


def recording_lookup(environ: Mapping[bytes, bytes], names: set[bytes]) -> Lookup:
    """Reads one variable at a time, and adds the name of each to `names`."""

    def lookup(name: str) -> str | None:
        key = name.encode(errors="surrogateescape")
        names.add(key)
        value = environ.get(key)
        return None if value is None else value.decode(errors="surrogateescape")

    return lookup
