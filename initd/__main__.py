"""The first Python that runs: found and executed by the launcher, without `site`.

Kept to what finding the package takes: this file alone has no compiled form.
"""

import sys

if not __package__:
    sys.path.append(__file__.rpartition("/initd/")[0])

try:
    import initd.program  # noqa: F401
except (MemoryError, ImportError, OSError, SystemError) as failure:
    # A limit of memory, or a package that has lost files: in a line, and with init's own exit code.
    import posix

    posix.write(2, f"initd: cannot start: {str(failure) or 'out of memory'}\n".encode())
    posix._exit(125)
