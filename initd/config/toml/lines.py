"""The line of each key in a TOML text: tomllib gives values and no lines.

One pass over the text that knows tables, dotted and quoted keys, the items of a list, and
where a value ends (strings may have several lines). A key within an inline table has the
line of the table's key, or of the list item that the table is. For texts that tomllib has
accepted: this looks for no mistakes.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    Path = tuple[str, ...]

_QUOTES = ('"""', "'''", '"', "'")


def lines_of(text: str) -> dict[Path, int]:
    """The line of each key and table, counted from 1. The tables of an array have their
    index as a part of their path."""
    return _Locator(text).found


def line_of(lines: dict[Path, int], path: Sequence[object]) -> int:
    """The line of the deepest known part of a path; 1 for the file as a whole."""
    parts = tuple(map(str, path))
    return next((lines[parts[:end]] for end in range(len(parts), 0, -1) if parts[:end] in lines), 1)


class _Locator:
    """Invariant: `at` is at the beginning of a statement, or within one that is being
    read; `table` is the path of the last header."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.table: Path = ()
        self.found: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}
        self._lines, self._counted = 1, 0
        while self.at < len(text):
            self._statement()

    def _line(self) -> int:
        self._lines += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._lines

    def _statement(self) -> None:
        char = self.text[self.at]
        if char in " \t\r\n":
            self.at += 1
        elif char == "#":
            self._to_line_end()
        elif char == "[":
            self._header()
        else:
            line = self._line()
            path = (*self.table, *self._key("="))
            self._note(path, line)
            self._value(path)

    def _header(self) -> None:
        line = self._line()
        is_array = self.text.startswith("[[", self.at)
        self.at += 2 if is_array else 1
        path = self._resolved(self._key("]"))
        if is_array:
            count = self._counts.get(path, 0)
            self._counts[path] = count + 1
            self._note(path, line)
            path = (*path, str(count))
        self.table = path
        self._note(path, line)
        self._to_line_end()

    def _resolved(self, key: Path) -> Path:
        """A header names the last table of an array by the array's name alone."""
        path: Path = ()
        for part in key[:-1]:
            path = (*path, part)
            if path in self._counts:
                path = (*path, str(self._counts[path] - 1))
        return (*path, key[-1])

    def _note(self, path: Path, line: int) -> None:
        for end in range(1, len(path) + 1):
            self.found.setdefault(path[:end], line)

    def _key(self, end: str) -> Path:
        """The parts of a dotted key, up to and with `end`."""
        parts, part = [], ""
        while (char := self.text[self.at]) != end:
            self.at += 1
            if char in "\"'":
                start, self.at = self.at, self.at - 1
                self._string()
                part += _unquoted(char, self.text[start : self.at - 1])
            elif char == ".":
                parts.append(part)
                part = ""
            elif char not in " \t":
                part += char
        self.at += 1
        return (*parts, part)

    def _value(self, path: Path) -> None:
        """Up to the end of the line on which the value ends; notes the items of a list."""
        depth = items = 0
        is_list = self._comes_next("[")
        awaited = False
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "\n" and depth == 0:
                return
            if char == "#":
                self._to_line_end()
                continue
            if awaited and char not in " \t\r\n,]":
                self._note((*path, str(items)), self._line())
                items += 1
                awaited = False
            if char in "\"'":
                self._string()
                continue
            depth += (char in "[{") - (char in "]}")
            awaited = awaited or (is_list and depth == 1 and char in "[,")
            self.at += 1

    def _comes_next(self, token: str) -> bool:
        """Whether the token comes next, after blanks."""
        at = self.at
        while self.text[at : at + 1] in (" ", "\t"):
            at += 1
        return self.text.startswith(token, at)

    def _string(self) -> None:
        quote = next(each for each in _QUOTES if self.text.startswith(each, self.at))
        self.at += len(quote)
        while not self.text.startswith(quote, self.at):
            escaped = self.text[self.at] == "\\" and quote[0] == '"'
            self.at += 2 if escaped else 1
        self.at += len(quote)
        while len(quote) == 3 and self.text[self.at : self.at + 1] == quote[0]:
            self.at += 1  # up to two quotes may come before the closing three

    def _to_line_end(self) -> None:
        end = self.text.find("\n", self.at)
        self.at = len(self.text) if end < 0 else end


def _unquoted(quote: str, piece: str) -> str:
    if quote == "'" or "\\" not in piece:
        return piece
    import tomllib

    return str(tomllib.loads(f'key = "{piece}"')["key"])
