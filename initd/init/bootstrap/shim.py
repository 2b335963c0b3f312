"""Starts the shim: the first time before the rest of pid 1 is imported, later for `Children`."""

from __future__ import annotations

import posix

from initd.core.start.spawn_spec import APP_PID, REPORT_DESCRIPTOR, shim_argv
from initd.core.value import Value
from initd.linux import own_process, report
from initd.linux.child_processes import spawn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.start.spawn_spec import SpawnSpec

#: The pid that the first shim asks for, where it may choose one.
_SHIM_PID = 2


class StartedShim(Value):
    """The shim's `pid`, the reading end of its report pipe, whether it was told to hand over the
    terminal, the directory that init has left since then, if it has, and the number of the plan by
    which the launcher has started it. If that gave the app a host name: the `control` socket, by
    which the usual directory is this init's, and whether the name was `added` to the hosts file."""

    pid: int
    reports: int
    terminal: bool
    left: str | None = None
    plan: int | None = None
    control: int = -1
    added: bool = False


def start_shim(
    path: str, spec: SpawnSpec, first: bool, left: str | None = None, secrets: int = 0
) -> StartedShim:
    """The shim reports how the app's start went, and its end. Raises OSError, or ValueError for
    a NUL, which exec cannot pass on. The `first` shim asks for pids 2 and 3; `left` is the
    directory that init has left, in which the app starts nevertheless. `secrets` is the descriptor
    that the app's process reads its secrets from, which is not REPORT_DESCRIPTOR; 0: none."""
    pid = posix.getpid()
    wanted = first and pid == 1 and own_process.may_choose_pids()
    reading, writing = report.report_pipe()
    # Its number was free, so it is none of the app's.
    number = writing if spec.inherited else REPORT_DESCRIPTOR
    argv = shim_argv(spec, pid, APP_PID if wanted else 0, left, number, secrets)
    try:
        shim = spawn(path, argv, spec.environ, [writing, number], _SHIM_PID if wanted else 0)
    except (OSError, ValueError):
        posix.close(reading)
        raise
    finally:
        posix.close(writing)
    if spec.leaves_directory and left is None:
        left = own_process.leave_directory()  # the shim is in it by now
    return StartedShim(pid=shim, reports=reading, terminal=spec.terminal, left=left)
