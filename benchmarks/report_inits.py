"""The tables of the inits, one for each measure, and how their figures came about."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from contenders import NONE
from field import BARE, HEALTH_ASKED, MONITORED, NAIVE, SCRAPED
from figures import (
    given_up,
    most_zombies,
    private_kib,
    processes,
    pss_kib,
    reap_ms,
    rest_cpu_ms,
    rss_kib,
    signal_p99_us,
    signal_us,
    start_ms,
    start_p99_ms,
    stop_ms,
    stop_p99_ms,
    wakeups,
)
from markdown import aligned, number, ranged
from measure_storm import PATIENCE_MS
from peers import TINI
from results import Results
from summary import Row, find, ratio

METHOD = """\
Each init is started as pid 1 of fresh pid, mount and host-name namespaces, by the same small C \
program (`benchmarks/spawner.c`), with nothing but PATH in its environment and its standard error \
in a file. The app is the same static C program (`benchmarks/app.c`) for all. Rounds are \
interleaved and shuffled within; figures are medians where no column says otherwise, and \
"quarters" are what a quarter of the samples lies below and a quarter above. supervisord, circus \
and runit, which take long to start, take part in a fifth of the rounds. How busy the machine was \
is under Machine.

- **Time to the app**: from just before the exec of init to the first line of the app's `main`, \
both by the monotonic clock; clone and mounts are outside of it. The median without any init \
({alone_ms:.2f} ms) is taken off. {rounds} rounds, after one with a cold page cache that does not \
count.
- **Under the names of other inits**: the time to the app, {drop_in_rounds} rounds, of initd as \
people have the others in the entry points of their images.
- **Signals**: a sender outside of the namespace sends SIGUSR1 to init and waits for what the \
app's handler writes into a pipe; the whole round trip counts. The line "{none}" is the same with \
the app itself as pid 1. {signals} signals each, 2 ms apart, so that init sleeps when one comes, \
from half a second after the start. s6-svscan, runit, supervisord and circus don't pass SIGUSR1 on.
- **Stop**: from SIGTERM (to runit SIGHUP) to the end of pid 1, and with it of the container, \
{stops} stops. The app ends as soon as it is told to; its own median ({alone_stop_ms:.2f} ms) is \
taken off. "Killed" are apps that were never told.
- **Storm of orphans**: the app (`benchmarks/storm.c`) makes {orphans} processes that end at once \
and whose parents have ended. Processes of the namespace are counted meanwhile, from outside, \
every 5 ms or so, and every ms after the storm; the most at once, over those before it, are \
"most zombies" (some of them have yet to end). {storms} storms each: the worst of them counts, for \
processor time the median. Processor time is that of init and of what it keeps running, to the \
nanosecond (schedstat). Who is not done 3 s after the storm is given up; \
processor time is then that of those that were reaped.
- **Rest**: context switches (voluntary and not) and processor time of init and of what it keeps \
running for itself, over {idle_seconds} idle seconds, read from /proc outside. All inits rest at \
the same time, from two seconds after their start. {health_asked} is asked by `initd health` every \
ten seconds, as by a HEALTHCHECK; what the command itself takes is under "Health checks".
- **Memory**: of init and of what it keeps running for itself, never of the app, from smaps_rollup \
two seconds after the start, {memory_rounds} readings. Pages of a program file count as private to \
the only process that maps them, so a second, identical container runs at the same time: what a \
hundred containers would share counts as shared here. For a container that is the only one of its \
kind, Rss is the one to read. Pss depends on what else runs on the machine. Memory that the kernel \
holds for a process (page tables, stacks) is in none of the columns. Pages that pid 1 and its \
monitor have shared since the fork count once.
- **Pythons**: the {naive} init (`benchmarks/naive_init.py`), `{bare}` and initd use the same \
interpreter, CPython {python}. The {naive} init runs in a fresh environment with nothing in its \
site-packages, as in a clean image. `{bare}` does nothing but sleep. supervisord runs on the \
Python of its own package, circus on that of the environment that runs the benchmark.
- **{monitored}** has three checks (process, tcp, exec; every 10 seconds) and HTTP on a unix \
socket. {scraped} is the same after a GET of /metrics, by when the monitor has loaded all that it \
ever does."""

Figure = Callable[[Row], float | None]


@dataclass(frozen=True)
class Column:
    """A heading, and what stands below it."""

    heading: str
    cell: Callable[[Row], str]


def figure(heading: str, value: Figure, digits: int = 0) -> Column:
    """A number, or a dash."""
    return Column(heading, lambda row: number(value(row), digits))


def times(results: Results, name: str, value: Figure) -> Column:
    """The same as a multiple of somebody's."""
    reference = find(results.table, name)
    whole = value(reference) if reference else None
    return Column(f"{name} = 1", lambda row: number(ratio(value(row), whole), 2))


