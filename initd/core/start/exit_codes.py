"""Exit codes that init adds to the app's own.

Those of a shell (POSIX.1-2017, 2.8.2): 126 for a command that can't be executed, 127 for
one that is not there, 128+N for death by signal N. 125 is init's own, as with env(1) and
`docker run`: a usage mistake, or a start that failed before there was a command to run.
"""

from __future__ import annotations

EXIT_OWN = 125
EXIT_NOT_EXECUTABLE = 126
EXIT_NOT_FOUND = 127
