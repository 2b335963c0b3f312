"""The states of the app's life, and what is wanted of it.

    starting   the shim is being started, or its app is; signals are kept
    waiting    the next start is due later: fork was refused, or the app has ended
    running    the app runs
    stopping   the stop plan runs
    sweeping   the app has ended; processes that outlived it are being ended
    ended      nothing is left, and the exit code is known

docs/design.md has the diagram, which is made from TRANSITIONS in life/transitions.py. Health
judges by them too, so they stand below it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    State = Literal["starting", "waiting", "running", "stopping", "sweeping", "ended"]
    #: The app runs, the app starts anew, the container ends.
    Want = Literal["run", "again", "end"]

STARTING: Literal["starting"] = "starting"
WAITING: Literal["waiting"] = "waiting"
RUNNING: Literal["running"] = "running"
STOPPING: Literal["stopping"] = "stopping"
SWEEPING: Literal["sweeping"] = "sweeping"
ENDED: Literal["ended"] = "ended"

RUN: Literal["run"] = "run"
AGAIN: Literal["again"] = "again"
END: Literal["end"] = "end"
