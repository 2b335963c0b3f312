"""`initd profiles [NAME] [--json]`: the programs that initd knows, or the facts about one."""

from __future__ import annotations

from initd.cli.verbs import VerbFailed
from initd.config.command_line import decoded, read
from initd.config.toml.files import read_files
from initd.core.nearest import did_you_mean
from initd.core.signals.condition import texts
from initd.core.signals.profile_table import TABLE
from initd.core.start.exit_codes import EXIT_OWN
from initd.json_codec import encode
from initd.linux.environment import given_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from initd.cli.verbs import Call

#: The titles of the facts, in the order in which they are shown.
_FACTS = {
    "match": "recognised by",
    "stop": "a stop sends",
    "target": "to",
    "hurry": "before the engine's KILL",
    "survives": "no stop",
    "quick": "stops quickly on",
    "reload": "reloads on",
    "reopen": "reopens its logs on",
    "quiet": "accepts no new work on",
    "clean": "exit codes that count as 0",
    "when": "unless",
    "wrapper": "stays in front of the program",
    "warn": "warning",
    "measured": "measured",
    "bare": "a plain TERM",
    "verified": "tested",
    "source": "source",
    "of_user": "defined at",
}

_ASKED = {
    "env": "with",
    "no_env": "without",
    "argument": "with argument",
    "no_argument": "without argument",
}


def profiles(call: Call) -> int:
    """Prints the list, or all facts about one. Raises VerbFailed for an unknown name."""
    as_json = call.has("--json")
    known: dict[str, Mapping[str, Any]] = {}
    for row in (*_of_files(), *TABLE):
        known.setdefault(row["name"], row)
    for name in call.rest:
        if name not in known:
            hint = did_you_mean(name, known) or "`initd profiles` lists them"
            raise VerbFailed(f"unknown profile {name!r}: {hint}", EXIT_OWN)
    found = [known[name] for name in call.rest] or list(known.values())
    if as_json:
        print(encode(found))
    elif call.rest:
        print("\n".join(_facts(found[0])))
    else:
        width = max(map(len, known))
        print("\n".join(f"{row['name']:{width}}  {row['stop']}" for row in found))
    return 0


def _of_files() -> tuple[Mapping[str, Any], ...]:
    """Those of the configuration files, which win over initd's own of the same name."""
    return read_files(read([], decoded(given_environment(), b"INITD_CONFIG"))).profiles


def _facts(row: Mapping[str, Any]) -> list[str]:
    width = max(map(len, _FACTS.values()))
    return [row["name"]] + [
        f"  {title:{width}}  {_text(row[fact])}" for fact, title in _FACTS.items() if fact in row
    ]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, (list, tuple)):
        return str(value)
    return ", ".join(_condition(each) if isinstance(each, dict) else str(each) for each in value)


def _condition(condition: Mapping[str, Any]) -> str:
    """`GRACEFUL_TERM is set: TERM`, or what a warning says and when."""
    asked = " and ".join(
        f"{words} {' or '.join(texts(condition, key))}"
        for key, words in _ASKED.items()
        if key in condition
    )
    if "text" in condition:
        return f"{condition['text']} ({asked})" if asked else condition["text"]
    changed = [str(condition["stop"])] if "stop" in condition else []
    changed += [f"to {condition['target']}"] if "target" in condition else []
    changed += [f"{_text(condition['clean'])} counts as 0"] if "clean" in condition else []
    changed += [f"before the engine's KILL {condition['hurry']}"] if "hurry" in condition else []
    return f"{asked}: {', '.join(changed)}"
