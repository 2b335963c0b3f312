"""Starting the shim: the first time before the rest of pid 1 is there, then by `Children`."""

from __future__ import annotations

import posix

from initd.core.spawn_spec import APP_PID, shim_argv
from initd.core.value import Value
from initd.linux import process, report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.spawn_spec import SpawnSpec

#: What the first shim asks to be, where that is allowed.
_SHIM_PID = 2


class Started(Value):
    """The shim's pid, the reading end of its report pipe, and whether it was told to hand
    the terminal over."""

    shim: int
    reports: int
    terminal: bool


def start_shim(path: str, spec: SpawnSpec, first: bool) -> Started:
    """What becomes of the app comes as the shim's reports. Raises OSError, or ValueError
    for a NUL that no exec can pass on. The `first` one asks for pids 2 and 3."""
    pid = posix.getpid()
    wanted = first and pid == 1 and process.may_choose_pids()
    argv = shim_argv(spec, pid, APP_PID if wanted else 0)
    reading, writing = report.report_pipe()
    try:
        shim = process.spawn(
            path, argv, spec.environ, writing, spec.report_descriptor, _SHIM_PID if wanted else 0
        )
    except (OSError, ValueError):
        posix.close(reading)
        raise
    finally:
        posix.close(writing)
    return Started(shim, reading, spec.terminal)
