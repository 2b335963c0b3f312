"""What the library costs that tells the workload's name: a call, and the start of a program.

    python3 benchmarks/measure_preload.py --initd "$(command -v initd)"

Takes ten seconds, as root or where users may make namespaces of their own. Without and with
the library take their turns within one process, and what is compared are medians.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from markdown import aligned, number, wrapped
from measure_imports import library_of
from rounds import Progress
from workshop import HERE

NAME = "unicorn-1.server2.example.com"
WITHOUT = "without"
VARIABLE, FILE, LOADERS_FILE = "LD_PRELOAD, variable", "LD_PRELOAD, file", "ld.so.preload, file"
STARTS = (WITHOUT, VARIABLE, FILE, LOADERS_FILE)
#: The compiler of each libc, and a program that does nothing: of musl there is none at hand.
LIBCS = {"glibc": "gcc", "musl": "musl-gcc"}
CALLS_IN_BATCH = 500

#: At most so many times what it is without the library.
GOALS = {
    "gethostname, glibc": 0.1,
    "gethostname, musl": 0.1,
    "uname, glibc": 1.3,
    "uname, musl": 1.3,
    "start of /bin/true": 1.1,
}

#: Of one figure: nanoseconds without the library, and with it in each way.
Samples = dict[str, dict[str, list[float]]]

_PLACE = """
mount -t tmpfs tmpfs /run; mkdir /run/initd /run/etc; echo "$1" > /run/initd/hostname
cp -a /etc/. /run/etc 2> /dev/null || true; mount --bind /run/etc /etc; rm -f /etc/ld.so.preload
shift; exec env -i "$@"
"""

METHOD = """\
**Names**: {batches} batches of {calls} calls each, libc's function and the library's by turns \
in one process, the name {name}. {starts} starts each of a program that does nothing, by turns, \
spawned by vfork from a small static program until it is reaped: `/bin/true` of this system, \
which is glibc's, and an empty `main` of musl's. "variable" has the name in INITD_HOSTNAME, \
"file" in /run/initd/hostname; "ld.so.preload" is how `initd preload install` has it loaded, \
which musl's loader does not look at."""


def measure_preload(
    folder: Path, library: Path, batches: int, starts: int, progress: Progress
) -> Samples:
    """Nanoseconds, by figure and way; musl's where its compiler is. Compiles into `folder`."""
    found: Samples = {}
    for libc, compiler in LIBCS.items():
        if shutil.which(compiler):
            progress(f"names, {libc}")
            found |= _calls(folder, libc, compiler, library, batches)
    progress("names, starts")
    found |= {"start of /bin/true": _starts(folder, library, starts, Path("/bin/true"))}
    if shutil.which(LIBCS["musl"]):
        nothing = folder / "nothing"
        _compile(LIBCS["musl"], nothing, "-x", "c", text="int main(void) { return 0; }")
        found["start of an empty program, musl"] = _starts(folder, library, starts, nothing)
    return found


def ratios(samples: Samples) -> dict[str, dict[str, float]]:
    """How many times the median without the library, by figure and way."""
    return {
        figure: {
            way: median(taken) / median(ways[WITHOUT])
            for way, taken in ways.items()
            if way != WITHOUT
        }
        for figure, ways in samples.items()
    }


def missed(samples: Samples) -> list[str]:
    """The goals that were not reached, in words."""
    return [
        f"{figure}, {way}: {times:.3f} times, {GOALS[figure]} at most"
        for figure, ways in ratios(samples).items()
        for way, times in ways.items()
        if times > GOALS.get(figure, times)
    ]


def section(samples: Samples) -> str:
    """Tables and verdicts, for the page."""
    times = ratios(samples)
    lines = [["of the library", "way", "without", "with", "times", "at most"]]
    for figure, ways in samples.items():
        for way, taken in ways.items():
            if way != WITHOUT:
                without, goal = median(ways[WITHOUT]), GOALS.get(figure)
                lines.append(
                    [figure, way, _time(without), _time(median(taken)),
                     number(times[figure][way], 3), number(goal, 1)]
                )  # fmt: skip
    verdict = missed(samples)
    words = [f"- MISSED: {each}" for each in verdict] or ["- reached: all of them"]
    return "\n".join([aligned(lines, names=2), "", *words, ""])


def method(batches: int, starts: int) -> str:
    """How it was measured."""
    text = METHOD.format(
        batches=f"{batches:,}", calls=CALLS_IN_BATCH, starts=f"{starts:,}", name=NAME
    )
    return wrapped(f"- {text}")


def _time(nanoseconds: float) -> str:
    if nanoseconds < 10_000:
        return f"{nanoseconds:.1f} ns"
    return f"{nanoseconds / 1000:.0f} µs"


def _calls(folder: Path, libc: str, compiler: str, library: Path, batches: int) -> Samples:
    program = folder / f"preload_calls-{libc}"
    _compile(compiler, program, str(HERE / "preload_calls.c"))
    command = [str(program), str(library), str(batches), str(CALLS_IN_BATCH)]
    columns = _columns(subprocess.run(
        command, env={"INITD_HOSTNAME": NAME}, check=True, capture_output=True, text=True
    ).stdout)  # fmt: skip
    return {
        f"{function}, {libc}": {WITHOUT: columns[at], VARIABLE: columns[at + 1]}
        for function, at in (("gethostname", 0), ("uname", 2))
    }


def _starts(folder: Path, library: Path, rounds: int, program: Path) -> dict[str, list[float]]:
    spawner = folder / "preload_starts"
    _compile("gcc", spawner, "-static", str(HERE / "preload_starts.c"))
    command = [*_namespace(), "sh", "-euc", _PLACE, "sh", NAME]
    command += [str(spawner), str(library), NAME, str(rounds), str(program)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    if ran.stderr:  # the loader's word that it has ignored the library
        raise RuntimeError(ran.stderr)
    return dict(zip(STARTS, _columns(ran.stdout), strict=True))


def _namespace() -> list[str]:
    """Mounts of its own, as root or as whoever may be root there."""
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    return ["unshare", *user, "--mount"]


def _columns(text: str) -> list[list[float]]:
    rows = [[float(word) for word in line.split()] for line in text.splitlines()]
    return [list(column) for column in zip(*rows, strict=True)]


def _compile(compiler: str, target: Path, *words: str, text: str | None = None) -> None:
    source = ["-"] if text is not None else []
    command = [compiler, "-O2", "-Wall", "-Wextra", "-Werror", *words, *source, "-o", str(target)]
    subprocess.run(command, check=True, input=text, text=True)


def main() -> int:
    """Measure, print, and say by the exit code whether all goals were reached."""
    options = arguments()
    library = options.library or Path(library_of(options.initd), "initd/native/hostname.so")
    with tempfile.TemporaryDirectory(prefix="initd-bench-") as folder:
        samples = measure_preload(
            Path(folder), library.resolve(), options.batches, options.starts, lambda _: None
        )
    print(section(samples), method(options.batches, options.starts), sep="\n")
    if options.json:
        options.json.write_text(json.dumps({"ratios": ratios(samples), "samples": samples}))
    return bool(missed(samples))


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure what the library costs.")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--initd", type=Path, metavar="PATH", help="the installed launcher")
    which.add_argument("--library", type=Path, metavar="PATH", help="or hostname.so itself")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write ratios and samples")
    parser.add_argument("--batches", type=int, default=1000, help="of calls, of each (1000)")
    parser.add_argument("--starts", type=int, default=1500, help="of each (1500)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
