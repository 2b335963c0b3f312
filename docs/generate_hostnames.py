"""Writes the table of programs in docs/hostnames.md from what tests/docker/test_languages.py
asks; `make docs` runs it, tests/unit/test_hostnames_md.py says when to."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parent / "hostnames.md"
CASES = Path(__file__).parents[1] / "tests" / "docker" / "language_cases.py"
BEGIN = "<!-- made by docs/generate_hostnames.py -->\n"
END = "<!-- end of what is made -->\n"


def with_programs(text: str) -> str:
    """The page with the table of now between its marks."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}{program_table()}{END}{rest.partition(END)[2]}"


def program_table() -> str:
    """A row for each question, in Markdown: those that are answered in full come first."""
    head = "| program | asked by | bound to | sees |\n|---|---|---|---|\n"
    cases = runpy.run_path(str(CASES))["CASES"]
    return head + "".join(
        _row(case) for case in sorted(cases, key=lambda case: case.why_short != "")
    )


def _row(case: Any) -> str:
    symbol = f"`{case.symbol}`" if case.symbol else ""
    sees = f"`{case.sees}`" + (f": {case.why_short}" if case.why_short else "")
    return f"| {case.program} | `{case.call}` | {symbol} | {sees} |\n"


if __name__ == "__main__":
    PAGE.write_text(with_programs(PAGE.read_text()))
