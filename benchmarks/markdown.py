"""Tables and paragraphs that read well as plain text too."""

import textwrap
from pathlib import Path

from summary import Spread

Cells = list[str]


def number(value: float | None, digits: int = 0) -> str:
    """A figure, or a dash where there is none."""
    return "-" if value is None else f"{value:,.{digits}f}"


def ranged(values: Spread | None, digits: int = 0) -> str:
    """From the lower quarter to the upper one."""
    if values is None:
        return "-"
    return f"{number(values.low, digits)} to {number(values.high, digits)}"


def aligned(lines: list[Cells], names: int = 1) -> str:
    """A table; so many of its columns are names."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    rule = ["-" * width if column < names else "-" * (width - 1) + ":"
            for column, width in enumerate(widths)]  # fmt: skip
    return "\n".join(joined(line, widths, names) for line in [lines[0], rule, *lines[1:]])


def joined(line: Cells, widths: list[int], names: int) -> str:
    """Names to the left, figures to the right."""
    cells = zip(line, widths, strict=True)
    placed = (
        cell.ljust(width) if column < names else cell.rjust(width)
        for column, (cell, width) in enumerate(cells)
    )
    return f"| {' | '.join(placed)} |"


def wrapped(line: str) -> str:
    """A paragraph or an item of a list, in lines of a width that people read."""
    indent = "  " if line.startswith("- ") else ""
    return textwrap.fill(
        line, 100, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def write_between(page: Path, begin: str, end: str, text: str) -> None:
    """Replaces what stands between the two marks of a page."""
    head, _, rest = page.read_text().partition(begin)
    _, _, tail = rest.partition(end)
    page.write_text(f"{head}{begin}\n\n{text}\n\n{end}{tail}")
