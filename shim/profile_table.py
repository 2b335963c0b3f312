"""initd/profiles as modules of constants, so that pid 1 parses no TOML: `profile_table` has all
that is known, for people; `profile_rows` what pid 1 acts on; and `profile_index` which rows may
match a command line, so that a start reads one of them, and mostly none."""

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
    """The files of profiles as three Python modules in `folder`."""
    rows = tuple(
        {"name": name, **facts}
        for path in sorted(source.glob("*.toml"))
        for name, facts in tomllib.loads(path.read_text()).items()
    )
    head = '"""Made from initd/profiles by the build."""\n\n'
    table = pprint.pformat(rows, sort_dicts=False, width=100)
    (folder / "profile_table.py").write_text(f"{head}TABLE = {table}\n")
    lean = [{key: row[key] for key in _DECISIVE if key in row} for row in rows]
    names = "".join(f"{row['name']}\n" for row in rows)
    by_word, by_start, by_end = _index(rows)
    # One text is read at a fraction of the cost of a dictionary with as many entries.
    lines = "".join(f"{word}\t{' '.join(map(str, by_word[word]))}\n" for word in by_word)
    (folder / "profile_index.py").write_text(
        f"{head}#: Which rows may match, by the first word of a command line: a line for each.\n"
        f"WORDS = {chr(10) + lines!r}\n"
        f"#: And by how that word begins, or ends.\n"
        f"STARTS = {pprint.pformat(by_start, width=100)}\n"
        f"ENDS = {by_end!r}\n"
    )
    (folder / "profile_rows.py").write_text(
        f"{head}#: In the order of the rows, a line for each.\n"
        f"NAMES = {chr(10) + names!r}\n\n"
        f"#: Each row as marshal has it: one is read of all these.\n"
        "ROWS = (\n"
        + "".join(f"    {marshal.dumps(row, _MARSHAL_VERSION)!r},\n" for row in lean)
        + ")\n"
    )


_Parts = tuple[tuple[str, int], ...]


def _index(rows: tuple[dict[str, Any], ...]) -> tuple[dict[str, tuple[int, ...]], _Parts, _Parts]:
    """Numbers of rows by the first words of their patterns: whole words, starts, and ends."""
    by_word: dict[str, list[int]] = {}
    by_start: list[tuple[str, int]] = []
    by_end: list[tuple[str, int]] = []
    for number, row in enumerate(rows):
        for pattern in row["match"]:
            word = pattern.partition(" ")[0]
            start, star, end = word.partition("*")
            if star and not start and "*" not in end:
                by_end.append((end, number))
            elif star:
                by_start.append((start, number))
            else:
                by_word.setdefault(word, []).append(number)
    distinct = {word: tuple(dict.fromkeys(numbers)) for word, numbers in by_word.items()}
    return distinct, tuple(dict.fromkeys(by_start)), tuple(dict.fromkeys(by_end))
