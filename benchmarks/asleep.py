"""initd asleep beside itself awake, and beside tini: the goals of docs/asleep.md.

    make bench-asleep

measures all of them in one run, and writes the table of docs/asleep.md between its marks. Figures
of one machine at one time: ratios are what counts.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from signal import SIGUSR1
from statistics import median, quantiles

from container import Container
from contenders import Contender, prefixed
from markdown import aligned, number, write_between
from measure_health import Check, call
from peers import installed_peers
from rounds import interleaved
from start_plan import planned
from supporters import activity, memory
from workshop import Workshop, open_workshop, real_interpreter

BEGIN, END = "<!-- figures: make bench-asleep -->", "<!-- end of figures -->"
TINI, AWAKE, ASLEEP, PLANNED = "tini", "awake", "asleep", "asleep, planned"
#: After this everybody who falls asleep has done so.
SETTLED_SECONDS = 4.0
#: More signals than these in a row wake pid 1, which has to log them.
SIGNALS_AT_ONCE = 50
#: A program that initd knows, which stops by the signal that the spawner sends.
STOPPED_BY_USR1 = """
[signals]
[stop]
signal = "USR1"
[profiles.app]
match = ["app"]
stop = "USR1"
"""


@dataclass(frozen=True)
class Size:
    """How often and how long each measure is taken."""

    rounds: int = 20
    orphans: int = 1000
    rest_seconds: float = 60.0
    life_seconds: float = 30.0
    containers: int = 100
    calls: int = 100


QUICK = Size(rounds=2, orphans=50, rest_seconds=2.0, life_seconds=6.0, containers=5, calls=5)


@dataclass(frozen=True)
class Line:
    """One measure: what it is to be, and what it is. `most` is the most that asleep may be."""

    measure: str
    goal: str
    unit: str
    tini: float | None
    awake: float | None
    asleep: float
    most: float
    digits: int = 1


def main() -> int:
    """0 where every goal is reached."""
    options = arguments()
    size = QUICK if options.quick else Size()
    with open_workshop(real_interpreter(options.initd)) as shop:
        lines = list(measure(shop, options.initd.absolute(), size))
    text = table(lines)
    print(text)
    if options.write:
        write_between(options.write, BEGIN, END, text)
    return int(any(line.asleep > line.most for line in lines) and not options.quick)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure initd asleep, awake, and tini.")
    parser.add_argument("--initd", type=Path, required=True, help="the one file, or a launcher")
    parser.add_argument("--write", type=Path, help="the page that has the table")
    parser.add_argument("--quick", action="store_true", help="few rounds, to see that it works")
    return parser.parse_args()


def measure(workshop: Workshop, initd: Path, size: Size) -> Iterator[Line]:
    """Every line of the table."""
    program = str(initd)
    tini = next(each for each in installed_peers()[0] if each.name == TINI)
    awake = Contender(AWAKE, "", prefixed(program, "--no-sleep", "--"))
    asleep = Contender(ASLEEP, "", prefixed(program, "--"))
    three = [tini, awake, asleep]
    yield from memories(workshop, three, size)
    yield idle(workshop, three, size)
    yield from signals(workshop, three, size)
    yield from reaping(workshop, three, size)
    yield lives(workshop, tini, program, size)
    yield stops(workshop, tini, program, size)
    yield health(workshop, program, size)


def running(stack: ExitStack, workshop: Workshop, contenders: list[Contender]) -> list[Container]:
    """A container of each, settled."""
    found = [stack.enter_context(Container(workshop, each)) for each in contenders]
    time.sleep(SETTLED_SECONDS)
    return found


# ---- memory and rest --------------------------------------------------------------------------


def memories(workshop: Workshop, three: list[Contender], size: Size) -> Iterator[Line]:
    """Private memory of one container that has a twin, and of many."""
    progress("memory")
    with ExitStack() as stack:
        twins = running(stack, workshop, three * 2)
        held = [float(memory(each.supporters()).private) for each in twins[:3]]
    yield Line(
        "private memory, init and shim", "at most 0.6 times tini's", "KiB",
        held[0], held[1], held[2], most=0.6 * held[0], digits=0,
    )  # fmt: skip
    total = []
    for contender in three:
        progress(f"{size.containers} containers of {contender.name}")
        with ExitStack() as stack:
            many = running(stack, workshop, [contender] * size.containers)
            total.append(sum(memory(each.supporters()).private for each in many) / 1024)
    yield Line(
        f"private memory of {size.containers} containers", "at most tini's", "MiB",
        total[0], total[1], total[2], most=total[0],
    )  # fmt: skip


def idle(workshop: Workshop, three: list[Contender], size: Size) -> Line:
    """How often each was scheduled while nothing happened."""
    progress(f"rest, {size.rest_seconds:g} seconds")
    with ExitStack() as stack:
        each = running(stack, workshop, three)
        before = [activity(one.supporters()) for one in each]
        time.sleep(size.rest_seconds)
        after = [activity(one.supporters()) for one in each]
    woken = [
        float(then.voluntary + then.involuntary - first.voluntary - first.involuntary)
        for first, then in zip(before, after, strict=True)
    ]
    tini, awake, asleep = woken
    rest = f"wake-ups in {size.rest_seconds:g} s"
    return Line(rest, "none", "", tini, awake, asleep, most=0.0, digits=0)


# ---- signals and children ---------------------------------------------------------------------


def signals(workshop: Workshop, three: list[Contender], size: Size) -> Iterator[Line]:
    """The round trip of a signal that is passed on."""
    took: dict[str, list[int]] = {each.name: [] for each in three}
    for turn in range(size.rounds):
        progress(f"signals {turn + 1}/{size.rounds}")
        with ExitStack() as stack:
            for one in running(stack, workshop, three):
                took[one.contender.name] += one.round_trips(SIGNALS_AT_ONCE).nanoseconds
    middle = [median(times) / 1e3 for times in took.values()]
    late = [quantiles(times, n=100)[98] / 1e3 for times in took.values()]
    for measure, (first, second, third) in (("median", middle), ("p99", late)):
        name = f"signal round trip, {measure}"
        yield Line(name, "at most tini's", "µs", first, second, third, most=first)


def reaping(workshop: Workshop, three: list[Contender], size: Size) -> Iterator[Line]:
    """Processor time for each orphan, where they end one at a time."""
    spent: dict[str, list[float]] = {each.name: [] for each in three}
    for turn, contender in interleaved(three, max(3, size.rounds // 4)):
        progress(f"orphans {turn + 1}")
        app = workshop.trickle
        with Container(workshop, contender, app, str(size.orphans)) as container:
            time.sleep(SETTLED_SECONDS)
            before = activity(container.supporters())
            container.storm(1000)
            after = activity(container.supporters())
            spent[contender.name].append((after.cpu_ns - before.cpu_ns) / 1e3 / size.orphans)
    tini, awake, asleep = (median(each) for each in spent.values())
    yield Line(
        "CPU per reap, one at a time, asleep", "at most 1.1 times tini's", "µs",
        tini, awake, asleep, most=1.1 * tini,
    )  # fmt: skip
    yield Line(
        "CPU per reap, one at a time, awake", "at most 2 times tini's", "µs",
        tini, None, awake, most=2 * tini,
    )  # fmt: skip


# ---- life -------------------------------------------------------------------------------------


def lives(workshop: Workshop, tini: Contender, program: str, size: Size) -> Line:
    """Processor time of init and shim from their start until some time later."""
    planned_one = Contender(PLANNED, "", planned(program))
    unplanned = Contender(AWAKE, "", prefixed(program, "--no-sleep", "--"))
    spent: dict[str, list[float]] = {each.name: [] for each in (tini, unplanned, planned_one)}
    for turn in range(3):
        progress(f"{size.life_seconds:g} seconds of life {turn + 1}/3")
        with ExitStack() as stack:
            each = [
                stack.enter_context(Container(workshop, contender))
                for contender in (tini, unplanned, planned_one)
            ]
            time.sleep(size.life_seconds)
            for one in each:
                spent[one.contender.name].append(activity(one.supporters()).cpu_ns / 1e6)
    first, second, third = (median(each) for each in spent.values())
    return Line(
        f"CPU until {size.life_seconds:g} s after the start, with a start plan",
        "at most 1.5 times tini's", "ms", first, second, third, most=1.5 * first, digits=2,
    )  # fmt: skip


def stops(workshop: Workshop, tini: Contender, program: str, size: Size) -> Line:
    """From the signal that begins a stop to the app's, where the app is a program that initd
    knows: then its first step is a standing order."""
    config = workshop.scratch() / "initd.toml"
    config.write_text(STOPPED_BY_USR1)
    known = [program, "--config", str(config)]
    three = [
        tini,
        Contender(AWAKE, "", prefixed(*known, "--no-sleep", "--"), stop_signal=SIGUSR1),
        Contender(ASLEEP, "", prefixed(*known, "--"), stop_signal=SIGUSR1),
    ]
    took: dict[str, list[float]] = {each.name: [] for each in three}
    for turn in range(size.rounds):
        progress(f"stops {turn + 1}/{size.rounds}")
        with ExitStack() as stack:
            for one in running(stack, workshop, three):
                took[one.contender.name] += [ns / 1e6 for ns in one.first_round_trip().nanoseconds]
    first, second, third = (median(each) for each in took.values())
    return Line(
        "stop, to the app's first signal", "at most tini's plus 0.1 ms", "ms",
        first, second, third, most=first + 0.1, digits=3,
    )  # fmt: skip


def health(workshop: Workshop, program: str, size: Size) -> Line:
    """One `initd health`, by the clock."""
    took: dict[str, list[float]] = {AWAKE: [], ASLEEP: []}
    with ExitStack() as stack:
        checks = []
        for name, own in ((AWAKE, ["--no-sleep"]), (ASLEEP, [])):
            place = str(workshop.scratch() / "control.sock")
            wrap = prefixed(program, "--socket", place, *own, "--")
            stack.enter_context(Container(workshop, Contender(name, "", wrap)))
            checks.append(Check(name, [program, "health", "--socket", place]))
        time.sleep(SETTLED_SECONDS)
        for turn, check in interleaved(checks, size.calls + 1):
            progress(f"health {turn}/{size.calls}")
            taken = call(check)
            if turn:  # the first fills the page cache
                took[check.name].append(taken.wall_ns / 1e6)
    awake, asleep = (median(each) for each in took.values())
    return Line("`initd health`", "at most awake's", "ms", None, awake, asleep, awake, digits=2)


# ---- the table --------------------------------------------------------------------------------


def table(lines: list[Line]) -> str:
    """As Markdown."""
    heads = ["measure", "goal", "tini", "awake", "asleep", "verdict"]
    return aligned([heads, *map(cells, lines)], names=2)


def cells(line: Line) -> list[str]:
    """One line of it."""

    def shown(value: float | None) -> str:
        return "-" if value is None else f"{number(value, line.digits)} {line.unit}".rstrip()

    over = line.asleep - line.most
    return [
        line.measure,
        line.goal,
        *map(shown, (line.tini, line.awake, line.asleep)),
        "reached" if over <= 0 else f"MISSED by {shown(over)}",
    ]


def progress(text: str) -> None:
    """One line on a terminal that tells how far it is; nothing in a log."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="\r", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
