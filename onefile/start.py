"""What the one file's Python does: as initd/program.py."""

import gc
import posix
import sys

from initd_importer import take_over

gc.freeze()  # as in initd/program.py
gc.disable()
take_over()

from initd.importer import Importer  # noqa: E402

Importer("").add_rooms()

from initd.cli.main import main  # noqa: E402

code = main(sys.argv[1:])
try:
    if sys.stdout is not None:
        sys.stdout.flush()
except OSError:
    code = code or 1  # the output could not be written
posix._exit(code)
