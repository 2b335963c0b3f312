"""The road of docs/fleet.md, measured: a herd at the registries, a push, a container's start.

    make bench-fleet

runs the registries, nginx, the engine and all clients on this machine, and writes the tables of
docs/fleet.md between their marks.
"""

import argparse
import http.client
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from threading import Event, Thread

from engine import TESTS, Engine
from machine import describe_machine
from markdown import aligned, number, write_between

sys.path.insert(0, TESTS)
try:
    from fleet import base, handmade, service
    from fleet.builds import Builds
    from fleet.github import GitHub
    from fleet.handmade import Image
    from fleet.herd import Herd
    from fleet.registry import BUILDER, Registry
finally:
    sys.path.remove(TESTS)

BEGIN, END = "<!-- figures: make bench-fleet -->", "<!-- end of figures -->"
NAME = "fleet/big"
#: What a start with a plan may take, held against plain unicorn as pid 1.
MOST_START = 1.02
#: Of the bytes of a single pull that a herd may cost the registries.
MOST_BYTES = 1.2
UNICORN = ("-E", "none", "-c", "/app/config/unicorn.rb", "-p", "8080", "/app/config.ru")


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    clients: int = 50
    megabytes: tuple[int, ...] = (120, 60, 20)
    starts: int = 20


QUICK = Size(clients=5, megabytes=(3, 2, 1), starts=2)


@dataclass(frozen=True)
class Pulls:
    """All clients of a herd."""

    seconds: float
    fetched: int
    """Bytes, from the registries."""
    whole: int
    """Layers that came bit for bit."""


def main() -> int:
    """0 where both goals are reached."""
    options = arguments()
    size = QUICK if options.quick else Size()
    with tempfile.TemporaryDirectory(prefix="initd-bench-") as directory:
        image = handmade.make(Path(directory), *size.megabytes)
        layers = sum((image.directory / layer).stat().st_size for layer in image.layers)
        cached = pulls(image, size)
        uncached = pulls(image, size, cache=False)
    with road() as (engine, builds):
        phases, revision = push(engine, builds)
        planned, plain = starts(engine, revision, size.starts)
    facts = describe_machine()
    said = f"{facts['Date']}, {facts['Processor']}, load {facts['Load average at the start']}"
    ratio_bytes, ratio_start = cached.fetched / layers, median(planned) / median(plain)
    text = "\n\n".join(
        [
            f"{said}.",
            herd_table(size, layers, cached, uncached),
            "From `git push` to a served request, two replicas:",
            aligned([["phase", "s"], *([name, number(took, 1)] for name, took in phases)]),
            f"Start of a container to its first served request, median of {size.starts}:",
            start_table(planned, plain),
            verdict("bytes of a herd, held against one pull", ratio_bytes, MOST_BYTES)
            + "\n"
            + verdict("start with `initd compile`, held against unicorn", ratio_start, MOST_START),
        ]
    )
    print(text)
    if options.write:
        write_between(options.write, BEGIN, END, text)
    return int(not options.quick and (ratio_bytes > MOST_BYTES or ratio_start > MOST_START))


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure the road from a commit to a fleet.")
    parser.add_argument("--write", type=Path, help="the page that has the tables")
    parser.add_argument("--quick", action="store_true", help="little of it, to see that it works")
    return parser.parse_args()


# ---- pulls ------------------------------------------------------------------------------------


def pulls(image: Image, size: Size, *, cache: bool = True) -> Pulls:
    """A herd at registries of its own, by a cold cache or by none."""
    changes = [] if cache else [("proxy_cache blobs;", "proxy_cache off;")]
    with Registry(changes) as registry:
        handmade.push(registry, image, NAME, "1")
        since = len(registry.log())
        begun = time.monotonic()
        whole = Herd(registry, image, NAME, size.clients).whole(within=600)
        seconds = time.monotonic() - begun
        lines = registry.log()[since:]
    fetched = sum(int(each) for line in lines for each in re.findall(r"\d+", line["fetched"]))
    return Pulls(seconds, fetched, whole)


def herd_table(size: Size, layers: int, cached: Pulls, uncached: Pulls) -> str:
    """With the cache, and without."""
    heads = ["pulls at once, all layers", "whole", "from the registries, MB", "ratio", "s"]
    rows = [
        [
            f"{size.clients} of {layers / 1e6:.0f} MB, {name}",
            f"{each.whole} of {size.clients * len(size.megabytes)}",
            number(each.fetched / 1e6),
            number(each.fetched / layers, 2),
            number(each.seconds, 1),
        ]
        for name, each in (("cold cache", cached), ("without the cache", uncached))
    ]
    return aligned([heads, *rows])


