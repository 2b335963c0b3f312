"""The one file beside the build that needs a Python of its image: the goals of docs/one-file.md.

    make bench-one-file

measures both in one run, interleaved, and writes the table of docs/one-file.md between its marks.
`--before` is the launcher of the build that it is held against, in a virtual environment; without
it, that of the commit before the one file is built. Figures of one machine at one time: ratios
are what counts.
"""

import argparse
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from container import Container, settle
from contenders import NONE, Contender, no_init, prefixed
from markdown import aligned, number, write_between
from measure_health import HEALTH, measure_health
from measure_start import measure_starts
from peers import installed_peers
from rounds import Progress
from start_plan import planned
from workshop import Workshop, open_workshop, real_interpreter

#: The last commit without the one file.
BEFORE = "82abf19"
BEGIN, END = "<!-- figures: make bench-one-file -->", "<!-- end of figures -->"
TINI = "tini"
MEGABYTE = 1e6


@dataclass(frozen=True)
class Line:
    """One measure: what it is to be, and what it is."""

    measure: str
    goal: str
    unit: str
    before: float | None
    one: float
    most: float
    """The most that `one` may be."""
    tini: float | None = None
    digits: int = 2


def main() -> int:
    """0 where every goal is reached."""
    options = arguments()
    with build_before(options.before) as before, open_workshop(real_interpreter(before)) as shop:
        lines = list(measure(shop, before, options, progress))
    text = table(lines)
    print(text)
    if options.write:
        write_between(options.write, BEGIN, END, text)
    return int(any(line.one > line.most for line in lines) and not options.quick)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure the one file beside a build before it.")
    parser.add_argument("--one", type=Path, required=True, help="the one file")
    parser.add_argument("--before", type=Path, help="the launcher of the other build")
    parser.add_argument("--wheel", type=Path, help="the wheel that contains the one file")
    parser.add_argument("--write", type=Path, help="the page that has the table")
    parser.add_argument("--quick", action="store_true", help="few rounds, to see that it works")
    return parser.parse_args()


