"""Side by side: what each init adds to the start, to a signal, to a stop, to a storm of orphans, to
rest, and to memory; what a hundred containers cost; what a health check takes, and what the monitor
costs and answers.

    make bench

writes docs/benchmarks.md and docs/plots. Takes about twenty minutes, a minute and a half with
--quick, whose figures are worth nothing. The figures that initd is to reach are checked and
written; missing one is news, not a failure of the benchmark.
"""

import argparse
import json
import shutil
import sys
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import report
from container import ContainerError
from contenders import NONE, Contender
from engine import EngineError
from field import gather
from machine import describe_machine
from measure_density import COMMANDS, STEPS, Series, measure_density
from measure_health import measure_health
from measure_http import measure_http
from measure_idle import measure_idle
from measure_imports import library_of, measure_imports
from measure_memory import measure_memory
from measure_preload import Samples as NameSamples
from measure_preload import measure_preload
from measure_probes import measure_probes
from measure_signal import measure_signals
from measure_start import measure_starts
from measure_stop import measure_stops
from measure_storm import measure_storms
from results import Results, Samples, summarise
from servers import http_server, servers
from summary import InitSamples
from workshop import Workshop, open_workshop, real_interpreter


@dataclass(frozen=True)
class Size:
    """How often and how long each measure is taken."""

    rounds: int = 100
    signals: int = 1000
    stops: int = 20
    storms: int = 3
    orphans: int = 20000
    idle_seconds: float = 30.0
    memory_rounds: int = 5
    health_calls: int = 200
    requests: int = 10000
    probe_seconds: float = 60.0
    density_steps: tuple[int, ...] = STEPS
    density_seconds: float = 60.0
    name_batches: int = 1000
    name_starts: int = 1500

    def in_words(self) -> dict[str, str]:
        """For the report."""
        words = {
            field.name: f"{value:,g}"
            for field in fields(self)
            if not isinstance(value := getattr(self, field.name), tuple)
        }
        *others, last = map(str, self.density_steps)
        return {**words, "containers": last, "steps": f"{', '.join(others)} and {last}"}


QUICK = Size(
    rounds=3, signals=100, stops=2, storms=1, orphans=2000, idle_seconds=3.0, memory_rounds=1,
    health_calls=5, requests=1000, probe_seconds=3.0, density_steps=(1, 2, 3), density_seconds=3.0,
    name_batches=50, name_starts=20,
)  # fmt: skip


def main() -> int:
    """Measure, and write what was asked for."""
    options = arguments()
    size = QUICK if options.quick else Size()
    machine = describe_machine()
    with open_workshop(real_interpreter(options.initd)) as workshop:
        field = gather(workshop, options.initd)
        left_out: list[str] = []
        samples = measure(workshop, field.contenders, options, size, left_out)
    results = summarise(field, samples, left_out)
    drawn = draw(results, options.plots) if options.plots else []
    base = options.write.parent if options.write else Path()
    relative = [path.relative_to(base) for path in drawn]
    page = report.page(machine, results, size.in_words(), relative)
    if options.write:
        options.write.write_text(page)
    else:
        print(page)
    if options.json:
        options.json.write_text(as_json(machine, results, samples))
    return 0


def draw(results: Results, directory: Path) -> list[Path]:
    """The plots, where there is a library that draws them."""
    try:
        import plots
    except ImportError as error:
        results.left_out.append(f"plots: {error}")
        return []
    return plots.draw(results, directory)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure initd beside other inits.")
    found = shutil.which("initd")
    parser.add_argument(
        "--initd", type=Path, metavar="PATH", default=Path(found) if found else None,
        help="the installed launcher (default: initd on PATH)",
    )  # fmt: skip
    parser.add_argument("--wheels", type=Path, metavar="DIR", help="the wheelhouse for the image")
    parser.add_argument("--write", type=Path, metavar="FILE", help="the page, as Markdown")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="where plots go, near the page")
    parser.add_argument("--json", type=Path, metavar="FILE", help="figures and samples")
    parser.add_argument("--quick", action="store_true", help="few rounds, to see that it works")
    return parser.parse_args()


def measure(
    workshop: Workshop,
    contenders: list[Contender],
    options: argparse.Namespace,
    size: Size,
    left_out: list[str],
) -> Samples:
    """All measurements, one after the other."""
    initd, web = options.initd, http_server(workshop)
    return Samples(
        inits=measure_inits(workshop, contenders, size),
        health=measure_health(workshop, initd, size.health_calls, progress),
        http=measure_http(workshop, servers(workshop, initd), size.requests, progress),
        probes=measure_probes(workshop, initd, web, size.probe_seconds, progress),
        probe_seconds=size.probe_seconds,
        imports=measure_imports(workshop, initd, size.memory_rounds, progress),
        density=density(workshop, contenders, options.wheels, size, left_out),
        names=names(workshop, initd, size),
    )


def measure_inits(workshop: Workshop, contenders: list[Contender], size: Size) -> InitSamples:
    """What is measured of each init."""
    with_app = [contender for contender in contenders if contender.runs_app]
    inits = [contender for contender in contenders if contender.name != NONE]
    reaping = [contender for contender in inits if contender.runs_app]
    return InitSamples(
        starts=measure_starts(workshop, with_app, size.rounds, progress),
        signals=measure_signals(workshop, with_app, size.signals, progress),
        stops=measure_stops(workshop, with_app, size.stops, progress),
        storms=measure_storms(workshop, reaping, size.orphans, size.storms, progress),
        idle=measure_idle(workshop, inits, size.idle_seconds, progress),
        idle_seconds=size.idle_seconds,
        memory=measure_memory(workshop, inits, size.memory_rounds, progress),
    )


def density(
    workshop: Workshop,
    contenders: list[Contender],
    wheels: Path | None,
    size: Size,
    left_out: list[str],
) -> dict[str, Series]:
    """A hundred containers, where an engine can be started."""
    if wheels is None:
        left_out.append("a hundred containers: no wheelhouse to make the image from (--wheels)")
        return {}
    takes_part = [contender.name for contender in contenders]
    names = [name for name in COMMANDS if name in takes_part]
    try:
        return measure_density(
            workshop, wheels, names, size.density_steps, size.density_seconds, progress
        )
    except EngineError as error:
        left_out.append(f"a hundred containers: {error}")
        return {}


def names(workshop: Workshop, initd: Path | None, size: Size) -> NameSamples:
    """The library's cost; nothing where initd does not take part."""
    if initd is None or not initd.exists():
        return {}
    library = Path(library_of(initd), "initd", "native", "hostname.so").resolve()
    return measure_preload(
        workshop.scratch(), library, size.name_batches, size.name_starts, progress
    )


def progress(text: str) -> None:
    """One line on a terminal that tells how far it is; nothing in a log."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="\r", file=sys.stderr, flush=True)


def as_json(machine: dict[str, str], results: Results, samples: Samples) -> str:
    """Everything, for programs."""
    return json.dumps({"machine": machine, **asdict(results), "samples": asdict(samples)}, indent=2)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ContainerError as error:
        sys.exit(f"benchmark: {error}")
