"""KEY=VALUE words, as hooks, registries and watches have them."""

from __future__ import annotations

from initd.config.mistake import instead

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator


def pairs(words: Iterable[str], keys: Collection[str]) -> Iterator[tuple[str, str]]:
    """Each word's key, which is one of `keys` and comes once, and its value. Raises ValueError."""
    seen = set()
    for word in words:
        key, equals, text = word.partition("=")
        if not equals:
            raise ValueError(f"expected key=value, got {word!r}")
        if key not in keys:
            raise ValueError(f"unknown key {key!r}{instead(key, keys)}")
        if key in seen:
            raise ValueError(f"{key}= is given twice")
        seen.add(key)
        yield key, text
