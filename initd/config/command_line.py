"""Flags and variables to raw text, each with its source.

Not argparse: it costs every container 8 ms and 1.6 MB for what a table and two loops
do. --help and the guess at a misspelt flag are imported only when a person needs them.
"""

from __future__ import annotations

from initd.config.mistake import Mistake, keep
from initd.config.options import BY_FLAG, OPTIONS, PREFIX, SHORT_FOR, Option
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_VARIABLES = frozenset(option.variable for option in OPTIONS)
#: A flag has the same effect however often it is repeated beyond this.
_OFTEN = 9


class RawValue(Value):
    """Text as somebody wrote it; `source` is a flag, a variable, or a file with its key."""

    text: str
    source: str


class CommandLine(Value):
    """The texts of each option by its name. Invariant: for a list every entry counts, for
    all other options the last one. `warnings` are about what may be meant for somebody else."""

    options: Mapping[str, tuple[RawValue, ...]]
    command: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    warnings: tuple[Mistake, ...] = ()


def read(argv: Sequence[str], environ: Mapping[str, str]) -> CommandLine:
    """Options up to `--` or the first word that is not an option; flags win over variables.
    Raises Mistakes where there are more than anybody would mend at once."""
    options = from_environment(environ)
    by_flag: dict[str, list[RawValue]] = {}
    misspelt, warnings = unknown_variables(environ)
    mistakes = list(misspelt)
    words = list(reversed(argv))
    while words and words[-1].startswith("-") and words[-1] != "-":
        word = words.pop()
        if word == "--":
            break
        for spelt, value in _spelt_out(word):
            option = BY_FLAG.get(spelt)
            if spelt in SHORT_FOR and value is None:
                meaning = SHORT_FOR[spelt]
                if meaning is not None:
                    by_flag.setdefault(meaning[0], []).append(RawValue(meaning[1], spelt))
            elif option is None:
                keep(mistakes, spelt, _unknown(spelt))
            elif option.kind == "flag" and value is not None:
                keep(mistakes, spelt, f"takes no value, got {value!r}")
            elif option.kind != "flag" and value is None and not words:
                keep(mistakes, spelt, f"needs a value: {option.metavar}")
            else:
                if option.kind != "flag" and value is None:
                    value = words.pop()
                by_flag.setdefault(option.name, []).append(RawValue(value or "", spelt))
    for name, raws in by_flag.items():
        options[name] = tuple(raws)
    return CommandLine(options, tuple(reversed(words)), tuple(mistakes), warnings)


def above(line: CommandLine, options: Mapping[str, tuple[RawValue, ...]]) -> CommandLine:
    """The same, with a file's options where neither a flag nor a variable sets them."""
    return CommandLine({**options, **line.options}, line.command, line.mistakes, line.warnings)


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


def decoded(environ: Mapping[bytes, bytes], prefix: bytes = b"") -> dict[str, str]:
    """The variables whose names begin with `prefix`, as text. Bytes that are not UTF-8 come
    back as they were where the text is encoded with surrogateescape."""
    return {
        name.decode(errors="surrogateescape"): value.decode(errors="surrogateescape")
        for name, value in environ.items()
        if name.startswith(prefix)
    }


def from_environment(environ: Mapping[str, str]) -> dict[str, tuple[RawValue, ...]]:
    """The options that variables set."""
    options: dict[str, tuple[RawValue, ...]] = {}
    for option in OPTIONS:
        text = environ.get(option.variable)
        if text:
            options[option.name] = tuple(
                RawValue(part, option.variable) for part in _parts(option, text)
            )
    return options


def unknown_variables(
    environ: Mapping[str, str],
) -> tuple[tuple[Mistake, ...], tuple[Mistake, ...]]:
    """Mistakes and warnings about variables that set no option. Mostly there is none, and nobody
    pays for looking closer."""
    if _VARIABLES.issuperset(name for name in environ if name.startswith(PREFIX)):
        return (), ()
    from initd.config.own_variables import strangers

    return strangers(environ)


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
    """How often the variable sets a flag: `2` twice, `yes` once, `no` never. Any other text is
    kept, so that a mistake can show it."""
    if text.isdecimal() and text.isascii() and len(text) < 3:
        return [""] * min(int(text), _OFTEN)
    word = text.lower()
    if word in ("no", "false", "off"):
        return []
    return [""] if word in ("yes", "true", "on") else [text]


def _unknown(flag: str) -> str:
    from initd.core.nearest import did_you_mean

    return f"unknown option: {did_you_mean(flag, BY_FLAG) or 'see initd --help'}"
