"""One slow task, for celery and for rq."""

from __future__ import annotations

import os
import time

from celery import Celery  # type: ignore[import-not-found]

app = Celery("tasks", broker="redis://127.0.0.1:6379/0")


def slow() -> None:
    os.write(1, b"job begun\n")  # celery takes print() for a log line
    time.sleep(2)
    os.write(1, b"job finished\n")


app.task(name="slow")(slow)
