"""initd/profiles as modules of constants, so that pid 1 parses no TOML: `profile_table` has all
that is known, for people, and `profile_rows` what pid 1 acts on, so that a start reads one row of
a hundred and more."""

from __future__ import annotations

import marshal
import pprint
import tomllib
from pathlib import Path
from typing import Any

#: The keys that decide something.
_DECISIVE = (
    *("name", "match", "stop", "target", "clean", "when", "warn", "wrapper", "hurry", "survives"),
    *("reload", "reopen", "quiet"),
)
#: Of marshal's formats that which every Python reads, and which refers to nothing outside.
_MARSHAL_VERSION = 2


def write_profile_table(source: Path, folder: Path) -> None:
    """The files of profiles as two Python modules in `folder`."""
    rows = tuple(
        {"name": name, **facts}
        for path in sorted(source.glob("*.toml"))
        for name, facts in tomllib.loads(path.read_text()).items()
    )
    head = '"""Made from initd/profiles by the build."""\n\n'
    table = pprint.pformat(rows, sort_dicts=False, width=100)
    (folder / "profile_table.py").write_text(f"{head}TABLE = {table}\n")
    by_word, by_start = _index(rows)
    lean = [{key: row[key] for key in _DECISIVE if key in row} for row in rows]
    names = tuple(row["name"] for row in rows)
    (folder / "profile_rows.py").write_text(
        f"{head}NAMES = {names!r}\n\n"
        f"#: By the first word of a command line, and by how it begins: which rows may match.\n"
        f"BY_WORD = {pprint.pformat(by_word, width=100)}\n"
        f"BY_START = {pprint.pformat(by_start, width=100)}\n\n"
        f"#: Each row as marshal has it: one is read of all these.\n"
        "ROWS = (\n"
        + "".join(f"    {marshal.dumps(row, _MARSHAL_VERSION)!r},\n" for row in lean)
        + ")\n"
    )


def _index(
    rows: tuple[dict[str, Any], ...],
) -> tuple[dict[str, tuple[int, ...]], tuple[tuple[str, int], ...]]:
    by_word: dict[str, list[int]] = {}
    by_start: list[tuple[str, int]] = []
    for number, row in enumerate(rows):
        for pattern in row["match"]:
            word = pattern.partition(" ")[0]
            start, star, _ = word.partition("*")
            if star:
                by_start.append((start, number))
            else:
                by_word.setdefault(word, []).append(number)
    distinct = {word: tuple(dict.fromkeys(numbers)) for word, numbers in by_word.items()}
    return distinct, tuple(dict.fromkeys(by_start))
