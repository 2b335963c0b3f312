"""Random histories of a container, and how one is lived: asleep before every other event, or awake
all through. What is observed is the same."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from .namespace import start, status_of, wait_until
from .sleeping import SLEEPS, Asking, ask, asleep, child_of

STOPS = (signal.SIGTERM, signal.SIGRTMIN + 3)
#: These are between processes and the kernel, or init's own: no app gets them.
KEPT = (*(int(each) for each in (signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL)),
        *(int(each) for each in (signal.SIGTRAP, signal.SIGABRT, signal.SIGSYS)),
        *(int(each) for each in (signal.SIGCHLD, signal.SIGTTIN, signal.SIGTTOU)))  # fmt: skip
#: CPython ignores these as it starts, which discards one that comes in just that moment.
DISCARDED = (signal.SIGPIPE, signal.SIGXFSZ)
PASSED_ON = sorted(
    {*range(1, 65)} - {*KEPT, *STOPS, *DISCARDED, signal.SIGKILL, signal.SIGSTOP, 32, 33}
)
REAL_TIME = [number for number in PASSED_ON if number >= signal.SIGRTMIN]
#: The app's end is one that was asked for if it follows, and then nothing is started again.
ASKING = {signal.SIGINT, signal.SIGQUIT}
#: One of these discards the other where both are pending (signal(7)).
JOB_CONTROL = {signal.SIGTSTP, signal.SIGCONT}
HEALTH = ("", "live", "ready", "startup verbose", "verbose")

#: An event is its name and what it takes.
Event = tuple[Any, ...]


class History:
    """What happens, by a seed. `options` are initd's, `app` the actor's words."""

    def __init__(self, seed: int) -> None:
        rolls = random.Random(seed)
        self.seed = seed
        self.restarts = rolls.random() < 0.3
        self.bursts = rolls.random() < 0.4
        self.app = ["15=7*9"] if rolls.random() < 0.3 else ["15=7"]
        self.options = rolls.choice([[], ["-vv"], ["-vv", "-w"], ["-r", "HUP:RTMIN+1", "-r28:0"]])
        if self.restarts:
            self.options = [*self.options, "--restart", "always"]
        self.events = [self._event(rolls) for _ in range(rolls.randint(1, 5))]
        self.end = self._end(rolls)
        #: What comes before each event: sleep, nothing, or so many seconds, about as long as it
        #: takes to fall asleep.
        moments = ["asleep", "asleep", "", str(rolls.uniform(0.03, 0.12))]
        self.before = [rolls.choice(moments) for _ in (*self.events, self.end)]

    def steps(self) -> Iterator[tuple[str, Event]]:
        """What comes before each event, and the event; the end last."""
        return zip(self.before, (*self.events, self.end))

    def tries(self) -> set[tuple[Any, ...]]:
        """What there is to try in it: each event after the one before it, asleep or not; each event
        at each moment; each event under these options and before this app."""
        found: set[tuple[Any, ...]] = set()
        last = ""
        for before, (name, *_) in self.steps():
            moment = before if before in ("asleep", "") else "about"
            found |= {
                (last, name, before == "asleep"),
                (name, moment),
                (name, *self.options, *self.app),
            }
            last = name
        return found

    def _event(self, rolls: random.Random) -> Event:
        numbers = sorted({*PASSED_ON} - ASKING) if self.restarts else PASSED_ON
        events: list[Event] = [
            ("signal", rolls.choice(numbers)),
            ("signal", rolls.choice(numbers)),
            ("kept", rolls.choice(KEPT)),
            ("orphans", rolls.randint(1, 12)),
            ("pause", rolls.choice(HEALTH)),
            ("shim",),
            ("health", rolls.choice(HEALTH)),
            ("status",),
            ("in pieces", rolls.choice([1, 8, 25]), rolls.choice(["health", "status"])),
            ("hang up", rolls.choice([b"", b"{", b'{"verb":'])),
            ("nonsense", rolls.choice([b"what\n", b'{"verb":"x"}\n', b'{"verb":1}\n'])),
            ("verb signal", rolls.choice(["USR1", "RTMAX", "WINCH", "nonsense"])),
        ]
        if self.bursts:
            some = rolls.sample(sorted({*numbers} - JOB_CONTROL), rolls.randint(2, 4))
            events += [("signals", [*some, *[rolls.choice(REAL_TIME)] * rolls.randint(0, 5)])] * 4
        if self.restarts:
            events += [("exit", rolls.randint(0, 200)), ("restart",)]
        return rolls.choice(events)

    def _end(self, rolls: random.Random) -> Event:
        ends: list[Event] = [("stop", rolls.choice(STOPS)), ("verb stop",)]
        if not self.restarts:
            ends += [("exit", rolls.randint(0, 255)), ("killed", rolls.choice([9, 6, 15]))]
        return rolls.choice(ends)


def fewest(seeds: int) -> list[History]:
    """Of the first histories, by their seeds, as few as try all that there is to try in any.

    Each is two containers, and costs a quarter of a second of a processor."""
    rest = {history: history.tries() for history in map(History, range(seeds))}
    wanted = set().union(*rest.values())
    found = []
    while wanted:
        most = max(rest, key=lambda history: len(rest[history] & wanted))
        wanted -= rest.pop(most)
        found.append(most)
    return found


class Life:
    """A history that is lived."""

    def __init__(self, history: History, actor: Path, socket: Path, sleeps: bool) -> None:
        self.history, self.socket, self.sleeps = history, socket, sleeps
        self.answers: list[Any] = []
        self.lines: list[str] = []
        self.has_shim = True
        self.naps = 0
        #: Whether the app has got what ends most programs: then it is awaited, for seconds.
        self.asked = False
        way = SLEEPS if sleeps else ("--no-sleep",)
        self.container = start(
            actor,
            *history.app,
            options=[*way, "--socket", str(socket), *history.options],
            stdin=-1,
            private_run=False,
        )

    def live(self) -> dict[str, Any]:
        """All that there is to see of it."""
        with self.container as container:
            self._hear("ready")
            container.event("app.started")
            self.init = container.init_pid
            for before, event in self.history.steps():
                self._wait(before)
                self._do(*event)
            code = container.wait()
            self.lines += container.stdout.rest()
            log = [_without_times(event) for event in container.events()]
            said = [line for line in self.said() if not line.startswith("{")]
        if self.history.bursts:
            self.lines.sort()
            log = _sorted_signals(log)
        return {"code": code, "log": log, "said": said, "app": self.lines, "told": self.answers}

    def said(self) -> list[str]:
        """All of stderr so far."""
        return self.container.log_pipe.seen if self.container.log_pipe is not None else []

    def _wait(self, before: str) -> None:
        if before != "asleep":
            time.sleep(float(before or 0))
        elif self.sleeps and not self.asked:
            asleep(self.init)
            self.naps += 1

    def _do(self, name: str, *rest: Any) -> None:
        act: Callable[..., None] = getattr(self, f"_{name.replace(' ', '_')}")
        act(*rest)

    def _hear(self, start: str) -> None:
        line = self.container.stdout.until(start)
        self.lines.append(re.sub(r"^ready \d+$", "ready", line))

    def _tell(self, word: str) -> None:
        stdin = self.container.process.stdin
        assert stdin is not None
        stdin.write(word.encode() + b"\n")
        stdin.flush()

    def _app(self) -> int:
        return child_of(child_of(self.init) if self.has_shim else self.init)

    # ---- signals --------------------------------------------------------------

    def _is_pending(self, numbers: Sequence[int]) -> bool:
        pending = int(status_of(self.init)["ShdPnd"], 16)
        return any(pending >> number - 1 & 1 for number in numbers)

    def _taken(self, *numbers: int) -> None:
        wait_until(lambda: not self._is_pending(numbers), f"init has taken {numbers}")

    def _signal(self, number: int) -> None:
        self.asked = self.asked or number in ASKING
        dropped = number == signal.SIGWINCH and "-r28:0" in self.history.options
        os.kill(self.init, number)
        self._taken(number)
        if not dropped:
            self._hear("got")

    def _signals(self, numbers: Sequence[int]) -> None:
        self.asked = self.asked or not ASKING.isdisjoint(numbers)
        for number in numbers:
            os.kill(self.init, number)
        self._taken(*numbers)
        dropped = "-r28:0" in self.history.options
        for number in numbers:
            if not (dropped and number == signal.SIGWINCH):
                self._hear("got")

    def _kept(self, number: int) -> None:
        os.kill(self.init, number)
        self._taken(number)

    # ---- processes ------------------------------------------------------------

    def _orphans(self, count: int) -> None:
        self._tell(f"o{count}")
        self._hear("reaped")

    def _pause(self, question: str) -> None:
        os.kill(self._app(), signal.SIGSTOP)
        self.container.event("app.stopped")
        self._health(question)
        os.kill(self._app(), signal.SIGCONT)
        self.container.event("app.continued")
        self._hear("got 18")

    def _shim(self) -> None:
        if not self.has_shim:
            return
        shim = child_of(self.init)
        # What it has reported and not yet taken from the kernel, init would hear once more.
        wait_until(lambda: status_of(shim)["State"].startswith("S"), "the shim waits")
        os.kill(shim, signal.SIGKILL)
        self.has_shim = False
        self.container.event("shim.lost")

    def _started_again(self) -> None:
        self._hear("ready")
        self.container.event("app.started")
        self.has_shim = True

    def _exit(self, code: int) -> None:
        self._tell(f"x{code}")
        if self.history.restarts:
            self.container.event("app.exited")
            self._started_again()

    def _killed(self, number: int) -> None:
        self._tell(f"k{number}")

    # ---- clients --------------------------------------------------------------

    def _told(self, answer: dict[str, Any] | None) -> None:
        if answer is not None and "state" in answer:
            parts = ("state", "orphans_reaped", "restarts", "signals", "last_exit", "stop")
            answer = {name: answer[name] for name in parts}
        self.answers.append(_without_times(answer or {}))

    def _health(self, question: str) -> None:
        self._told(ask(self.socket, "health", question))

    def _status(self) -> None:
        self._told(ask(self.socket, "status"))

    def _in_pieces(self, size: int, verb: str) -> None:
        words = b'{"verb":"%b","argument":""}\n' % verb.encode()
        client = Asking(self.socket, words[:size])
        time.sleep(0.005)
        client.say(words[size:])
        self._told(client.answer())

    def _hang_up(self, words: bytes) -> None:
        Asking(self.socket, *([words] if words else [])).hang_up()

    def _nonsense(self, words: bytes) -> None:
        self._told(Asking(self.socket, words).answer())

    def _verb_signal(self, name: str) -> None:
        self._told(ask(self.socket, "signal", name))
        dropped = name == "WINCH" and "-r28:0" in self.history.options
        if name != "nonsense" and not dropped:
            self._hear("got")

    def _restart(self) -> None:
        self._told(ask(self.socket, "restart"))
        self._hear("got 15")
        if self.history.app == ["15=7*9"]:
            self._tell("x7")
        self.container.event("app.exited")
        self._started_again()

    # ---- the end --------------------------------------------------------------

    def _hear_of_the_stop(self, number: int) -> None:
        self._hear("got 15")
        if self.history.app == ["15=7*9"]:
            os.kill(self.init, number)
            self._taken(number)
            self._tell("x7")

    def _stop(self, number: int) -> None:
        os.kill(self.init, number)
        self._hear_of_the_stop(number)

    def _verb_stop(self) -> None:
        self._told(ask(self.socket, "stop"))
        self._hear_of_the_stop(signal.SIGTERM)


#: A restart's pause is drawn.
_PASSING = (
    "timestamp",
    "pid",
    "app",
    "after_seconds",
    "seconds",
    "in_seconds",
    "last_seconds",
    "uptime_seconds",
)


def _without_times(event: Any) -> Any:
    """Neither times nor pids: those are the machine's."""
    if isinstance(event, dict):
        return {key: _without_times(each) for key, each in event.items() if key not in _PASSING}
    if isinstance(event, list):
        return [_without_times(each) for each in event]
    if isinstance(event, str):
        return re.sub(r"\b\d+(\.\d+)?( s| seconds?)\b|pid \d+", "N", event)
    return event


def _sorted_signals(log: list[Any]) -> list[Any]:
    """Of signals that are pending together, the kernel says which comes first."""
    found: list[Any] = []
    run: list[Any] = []
    for event in [*log, None]:
        if event is not None and event["event"].startswith("signal."):
            run.append(event)
            continue
        found += sorted(run, key=str)
        run = []
        if event is not None:
            found.append(event)
    return found


def lived(history: History, actor: Path, folder: Path, sleeps: bool) -> tuple[dict[str, Any], int]:
    """What was seen of it, and how often pid 1 slept at the moment of an event."""
    socket = folder / f"{history.seed}-{sleeps:d}.sock"
    life = Life(history, actor, socket, sleeps)
    try:
        return life.live(), life.naps
    except Exception as error:
        error.add_note(f"in history {history.seed}, sleeping: {sleeps}: {vars(history)}")
        with contextlib.suppress(Exception):
            error.add_note(f"the log: {life.said()}")
        raise
