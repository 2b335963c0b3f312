"""What the one file's Python does: as initd/program.py."""

import gc

from initd_importer import take_over

gc.freeze()  # as in initd/program.py
gc.disable()
take_over()

from initd.importer import Importer  # noqa: E402

Importer("").add_rooms()

from initd.cli.main import run  # noqa: E402

run()
