"""The tables, as text that is Markdown too."""

import report_monitor
from contenders import BARE, MONITORED, NAIVE, NONE, SCRAPED
from markdown import Cells, aligned, number, wrapped
from measure_health import BARE_START, HEALTH
from results import Results
from summary import CheckRow, Goal, Row, find, ratio

FIGURES = (
    "init",
    "time to app, ms",
    "its p99",
    "signal, µs",
    "its p99",
    "wake-ups",
    "CPU, µs",
    "private, KiB",
    "Pss",
    "Rss",
    "processes",
)
RATIOS = (
    "init",
    f"time to app ({NAIVE} = 1)",
    f"signal ({NAIVE} = 1)",
    f"signal ({NONE} = 1)",
    f"private memory ({BARE} = 1)",
    f"Rss ({BARE} = 1)",
)
CHECKS = ("health check", "time, ms", "its p99", f"{BARE_START} = 1")

METHOD = """\
Each init is started as pid 1 of fresh pid, mount and host-name namespaces, by the same small C \
program (`benchmarks/spawner.c`), with nothing but PATH in its environment and its standard error \
in a file. The app is the same static C program (`benchmarks/app.c`) for all. Rounds are \
interleaved and shuffled within; figures are medians where no column says otherwise.

- **Time to app**: from just before the exec of init to the first line of the app's `main`, both \
by the monotonic clock; clone and mounts are outside of it. The median without any init \
({none_ms:.2f} ms) is taken off, from median and p99 alike. {rounds} rounds, after one with a \
cold page cache that does not count.
- **Signal**: a sender outside of the namespace sends SIGUSR1 to init and waits for what the \
app's handler writes into a pipe; the whole round trip counts. The line "{none}" is the same with \
the app itself as pid 1. {signals} signals each, 2 ms apart, so that init \
sleeps when one comes, from half a second after the start.
- **Wake-ups, CPU**: context switches (voluntary and not) and processor time of init and of what \
it keeps running for itself, over {idle_seconds} idle seconds, read from /proc outside. All \
inits idle at the same time, from two seconds after their start.
- **Private, Pss, Rss**: of init and of what it keeps running for itself, never of the app, from \
smaps_rollup two seconds after the start, {memory_rounds} readings. Pages of a program file count \
as private to the only process that maps them, so a second, identical container runs at the same \
time: what a hundred containers would share counts as shared here. For a container that is the \
only one of its kind, Rss is the one to read. The goal is held against both. Pss depends on \
what else runs on the machine. \
Memory that the kernel holds for a process (page tables, stacks) is in none of the columns. Pages \
that pid 1 and its monitor have shared since the fork count once.
- **Health checks**: from the spawn of the command to its reaped end, its output thrown away, \
{health_calls} calls of each, interleaved. `{health}` asks a running initd over its control socket \
and gets "healthy". What an engine adds to start a process in a container is outside of it.
- **Pythons**: {naive} (`benchmarks/naive_init.py`), `{bare}` and initd use the same \
interpreter, CPython {python}. {naive_capital} runs in a fresh environment with nothing in its \
site-packages, as in a clean image. `{bare}` does nothing but sleep. supervisord runs on the \
Python of its own package.
- **supervisord** polls for a second before it starts its programs, and does not pass SIGUSR1 on.
- **{monitored}** has three checks (process, tcp, exec; every 10 seconds) and HTTP on a unix \
socket. {scraped} is the same after a GET of /metrics, by when the monitor has loaded all that it \
ever does."""


def figures(table: list[Row]) -> str:
    """What was measured."""
    return aligned([list(FIGURES), *(figure_cells(row) for row in table)])


def figure_cells(row: Row) -> Cells:
    """One line of it."""
    return [
        row.name,
        number(row.start_ms, 2),
        number(row.start_p99_ms, 2),
        number(row.signal_us),
        number(row.signal_p99_us),
        number(row.wakeups),
        number(row.cpu_us),
        number(row.private_kib),
        number(row.pss_kib),
        number(row.rss_kib),
        number(len(row.parts) or None),
    ]


