"""What may follow an option, as far as it can be listed."""

from __future__ import annotations

from initd.cli.verb_table import MAINTENANCE, PRELOAD, PROFILE, SHELL, SIGNAL, Flag, Verb
from initd.config.options import IMMEDIATE, OPTIONS, SHORT_FOR, Option
from initd.config.values.capability import NAMES as CAPABILITIES
from initd.config.values.limit import RESOURCES
from initd.core.drop_in import PEERS
from initd.core.signals.numbers import FORWARDED, RTMIN, name_of
from initd.core.signals.profile_table import TABLE
from initd.core.value import Value

#: Kinds of values: listed words, names of files and of directories, the roles of the image
#: (looked up at completion time), two signals with a colon, and anything else.
WORDS, FILES, DIRECTORIES, ROLES, REWRITE, FREE = (
    "words files directories roles in:out free".split()
)

#: Real-time signals have names too, but nobody looks for one in a list.
SIGNALS = tuple(name_of(number) for number in sorted(FORWARDED) if number < RTMIN)


#: What may stand where options may, with the flags of other inits that are short for one.
EVERY = (
    *OPTIONS,
    *IMMEDIATE,
    *(
        Option(flag, (flag,), "", f"same as --{' '.join(long)}" if long else "always on", "flag")
        for flag, long in SHORT_FOR.items()
    ),
    Option("as", ("--as",), "NAME", "as the first word: behave like the init of that name"),
)


class Choices(Value):
    """`words` where the kind is WORDS."""

    kind: str
    words: tuple[str, ...] = ()


def choices_of(option: Option) -> Choices:
    """What completes the value of an option that takes one."""
    if option.name in _BY_NAME:
        return _BY_NAME[option.name]
    if "|" in option.metavar:
        return Choices(WORDS, tuple(option.metavar.split("|")))
    return _BY_METAVAR.get(option.metavar, Choices(FREE))


def rest_of(verb: Verb) -> tuple[str, ...]:
    """What follows a verb's own flags, as far as it can be listed."""
    return _RESTS.get(verb.rest, ())


def value_of(flag: Flag) -> Choices | None:
    """What completes the value of a verb's own flag; None for one that takes none."""
    return _OF_VERBS[flag.name] if flag.metavar else None


_RESTS = {
    SIGNAL: SIGNALS,
    SHELL: tuple(SHELL.split("|")),
    PRELOAD: tuple(PRELOAD.split("|")),
    MAINTENANCE: tuple(MAINTENANCE.split("|")),
    PROFILE: tuple(row["name"] for row in TABLE),
}
_AS = Choices(WORDS, tuple(PEERS))
_OF_VERBS = {"--socket": Choices(FILES), "--as": _AS}
_BY_METAVAR = {
    "SIG": Choices(WORDS, SIGNALS),
    "FILE": Choices(FILES),
    "PATH": Choices(FILES),
    "DIR": Choices(DIRECTORIES),
}
_BY_NAME = {
    "rewrite": Choices(REWRITE),
    "profile": Choices(WORDS, (*(row["name"] for row in TABLE), "none")),
    "role": Choices(ROLES),
    "as": _AS,
    "limit": Choices(WORDS, tuple(f"{name}=" for name in RESOURCES)),
    "cap_drop": Choices(WORDS, (*CAPABILITIES, "ALL")),
    "cap_keep": Choices(WORDS, tuple(CAPABILITIES)),
    "secrets": Choices(WORDS, ("ejson:", "dir:", "exec:", "files")),
    "on_reload": Choices(WORDS, ("nothing", "restart", *SIGNALS)),
}
