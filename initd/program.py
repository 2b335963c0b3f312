"""What the launcher's Python runs."""

from __future__ import annotations

import gc
import sys

from initd.importer import Importer

gc.freeze()  # the interpreter's own objects stay: collections need not visit them
gc.disable()  # start-up allocates much and drops little; the loop enables it again
importer = Importer(__file__.rpartition("/initd/")[0])
sys.meta_path.insert(0, importer)
importer.add_rooms()

from initd.cli.main import run  # noqa: E402

run()
