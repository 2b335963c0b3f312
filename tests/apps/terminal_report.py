"""Tells what reaches a program on a terminal: its size, whether it owns it, and its signals."""

from __future__ import annotations

import os
import signal
import sys


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def size() -> str:
    columns, rows = os.get_terminal_size(0)
    return f"{rows}x{columns}"


def main() -> None:
    numbers = {signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGWINCH, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    foreground = os.tcgetpgrp(0) == os.getpgrp()
    say(f"ready foreground={foreground} size={size()}")
    while True:
        number = signal.Signals(signal.sigwait(numbers))
        say(f"got {number.name} size={size()}")
        if number is signal.SIGTERM:
            return


main()
