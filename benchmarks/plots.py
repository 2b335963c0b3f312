"""The plots: one for each measure that a picture says more of than a table.

Colours are those of Okabe and Ito, which people who see few colours tell apart; each line and bar
has its name beside it, so that none depends on colour alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
from contenders import NONE
from figures import private_kib, reap_ms, rest_cpu_ms
from matplotlib import pyplot
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter
from report import stem
from results import Results
from summary import Row, Spread

matplotlib.use("Agg")

OURS, PYTHON, OTHER, GRID = "#0072B2", "#E69F00", "#8C8C8C", "#DDDDDD"
LINES = ["#000000", "#009E73", OURS, "#CC79A7", "#56B4E9", "#D55E00"]
MARKERS = "osDP^v"
PLAIN = FuncFormatter(lambda value, _: f"{value:,g}")
"""1,000 and not 10 to the third."""
DPI = 110
FONT = 10


@dataclass(frozen=True)
class Bar:
    """One init's value, and how far up its samples reach."""

    name: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Bars:
    """One plot of bars; the heading is that of the report's section."""

    heading: str
    title: str
    axis: str
    bar: Callable[[Row], Bar | None]
    digits: int = 0
    log: bool = False


def of_spread(figure: Callable[[Row], Spread | None]) -> Callable[[Row], Bar | None]:
    """The median, with what a quarter lies below and the 99th percentile."""

    def bar(row: Row) -> Bar | None:
        found = figure(row)
        return Bar(row.name, found.median, found.low, found.p99) if found else None

    return bar


def of_number(figure: Callable[[Row], float | None]) -> Callable[[Row], Bar | None]:
    """The number alone."""

    def bar(row: Row) -> Bar | None:
        value = figure(row)
        return None if value is None else Bar(row.name, value, value, value)

    return bar


def private_mib(row: Row) -> float | None:
    """A unit in which the numbers are short."""
    kib = private_kib(row)
    return None if kib is None else kib / 1024


BARS = [
    Bars(
        "Time to the app", "Time to the app, over the app's own (median; whiskers: quarter to p99)",
        "milliseconds, logarithmic", of_spread(lambda row: row.start_ms), digits=1, log=True,
    ),
    Bars(
        "Signals", "Round trip of a signal (median; whiskers: quarter to p99)",
        "microseconds, logarithmic", of_spread(lambda row: row.signal_us), log=True,
    ),
    Bars(
        "Stop", "Stop, over the app's own (median; whiskers: quarter to p99)",
        "milliseconds, logarithmic", of_spread(lambda row: row.stop_ms), digits=1, log=True,
    ),
    Bars(
        "Storm of orphans", "Processor time of 1,000 reaps",
        "milliseconds", of_number(reap_ms), digits=1,
    ),
    Bars(
        "Rest", "Processor time at rest",
        "milliseconds in all of the rest", of_number(rest_cpu_ms), digits=2,
    ),
    Bars("Memory", "Private memory beside a twin", "MiB",
         of_number(private_mib), digits=2),
]  # fmt: skip


def draw(results: Results, directory: Path) -> list[Path]:
    """All plots, as files named after the report's sections."""
    pyplot.rcParams.update({"font.size": FONT, "axes.spines.top": False,
                            "axes.spines.right": False})  # fmt: skip
    directory.mkdir(parents=True, exist_ok=True)
    drawn = [draw_bars(each, results.table, directory) for each in BARS]
    if results.density:
        drawn.append(draw_density(results, directory))
    return [path for path in drawn if path]


def sorted_bars(plot: Bars, table: list[Row]) -> list[Bar]:
    """The least on top. The floor has nothing that could be drawn where it is taken off."""
    bars = [bar for row in table if (bar := plot.bar(row))]
    if plot.log:
        bars = [bar for bar in bars if bar.value > 0 and bar.name != NONE]
    return sorted(bars, key=lambda bar: bar.value)


def draw_bars(plot: Bars, table: list[Row], directory: Path) -> Path | None:
    """A line for each, with the names to the left and the values to the right.

    Dots where the axis is logarithmic: a bar's length would say nothing there."""
    bars = sorted_bars(plot, table)
    if not bars:
        return None
    figure, axes = pyplot.subplots(figsize=(8, 1.3 + 0.32 * len(bars)), layout="constrained")
    for place, bar in enumerate(bars):
        if plot.log:
            axes.plot(bar.value, place, marker="o", markersize=9, color=colour(bar.name))
        else:
            axes.barh(place, bar.value, color=colour(bar.name), height=0.7)
        if bar.high > bar.low:
            low = max(bar.low, bar.value / 10) if plot.log else bar.low
            axes.plot([low, bar.high], [place, place], color="black", linewidth=1, marker="|")
        axes.annotate(
            f"{bar.value:,.{plot.digits}f}", (max(bar.high, bar.value), place),
            xytext=(8, 0), textcoords="offset points", verticalalignment="center",
        )  # fmt: skip
    axes.set_yticks(range(len(bars)), [bar.name for bar in bars])
    axes.set_ylim(len(bars) - 0.4, -0.6)
    if plot.log:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(PLAIN)
        axes.grid(axis="y", color=GRID, linewidth=0.7, linestyle=":")
    axes.margins(x=0.14)
    finish(axes, plot.title, plot.axis)
    handles = [Patch(color=OURS, label="initd"), Patch(color=OTHER, label="others"),
               Patch(color=PYTHON, label="Python, to compare")]  # fmt: skip
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False)
    return saved(figure, directory / f"{stem(plot.heading)}.png")


def colour(name: str) -> str:
    """Ours, Python's, or somebody else's."""
    if name.startswith("initd"):
        return OURS
    return PYTHON if "ython" in name else OTHER


def draw_density(results: Results, directory: Path) -> Path:
    """What is added to the app's own, against the number of containers."""
    figure, (memory, cpu, start) = pyplot.subplots(1, 3, figsize=(12, 4.4), layout="constrained")
    for place, row in enumerate(results.density):
        if row.name == NONE:
            continue
        color, style = LINES[place], {"marker": MARKERS[place], "label": row.name}
        counts = [count for count, _ in row.memory]
        memory.plot(*zip(*row.memory), color=color, linestyle="none", **style)
        ends = [0, counts[-1]]
        memory.plot(ends, [row.line.at(end) for end in ends], color=color, linewidth=1)
        cpu.plot(*zip(*row.cpu), color=color, linewidth=1, **style)
        start.plot(*zip(*row.starts), color=color, linewidth=1, **style)
        for axes in (memory, cpu, start):
            axes.set_xticks(counts)
            axes.set_xlim(left=0)
    finish(memory, "Private memory, and the nearest line", "containers", "MB, all together")
    finish(cpu, "Processor time at rest", "containers", "milliseconds a minute, all together")
    start.set_yscale("symlog", linthresh=10)
    start.yaxis.set_major_formatter(PLAIN)
    finish(start, "Start of one more", "containers", "milliseconds, logarithmic above 10")
    figure.suptitle("What each adds to the app's own", fontsize=FONT + 1)
    handles, labels = memory.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    return saved(figure, directory / f"{stem('A hundred containers')}.png")


def finish(axes: Any, title: str, across: str, up: str = "") -> None:
    """What each plot has."""
    axes.set_title(title, loc="left", fontsize=FONT + 1)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.grid(axis="y" if up else "x", color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)


def saved(figure: Any, path: Path) -> Path:
    """Without a date or a version in it: the same figures make the same file."""
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
    pyplot.close(figure)
    return path