@contextmanager
def build_before(given: Path | None) -> Iterator[Path]:
    """The launcher that was given, or that of BEFORE, installed for as long as this lasts."""
    if given is not None:
        yield given.absolute()
        return
    with tempfile.TemporaryDirectory() as folder:
        sources, prefix = Path(folder, "sources"), Path(folder, "prefix")
        sources.mkdir()
        archive = subprocess.run(["git", "archive", BEFORE], check=True, capture_output=True)
        subprocess.run(["tar", "-x", "-C", sources], input=archive.stdout, check=True)
        subprocess.run([sys.executable, "-m", "venv", prefix], check=True)
        pip = [f"{prefix}/bin/pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, str(sources)], check=True)
        yield prefix / "bin" / "initd"


def measure(
    workshop: Workshop, before: Path, options: argparse.Namespace, progress: Progress
) -> Iterator[Line]:
    """Every line of the table."""
    rounds = 3 if options.quick else 100
    one = options.one.absolute()
    tini = [each for each in installed_peers()[0] if each.name == TINI]
    contenders = [
        Contender(NONE, "", no_init),
        Contender("before", "", prefixed(str(before), "--")),
        Contender("one", "", prefixed(str(one), "--")),
        Contender("before, planned", "", planned(str(before))),
        Contender("one, planned", "", planned(str(one))),
        *tini,
    ]
    starts = measure_starts(workshop, contenders, rounds, progress)

    def added(name: str) -> float | None:
        """Milliseconds, less the app's own."""
        if name not in starts:
            return None
        return (median(starts[name]) - median(starts[NONE])) / MEGABYTE

    for measure, suffix, most in (
        ("time to the app, without a plan", "", 0.6),
        ("time to the app, with a plan", ", planned", 1.0),
    ):
        held = added(f"before{suffix}")
        yield compared(measure, "ms", held, added(f"one{suffix}"), most=most, tini=added(TINI))
    yield memory(workshop, contenders[1:3], progress)
    yield health(workshop, before, one, rounds, progress)
    yield from sizes(workshop, before, one, options.wheel)


def compared(
    measure: str,
    unit: str,
    before: float | None,
    one: float | None,
    *,
    most: float,
    tini: float | None = None,
    digits: int = 2,
) -> Line:
    """A line whose goal is a part of what it was before."""
    assert before is not None
    assert one is not None
    goal = f"at most {most:g} times" if most != 1 else "not above"
    return Line(measure, goal, unit, before, one, before * most, tini, digits)


def memory(workshop: Workshop, contenders: list[Contender], progress: Progress) -> Line:
    """Of pid 1, awake: private dirty pages, in KiB."""
    progress("memory")
    found = []
    for contender in contenders:
        with Container(workshop, contender) as container:
            settle([container])
            found.append(private_dirty(container.init_pid))
    return compared("private dirty memory of pid 1", "KiB", found[0], found[1], most=1, digits=0)


def private_dirty(pid: int) -> float:
    """In KiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("Private_Dirty:")))


def health(workshop: Workshop, before: Path, one: Path, calls: int, progress: Progress) -> Line:
    """A check of a container whose init is the same build, by the clock."""
    took: dict[Path, list[int]] = {before: [], one: []}
    for _ in range(2):  # in turns: the machine's mood falls on both
        for program, times in took.items():
            made = measure_health(workshop, program, calls, progress)[HEALTH]
            times += [call.wall_ns for call in made]
    found = [median(times) / MEGABYTE for times in took.values()]
    return compared("`initd health`", "ms", found[0], found[1], most=1)


def sizes(workshop: Workshop, before: Path, one: Path, wheel: Path | None) -> Iterator[Line]:
    """In megabytes: what is shipped, and what an image grows by that has no Python."""
    size = one.stat().st_size / MEGABYTE
    yield Line("file", "at most 12 MB", "MB", None, size, 12)
    if wheel is not None:
        yield Line("wheel", "at most 6 MB", "MB", None, wheel.stat().st_size / MEGABYTE, 6)
    else:
        packed = workshop.root / "packed"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            archive.write(one, "initd")
        yield Line(
            "the same as a wheel packs it", "at most 6 MB", "MB", None,
            packed.stat().st_size / MEGABYTE, 6,
        )  # fmt: skip
    libraries = before.parent.parent.glob("lib/*/site-packages/*")
    own = sum(weight(path) for path in libraries if not path.name.startswith(("pip", "setuptools")))
    grown = (own + python_of_debian()) / MEGABYTE
    yield Line("added to an image without Python", "the file", "MB", grown, size, 12)


def weight(folder: Path) -> int:
    """Bytes of the files below it."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files)


#: The packages that `apt-get install --no-install-recommends python3` adds to Debian's image.
PYTHON_PACKAGES = (
    "python3 python3-minimal python3.11 python3.11-minimal libpython3-stdlib libpython3.11-stdlib"
    " libpython3.11-minimal libexpat1 libsqlite3-0 libssl3 libncursesw6 libreadline8"
    " readline-common media-types"
).split()


def python_of_debian() -> int:
    """Bytes, as dpkg counts them."""
    ask = ["dpkg-query", "--show", "--showformat=${Installed-Size}\n", *PYTHON_PACKAGES]
    said = subprocess.run(ask, check=False, capture_output=True, text=True).stdout
    return 1024 * sum(map(int, said.split()))


def table(lines: list[Line]) -> str:
    """As Markdown."""
    heads = ["measure", "goal", "before", "one file", "ratio", "tini", "verdict"]
    return aligned([heads, *map(cells, lines)], names=2)


def cells(line: Line) -> list[str]:
    """One line of it."""

    def shown(value: float | None) -> str:
        return "-" if value is None else f"{number(value, line.digits)} {line.unit}"

    return [
        line.measure,
        line.goal,
        shown(line.before),
        shown(line.one),
        number(line.one / line.before, 2) if line.before else "-",
        shown(line.tini),
        "reached" if line.one <= line.most else f"MISSED by {shown(line.one - line.most)}",
    ]


def progress(text: str) -> None:
    """One line on a terminal that tells how far it is; nothing in a log."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="\r", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
