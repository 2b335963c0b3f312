"""In place of start.py in a file for the tests: imports all that is frozen, and prints what
can't be imported."""

import posix
import sys

from initd_importer import take_over

take_over()

from initd_names import NAMES  # noqa: E402

from initd.registrar.kazoo_alone import kazoo_client  # noqa: E402

kazoo_client()  # before its modules: it imports them with stand-ins

failures = 0
for name in NAMES:
    try:
        __import__(name)
    except Exception as error:
        print(f"{name}: {error!r}")
        failures += 1
print(f"{len(NAMES) - failures} modules can be imported")
sys.stdout.flush()
posix._exit(failures > 0)
