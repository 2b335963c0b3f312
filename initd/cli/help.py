"""--help and --version, from the table of options."""

from __future__ import annotations

from initd import __version__
from initd.config.options import ASKED, OPTIONS, Option

_USAGE = """\
Usage: initd [options] [--] COMMAND [ARG...]     run COMMAND as the container's app
       initd health [--live|--ready|--startup]   exit 0 healthy, 1 not
       initd status [--json]                     the tree and the state
       initd signal SIG | initd stop             as if sent to init
       initd restart                             stop the app by its plan, start it anew
       initd check [options] [--] COMMAND        what would run, and why
       initd profiles [NAME] [--json]            the programs whose stop is known

Options:
"""
_FOOT = """
Every option NAME has a variable INITD_NAME; a flag wins over it.
Exit codes: the app's own, 128+N for its death by signal N, 127 for a command that
is not there, 126 for one that can't be executed, 125 for a mistake of yours.
"""


def help_text() -> str:
    """What --help prints."""
    rows = [_row(option) for option in (*OPTIONS, *ASKED)]
    return _USAGE + "".join(rows) + _FOOT


def version_text() -> str:
    """What --version prints."""
    return f"initd {__version__}\n"


def _row(option: Option) -> str:
    short = next((flag for flag in option.flags if not flag.startswith("--")), "")
    long = next(flag for flag in option.flags if flag.startswith("--"))
    said = f"  {short + ',' if short else '   '} {long} {option.metavar}".rstrip()
    return f"{said}\n          {option.help}\n"
