"""A job of three seconds, for workers that are stopped in the middle of it."""

from __future__ import annotations

import time


def work() -> None:
    print("job begun", flush=True)
    time.sleep(3)
    print("job finished", flush=True)
