"""Which of a shell's commands is the program, and whether the shell becomes it.

For `sh -c TEXT`. Only what is needed to find the program is read: words with their quotes, and
what separates commands. Variables and substitutions are left out, because only the shell knows
them; redirections are passed over.
POSIX.1-2017, 2.3 Token Recognition, 2.9 Shell Commands.
"""

from __future__ import annotations

from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_NAME = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789"
_OPERATORS = ("&&", "||", ";;", "|&", "|", "&", ";", "\n", "(", ")")
#: What may follow the program, for its exit code.
_AFTERTHOUGHTS = ("exit", "true", ":")
_CLOSING = {"{": "}", "(": ")"}


class Command(Value):
    """One simple command, and the operator that ends it, "" at the end of the text."""

    words: tuple[str, ...]
    end: str


class Main(Value):
    """The program's words. `execs`: the shell becomes it; `stays`: the shell surely waits for
    it. Where neither is true, it depends on the shell: bash becomes its last command, Debian's
    dash forks."""

    words: tuple[str, ...]
    execs: bool
    stays: bool


def main_command(text: str, positional: Sequence[str] = ()) -> Main | None:
    """The command that a stop is for; `positional` stands for "$@". None where the shell has
    traps of its own, and where nothing is to be waited for."""
    commands = split_commands(text, positional)
    if not commands or any(command.words[0] == "trap" for command in commands):
        return None
    at, stays = len(commands) - 1, False
    while at and commands[at].words[0] in _AFTERTHOUGHTS:
        at, stays = at - 1, True
    if commands[at].words[0] == "wait":
        background = [n for n, command in enumerate(commands) if command.end == "&"]
        if not background:
            return None
        at = background[0]
    stays = stays or commands[at].end == "&"
    # In `app | tee log` and `app || exit 1` the program is the first.
    while at and commands[at - 1].end in ("|", "|&", "||"):
        at, stays = at - 1, True
    words = _without_assignments(commands[at].words)
    if not words:
        return None
    return Main(words, words[0] == "exec" and not stays, stays)


def _without_assignments(words: tuple[str, ...]) -> tuple[str, ...]:
    at = 0
    while at < len(words) and "=" in words[at].partition("/")[0]:
        at += 1
    return words[at:]


def split_commands(text: str, positional: Sequence[str] = ()) -> list[Command]:
    """The simple commands of `text`, in order. Never fails: what is not closed ends with it."""
    splitter = _Splitter(text, positional)
    splitter.run()
    return splitter.done


class _Splitter:
    """Invariant: `word` is None between words, which tells an empty word ('') from none."""

    def __init__(self, text: str, positional: Sequence[str]) -> None:
        self.text = text
        self.positional = positional
        self.at = 0
        self.word: str | None = None
        self.words: list[str] = []
        self.done: list[Command] = []
        self.skips = False  # the next word is a redirection's file

    def run(self) -> None:
        while self.at < len(self.text):
            char = self.text[self.at]
            operator = self._operator()
            if char in " \t":
                self.at += 1
                self._end_word()
            elif char in "<>":
                self._redirection()
            elif operator:
                self.at += len(operator)
                self._end_command(operator)
            elif char == "#" and self.word is None:
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                self._piece(char)
        self._end_command("")

    def _operator(self) -> str:
        """That which stands here, "" for none."""
        for operator in _OPERATORS:
            if self.text.startswith(operator, self.at):
                return operator
        return ""

    def _piece(self, char: str) -> None:
        """Some more of the word."""
        self.at += 1
        if char == "'":
            self._add(self._up_to("'"))
        elif char == '"':
            self._double_quoted()
        elif char == "\\":
            escaped = self.text[self.at : self.at + 1]
            self.at += 1
            if escaped != "\n":  # which joins the lines
                self._add(escaped)
        elif char == "`":
            self._up_to("`")
            self._add("")
        elif char == "$":
            self._expansion()
        else:
            self._add(char)

    def _double_quoted(self) -> None:
        if self.text.startswith('$@"', self.at):
            self.at += 3
            for word in self.positional:
                self._add(word)
                self._end_word()
            return
        self._add("")
        while self.at < len(self.text):
            char = self.text[self.at]
            self.at += 1
            if char == '"':
                break
            if char == "\\":
                self._add(self.text[self.at : self.at + 1])
                self.at += 1
            elif char == "`":
                self._up_to("`")
            elif char == "$":
                self._expansion()
            else:
                self._add(char)

    def _expansion(self) -> None:
        """Passes over what follows a `$`."""
        char = self.text[self.at : self.at + 1]
        if char in ("@", "*"):
            self.at += 1
            for word in self.positional:
                self._add(word)
                self._end_word()
        elif char and char in _CLOSING:
            self.at += 1
            self._up_to_closing(char)
        elif char and char in _NAME:
            while self.at < len(self.text) and self.text[self.at] in _NAME:
                self.at += 1
        elif char and char in "$#?!-":
            self.at += 1
        else:
            self._add("$")

    def _up_to_closing(self, opening: str) -> None:
        depth = 1
        while self.at < len(self.text) and depth:
            char = self.text[self.at]
            self.at += 1
            if char == "'" and opening == "(":
                self._up_to("'")
            depth += (char == opening) - (char == _CLOSING[opening])

    def _up_to(self, closing: str) -> str:
        end = self.text.find(closing, self.at)
        end = len(self.text) if end < 0 else end
        piece, self.at = self.text[self.at : end], end + 1
        return piece

    def _redirection(self) -> None:
        if self.word is not None and self.word.isdecimal():
            self.word = None  # the descriptor
        self._end_word()
        while self.at < len(self.text) and self.text[self.at] in "<>&|-":
            self.at += 1
        self.skips = True

    def _add(self, piece: str) -> None:
        self.word = (self.word or "") + piece

    def _end_word(self) -> None:
        if self.word is None:
            return
        if self.skips:
            self.skips = False
        elif self.words or self.word not in ("{", "}", "!", "then", "do", "else"):
            self.words.append(self.word)
        self.word = None

    def _end_command(self, operator: str) -> None:
        self._end_word()
        self.skips = False
        if self.words:
            self.done.append(Command(tuple(self.words), operator))
        self.words = []
