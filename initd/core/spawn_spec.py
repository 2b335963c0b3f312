"""What the app is started with: one plain value, and its translation for the shim."""

from __future__ import annotations

from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


#: What the first app asks to be, where that is allowed.
APP_PID = 3
#: setpriority(2): from here to 19.
NICEST = -20


class User(Value):
    """Numbers only: names have been looked up."""

    uid: int
    gid: int
    groups: tuple[int, ...] = ()


class Limit(Value):
    """A resource limit by its number (setrlimit(2)); 2**64-1 is unlimited."""

    resource: int
    soft: int
    hard: int
    #: As somebody wrote it.
    text: str = ""


class SpawnSpec(Value):
    """Everything that the app's process is given. `death_signal` is what it gets
    when init itself has been killed (0: nothing)."""

    argv: tuple[str, ...]
    environ: Mapping[bytes, bytes]
    user: User | None = None
    directory: str | None = None
    umask: int | None = None
    limits: tuple[Limit, ...] = ()
    session: bool = False
    terminal: bool = False
    death_signal: int = 9
    nice: int | None = None
    oom_score_adj: int | None = None
    #: Capabilities to drop from every set, a bit each.
    dropped: int = 0
    no_new_privs: bool = False


def shim_argv(spec: SpawnSpec, init_pid: int, wanted_pid: int = 0) -> list[str]:
    """The shim's command line (shim/ppidshim.c has the other end)."""
    argv = ["ppidshim", "-i", str(init_pid), "-d", str(spec.death_signal)]
    if wanted_pid:
        argv += ["-n", str(wanted_pid)]
    if spec.session:
        argv.append("-s")
    if spec.terminal:
        argv.append("-t")
    for limit in spec.limits:
        argv += ["-l", f"{limit.resource}:{limit.soft}:{limit.hard}"]
    if spec.nice is not None:
        argv += ["-p", str(spec.nice - NICEST)]
    if spec.oom_score_adj is not None:
        argv += ["-o", str(spec.oom_score_adj)]
    if spec.dropped:
        argv += ["-c", str(spec.dropped)]
    if spec.no_new_privs:
        argv.append("-N")
    if spec.user is not None:
        argv += ["-u", str(spec.user.uid), "-g", str(spec.user.gid)]
        argv += ["-G", ",".join(map(str, spec.user.groups))]
    if spec.directory is not None:
        argv += ["-w", spec.directory]
    if spec.umask is not None:
        argv += ["-m", f"{spec.umask:o}"]
    return [*argv, "--", *spec.argv]
