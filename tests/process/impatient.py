"""initd with back-off cut to milliseconds, for tests that make it restart a thousand times.

    python -I -S impatient.py SITE-PACKAGES [options] -- COMMAND

The same code, but for one number; the launcher's work, which blocks signals, is done here.
"""

import posix
import sys

sys.path.append(sys.argv[1])

from initd.cli.main import main
from initd.core.life import backoff
from initd.core.signals.numbers import FAULTS
from initd.linux.signals import block

block(set(range(1, 65)) - FAULTS - {32, 33})
backoff.FIRST = 0.001
backoff.delay.__defaults__ = (0.002,)
code = main(sys.argv[2:])
posix._exit(code)
