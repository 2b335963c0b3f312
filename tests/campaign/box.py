"""A container on trial: an init, initd or another one, with an app that does what it is told."""

from __future__ import annotations

import contextlib
import os
import resource
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from signal import SIGTERM
from typing import NamedTuple

from process.namespace import INITD, Container, Timeout, start, status_of, wait_until
from process.sleeping import SLEEPS, child_of

#: How long an engine waits before it kills, in seconds.
PATIENCE = 10.0
#: What the app ends with on TERM, unless it is told otherwise.
CODE = 7
APP = (f"15={CODE}",)
#: What went wrong for want of memory or of a descriptor is logged as a bug too.
OF_WANT = ("MemoryError", "Errno 12", "Errno 24")
AWAKE, ASLEEP, TINI, DUMB_INIT = "initd", "initd, asleep", "tini", "dumb-init"
INITDS = (AWAKE, ASLEEP)
ALL = (*INITDS, TINI, DUMB_INIT)


class Failure(AssertionError):
    """Something that must hold did not."""


class Refused(Exception):
    """The init has not started anything, and has said why in a sentence."""


class Trial(NamedTuple):
    """What is tried. `socket` is the control socket's path, `actor` and `storm` are apps, `denying`
    is the program that has the kernel refuse calls."""

    init: str
    seed: int
    folder: Path
    programs: Path

    @property
    def is_initd(self) -> bool:
        return self.init in INITDS

    @property
    def sleeps(self) -> bool:
        return self.init == ASLEEP

    @property
    def socket(self) -> Path:
        return self.folder / f"{self.seed}-{ALL.index(self.init)}.sock"

    def program(self, name: str) -> str:
        """One of the compiled ones."""
        return str(self.programs / name)


#: Looks at the tree before a process in it counts as gone.
_LOOKS = 5


class Box:
    """The container, once its app is ready."""

    def __init__(self, container: Container, inside: int) -> None:
        """`inside` is the app's pid in the container."""
        self.container, self.inside = container, inside
        self.init = child_of(container.process.pid)

    # ---- the app --------------------------------------------------------------

    def hear_ready(self) -> None:
        """The next app runs, and init knows."""
        self.inside = int(self.hear("ready").split()[1])
        self.container.event("app.started")

    def hear(self, start: str) -> str:
        """The app's next line that begins so."""
        while (line := self.container.stdout.next(3 * PATIENCE)) is not None:
            if line.startswith(start):
                return line
        raise Failure(f"it ended before {start!r}; there was {self.container.stdout.seen[-5:]}")

    def tell(self, word: str) -> None:
        """Has the app do something."""
        self.container.tell(word)

    def signal(self, number: int) -> None:
        """Signals init, from outside of the container."""
        os.kill(self.init, number)

    def limit(self, kind: int, amount: int) -> None:
        """Lowers a limit of init's."""
        resource.prlimit(self.init, kind, (amount, amount))

    def app(self) -> int:
        """The app's pid on the host. A list of children may lack some while others end, and a look
        may come between the shim's end and the app's next parent (proc(5)): it is repeated."""
        for _ in range(_LOOKS):
            with contextlib.suppress(ProcessLookupError):
                return self._look_for_app()
            time.sleep(0.01)
        return self._look_for_app()

    def _look_for_app(self) -> int:
        below = [self.init]
        for pid in below:  # which grows meanwhile
            with contextlib.suppress(OSError):
                if int(status_of(pid)["NSpid"].split()[-1]) == self.inside:
                    return pid
                below += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        raise ProcessLookupError(self.inside)

    # ---- what must hold -------------------------------------------------------

    def is_settled(self) -> bool:
        """Whether init has reaped all that there was; and lives."""
        path = Path(f"/proc/{self.init}/task/{self.init}/children")
        for pid in path.read_text().split():
            try:
                if status_of(int(pid))["State"].startswith("Z"):
                    return False
            except OSError:
                pass  # reaped meanwhile
        return True

    def settle(self) -> None:
        """Raises Timeout if something is not reaped."""
        wait_until(self.is_settled, "all orphans are reaped", PATIENCE)

    def stop(self, *codes: int, plan: float = 0.0, number: int = SIGTERM) -> None:
        """A stop ends it, with one of these codes; `plan` is how many seconds that may take."""
        began = time.monotonic()
        self.signal(number)
        self.ends(*codes, plan=plan, began=began)

    def ends(self, *codes: int, plan: float = 0.0, began: float | None = None) -> None:
        """It ends by itself, or has been asked to."""
        began = time.monotonic() if began is None else began
        code = self.container.wait(plan + PATIENCE)
        if code not in codes:
            raise Failure(f"ended with {code}, not with {' or '.join(map(str, codes))}")


def command_of(trial: Trial, options: Sequence[str] = (), before: Sequence[str] = ()) -> list[str]:
    """The init's words up to its `--`."""
    if not trial.is_initd:
        return [*before, trial.init]
    way = SLEEPS if trial.sleeps else ("--no-sleep",)
    return [*before, INITD, *way, "--socket", str(trial.socket), *options]


@contextmanager
def running(
    trial: Trial,
    *app: str,
    options: Sequence[str] = (),
    before: Sequence[str] = (),
    private_run: bool = True,
) -> Iterator[Box]:
    """The container with this app, which has said that it is ready. What init says must have
    neither a traceback nor a bug in it. Raises Refused where it says that it can't start."""
    words = command_of(trial, options, before)
    container = start(*app, init=words, stdin=-1, private_run=private_run)
    with container:
        try:
            inside = _await_ready(container)
            if trial.is_initd:
                _await_started(container)
            yield Box(container, inside)
            _assert_clean(_words(container))
        except Exception as error:
            container.process.kill()
            for line in _words(container)[-8:]:
                error.add_note(line)
            raise


def _words(container: Container) -> list[str]:
    """All that it has said, to its end."""
    if container.log_pipe is None:
        return []
    container.log_pipe.rest()
    return container.log_pipe.seen


def _await_ready(container: Container) -> int:
    while (line := container.stdout.next()) is not None:
        if line.startswith("ready"):
            return int(line.split()[1])
    code = container.wait(PATIENCE)
    said = _words(container)
    _assert_clean(said)
    if code and said:
        raise Refused(f"{code}: {said[-1]}")
    raise Failure(f"nothing was started, code {code}, and it says {said}")


def _await_started(container: Container) -> None:
    """Its init has got to the end of its own start. With too few descriptors it may find that out
    when the app runs already: then it ends, too, and says why."""
    try:
        container.event("app.started")
    except Timeout:
        said = _words(container)
        if container.wait(PATIENCE) == 125 and said[-1:] and said[-1].startswith("initd: cannot"):
            raise Refused(said[-1]) from None
        raise


def _assert_clean(said: Sequence[str]) -> None:
    for line in said:
        is_bug = '"init.bug"' in line and not any(word in line for word in OF_WANT)
        if is_bug or line.startswith("Traceback"):
            raise Failure(f"it says {line}")