# ---- a push -----------------------------------------------------------------------------------


@contextmanager
def road() -> Iterator[tuple[Engine, Builds]]:
    """An engine that is a swarm, and a repository whose pushes it builds."""
    with ExitStack() as stack:
        registry = stack.enter_context(Registry())
        engine = stack.enter_context(Engine())
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="initd-bench-")))
        # What else is signed in to on this machine stays.
        os.environ["DOCKER_CONFIG"] = str(directory / "docker")
        login = ("login", "--username", BUILDER[0], "--password-stdin", registry.host)
        engine.docker(*login, stdin=BUILDER[1])
        github = stack.enter_context(GitHub())
        name = base.publish(engine, f"{registry.host}/fleet/base")
        builds = Builds(directory, engine, registry, github)
        builds.write(BASE=f"{name}\n")
        yield engine, builds


def push(engine: Engine, builds: Builds) -> tuple[list[tuple[str, float]], str]:
    """What each phase of the second push takes, in seconds, and the image: the first has made
    the service."""
    service.become_swarm(engine)
    first = builds.commit("The app")
    builds.push(first, "main")
    service.create(engine, f"{builds.image}:{first}", replicas=2)
    builds.configure(deploy=service.DEPLOY)
    (builds.checkout / "assets" / "new.css").write_text("p { margin: 0 }\n")
    sha = builds.commit("A change")
    served: list[float] = []
    ended = Event()
    watch = Thread(target=watch_for, args=(engine, sha, served, ended))
    watch.start()
    begun = time.time()
    pushed = builds.push(sha, "main")
    all_done = time.time()
    ended.set()
    watch.join()
    if pushed.state != "success" or not served:
        raise RuntimeError(pushed.shown)
    at = {
        name: datetime.fromisoformat(when).timestamp()
        for when, name in re.findall(
            r"^--- (\S+) (build|publish|warm|deploy)$", builds.log(sha), re.M
        )
    }
    marks = [begun, at["build"], at["publish"], at["warm"], at["deploy"], served[0]]
    names = ["push, until the build begins", "build", "publish", "warm", "first request served"]
    phases = [(name, after - before) for name, before, after in zip(names, marks, marks[1:])]
    whole = [("all, to the first request", served[0] - begun)]
    return [
        *phases,
        *whole,
        ("all, to the last replica", all_done - begun),
    ], f"{builds.image}:{sha}"


def watch_for(engine: Engine, sha: str, served: list[float], ended: Event) -> None:
    """Notes when the commit is served first."""
    while not ended.wait(0.05):
        if sha in service.served(engine):
            served.append(time.time())
            return


# ---- starts -----------------------------------------------------------------------------------


def starts(engine: Engine, image: str, count: int) -> tuple[list[float], list[float]]:
    """Milliseconds from the engine's start of a container to its first answer, of each kind in
    turn: by the start plan, and unicorn as pid 1."""
    service.leave_swarm(engine)
    env = (f"--env-file={service.ROLES}/web.env", image)
    plain = ("--entrypoint", "unicorn", image, *UNICORN)
    took: tuple[list[float], list[float]] = ([], [])
    for turn in range(count + 1):
        for words, found in zip((env, plain), took, strict=True):
            milliseconds = start(engine, words)
            if turn:  # the first fills the page cache
                found.append(milliseconds)
    return took


def start(engine: Engine, words: tuple[str, ...]) -> float:
    """Of one container, which is gone then."""
    made = engine.docker("create", "--no-healthcheck", *words).stdout.strip()
    begun = time.monotonic()
    engine.api("POST", f"/containers/{made}/start")
    address = engine.api("GET", f"/containers/{made}/json")["NetworkSettings"]["IPAddress"]
    while not answers(address):
        time.sleep(0.001)
    took = time.monotonic() - begun
    engine.docker("rm", "--force", made)
    return took * 1e3


def answers(address: str) -> bool:
    """Whether the app serves."""
    connection = http.client.HTTPConnection(address, 8080, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def start_table(planned: list[float], plain: list[float]) -> str:
    """Both, and how they compare."""
    ratio = median(planned) / median(plain)
    rows = [
        ["unicorn as pid 1", number(median(plain)), "1.000"],
        ["initd with a start plan, unicorn below", number(median(planned)), number(ratio, 3)],
    ]
    return aligned([["pid 1", "ms", "ratio"], *rows])


def verdict(measure: str, ratio: float, most: float) -> str:
    """As an item of a list."""
    word = "reached" if ratio <= most else "MISSED"
    return f"- {word}: {measure}, at most {most:g} times: {ratio:.3f}"


if __name__ == "__main__":
    sys.exit(main())
