"""--help and --version, from the tables of options and verbs."""

from __future__ import annotations

from initd import __version__
from initd.cli.verb_table import VERBS, Verb
from initd.config.options import IMMEDIATE, OPTIONS, Option
from initd.installed import LIBRARIES

_RUN = ("initd [options] [--] COMMAND [ARG...]", "run COMMAND as the container's app")
_AS = (
    "initd --as NAME [its options] [--] COMMAND [ARG...]",
    "run COMMAND like tini, dumb-init or catatonit; `initd link` makes NAME a program",
)
_FOOT = """
For users of tini, dumb-init and catatonit: -g is --target group, -c and --single-child
are --target process, and -s (adopt orphans when not pid 1) is always on.
Every option --NAME can also be set by a variable INITD_NAME; the flag wins.
Exit codes: the app's own; 128+N if signal N killed it; 127 if the command was not found,
126 if it can't be executed; 125 for a mistake in the options or configuration.
"""


def help_text() -> str:
    """What --help prints."""
    calls = (_RUN, _AS, *((verb.synopsis, verb.help) for verb in VERBS))
    usage = "".join(f"  {call}\n          {what}\n" for call, what in calls)
    rows = [_row(option) for option in (*OPTIONS, *IMMEDIATE)]
    return f"Usage: {usage.lstrip()}\nOptions:\n{''.join(rows)}{_FOOT}"


def verb_help(verb: Verb) -> str:
    """What --help prints behind a verb."""
    rows = [
        f"  {flag.short + ', ' if flag.short else ''}{flag.name} {flag.metavar}".rstrip()
        + f"\n          {flag.help}\n"
        for flag in verb.flags
    ]
    more = "The options of a start may follow: see initd --help.\n" if verb.options else ""
    return f"Usage: {verb.synopsis}\n          {verb.help}\n{''.join(rows)}{more}"


def version_text() -> str:
    """What --version prints."""
    return "".join(f"{line}\n" for line in (f"initd {__version__}", *LIBRARIES))


def _row(option: Option) -> str:
    short = next((flag for flag in option.flags if not flag.startswith("--")), "")
    long = next(flag for flag in option.flags if flag.startswith("--"))
    flags = f"  {short + ',' if short else '   '} {long} {option.metavar}".rstrip()
    return f"{flags}\n          {option.help}\n"
