"""Flags and variables to raw text, each with its source.

Not argparse: that is 8 ms and 1.6 MB in every container for what a table and two
loops do. What it does well, --help and the guess at a misspelt flag, is imported
when a person is about to read it.
"""

from __future__ import annotations

from initd.config.mistake import Mistake
from initd.config.options import BY_FLAG, OPTIONS, SHORT_FOR, Option
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


#: No flag means more when it is said more often than this.
_OFTEN = 9


class RawValue(Value):
    """Text as somebody wrote it, and where."""

    text: str
    source: str


class CommandLine(Value):
    """Invariant: for a list, every entry counts; for all else the last one does."""

    given: Mapping[str, tuple[RawValue, ...]]
    command: tuple[str, ...]
    mistakes: tuple[Mistake, ...]


def read(argv: Sequence[str], environ: Mapping[str, str]) -> CommandLine:
    """Options up to the first word that is none, or `--`; flags win over variables."""
    given = from_environment(environ)
    by_flag: dict[str, list[RawValue]] = {}
    mistakes: list[Mistake] = []
    words = list(argv)
    while words and words[0].startswith("-") and words[0] != "-":
        word = words.pop(0)
        if word == "--":
            break
        for spelt, value in _spelt_out(word):
            option = BY_FLAG.get(spelt)
            if spelt in SHORT_FOR and value is None:
                said = SHORT_FOR[spelt]
                if said is not None:
                    by_flag.setdefault(said[0], []).append(RawValue(said[1], spelt))
            elif option is None:
                mistakes.append(_unknown(spelt))
            elif option.kind == "flag" and value is not None:
                mistakes.append(Mistake(spelt, f"takes no value, but has {value!r}"))
            elif option.kind != "flag" and value is None and not words:
                mistakes.append(Mistake(spelt, f"needs a value: {option.metavar}"))
            else:
                if option.kind != "flag" and value is None:
                    value = words.pop(0)
                by_flag.setdefault(option.name, []).append(RawValue(value or "", spelt))
    for name, raws in by_flag.items():
        given[name] = tuple(raws)
    return CommandLine(given, tuple(words), tuple(mistakes))


def above(line: CommandLine, options: Mapping[str, tuple[RawValue, ...]]) -> CommandLine:
    """The same with what a file says, where neither a flag nor a variable does."""
    return CommandLine({**options, **line.given}, line.command, line.mistakes)


def _spelt_out(word: str) -> list[tuple[str, str | None]]:
    """`--user=me` is (--user, me); `-vv` is -v twice; `-rTERM:QUIT` is (-r, TERM:QUIT)."""
    if word.startswith("--"):
        flag, equals, value = word.partition("=")
        return [(flag, value if equals else None)]
    found: list[tuple[str, str | None]] = []
    for at in range(1, len(word)):
        flag = "-" + word[at]
        option = BY_FLAG.get(flag)
        if option is not None and option.kind != "flag":
            return [*found, (flag, word[at + 1 :] or None)]
        found.append((flag, None))
    return found


def from_environment(environ: Mapping[str, str]) -> dict[str, tuple[RawValue, ...]]:
    """What the variables of the options say."""
    given: dict[str, tuple[RawValue, ...]] = {}
    for option in OPTIONS:
        text = environ.get(option.variable)
        if text:
            given[option.name] = tuple(
                RawValue(part, option.variable) for part in _parts(option, text)
            )
    return given


def _parts(option: Option, text: str) -> list[str]:
    if option.kind == "list":
        return text.replace(",", " ").split()
    if option.kind == "lines":
        lines = (line.strip() for line in text.replace(";", "\n").split("\n"))
        return [line for line in lines if line]
    if option.kind == "flag":
        return _times(text)
    return [text]


def _times(text: str) -> list[str]:
    """How often a flag was meant: `2` twice, `yes` once, `no` never. What says neither
    is kept as it is, for a mistake that shows it."""
    if text.isdecimal() and text.isascii() and len(text) < 3:
        return [""] * min(int(text), _OFTEN)
    word = text.lower()
    if word in ("no", "false", "off"):
        return []
    return [""] if word in ("yes", "true", "on") else [text]


def _unknown(flag: str) -> Mistake:
    from initd.core.nearest import did_you_mean

    right = did_you_mean(flag, BY_FLAG) or "initd --help lists the options"
    return Mistake(flag, f"no such option: {right}")
