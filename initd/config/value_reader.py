"""Reads the values of options: text to what it means, with the source of each value and
every mistake."""

from __future__ import annotations

from initd.config.mistake import keep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeVar

    from initd.config.command_line import CommandLine, RawValue
    from initd.config.mistake import Mistake
    from initd.core.shell_words import Lookup

    T = TypeVar("T")

#: The source of a value that nobody has set.
DEFAULT = "default"


def recording_lookup(environ: Mapping[bytes, bytes], names: set[bytes]) -> Lookup:
    """Reads one variable at a time, and adds the name of each to `names`: a start plan depends on
    them."""

    def lookup(name: str) -> str | None:
        key = name.encode(errors="surrogateescape")
        names.add(key)
        value = environ.get(key)
        return None if value is None else value.decode(errors="surrogateescape")

    return lookup


class ValueReader:
    """Invariant: a value that can't be read leaves a mistake, and its default instead.

    `origins` has the source of each option that has been read."""

    def __init__(self, line: CommandLine, mistakes: Sequence[Mistake]) -> None:
        self.line = line
        self.mistakes = list(mistakes)
        self.warnings = list(line.warnings)
        self.origins: dict[str, str] = {}

    def refuse(self, source: str, what: str) -> None:
        """Keeps a mistake. Raises Mistakes where it is one too many."""
        keep(self.mistakes, source, what)

    def warn(self, source: str, what: str) -> None:
        """Keeps a warning, which counts as a mistake where somebody wants to be strict."""
        keep(self.warnings, source, what)

    def attempt(self, raw: RawValue, read: Callable[[str], T], default: T) -> T:
        """What `read` makes of the text. It may raise ValueError or OSError."""
        try:
            return read(raw.text)
        except ValueError as mistake:
            self.refuse(raw.source, str(mistake))
        except OSError as error:
            self.refuse(raw.source, f"{error.filename}: {error.strerror}")
        return default

    def last(self, name: str) -> RawValue | None:
        """The text that counts, of an option that has one value."""
        raws = self.line.options.get(name)
        return raws[-1] if raws else None

    def all(self, name: str) -> tuple[RawValue, ...]:
        """The texts of an option that may be repeated."""
        raws = self.line.options.get(name, ())
        self.origins[name] = raws[-1].source if raws else DEFAULT
        return raws

    def value(self, name: str, read: Callable[[str], T], default: T) -> T:
        """The value of an option that has one."""
        raw = self.last(name)
        self.origins[name] = DEFAULT if raw is None else raw.source
        return default if raw is None else self.attempt(raw, read, default)

    def times(self, name: str) -> int:
        """How often a flag was given."""
        raws = self.all(name)
        for raw in raws:
            if raw.text:
                what = f"expected yes, no or a number up to 99, got {raw.text!r}"
                self.refuse(raw.source, what)
        return len(raws)
