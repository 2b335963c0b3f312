"""`initd profiles [NAME] [--json]`: the programs that init knows, and what it knows of one."""

from __future__ import annotations

import os
import sys

from initd.config.command_line import read
from initd.config.toml.files import read_files
from initd.core.nearest import did_you_mean
from initd.core.signals.profile_table import TABLE
from initd.core.start.exit_codes import EXIT_OWN
from initd.json_codec import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

#: What each fact is about, in the order in which they are shown.
_FACTS = {
    "match": "recognised as",
    "stop": "a stop sends",
    "target": "to",
    "quick": "ends at once on",
    "reload": "reloads on",
    "reopen": "reopens its logs on",
    "quiet": "takes no new work on",
    "clean": "exit codes that count as 0",
    "when": "unless",
    "bare": "TERM alone",
    "verified": "stopped in a test",
    "source": "source",
    "of_user": "defined at",
}


def profiles(words: Sequence[str]) -> int:
    """Prints the list, or all facts of one; 125 for a name that is none."""
    as_json = "--json" in words
    names = [word for word in words if word != "--json"]
    known: dict[str, Mapping[str, Any]] = {}
    for row in (*_of_files(), *TABLE):
        known.setdefault(row["name"], row)
    wrong = [name for name in names if name not in known] or names[1:]
    if wrong:
        print(f"initd profiles: {_instead(wrong[0], list(known))}", file=sys.stderr)
        return EXIT_OWN
    found = [known[name] for name in names] or list(known.values())
    if as_json:
        print(encode(found))
    elif names:
        print("\n".join(_facts(found[0])))
    else:
        width = max(map(len, known))
        print("\n".join(f"{row['name']:{width}}  {row['stop']}" for row in found))
    return 0


def _of_files() -> tuple[Mapping[str, Any], ...]:
    """Those of the configuration files, which come before init's own of the same name."""
    environ = {"INITD_CONFIG": os.environ.get("INITD_CONFIG", "")}
    return read_files(read([], environ)).profiles


def _facts(row: Mapping[str, Any]) -> list[str]:
    width = max(map(len, _FACTS.values()))
    return [row["name"]] + [
        f"  {title:{width}}  {_said(row[fact])}" for fact, title in _FACTS.items() if fact in row
    ]


def _said(value: Any) -> str:
    if not isinstance(value, (list, tuple)):
        return str(value)
    return ", ".join(_condition(each) if isinstance(each, dict) else str(each) for each in value)


def _condition(condition: Mapping[str, str]) -> str:
    what = f"{condition['env']} is set" if "env" in condition else f"it has {condition['argument']}"
    return f"{what}: {condition['stop']}"


def _instead(name: str, known: list[str]) -> str:
    if name in known:
        return f"one name at a time, and not {name!r} too"
    nearest = did_you_mean(name, known)
    return f"no profile {name!r}" + (f": {nearest}" if nearest else "; initd profiles")
