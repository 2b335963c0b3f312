"""All that the page says, as figures."""

from dataclasses import dataclass

from contenders import Field
from summary import CheckRow, Goal, Row, Samples, check_rows, goals, health_goals, rows
from summary_monitor import (
    HttpRow,
    PartRow,
    ProbeRow,
    http_rows,
    monitor_goals,
    part_rows,
    probe_rows,
)


@dataclass(frozen=True)
class Results:
    """One run's; a list is empty where initd does not take part."""

    table: list[Row]
    health: list[CheckRow]
    http: list[HttpRow]
    probes: list[ProbeRow]
    parts: list[PartRow]
    goals: list[Goal]
    left_out: list[str]


def summarise(field: Field, samples: Samples) -> Results:
    """From what was measured."""
    table, health = rows(field.contenders, samples), check_rows(samples)
    probes = probe_rows(samples.probes, samples.probe_seconds)
    reached = [
        *goals(table, samples.idle_seconds),
        *health_goals(health),
        *monitor_goals(table, probes),
    ]
    http, parts = http_rows(samples.http), part_rows(samples.imports)
    return Results(table, health, http, probes, parts, reached, field.left_out)
