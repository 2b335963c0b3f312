"""What the monitor weighs, beside supervisord: init, shim and monitor, by what is asked of them.

    make bench-monitor

writes the table of docs/design.md between its marks. `--before` is another launcher, such as that
of an older build in an environment of its own, for a column beside. Private memory, as
docs/benchmarks.md has it: with a twin of each, all up at the same time. The same rows are in
`make bench`, among everything else.
"""

import argparse
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from contenders import Contender, prefixed
from field import HTTP_SOCKET, scrape, three_checks
from markdown import aligned, number, write_between
from measure_memory import measure_memory
from measure_probes import MONITOR
from peers import SUPERVISORD, installed_peers
from supporters import Memory
from workshop import Workshop, open_workshop, real_interpreter

BEGIN, END = "<!-- figures: make bench-monitor -->", "<!-- end of figures -->"
HEADS = ("init, shim and monitor", "private, KiB", "the monitor's", f"{SUPERVISORD} = 1")
BEFORE = "KiB before"
#: Out of the ordinary, as a scanner's: h11 reads it.
UNUSUAL = b"OPTIONS / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def main() -> int:
    """0: what is reached is for benchmarks/goals.py to say."""
    options = arguments()
    with open_workshop(real_interpreter(options.initd)) as workshop:
        peers = [each for each in installed_peers()[0] if each.name == SUPERVISORD]
        ours = list(contenders(workshop, options.initd, ""))
        older = list(contenders(workshop, options.before, BEFORE)) if options.before else []
        held = measure_memory(workshop, [*peers, *ours, *older], options.rounds, progress)
    text = table(held)
    print(text)
    if options.write:
        write_between(options.write, BEGIN, END, text)
    return 0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Weigh the monitor beside supervisord.")
    parser.add_argument("--initd", type=Path, required=True, help="the installed launcher")
    parser.add_argument("--before", type=Path, help="the launcher of another build")
    parser.add_argument("--rounds", type=int, default=5, help="how often (default: 5)")
    parser.add_argument("--write", type=Path, help="the page that has the table")
    return parser.parse_args()


def contenders(workshop: Workshop, initd: Path, suffix: str) -> Iterator[Contender]:
    """What people ask of a monitor, from nothing to what brings in a library."""
    program = str(initd.resolve())
    http = ("--http", HTTP_SOCKET)
    checks = three_checks(workshop)
    page = f"page http http://{workshop.endpoint}/ timeout=0.1"

    def row(name: str, *options: str, **more: object) -> Contender:
        wrap = prefixed(program, *options, "--")
        return Contender(name + suffix, "", wrap, runs_app=False, **more)  # type: ignore[arg-type]

    yield row("without a monitor")
    yield row("one file check", "--check", "here file /")
    yield row("three checks: process, tcp, exec", *checks)
    yield row("the same, metrics read over HTTP", *checks, *http, before_rest=scrape)
    yield row("the same, and an http check", *checks, "--check", page, *http, before_rest=scrape)
    yield row("three checks, a request out of the ordinary", *checks, *http, before_rest=disturb)


def disturb(init_pid: int) -> None:
    """Asks what nobody asks who means well."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(f"/proc/{init_pid}/root{HTTP_SOCKET}")
        connection.sendall(UNUSUAL)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    if not answer.startswith(b"HTTP/1.1 405 "):
        raise RuntimeError(f"not refused: {answer[:200]!r}")


def table(held: dict[str, list[Memory]]) -> str:
    """A line for each row; with another build, its figure beside."""
    private = {name: median(each.private for each in rows) for name, rows in held.items()}
    beside = private.get(SUPERVISORD)
    names = [name for name in held if not name.endswith(BEFORE) and name != SUPERVISORD]
    compared = any(name.endswith(BEFORE) for name in held)
    lines = [[*HEADS, *([BEFORE] if compared else [])]]
    if beside is not None:
        lines.append([f"{SUPERVISORD}, one program", number(beside), "-", number(1.0, 2)])
    for name in names:
        of_monitor = [dict(each.parts).get(MONITOR) for each in held[name]]
        alone = median(kib for kib in of_monitor if kib) if any(of_monitor) else None
        share = private[name] / beside if beside is not None else None
        lines.append([name, number(private[name]), number(alone), number(share, 2)])
    if compared:
        for line, name in zip(lines[1:], [SUPERVISORD, *names] if beside else names):
            line.append(number(private.get(name + BEFORE)))
    return aligned(lines)


def progress(step: str) -> None:
    """One line on a terminal, written over."""
    print(f"\r{step:<40}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
