"""What a configuration file of a hundred lines adds to the start and to the memory of initd.

    python3 benchmarks/measure_config.py --initd "$(command -v initd)" --write docs/configuration.md

The same initd without a file, with one, and with one that `initd check` has compiled; rounds
are interleaved, figures are medians.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from statistics import median

from container import ContainerError
from contenders import NONE, Contender, no_init, prefixed
from markdown import write_between
from measure_memory import measure_memory
from measure_start import measure_starts
from workshop import Workshop, open_workshop, real_interpreter

BEGIN = "<!-- made by benchmarks/measure_config.py -->"
END = "<!-- end of what is measured -->"
BARE, READ, COMPILED = "no file", "a file", "a compiled file"
LINES = 100
GOAL = 1.3

#: Nothing that asks for a monitor: its process has a cost of its own, with a file or without.
CONFIGURATION = """\
profile = "our-server"
restart = "on-failure:5/60"

[stop]
target = "process"

[app]
chdir = "/"
umask = "027"
limits = { core = 0 }

[profiles.our-server]
match = ["our-server", "python *our_server*"]
stop = "INT:20 TERM"
clean = [130]

[log]
format = "json"

[app.env]
"""


def main() -> int:
    """Measure, print, and write what was asked for."""
    options = arguments()
    with open_workshop(real_interpreter(options.initd)) as workshop:
        contenders = contenders_of(workshop, options.initd)
        starts = measure_starts(workshop, contenders, options.rounds, lambda _: None)
        memory = measure_memory(workshop, contenders[1:], options.memory_rounds, lambda _: None)
    alone = median(starts[NONE])
    start_ms = {name: (median(took) - alone) / 1e6 for name, took in starts.items()}
    private = {name: median(each.private for each in held) for name, held in memory.items()}
    table = figures(start_ms, private)
    print(table)
    if options.write:
        write_between(options.write, BEGIN, END, table.strip())
    return 0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure what a configuration file costs.")
    parser.add_argument("--initd", type=Path, required=True, metavar="PATH")
    parser.add_argument("--write", type=Path, metavar="FILE", help="the page with the table")
    parser.add_argument("--rounds", type=int, default=100, help="starts of each (100)")
    parser.add_argument("--memory-rounds", type=int, default=5, help="readings of each (5)")
    return parser.parse_args()


def contenders_of(workshop: Workshop, initd: Path) -> list[Contender]:
    """The app alone, and initd three times."""
    program = str(initd.resolve())
    read, compiled = (workshop.scratch() / "initd.toml" for _ in range(2))
    for path in (read, compiled):
        path.write_text(configuration())
    command = [program, "check", "--config", str(compiled), "--", "true"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return [
        Contender(NONE, "", no_init),
        Contender(BARE, "", prefixed(program, "--")),
        Contender(READ, "", prefixed(program, "--config", str(read), "--")),
        Contender(COMPILED, "", prefixed(program, "--config", str(compiled), "--")),
    ]


def configuration() -> str:
    """So many lines, the rest of them variables."""
    lines = CONFIGURATION.splitlines()
    lines += [f'SETTING_{number} = "value {number}"' for number in range(LINES - len(lines))]
    return "\n".join(lines) + "\n"


def figures(start_ms: dict[str, float], private: dict[str, float]) -> str:
    """A row for each, with how many times the first it is."""
    rows = ["| initd with | time to app, ms | times | private, KiB | times |",
            "|---|---:|---:|---:|---:|"]  # fmt: skip
    for name, kib in private.items():
        slower, larger = start_ms[name] / start_ms[BARE], kib / private[BARE]
        rows.append(f"| {name} | {start_ms[name]:.2f} | {slower:.2f} | {kib:,.0f} | {larger:.2f} |")
    verdicts = [
        f"- {_verdict(name, start_ms, private)}: {name} no more than {GOAL} times no file"
        for name in (READ, COMPILED)
    ]
    return "\n".join([*rows, "", *verdicts, ""])


def _verdict(name: str, *measured: dict[str, float]) -> str:
    """Both of time and memory count."""
    within = all(each[name] <= GOAL * each[BARE] for each in measured)
    return "reached" if within else "MISSED"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ContainerError as error:
        sys.exit(f"benchmark: {error}")
