"""--help and --version, from the tables of options and verbs."""

from __future__ import annotations

from initd import __version__
from initd.cli.verb_table import VERBS
from initd.config.options import ASKED, OPTIONS, Option

_RUN = ("initd [options] [--] COMMAND [ARG...]", "run COMMAND as the container's app")
_AS = (
    "initd --as NAME [its options] [--] COMMAND [ARG...]",
    "run COMMAND as tini, dumb-init or catatonit would; `initd link` makes NAME a program",
)
_FOOT = """
As tini, dumb-init and catatonit have them: -g is --target group, -c and --single-child
are --target process, and -s (adopt orphans where this is not pid 1) is always on.
Every option NAME has a variable INITD_NAME; a flag wins over it.
Exit codes: the app's own, 128+N for its death by signal N, 127 for a command that
is not there, 126 for one that can't be executed, 125 for a mistake of yours.
"""


def help_text() -> str:
    """What --help prints."""
    calls = (_RUN, _AS, *((verb.synopsis, verb.help) for verb in VERBS))
    usage = "".join(f"  {call}\n          {what}\n" for call, what in calls)
    rows = [_row(option) for option in (*OPTIONS, *ASKED)]
    return f"Usage: {usage.lstrip()}\nOptions:\n{''.join(rows)}{_FOOT}"


def version_text() -> str:
    """What --version prints."""
    return f"initd {__version__}\n"


def _row(option: Option) -> str:
    short = next((flag for flag in option.flags if not flag.startswith("--")), "")
    long = next(flag for flag in option.flags if flag.startswith("--"))
    said = f"  {short + ',' if short else '   '} {long} {option.metavar}".rstrip()
    return f"{said}\n          {option.help}\n"