def tabled(results: Results, shown: Figure, *columns: Column) -> str:
    """A line for everybody of whom there is a figure."""
    lines = [
        [row.name, *(column.cell(row) for column in columns)]
        for row in results.table
        if shown(row) is not None
    ]
    return aligned([["init", *(column.heading for column in columns)], *lines]) if lines else ""


def glance(results: Results) -> str:
    """The medians of all measures."""
    return tabled(
        results,
        lambda _: 1.0,
        figure("time to app, ms", start_ms, 2),
        figure("signal, µs", signal_us),
        figure("stop, ms", stop_ms, 2),
        figure("CPU of 1,000 reaps, ms", reap_ms, 2),
        figure("wake-ups at rest", wakeups),
        figure("private, KiB", private_kib),
        figure("processes", processes),
    )


def starts(results: Results) -> str:
    """From the exec of init to the app's main, over the app's own."""
    return tabled(
        results,
        start_ms,
        figure("time to app, ms", start_ms, 2),
        Column("quarters", lambda row: ranged(row.start_ms, 2)),
        figure("p99", start_p99_ms, 2),
        times(results, TINI, start_ms),
        times(results, NAIVE, start_ms),
    )


def signals(results: Results) -> str:
    """The round trip through init to the app and back."""
    return tabled(
        results,
        signal_us,
        figure("round trip, µs", signal_us),
        Column("quarters", lambda row: ranged(row.signal_us)),
        figure("p99", signal_p99_us),
        times(results, NONE, signal_us),
        times(results, TINI, signal_us),
        times(results, NAIVE, signal_us),
    )


def stops(results: Results) -> str:
    """From the signal to the end, over the app's own."""
    return tabled(
        results,
        stop_ms,
        figure("stop, ms", stop_ms, 2),
        Column("quarters", lambda row: ranged(row.stop_ms, 2)),
        figure("p99", stop_p99_ms, 2),
        Column("the app is", lambda row: "told" if row.told else "killed"),
    )


def storms(results: Results) -> str:
    """What 20,000 orphans come to."""
    return tabled(
        results,
        most_zombies,
        Column("no zombie after, ms", time_to_clean),
        figure("CPU of 1,000 reaps, ms", reap_ms, 2),
        times(results, TINI, reap_ms),
        figure("most zombies", most_zombies),
        figure("zombies left", given_up),
    )


def time_to_clean(row: Row) -> str:
    """From the storm's end."""
    assert row.storm is not None
    return f"over {PATIENCE_MS:,}" if row.storm.clean_ms is None else number(row.storm.clean_ms, 1)


def rest(results: Results) -> str:
    """While nothing happens."""
    return tabled(
        results,
        wakeups,
        figure("wake-ups", wakeups),
        figure("CPU, ms", rest_cpu_ms, 2),
    )


def memory(results: Results) -> str:
    """What is held."""
    return tabled(
        results,
        private_kib,
        figure("private, KiB", private_kib),
        Column("quarters", lambda row: ranged(row.memory.private_kib if row.memory else None)),
        times(results, BARE, private_kib),
        figure("Pss, KiB", pss_kib),
        figure("Rss, KiB", rss_kib),
        times(results, BARE, rss_kib),
        figure("processes", processes),
    )


def method(results: Results, counts: Mapping[str, str]) -> str:
    """How it was measured."""
    bare = find(results.table, BARE)
    return METHOD.format(
        alone_ms=results.alone_ms,
        alone_stop_ms=results.alone_stop_ms,
        none=NONE,
        naive=NAIVE,
        bare=BARE,
        python=bare.version if bare else "unknown",
        health_asked=HEALTH_ASKED,
        monitored=MONITORED,
        scraped=SCRAPED,
        **counts,
    )
