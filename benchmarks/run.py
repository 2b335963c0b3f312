"""Side by side: what each init adds to the start, to a signal, to rest, and to memory; what a
health check takes, and what the monitor costs and answers.

    python3 benchmarks/run.py --initd "$(command -v initd)" --write docs/benchmarks.md

Takes about eight minutes. The figures that initd is to reach are checked and printed; missing
one is news, not a failure of the benchmark.
"""

import argparse
import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from statistics import median

import report
from container import ContainerError
from contenders import NONE, Contender, gather
from machine import describe_machine
from measure_health import measure_health
from measure_http import measure_http
from measure_idle import measure_idle
from measure_imports import measure_imports
from measure_memory import measure_memory
from measure_probes import measure_probes
from measure_signal import measure_signals
from measure_start import measure_starts
from results import Results, summarise
from servers import http_server, servers
from summary import Samples
from workshop import Workshop, open_workshop, real_interpreter

COMMAND = 'python3 benchmarks/run.py --initd "$(command -v initd)" --write docs/benchmarks.md'


def main() -> int:
    """Measure, print, and write what was asked for."""
    options = arguments()
    machine = describe_machine()
    with open_workshop(real_interpreter(options.initd)) as workshop:
        field = gather(workshop, options.initd)
        samples = measure(workshop, field.contenders, options)
    results = summarise(field, samples)
    how = report.method(results, median(samples.starts[NONE]) / 1e6, counts(options))
    print(*report.sections(results), report.remarks(results.table, results.left_out), sep="\n\n")
    if options.write:
        options.write.write_text(report.page(machine, results, how, COMMAND))
    if options.json:
        options.json.write_text(as_json(machine, results, samples))
    return 0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure initd beside other inits.")
    found = shutil.which("initd")
    parser.add_argument(
        "--initd", type=Path, metavar="PATH", default=Path(found) if found else None,
        help="the installed launcher (default: initd on PATH)",
    )  # fmt: skip
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page, as Markdown")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write figures and samples")
    parser.add_argument("--rounds", type=positive, default=100, help="starts of each (100)")
    parser.add_argument("--signals", type=positive, default=1000, help="signals to each (1000)")
    parser.add_argument("--idle", type=float, default=10.0, help="seconds of rest (10)")
    parser.add_argument("--memory-rounds", type=positive, default=5, help="readings of each (5)")
    parser.add_argument("--health-calls", type=positive, default=200, help="of each check (200)")
    parser.add_argument("--requests", type=positive, default=10000, help="to each server (10000)")
    parser.add_argument("--probes", type=float, default=60.0, help="seconds of probing (60)")
    return parser.parse_args()


def counts(options: argparse.Namespace) -> dict[str, str]:
    """How often and how long, in words for the report."""
    return {
        "rounds": f"{options.rounds}",
        "signals": f"{options.signals:,}",
        "idle_seconds": f"{options.idle:g}",
        "memory_rounds": f"{options.memory_rounds}",
        "health_calls": f"{options.health_calls}",
        "requests": f"{options.requests:,}",
        "probe_seconds": f"{options.probes:g}",
    }


def positive(text: str) -> int:
    """A number of rounds."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def measure(
    workshop: Workshop, contenders: list[Contender], options: argparse.Namespace
) -> Samples:
    """All measurements, one after the other."""
    with_app = [contender for contender in contenders if contender.runs_app]
    at_rest = [contender for contender in contenders if contender.name != NONE]
    initd, web = options.initd, http_server(workshop)
    return Samples(
        starts=measure_starts(workshop, with_app, options.rounds, progress),
        signals=measure_signals(workshop, with_app, options.signals, progress),
        idle=measure_idle(workshop, at_rest, options.idle, progress),
        memory=measure_memory(workshop, at_rest, options.memory_rounds, progress),
        health=measure_health(workshop, initd, options.health_calls, progress),
        idle_seconds=options.idle,
        http=measure_http(workshop, servers(workshop, initd), options.requests, progress),
        probes=measure_probes(workshop, initd, web, options.probes, progress),
        probe_seconds=options.probes,
        imports=measure_imports(workshop, initd, options.memory_rounds, progress),
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
