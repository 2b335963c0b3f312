"""All that the page says, as figures."""

from dataclasses import dataclass
from statistics import median

from contenders import NONE
from field import Field
from measure_density import Series
from measure_health import Call
from measure_http import Bursts
from measure_preload import Samples as NameSamples
from measure_probes import Watched
from summary import CheckRow, InitSamples, Row, check_rows, rows
from summary_density import DensityRow, density_rows
from summary_monitor import HttpRow, PartRow, ProbeRow, http_rows, part_rows, probe_rows


@dataclass(frozen=True)
class Samples:
    """Everything that was measured."""

    inits: InitSamples
    health: dict[str, list[Call]]
    """By the command; empty when initd does not take part."""
    http: Bursts
    probes: dict[str, Watched]
    """By the kind of check; empty when initd does not take part."""
    probe_seconds: float
    imports: dict[str, list[int]]
    """KiB by what was imported; empty when initd does not take part."""
    density: dict[str, Series]
    """By the init; empty when no engine could be started."""
    names: NameSamples
    """By what the library does; empty when initd does not take part."""


@dataclass(frozen=True)
class Results:
    """One run's; a list is empty where initd or the engine does not take part."""

    table: list[Row]
    health: list[CheckRow]
    http: list[HttpRow]
    probes: list[ProbeRow]
    parts: list[PartRow]
    density: list[DensityRow]
    names: NameSamples
    left_out: list[str]
    alone_ms: float
    """The app's own time from exec to main."""
    alone_stop_ms: float
    """The app's own time from the signal to its end."""


def summarise(field: Field, samples: Samples, left_out: list[str]) -> Results:
    """From what was measured."""
    return Results(
        table=rows(field.contenders, samples.inits),
        health=check_rows(samples.health),
        http=http_rows(samples.http),
        probes=probe_rows(samples.probes, samples.probe_seconds),
        parts=part_rows(samples.imports),
        density=density_rows(samples.density),
        names=samples.names,
        left_out=[*field.left_out, *left_out],
        alone_ms=median(samples.inits.starts[NONE]) / 1e6,
        alone_stop_ms=median(stop.nanoseconds for stop in samples.inits.stops[NONE]) / 1e6,
    )
