"""Signals, and orphans by the hundred and thousand: any init can be asked for these."""

from __future__ import annotations

import random
import signal

from .box import APP, DUMB_INIT, Box, Trial, running

#: Each init passes these on by what it says of itself, but for those that it takes for itself.
COMMON = tuple(
    int(each)
    for each in (
        *(signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2),
        *(signal.SIGALRM, signal.SIGCONT, signal.SIGVTALRM, signal.SIGPROF, signal.SIGWINCH),
        *(signal.SIGIO, signal.SIGPWR, signal.SIGURG, signal.SIGXCPU, signal.SIGSTKFLT),
    )
)
REAL_TIME = tuple(range(signal.SIGRTMIN + 4, signal.SIGRTMAX + 1))
SIGNALS = 100


def signals(trial: Trial, rolls: random.Random) -> int:
    """Each reaches the app, once and in order; dumb-init has none of the real-time ones."""
    known = COMMON if trial.init == DUMB_INIT else (*COMMON, *REAL_TIME)
    with running(trial, trial.program("actor"), *APP) as box:
        for _ in range(SIGNALS):
            send_and_hear(box, rolls.choice(known))
        box.stop(7)
    return SIGNALS


def send_and_hear(box: Box, number: int) -> None:
    """One signal, which reaches the app."""
    box.signal(number)
    box.hear(f"got {number}")


def orphans(trial: Trial, rolls: random.Random) -> int:
    """As fast as they can be made, with signals between them; none is left, and the app's code is
    the container's."""
    count, code = rolls.randint(5, 20) * 100, rolls.randint(0, 255)
    with running(
        trial, "sh", "-c", f'echo ready $$; exec "$0" {count} {code}', trial.program("storm")
    ) as box:
        for _ in range(rolls.randint(0, 20)):
            box.signal(signal.SIGCONT)
        box.hear("storm over")
        box.settle()
        box.tell("")
        box.ends(code)
    return count
