"""Splits a command line as a shell splits words, with its variables expanded.

For roles: `shlex` neither expands nor remembers what was quoted, and costs pid 1
7 ms and 1.3 MB. What only a shell can do (pipes, redirections, substitutions, words
that begin with a glob) is refused by name: a role that needs it uses `sh -c '...'`.
A star within a word stays as it is, as in `QUEUE=*`. For text that is not a shell's, such
as a check, `split_quoted` reads quotes and backslashes and leaves all else as it is.
POSIX.1-2017, 2.2 Quoting, 2.6.2 Parameter Expansion, 2.6.5 Field Splitting.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    #: The value of the variable of that name; None where it is not set.
    Lookup = Callable[[str], str | None]

_BLANK = " \t\n"
_OPERATORS = "|&;<>()`"
#: `$1`, `$$`, `$#`: parameters of a shell, and there is none.
_PARAMETERS = "0123456789$#@*?!-"
#: Quotes and expansions within ${NAME:-...}: shells themselves differ.
_NOT_IN_DEFAULTS = "$'\"\\`~{}*?["
_NAME_START = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
_NAME = _NAME_START + "0123456789"


def split_words(text: str, lookup: Lookup) -> list[str]:
    """The words of `text`, with the variables that it names. Raises ValueError, with a
    sentence for people."""
    return _Splitter(text, lookup).words()


def split_quoted(text: str) -> list[str]:
    """The words of `text` by blanks, quotes and backslashes alone: `$`, `#`, `&` and `?`
    stay as they are. Raises ValueError, with a sentence for people."""
    return _Splitter(text, None).words()


class _Splitter:
    """Invariant: `word` is None between words, which tells an empty word ('') from none.

    `fresh` is true where a word may begin: not after an empty variable, although there is
    no word yet. Without a lookup only quoting is read."""

    def __init__(self, text: str, lookup: Lookup | None) -> None:
        self.text = text
        self.lookup = lookup or (lambda name: None)
        self.quotes_only = lookup is None
        self.at = 0
        self.word: str | None = None
        self.fresh = True
        self.done: list[str] = []

    def words(self) -> list[str]:
        while self.at < len(self.text):
            char = self._next()
            if char == "\\" and self._peek() == "\n":
                self.at += 1  # joins the lines
                continue
            fresh, self.fresh = self.fresh, char in _BLANK
            if char in _BLANK:
                self._end_word()
            elif char == "'":
                self._add(self._up_to_quote())
            elif char == '"':
                self._double_quoted()
            elif char == "\\":
                self._add(self._next() if self._peek() else "\\")
            elif self.quotes_only:
                self._add(char)
            elif char == "$":
                self._split_fields(self._expansion())
            elif char == "#" and fresh:
                break
            elif self._is_for_a_shell(char, fresh):
                raise ValueError(
                    f"{char!r} needs a shell: quote it, or write sh -c '...' around the command"
                )
            else:
                self._add(char)
        self._end_word()
        return self.done

    def _is_for_a_shell(self, char: str, fresh: bool) -> bool:
        """Globs, operators, and what a home directory may stand for."""
        if char == "~":
            return fresh or self.text[self.at - 2] in "=:"
        return char in _OPERATORS or (char in "*?[" and self.word is None)

    def _next(self) -> str:
        self.at += 1
        return self.text[self.at - 1]

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _add(self, piece: str) -> None:
        self.word = (self.word or "") + piece

    def _end_word(self) -> None:
        if self.word is not None:
            self.done.append(self.word)
            self.word = None

    def _up_to_quote(self) -> str:
        end = self.text.find("'", self.at)
        if end < 0:
            raise ValueError("an opening ' has no closing '")
        piece, self.at = self.text[self.at : end], end + 1
        return piece

    def _double_quoted(self) -> None:
        self._add("")
        while True:
            if not self._peek():
                raise ValueError('an opening " has no closing "')
            char = self._next()
            if char == '"':
                return
            if char == "\\" and self._peek() and self._peek() in '$`"\\\n':
                escaped = self._next()
                self._add("" if escaped == "\n" else escaped)
            elif self.quotes_only:
                self._add(char)
            elif char == "`":
                raise ValueError("'`' needs a shell: write sh -c '...' around the command")
            elif char == "$":
                self._add(self._expansion() or "")
            else:
                self._add(char)

    def _expansion(self) -> str | None:
        """The value after a `$`; None where a variable is not set."""
        char = self._peek()
        if char == "(":
            raise ValueError("'$(' needs a shell: write sh -c '...' around the command")
        if char == "{":
            return self._braced()
        if char and char in _PARAMETERS:
            raise ValueError(f"'${char}' works in a shell only: quote it")
        if not char or char not in _NAME_START:
            return "$"
        start = self.at
        while self._peek() and self._peek() in _NAME:
            self.at += 1
        return self.lookup(self.text[start : self.at])

    def _braced(self) -> str | None:
        end = self.text.find("}", self.at)
        if end < 0:
            raise ValueError("an opening ${ has no closing }")
        inside, self.at = self.text[self.at + 1 : end], end + 1
        name, minus, default = inside.partition("-")
        or_empty = name.endswith(":")
        name = name.removesuffix(":") if minus else name
        if (
            not name
            or name[0] not in _NAME_START
            or any(char not in _NAME for char in name)
            or any(char in _NOT_IN_DEFAULTS for char in default)
        ):
            raise ValueError(
                f"can't expand '${{{inside}}}' without a shell: use ${{NAME}} or ${{NAME:-default}}"
            )
        value = self.lookup(name)
        if minus and (value is None or (or_empty and not value)):
            return default
        return value

    def _split_fields(self, value: str | None) -> None:
        for char in value or "":
            if char in _BLANK:
                self._end_word()
            else:
                self._add(char)
