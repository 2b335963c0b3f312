"""The page: every table, the plots beside them, the machine, and how it was measured."""

from collections.abc import Callable, Mapping
from pathlib import Path

import measure_preload
import report_density
import report_inits
import report_monitor
from goals import Verdict, verdicts
from markdown import Cells, aligned, number, wrapped
from results import Results

GOAL_COLUMNS = ("measure", "goal", "figure", "held against", "ratio", "verdict")
INTRODUCTION = (
    "initd beside other inits, all measured in one run. This page and its plots are written by"
    " the benchmark itself, from a checkout, with `make bench`."
)


def names(results: Results) -> str:
    """What the library costs that answers with the workload's name."""
    return measure_preload.section(results.names).strip() if results.names else ""


Section = tuple[str, Callable[[Results], str]]
SECTIONS: list[Section] = [
    ("At a glance", report_inits.glance),
    ("Time to the app", report_inits.starts),
    ("Signals", report_inits.signals),
    ("Stop", report_inits.stops),
    ("Storm of orphans", report_inits.storms),
    ("Rest", report_inits.rest),
    ("Memory", report_inits.memory),
    ("A hundred containers", report_density.density),
    ("Health checks", report_monitor.health),
    ("HTTP", report_monitor.http),
    ("Wake-ups of a check, in a minute", report_monitor.probes),
    ("What makes up the monitor", report_monitor.parts),
    ("Names", names),
]


def page(
    machine: Mapping[str, str], results: Results, counts: Mapping[str, str], plots: list[Path]
) -> str:
    """The whole of docs/benchmarks.md; `plots` are relative to it, named after the sections."""
    drawn = {plot.stem: plot for plot in plots}
    versions = ", ".join(f"{row.name} {row.version}" for row in results.table if row.version)
    facts = {**machine, "Versions": versions}
    whole = [
        "# Benchmarks",
        wrapped(INTRODUCTION),
        f"## Goals\n\n{goals(verdicts(results))}",
        *(section(heading, write(results), drawn) for heading, write in SECTIONS),
        "## Machine\n\n" + "\n".join(f"- {key}: {value}" for key, value in facts.items()),
        f"## How it was measured\n\n{method(results, counts)}",
    ]
    if notes := remarks(results):
        whole.append(f"## Remarks\n\n{notes}")
    return "\n\n".join(whole) + "\n"


def section(heading: str, text: str, drawn: Mapping[str, Path]) -> str:
    """One measure: a plot, where there is one, and the table."""
    plot = drawn.get(stem(heading))
    image = f"![{heading}]({plot.as_posix()})\n\n" if plot else ""
    return f"## {heading}\n\n{image}{text or 'Not measured.'}"


def stem(heading: str) -> str:
    """The name of a section's plot."""
    return "-".join(heading.lower().split())


def goals(found: list[Verdict]) -> str:
    """Each goal with what came of it."""
    return aligned([list(GOAL_COLUMNS), *map(goal_cells, found)], names=2)


def goal_cells(found: Verdict) -> Cells:
    """One line of it."""
    ratio = found.got / found.reference if found.got is not None and found.reference else None
    return [
        found.measure,
        found.wanted,
        with_unit(found.got, found),
        with_unit(found.reference, found) if found.reference is not None else "-",
        number(ratio, 2),
        said(found),
    ]


def said(found: Verdict) -> str:
    """In a word, and by how much it was missed."""
    if found.reached is None:
        return "not measured"
    return "reached" if found.reached else f"MISSED by {with_unit(found.over, found)}"


def with_unit(value: float | None, found: Verdict) -> str:
    """A figure as people write it."""
    return f"{number(value, found.digits)} {found.unit if value is not None else ''}".strip()


def remarks(results: Results) -> str:
    """Whatever a reader would otherwise wonder about."""
    lost = [
        f"{row.name} lost {row.signals_lost} signals"
        for row in results.table
        if row.signals_lost and row.signal_us is not None
    ]
    parts = [
        f"private memory of {row.name}, by process: "
        + ", ".join(f"{name} {kib:,} KiB" for name, kib in row.memory.parts)
        for row in results.table
        if row.memory and len(row.memory.parts) > 1
    ]
    lines = [*(f"left out: {reason}" for reason in results.left_out), *lost, *parts]
    return "\n".join(wrapped(f"- {line}") for line in lines)


def method(results: Results, counts: Mapping[str, str]) -> str:
    """How it was measured; `counts` are the numbers of rounds, calls and seconds."""
    texts = [
        report_inits.method(results, counts),
        report_density.method(counts),
        report_monitor.method(counts),
    ]
    lines = [wrapped(line) for text in texts for line in text.splitlines()]
    batches, starts = (int(counts[key].replace(",", "")) for key in ("name_batches", "name_starts"))
    return "\n".join([*lines, measure_preload.method(batches, starts)])
