"""The job of jobs.py as Celery's, on the broker that the environment names."""

from __future__ import annotations

import os

from celery import Celery  # type: ignore[import-not-found]
from jobs import work  # type: ignore[import-not-found]

app = Celery("celery_jobs", broker=os.environ["REDIS_URL"])
app.conf.worker_redirect_stdouts = False
app.task(name="work")(work)
