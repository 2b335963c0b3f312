"""One slow task, for celery and for rq."""

from __future__ import annotations

import time

from celery import Celery  # type: ignore[import-not-found]

app = Celery("tasks", broker="redis://127.0.0.1:6379/0")


def slow() -> None:
    print("job begun", flush=True)
    time.sleep(2)
    print("job finished", flush=True)


app.task(name="slow")(slow)
