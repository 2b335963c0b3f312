"""getopt_long(3) as glibc has it, with the same messages: scripts match on them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: In place of a letter; the value is the error message.
WRONG = "?"


class Getopt:
    """Iterates over (letter, value) in the order of the words; `operands` is complete when the
    iteration has ended.

    `short` is as in getopt(3), without a leading `+`; `long` maps each long option to a letter.
    `permute` allows options after operands, which POSIXLY_CORRECT forbids.
    """

    def __init__(
        self, name: str, words: Sequence[str], short: str, long: Mapping[str, str], permute: bool
    ) -> None:
        self.operands: list[str] = []
        self._name = name
        self._words = list(words)
        self._short = short
        self._long = long
        self._permute = permute

    def __iter__(self) -> Iterator[tuple[str, str]]:
        words = self._words
        while words:
            word = words.pop(0)
            if word == "--":
                break
            if not word.startswith("-") or word == "-":
                self.operands.append(word)
                if not self._permute:
                    break
            elif word.startswith("--") and self._long:
                yield self._long_option(word[2:])
            else:
                yield from self._cluster(word[1:])
        self.operands += words

    def _cluster(self, letters: str) -> Iterator[tuple[str, str]]:
        """`-vse3`: two flags, and an option with its argument."""
        for at, letter in enumerate(letters):
            if letter == ":" or letter not in self._short:
                yield self._wrong(f"invalid option -- '{letter}'")
            elif not self._takes_argument(letter):
                yield letter, ""
            elif at + 1 < len(letters):
                yield letter, letters[at + 1 :]
                return
            elif self._words:
                yield letter, self._words.pop(0)
            else:
                yield self._wrong(f"option requires an argument -- '{letter}'")

    def _long_option(self, word: str) -> tuple[str, str]:
        """By its full name, or an unambiguous prefix."""
        start, equals, value = word.partition("=")
        found = [name for name in self._long if name.startswith(start)]
        if start in self._long:
            found = [start]
        if not found:
            return self._wrong(f"unrecognized option '--{start}'")
        if len(found) > 1:
            which = " ".join(f"'--{name}'" for name in found)
            return self._wrong(f"option '--{word}' is ambiguous; possibilities: {which}")
        letter = self._long[found[0]]
        if not self._takes_argument(letter):
            if equals:
                return self._wrong(f"option '--{found[0]}' doesn't allow an argument")
            return letter, ""
        if equals:
            return letter, value
        if self._words:
            return letter, self._words.pop(0)
        return self._wrong(f"option '--{found[0]}' requires an argument")

    def _takes_argument(self, letter: str) -> bool:
        return letter + ":" in self._short

    def _wrong(self, message: str) -> tuple[str, str]:
        return WRONG, f"{self._name}: {message}\n"
