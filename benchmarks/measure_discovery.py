"""What the registrar holds, and how often it wakes up.

    python3 benchmarks/measure_discovery.py --initd "$(command -v initd)" --write docs/discovery.md

An app in etcd, and one in ZooKeeper, both real and on this machine (Debian's etcd-server and
libzookeeper-java), each at rest. A lease of ten seconds is kept eighteen times a minute.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from socket import create_connection, create_server
from statistics import median

from container import Container, ContainerError, settle
from contenders import Contender, prefixed
from markdown import write_between
from measure_idle import difference
from supporters import activity, memory, name_of
from workshop import Workshop, open_workshop, real_interpreter

BEGIN = "<!-- made by benchmarks/measure_discovery.py -->"
END = "<!-- end of what is measured -->"
NAME = "initd-registrar"
KEEPS_A_MINUTE = 18
#: KiB that are the registrar's alone.
GOAL_KIB = 10 * 1024
#: Times that it goes to sleep for one keeping: for the connection, for the answer, for the next.
GOAL_WAKE_UPS = 5
_JARS = (
    "zookeeper zookeeper-jute slf4j-api slf4j-nop netty-all metrics-core commons-cli snappy-java"
)
_ZOOKEEPER = "org.apache.zookeeper.server.quorum.QuorumPeerMain"
_READY_WITHIN = 60.0


def main() -> int:
    """Measure, print, and write what was asked for."""
    options = arguments()
    with ExitStack() as stack:
        workshop = stack.enter_context(open_workshop(real_interpreter(options.initd)))
        places = {
            "etcd": stack.enter_context(etcd(workshop.scratch())),
            "ZooKeeper": stack.enter_context(zookeeper(workshop.scratch())),
        }
        program = str(options.initd.resolve())
        contenders = [
            Contender(name, "", prefixed(program, "--register", f"{place}/bench port=1", "--"))
            for name, place in places.items()
        ]
        table = figures(*measured(workshop, contenders, options.rounds, options.seconds))
    print(table)
    if options.write:
        write_between(options.write, BEGIN, END, table.strip())
    return 0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure what the registrar costs.")
    parser.add_argument("--initd", type=Path, required=True, metavar="PATH")
    parser.add_argument("--write", type=Path, metavar="FILE", help="the page with the table")
    parser.add_argument("--rounds", type=int, default=3, help="readings of each (3)")
    parser.add_argument("--seconds", type=float, default=60, help="the rest in each (60)")
    return parser.parse_args()


def measured(
    workshop: Workshop, contenders: list[Contender], rounds: int, seconds: float
) -> tuple[dict[str, float], dict[str, float]]:
    """KiB, and wake-ups a minute, of the registrar of each. A twin runs beside each: what they
    share counts as shared."""
    held: dict[str, list[int]] = {each.name: [] for each in contenders}
    woken: dict[str, list[float]] = {each.name: [] for each in contenders}
    for _ in range(rounds):
        with ExitStack() as stack:
            ones = [stack.enter_context(Container(workshop, each)) for each in contenders * 2]
            settle(ones)
            pids = {one.contender.name: registrar_of(one) for one in ones[: len(contenders)]}
            before = {name: activity([pid]) for name, pid in pids.items()}
            time.sleep(seconds)
            for name, pid in pids.items():
                held[name].append(memory([pid]).private)
                did = difference(before[name], activity([pid]))
                woken[name].append(did.voluntary * 60 / seconds)
    return (
        {name: median(each) for name, each in held.items()},
        {name: median(each) for name, each in woken.items()},
    )


def registrar_of(container: Container) -> int:
    """Its pid. Raises ContainerError."""
    for pid in container.supporters():
        if name_of(pid) == NAME:
            return pid
    raise ContainerError(f"{container.contender.name}: no process is called {NAME}")


def figures(private: dict[str, float], woken: dict[str, float]) -> str:
    """A row for each registry."""
    rows = ["| registrar for | private, KiB | wake-ups a minute | for each keeping of the lease |",
            "|---|---:|---:|---:|"]  # fmt: skip
    for name, kib in private.items():
        rows.append(
            f"| {name} | {kib:,.0f} | {woken[name]:.0f} | {woken[name] / KEEPS_A_MINUTE:.1f} |"
        )
    most = max(private.values()), max(woken.values()) / KEEPS_A_MINUTE
    verdicts = [
        f"- {_verdict(most[0], GOAL_KIB)}: it has at most {GOAL_KIB >> 10} MiB of its own",
        f"- {_verdict(most[1], GOAL_WAKE_UPS)}: it wakes up for the lease alone, at most"
        f" {GOAL_WAKE_UPS} times for each keeping",
    ]
    return "\n".join([*rows, "", *verdicts, ""])


def _verdict(got: float, limit: float) -> str:
    return "reached" if got <= limit else "MISSED"


# ---- the registries -------------------------------------------------------------------------


@contextmanager
def etcd(folder: Path) -> Iterator[str]:
    """What --register is given, while one runs."""
    port, peers = free_port(), f"http://127.0.0.1:{free_port()}"
    url = f"http://127.0.0.1:{port}"
    command = [
        *("etcd", "--data-dir", str(folder / "data"), "--initial-cluster", f"default={peers}"),
        *("--listen-client-urls", url, "--advertise-client-urls", url),
        *("--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers),
    ]
    with running(command, port, folder):
        yield f"etcd://127.0.0.1:{port}"


@contextmanager
def zookeeper(folder: Path) -> Iterator[str]:
    """The same."""
    port = free_port()
    (folder / "zoo.cfg").write_text(
        f"dataDir={folder}/data\nclientPort={port}\nclientPortAddress=127.0.0.1\n"
        "admin.enableServer=false\n"
    )
    jars = ":".join(f"/usr/share/java/{each}.jar" for each in _JARS.split())
    with running(["java", "-Xmx64m", "-cp", jars, _ZOOKEEPER, f"{folder}/zoo.cfg"], port, folder):
        yield f"zookeeper://127.0.0.1:{port}"


@contextmanager
def running(command: list[str], port: int, folder: Path) -> Iterator[None]:
    """A server, once it takes connections there."""
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        end = time.monotonic() + _READY_WITHIN
        while True:
            try:
                create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                if server.poll() is not None or time.monotonic() > end:
                    raise ContainerError(f"{command[0]} does not start: {folder}/log") from None
                time.sleep(0.05)
        yield
    finally:
        server.kill()
        server.wait()


def free_port() -> int:
    """One that nobody listens on."""
    with create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ContainerError as error:
        sys.exit(f"benchmark: {error}")
