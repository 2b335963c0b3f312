"""What the name of another init adds to the start of initd: reading that program's flags.

    python3 benchmarks/measure_drop_in.py --initd "$(command -v initd)"

The same app under `initd --` and under initd by each of the names, as people have them in
their images; rounds are interleaved, figures are medians with the app's own time taken off.
"""

import argparse
import sys
from pathlib import Path
from statistics import median

from container import ContainerError
from contenders import NONE, Contender, no_init, prefixed
from field import INITD
from markdown import aligned, number, write_between
from measure_start import measure_starts
from workshop import Workshop, open_workshop, real_interpreter

BEGIN = "<!-- made by benchmarks/measure_drop_in.py -->"
END = "<!-- end of what is measured -->"
GOAL = 1.1

#: The name, and its flags in the entry points of many images.
ENTRY_POINTS = [
    ("tini", "--"),
    ("tini", "-g", "--"),
    ("tini-static", "--"),
    ("docker-init", "--"),
    ("dumb-init", "--"),
    ("dumb-init", "--rewrite", "15:3", "--"),
    ("catatonit", "--"),
]


def main() -> int:
    """Measure, print, write what was asked for; 1 when the goal is missed."""
    options = arguments()
    with open_workshop(real_interpreter(options.initd)) as workshop:
        contenders = contenders_of(workshop, options.initd)
        starts = measure_starts(workshop, contenders, options.rounds, lambda _: None)
    alone = median(starts.pop(NONE))
    start_ms = {name: (median(took) - alone) / 1e6 for name, took in starts.items()}
    table = figures(start_ms)
    print(table)
    if options.write:
        write_between(options.write, BEGIN, END, table.strip())
    return int(any(ms > GOAL * start_ms[INITD] for ms in start_ms.values()))


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure what another init's name costs.")
    parser.add_argument("--initd", type=Path, required=True, metavar="PATH")
    parser.add_argument("--write", type=Path, metavar="FILE", help="the page with the table")
    parser.add_argument("--rounds", type=int, default=200, help="starts of each (200)")
    return parser.parse_args()


def contenders_of(workshop: Workshop, initd: Path) -> list[Contender]:
    """The app alone, initd by its own name, and by the others."""
    program, links = initd.resolve(), workshop.scratch()
    contenders = [Contender(NONE, "", no_init), Contender(INITD, "", prefixed(str(program), "--"))]
    for name, *flags in ENTRY_POINTS:
        link = links / name
        if not link.is_symlink():
            link.symlink_to(program)
        words = " ".join([name, *flags])
        contenders.append(Contender(words, "", prefixed(str(link), *flags)))
    return contenders


def figures(start_ms: dict[str, float]) -> str:
    """A row for each, with how many times initd's own it is."""
    rows = [["entry point", "time to app, ms", "times"]]
    for name, ms in start_ms.items():
        words = f"`{name} --`" if name == INITD else f"`{name}`"
        rows.append([words, number(ms, 2), number(ms / start_ms[INITD], 2)])
    worst = max(start_ms.values()) / start_ms[INITD]
    verdict = "reached" if worst <= GOAL else "MISSED"
    return f"{aligned(rows)}\n\n- {verdict}: each name no more than {GOAL} times `initd --`\n"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ContainerError as error:
        sys.exit(f"benchmark: {error}")