def ratios(table: list[Row]) -> str:
    """The same figures as multiples of a reference."""
    naive, none, bare = (find(table, name) for name in (NAIVE, NONE, BARE))
    assert naive
    assert none
    assert bare
    lines = [
        [
            row.name,
            number(ratio(row.start_ms, naive.start_ms), 2),
            number(ratio(row.signal_us, naive.signal_us), 2),
            number(ratio(row.signal_us, none.signal_us), 2),
            number(ratio(row.private_kib, bare.private_kib), 2),
            number(ratio(row.rss_kib, bare.rss_kib), 2),
        ]
        for row in table
    ]
    return aligned([list(RATIOS), *lines])


def checks(rows: list[CheckRow]) -> str:
    """What a health check takes, and how many times a bare interpreter's start."""
    bare = next((row.ms for row in rows if row.name == BARE_START), None)
    lines = [
        [row.name, number(row.ms, 2), number(row.p99_ms, 2), number(ratio(row.ms, bare), 2)]
        for row in rows
    ]
    return aligned([list(CHECKS), *lines])


def verdicts(goals: list[Goal]) -> str:
    """Each goal with what came of it."""
    return "\n".join(
        f"- {'reached' if goal.reached else 'MISSED'}: {goal.wanted} ({goal.got})" for goal in goals
    )


def remarks(table: list[Row], left_out: list[str]) -> str:
    """Whatever a reader would otherwise wonder about."""
    lost = [
        f"- {row.name} lost {row.signals_lost} signals"
        for row in table
        if row.signals_lost and row.signal_us is not None
    ]
    parts = [
        f"- private memory of {row.name}, by process: "
        + ", ".join(f"{name} {kib:,} KiB" for name, kib in row.parts)
        for row in table
        if len(row.parts) > 1
    ]
    return "\n".join([*(f"- left out: {reason}" for reason in left_out), *lost, *parts])


def method(results: Results, none_ms: float, counts: dict[str, str]) -> str:
    """How it was measured; `counts` are the numbers of rounds, calls and seconds."""
    bare = find(results.table, BARE)
    assert bare
    text = METHOD.format(
        none_ms=none_ms,
        none=NONE,
        health=HEALTH,
        naive=f"the {NAIVE} init",
        naive_capital=f"The {NAIVE} init",
        bare=BARE,
        python=bare.version,
        monitored=MONITORED,
        scraped=SCRAPED,
        **counts,
    )
    lines = [*text.splitlines(), *report_monitor.method(**counts).splitlines()]
    return "\n".join(wrapped(line) for line in lines)


def sections(results: Results) -> list[str]:
    """All tables, with their headings."""
    health = checks(results.health) if results.health else "initd did not take part."
    return [
        f"## Figures\n\n{figures(results.table)}",
        f"## Ratios\n\n{ratios(results.table)}",
        f"## Health checks\n\n{health}",
        *report_monitor.sections(results),
        f"## Goals\n\n{verdicts(results.goals) or 'initd did not take part.'}",
    ]


def page(machine: dict[str, str], results: Results, how: str, command: str) -> str:
    """The whole of docs/benchmarks.md."""
    versions = ", ".join(f"{row.name} {row.version}" for row in results.table if row.version)
    facts = "\n".join(
        f"- {key}: {value}" for key, value in {**machine, "Versions": versions}.items()
    )
    whole = [
        "# Benchmarks",
        "initd beside other inits, all measured in one run. This page is written by"
        f" the benchmark itself:\n\n    {command}",
        *sections(results),
        f"## Machine\n\n{facts}",
        f"## How it was measured\n\n{how}",
    ]
    if notes := remarks(results.table, results.left_out):
        whole.append(f"## Remarks\n\n{notes}")
    return "\n\n".join(whole) + "\n"
