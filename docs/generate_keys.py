"""Writes the table of keys in docs/configuration.md from the model; `make docs` runs it,
tests/unit/test_configuration_md.py says when to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec

from initd.config.toml.model import OF_ITS_OWN, OPTION_OF, Configuration, Table

PAGE = Path(__file__).parent / "configuration.md"
BEGIN = "<!-- made by docs/generate_keys.py -->\n"
END = "<!-- end of what is made -->\n"

_WORDS = {str: "text", int: "whole number", float: "number", bool: "true or false"}


def key_table() -> str:
    """A row for each key, in Markdown, table by table."""
    rows = [
        f"| `{key}` | {_words(kind)} | {_option(key)} | {_escaped(says)} |"
        for key, kind, says in keys(Configuration, "")
    ]
    head = "| key | value | option | meaning |\n|---|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


def with_keys(text: str) -> str:
    """The page with the table of now between its marks."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}{key_table()}{END}{rest.partition(END)[2]}"


def keys(model: type[Table], prefix: str) -> Iterator[tuple[str, Any, str]]:
    """Every key with its type and its description; NAME stands for a name of one's own."""
    for field in msgspec.structs.fields(model):
        kind, says, key = field.type, "", prefix + field.encode_name
        while hasattr(kind, "__metadata__"):
            says, kind = kind.__metadata__[0].description or says, kind.__origin__
        if _is_table(kind):
            yield from keys(kind, f"{key}.")
        elif get_origin(kind) is dict and _is_table(get_args(kind)[1]):
            yield from keys(get_args(kind)[1], f"{key}.NAME.")
        elif get_origin(kind) is list and _is_table(get_args(kind)[0]):
            yield from keys(get_args(kind)[0], f"{key}[].")
        else:
            yield key, kind, says


def _is_table(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Table)


def _words(kind: Any) -> str:
    if get_origin(kind) is dict:
        return f"table of {_words(get_args(kind)[1])}"
    if get_origin(kind) is list:
        return f"list of {_words(get_args(kind)[0])}"
    if kind in _WORDS:
        return _WORDS[kind]
    return " or ".join(_words(each) for each in get_args(kind) if each is not type(None))


def _option(key: str) -> str:
    if key.startswith("check."):
        return "`--check`"
    if key.startswith("hooks."):
        return "`--hook`"
    if key in OF_ITS_OWN or key.startswith("profiles."):
        return ""
    name = OPTION_OF.get(key, key.rpartition(".")[2])
    return f"`--{name.replace('_', '-')}`"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(with_keys(PAGE.read_text()))
