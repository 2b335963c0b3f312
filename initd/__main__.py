"""The first Python that runs: found and executed by the launcher, without `site`.

Kept to what finding the package takes: this file alone has no compiled form.
"""

import gc
import posix
import sys

gc.freeze()  # the interpreter itself stays: no round of collecting needs to look at it
gc.disable()  # start-up makes much and drops little; the loop turns it on again

if not __package__:
    sys.path.append(__file__.rpartition("/initd/")[0])
try:
    import _cffi_backend  # noqa: F401
except ImportError:  # an editable install, or Debian's python3-cffi-backend elsewhere
    import site

    site.main()

from initd.cli.main import main  # noqa: E402

code = main(sys.argv[1:])
try:
    if sys.stdout is not None:
        sys.stdout.flush()
except OSError:
    code = code or 1  # what was asked for could not be written
posix._exit(code)  # taking an interpreter apart object by object takes milliseconds
