"""The first Python that runs: found and executed by the launcher, without `site`.

Kept to what finding the package takes: this file alone has no compiled form.
"""

import sys

if not __package__:
    sys.path.append(__file__.rpartition("/initd/")[0])

import initd.program  # noqa: F401
