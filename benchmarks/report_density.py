"""The table of a hundred containers, and how its figures came about."""

from collections.abc import Mapping

from contenders import NONE
from markdown import aligned, number, ranged
from results import Results
from summary_density import DensityRow

COLUMNS = (
    "init",
    "private, KiB",
    "CPU a minute, ms",
    "start, ms",
    "quarters",
    "stop of all, s",
    "killed",
    "R²",
    "farthest off the line",
)

METHOD = """\
- **A hundred containers**: {containers} real containers for each line, all of one image \
(`benchmarks/density`), without a network, under a Docker engine of the benchmark's own. All lines \
grow by turns on one engine. Private memory is what all processes of a container hold for \
themselves, its app's too; processor time is that of the container's cgroup, with what has ended \
in it, over {density_seconds} idle seconds (a sixth of that with fewer containers); start is from \
the engine's order to the app's `main`; one `docker stop` stops all of a line, line after line. \
What the same app has as pid 1 without an init is taken off, but for the line "{none}" itself and \
for the stop. R² and the farthest point are those of the straight \
line through the memory of {steps} containers, the latter as a part of the memory of all. With one \
container alone, pages of program files that the next one shares count as private to it: that \
point lies a little above the line. What the engine itself holds and does for each container is \
not counted."""


def density(results: Results) -> str:
    """What each init adds to a container."""
    if not results.density:
        return ""
    lines = [
        [
            row.name,
            number(row.private_kib),
            number(row.cpu_ms, 2),
            number(row.start_ms.median, 1),
            ranged(row.start_ms, 1),
            number(row.stop_s, 1),
            number(row.killed),
            *line_cells(row),
        ]
        for row in results.density
    ]
    return aligned([list(COLUMNS), *lines])


def line_cells(row: DensityRow) -> list[str]:
    """How straight its line is; the app alone is where the others begin."""
    if row.name == NONE:
        return ["-", "-"]
    return [number(row.line.r_squared, 5), f"{row.line.residual:.2%}"]


def method(counts: Mapping[str, str]) -> str:
    """How it was measured."""
    return METHOD.format(none=NONE, **counts)
