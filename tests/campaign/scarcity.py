"""Little to live on: few descriptors, little memory, calls that the kernel refuses."""

from __future__ import annotations

import contextlib
import random
import resource
import socket
from collections.abc import Iterator
from errno import ENOSYS, EPERM

from process.denied import denying, is_known
from process.sleeping import asleep
from process.test_denied_calls import DISPENSABLE

from .box import APP, Box, Failure, Refused, Trial, running
from .load import COMMON, send_and_hear

MEGABYTE = 1 << 20
#: What a limit is, and that of the least that anything is given.
DESCRIPTORS = (resource.RLIMIT_NOFILE, "nofile")
MEMORY = (resource.RLIMIT_AS, "as")
#: What docs/limits.md asks for.
NEEDED = {resource.RLIMIT_NOFILE: 8, resource.RLIMIT_AS: 17 * MEGABYTE}


def descriptors(trial: Trial, rolls: random.Random) -> int:
    """From the start, or suddenly, and then clients wait at the control socket."""
    _scarce(trial, rolls, DESCRIPTORS, rolls.randint(3, 24))
    return 1


def memory(trial: Trial, rolls: random.Random) -> int:
    """Address space, from 1 to 64 MB: from the start, or suddenly."""
    _scarce(trial, rolls, MEMORY, rolls.randint(1, 64) * MEGABYTE)
    return 1


def _scarce(trial: Trial, rolls: random.Random, what: tuple[int, str], amount: int) -> None:
    kind, name = what
    at_start = rolls.random() < 0.4
    # The app has what it needs: what is on trial is the init.
    enough = "unlimited" if kind == resource.RLIMIT_AS else "1024"
    restored = ["prlimit", f"--{name}={enough}"]
    before = ["prlimit", f"--{name}={amount}:"] if at_start else []
    app = [*restored, trial.program("actor"), *APP] if at_start else [trial.program("actor"), *APP]
    with _not_refused(trial, kind, amount), running(trial, *app, before=before) as box:
        if not at_start:
            if trial.sleeps and rolls.random() < 0.7:
                asleep(box.init)
            box.limit(kind, amount)
        with _waiting(trial, rolls.randint(0, 8)):
            work(box, rolls)
        box.stop(7)


@contextlib.contextmanager
def _not_refused(trial: Trial, kind: int, amount: int) -> Iterator[None]:
    """With as much as docs/limits.md asks for, initd starts."""
    try:
        yield
    except Refused as why:
        if trial.is_initd and amount >= NEEDED[kind]:
            raise Failure(f"with {amount} it says {why}") from why
        raise


@contextlib.contextmanager
def _waiting(trial: Trial, count: int) -> Iterator[None]:
    """Clients at the control socket, who ask, and may get no answer."""
    with contextlib.ExitStack() as all_of_them:
        for _ in range(count if trial.is_initd else 0):
            client = all_of_them.enter_context(socket.socket(socket.AF_UNIX))
            client.setblocking(False)
            with contextlib.suppress(OSError):
                client.connect(str(trial.socket))
                client.send(b'{"verb":"status"}\n')
        yield


def work(box: Box, rolls: random.Random) -> None:
    """What an init is there for: signals, and orphans."""
    for _ in range(rolls.randint(1, 6)):
        send_and_hear(box, rolls.choice(COMMON))
        if rolls.random() < 0.5:
            box.tell(f"o{rolls.randint(1, 20)}")
            box.hear("reaped")
    box.settle()


def refused_calls(trial: Trial, rolls: random.Random) -> int:
    """One to three of those that initd can do without, answered as lists of permitted calls do."""
    known = [call for call in DISPENSABLE if is_known(call) and call != "dup2"]
    calls = rolls.sample(known, rolls.randint(1, 3))  # one of dup2 and dup3 is on every list
    before = denying(trial.programs / "denying", rolls.choice((ENOSYS, EPERM)), *calls)
    with running(trial, trial.program("actor"), *APP, before=before) as box:
        work(box, rolls)
        box.stop(7)
    return len(calls)
