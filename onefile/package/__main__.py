"""`python -m initd`: the file takes this process over."""

import os
import sys

from initd import find_initd_bin

path = find_initd_bin()
os.execv(path, [path] + sys.argv[1:])  # noqa: RUF005
