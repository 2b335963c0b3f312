"""Draws what dashboard.json shows, for a page or a mail: no Grafana needed.

    python3 picture.py http://localhost:9090 10m dashboard.png

asks that Prometheus for the last ten minutes. Needs matplotlib. Panels have the places and the
queries of the dashboard; colours and fonts are matplotlib's.
"""

from __future__ import annotations

import json
import re
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
from matplotlib import dates, figure, ticker  # after the choice of what draws
from matplotlib.axes import Axes

BOARD = Path(__file__).with_name("dashboard.json")
VARIABLES = {"$job": ".*", "$instance": ".*", "$__rate_interval": "15s"}
UNITS = {"s": "{x:g} s", "cps": "{x:g}/s"}
COLUMNS = 24
INCHES = 0.7, 0.42
POINTS = 200
READY = {"0": "#e0752d", "1": "#56a64b"}


def ask(server: str, path: str, **parameters: str) -> list[dict[str, Any]]:
    """The series that a query finds."""
    url = f"{server}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
    with urllib.request.urlopen(url, timeout=30) as answer:
        found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        return found


def expression(panel: dict[str, Any]) -> str:
    text: str = panel["targets"][0]["expr"]
    for name, value in VARIABLES.items():
        text = text.replace(name, value)
    return text


def legend(panel: dict[str, Any], labels: dict[str, str]) -> str:
    form: str = panel["targets"][0].get("legendFormat", "")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], "")[:24], form)


def points(series: dict[str, Any]) -> tuple[list[float], list[float]]:
    """Times as matplotlib counts them, and values."""
    at = [when / 86400 for when, _ in series["values"]]
    return at, [float(value) for _, value in series["values"]]


def draw_number(axes: Axes, panel: dict[str, Any], found: list[dict[str, Any]]) -> None:
    value = float(found[0]["value"][1]) if found else 0.0
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    bad = len(steps) > 1 and value >= steps[1]["value"]
    color = READY["0" if bad else "1"]
    axes.text(0.5, 0.45, f"{value:.0f}", ha="center", va="center", size=24, color=color)
    axes.set_axis_off()


def draw_lines(axes: Axes, panel: dict[str, Any], found: list[dict[str, Any]]) -> None:
    for series in sorted(found, key=lambda each: legend(panel, each["metric"])):
        axes.plot(*points(series), label=legend(panel, series["metric"]), linewidth=1.2)
    axes.set_ylim(bottom=0)
    axes.margins(y=0.2)
    unit = panel["fieldConfig"]["defaults"].get("unit", "")
    if unit == "bytes":
        axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda x, _: f"{x / 2**20:.0f} MiB"))
    elif unit in UNITS:
        axes.yaxis.set_major_formatter(ticker.StrMethodFormatter(UNITS[unit]))
    if found:
        axes.legend(fontsize=5, loc="upper left", ncols=2, frameon=False)
    clock(axes)


def draw_strips(axes: Axes, panel: dict[str, Any], found: list[dict[str, Any]]) -> None:
    found = sorted(found, key=lambda each: legend(panel, each["metric"]), reverse=True)
    for row, series in enumerate(found):
        times, values = points(series)
        for value, color in READY.items():
            shown = [at for at, each in zip(times, values) if each == float(value)]
            axes.plot(shown, [row] * len(shown), "s", color=color, markersize=5)
    names = [legend(panel, series["metric"]) for series in found]
    axes.set_yticks(range(len(names)), names, fontsize=6)
    axes.margins(y=0.1)
    clock(axes)


def draw_table(axes: Axes, panel: dict[str, Any], found: list[dict[str, Any]]) -> None:
    columns = ("hostname", "role", "revision", "profile")
    rows = sorted([each["metric"].get(column, "") for column in columns] for each in found)
    axes.set_axis_off()
    if rows:
        made = axes.table(rows, colLabels=columns, loc="upper center", cellLoc="left")
        made.auto_set_font_size(False)
        made.set_fontsize(7)


def clock(axes: Axes) -> None:
    axes.xaxis.set_major_formatter(dates.DateFormatter("%H:%M:%S"))
    axes.xaxis.set_major_locator(ticker.MaxNLocator(4))
    axes.tick_params(labelsize=6)
    axes.grid(alpha=0.25)


DRAW = {
    "stat": draw_number,
    "timeseries": draw_lines,
    "state-timeline": draw_strips,
    "table": draw_table,
}


def main(server: str, span: str, target: str) -> None:
    seconds = int(span[:-1]) * {"s": 1, "m": 60, "h": 3600}[span[-1]]
    end = time.time()
    panels = json.loads(BOARD.read_text())["panels"]
    height = max(each["gridPos"]["y"] + each["gridPos"]["h"] for each in panels)
    page = figure.Figure(figsize=(COLUMNS * INCHES[0], height * INCHES[1]), dpi=80)
    for panel in panels:
        place = panel["gridPos"]
        if panel["type"] == "row":
            page.text(0.01, 1 - (place["y"] + 0.8) / height, panel["title"], weight="bold")
            continue
        box = (
            (place["x"] + 1.2) / COLUMNS,
            1 - (place["y"] + place["h"] - 1) / height,
            (place["w"] - 1.6) / COLUMNS,
            (place["h"] - 2.2) / height,
        )
        axes = page.add_axes(box)
        axes.set_title(panel["title"], fontsize=9, loc="left")
        if panel["type"] in ("timeseries", "state-timeline"):
            bounds = {"start": f"{end - seconds}", "end": f"{end}", "step": f"{seconds / POINTS}"}
            found = ask(server, "query_range", query=expression(panel), **bounds)
        else:
            found = ask(server, "query", query=expression(panel))
        DRAW[panel["type"]](axes, panel, found)
    page.savefig(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
