"""Where initd's files are: those that it looks for, and those that it brings along."""

from __future__ import annotations

#: The image's own over the distribution's.
CONFIGURATION_FILES = ("/container/initd.toml", "/etc/initd.toml")
ROLES = "/container/roles.json"
#: The app's name, for programs that have lost their environment (preload/hostname.c).
HOSTNAME_FILE = "/run/initd/hostname"
#: What `initd compile` writes, and the launcher reads (shim/start_plan.h).
START_PLAN = "/etc/initd/start.plan"

_NATIVE = __file__.rpartition("/")[0] + "/native"
SHIM = f"{_NATIVE}/ppidshim"
HOSTNAME_LIBRARY = f"{_NATIVE}/hostname.so"
