"""`python -m initd`: the file takes this process over."""

import os
import sys

from initd import find_initd_bin

try:
    path = find_initd_bin()
except OSError as error:
    sys.exit("initd: %s" % error)  # noqa: UP031
os.execv(path, [path] + sys.argv[1:])  # noqa: RUF005
