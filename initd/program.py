"""What the launcher's Python does: everything, and then it ends."""

from __future__ import annotations

import gc
import posix
import sys

from initd.importer import Importer

gc.freeze()  # the interpreter itself stays: no round of collecting needs to look at it
gc.disable()  # start-up makes much and drops little; the loop turns it on again
sys.meta_path.insert(0, Importer(__file__.rpartition("/initd/")[0]))

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
