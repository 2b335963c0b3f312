"""The init that people write in a quarter of an hour: start, forward, reap, exit."""

import os
import signal
import subprocess
import sys
from types import FrameType

app = subprocess.Popen(sys.argv[1:])


def forward(number: int, _frame: FrameType | None) -> None:
    os.kill(app.pid, number)


for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"):
    signal.signal(getattr(signal, name), forward)
while (ended := os.wait())[0] != app.pid:
    pass
code = os.waitstatus_to_exitcode(ended[1])
sys.exit(code if code >= 0 else 128 - code)
