"""Side by side: what each init adds to the start, to a signal, to rest, and to memory; and what
a health check takes.

    python3 benchmarks/run.py --initd "$(command -v initd)" --write docs/benchmarks.md

Takes about five minutes. The figures that initd is to reach are checked and printed; missing
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
from measure_idle import measure_idle
from measure_memory import measure_memory
from measure_signal import measure_signals
from measure_start import measure_starts
from summary import CheckRow, Goal, Row, Samples, check_rows, goals, health_goals, rows
from workshop import Workshop, open_workshop, real_interpreter

COMMAND = 'python3 benchmarks/run.py --initd "$(command -v initd)" --write docs/benchmarks.md'


def main() -> int:
    """Measure, print, and write what was asked for."""
    options = arguments()
    machine = describe_machine()
    with open_workshop(real_interpreter(options.initd)) as workshop:
        field = gather(workshop, options.initd)
        samples = measure(workshop, field.contenders, options)
    table = rows(field.contenders, samples)
    checks = check_rows(samples)
    reached = [*goals(table, samples.idle_seconds), *health_goals(checks)]
    alone_ms = median(samples.starts[NONE]) / 1e6
    how = report.method(
        table,
        alone_ms,
        options.rounds,
        options.signals,
        options.idle,
        options.memory_rounds,
        options.health_calls,
    )
    page = report.page(machine, table, checks, reached, field.left_out, how, COMMAND)
    print(report.figures(table), report.ratios(table), report.checks(checks), sep="\n\n")
    print(report.verdicts(reached), report.remarks(table, field.left_out), sep="\n")
    if options.write:
        options.write.write_text(page)
    if options.json:
        options.json.write_text(as_json(machine, table, checks, reached, samples))
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
    return parser.parse_args()


def positive(text: str) -> int:
    """A number of rounds."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def measure(
    workshop: Workshop, contenders: list[Contender], options: argparse.Namespace
) -> Samples:
    """All five measurements, one after the other."""
    with_app = [contender for contender in contenders if contender.runs_app]
    at_rest = [contender for contender in contenders if contender.name != NONE]
    return Samples(
        starts=measure_starts(workshop, with_app, options.rounds, progress),
        signals=measure_signals(workshop, with_app, options.signals, progress),
        idle=measure_idle(workshop, at_rest, options.idle, progress),
        memory=measure_memory(workshop, at_rest, options.memory_rounds, progress),
        health=measure_health(workshop, options.initd, options.health_calls, progress),
        idle_seconds=options.idle,
    )


def progress(text: str) -> None:
    """One line on a terminal that tells how far it is; nothing in a log."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="\r", file=sys.stderr, flush=True)


def as_json(
    machine: dict[str, str],
    table: list[Row],
    checks: list[CheckRow],
    reached: list[Goal],
    samples: Samples,
) -> str:
    """Everything, for programs."""
    return json.dumps(
        {
            "machine": machine,
            "table": [asdict(row) for row in table],
            "health": [asdict(check) for check in checks],
            "goals": [asdict(goal) for goal in reached],
            "samples": asdict(samples),
        },
        indent=2,
    )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ContainerError as error:
        sys.exit(f"benchmark: {error}")
