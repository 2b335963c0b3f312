"""Random histories: signals, exits, restarts, reloads, orphans and clients, in any order, with some
pauses between them and some without; and then a stop."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from process.histories import ASKING, KEPT, PASSED_ON
from process.namespace import status_of
from process.sleeping import Asking, ask, asleep

from .box import Failure, Trial, running
from .messages import control_request

#: What the app does with TERM, the options that this takes, the exit codes after a stop, and
#: the plan's seconds.
MANNERS: tuple[tuple[str, tuple[str, ...], tuple[int, ...], float], ...] = (
    ("15=7", (), (7,), 0.0),
    ("15=7", ("--stop-plan", "QUIT:0.2 TERM:5 KILL"), (7,), 0.2),
    ("15=7*9", ("--stop-plan", "TERM:0.3 KILL"), (137,), 0.3),
    ("15=7*9", ("--grace", "0.4"), (137,), 0.4),
)
LEFTOVERS = ("--leftovers", "TERM:0.2 KILL")
#: The app has ended in a moment when it had not said yet that it is ready.
UNREADY = (143, 137)


class History:
    """What happens, by a seed."""

    def __init__(self, trial: Trial, rolls: random.Random) -> None:
        self.trial, self.rolls = trial, rolls
        self.restarts = rolls.random() < 0.5
        self.manner, plan, self.codes, self.plan_seconds = rolls.choice(MANNERS)
        self.options = [*plan, *LEFTOVERS, *self._options()]
        self.events = [rolls.choice(self._possible()) for _ in range(rolls.randint(3, 15))]
        self.has_shim = True
        self.daemons = False

    def _options(self) -> list[str]:
        reloads = self.rolls.choice(["HUP", "restart"])
        more = [
            [],
            ["-vv"],
            ["-vv", "-w"],
            ["-r", "HUP:RTMIN+1", "-r28:0"],
            ["--target", "group"],
            ["--target", "all"],
            ["--check", "live process period=0.1"],
            ["--notify"],
            ["--secrets", f"dir:{self._secrets()}", "--on-reload", reloads],
            ["--hook", "stop -- true", "--hook", "end -- true"],
        ]  # fmt: skip
        chosen = [word for words in self.rolls.sample(more, 2) for word in words]
        return [*chosen, "--restart", "always"] if self.restarts else chosen

    def _secrets(self) -> Path:
        folder = self.trial.folder / "secrets"
        folder.mkdir(exist_ok=True)
        (folder / "TOKEN").write_text("marker")
        return folder

    def _possible(self) -> list[str]:
        events = ["signals", "signals", "orphans", "leave_daemons", "ask", "hang_up", "stop_and_go"]
        events += ["freeze", "kill_shim", "reload", "sleep", "pause"]
        return [*events, "exit", "kill", "restart", "die_at_once"] if self.restarts else events

    def live(self) -> int:
        """All of it; how many events there were."""
        app = (self.trial.program("actor"), self.manner)
        with running(self.trial, *app, options=self.options) as box:
            self.box = box
            for event in self.events:
                act: Callable[[], None] = getattr(self, event)
                act()
                box.is_settled()
            self._end()
        return len(self.events) + 1

    # ---- what happens ---------------------------------------------------------

    def signals(self) -> None:
        """Those that mean a stop are for the end, and after INT and QUIT an end would be one."""
        for _ in range(self.rolls.randint(1, 20)):
            self.box.signal(self.rolls.choice([*(set(PASSED_ON) - ASKING), *KEPT]))

    def orphans(self) -> None:
        self.box.tell(f"o{self.rolls.randint(1, 60)}")
        self.box.hear("reaped")

    def leave_daemons(self) -> None:
        """Of sessions of their own, which nothing but KILL ends."""
        self.box.tell(f"d{self.rolls.randint(1, 3)}")
        self.daemons = True

    def ask(self) -> None:
        """Whole, in pieces, or nonsense; whatever is asked for, nobody waits for it."""
        request = control_request(self.rolls)
        with contextlib.suppress(OSError):
            client = Asking(self.trial.socket, request[: self.rolls.randint(0, len(request))])
            client.say(request)
            client.hang_up()

    def hang_up(self) -> None:
        with contextlib.suppress(OSError):
            Asking(self.trial.socket).hang_up()

    def stop_and_go(self) -> None:
        """The app is stopped, and continued."""
        with contextlib.suppress(OSError, IndexError):
            app = self.box.app()
            os.kill(app, signal.SIGSTOP)
            self.pause()
            os.kill(app, signal.SIGCONT)

    def freeze(self) -> None:
        """Init itself is stopped, as a debugger does it."""
        os.kill(self.box.init, signal.SIGSTOP)
        self.pause()
        os.kill(self.box.init, signal.SIGCONT)

    def kill_shim(self) -> None:
        if self.has_shim:
            with contextlib.suppress(OSError, IndexError):
                os.kill(self._shim(), signal.SIGKILL)
            self.has_shim = False

    def reload(self) -> None:
        answer = self._say("reload")
        if answer.get("then") == "restart":
            self._ready_again()

    def sleep(self) -> None:
        if self.trial.sleeps and not {"--check", "--notify"}.intersection(self.options):
            asleep(self.box.init)

    def pause(self) -> None:
        time.sleep(self.rolls.choice([0, 0.001, 0.01, 0.1]))

    def exit(self) -> None:
        self.box.tell(f"x{self.rolls.randint(0, 200)}")
        self._ready_again()

    def kill(self) -> None:
        self.box.tell(f"k{self.rolls.choice([6, 9, 11, 15])}")
        self._ready_again()

    def restart(self) -> None:
        if "ok" in self._say("restart"):
            self._ready_again()

    def die_at_once(self) -> None:
        """Killed in the middle of something else."""
        self.box.tell("o60")
        os.kill(self.box.app(), signal.SIGKILL)
        self._ready_again()

    def _say(self, verb: str) -> dict[str, Any]:
        answer = ask(self.trial.socket, verb)
        if answer is None:
            raise Failure(f"no answer to {verb}")
        return answer

    def _ready_again(self) -> None:
        self.box.hear_ready()
        self.has_shim = True

    def _shim(self) -> int:
        return int(status_of(self.box.app())["PPid"])

    # ---- the end --------------------------------------------------------------

    def _end(self) -> None:
        ways = [self._stop, self._stop, self._stop_by_verb, self._stops]
        ways += [self._exit_and_stop] if self.restarts else [self._own_end, self._killed]
        self.plan_seconds += 0.2  # what the app leaves behind
        self.rolls.choice(ways)()

    def _stop(self) -> None:
        number = self.rolls.choice([signal.SIGTERM, signal.SIGRTMIN + 3])
        self.box.stop(*self.codes, plan=self.plan_seconds, number=number)

    def _stops(self) -> None:
        """By somebody impatient."""
        for _ in range(self.rolls.randint(1, 3)):
            self.box.signal(signal.SIGTERM)
        self.box.ends(*self.codes, plan=self.plan_seconds)

    def _stop_by_verb(self) -> None:
        self._say("stop")
        self.box.ends(*self.codes, plan=self.plan_seconds)

    def _own_end(self) -> None:
        code = self.rolls.randint(0, 255)
        self.box.tell(f"x{code}")
        self.box.ends(code, plan=self.plan_seconds)

    def _killed(self) -> None:
        number = self.rolls.choice([6, 9, 11, 15])
        self.box.tell(f"k{number}")
        self.box.ends(128 + number, plan=self.plan_seconds)

    def _exit_and_stop(self) -> None:
        """In one moment: the stop may come before the end, in the pause, or to the next app."""
        code = self.rolls.randint(1, 200)
        self.box.tell(f"x{code}")
        time.sleep(self.rolls.choice([0, 0.01, 0.1]))
        self.box.stop(code, *self.codes, *UNREADY, plan=self.plan_seconds)


def histories(trial: Trial, rolls: random.Random) -> int:
    """One history, by its seed."""
    return History(trial, rolls).live()
