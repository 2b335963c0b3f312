"""The files that initd looks for or writes; what it brings along is in installed.py."""

from __future__ import annotations

#: The image's own over the distribution's.
CONFIGURATION_FILES = ("/container/initd.toml", "/etc/initd.toml")
ROLES = "/container/roles.json"
#: The app's name, for programs that have lost their environment (preload/hostname.c).
HOSTNAME_FILE = "/run/initd/hostname"
#: Of containers that share /run: a file each, with the number of its pid namespace for a name.
HOSTNAMES = "/run/initd/hostnames"
#: Kubernetes' default terminationMessagePath.
TERMINATION_LOG = "/dev/termination-log"
#: What `initd compile` writes, and the launcher reads (shim/start_plan.h).
START_PLAN = "/etc/initd/start.plan"
