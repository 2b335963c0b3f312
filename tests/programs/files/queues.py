"""The job of jobs.py as that of dramatiq, huey and arq, on the Redis beside them."""

from __future__ import annotations

import sys

from jobs import work  # type: ignore[import-not-found]

if "dramatiq" in " ".join(sys.orig_argv):
    import dramatiq  # type: ignore[import-not-found]
    from dramatiq.brokers.redis import RedisBroker  # type: ignore[import-not-found]

    dramatiq.set_broker(RedisBroker(host="127.0.0.1"))
    dramatiq_work = dramatiq.actor(work)
elif "huey" in " ".join(sys.orig_argv):
    from huey import RedisHuey  # type: ignore[import-not-found]

    huey = RedisHuey(host="127.0.0.1")
    huey_work = huey.task()(work)
