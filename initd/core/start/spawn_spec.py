"""What the app is started with: one plain value, and the shim's command line made from it."""

from __future__ import annotations

from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


#: The pid that the first app asks for, where choosing one is allowed.
APP_PID = 3
#: setpriority(2): from here to 19.
NICEST = -20
#: The shim's descriptor for its reports, unless the app inherits descriptors.
REPORT_DESCRIPTOR = 3


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
    #: As it was written.
    text: str = ""


class SpawnSpec(Value, kw_only=True):
    """Everything that the app's process is given. `death_signal` is what it gets when init
    itself is killed (0: nothing)."""

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
    capabilities_dropped: int = 0
    no_new_privs: bool = False
    #: Whether the app stays in init's process group.
    same_group: bool = False
    #: Descriptors beyond 0, 1 and 2 that the app inherits.
    inherited: tuple[int, ...] = ()
    #: Whether the app may be started again without anybody's asking, and inherits them then, too.
    keeps_inherited: bool = False
    #: Signals that the app begins with blocked and ignored, a bit each.
    blocked: int = 0
    ignored: int = 0
    #: Whether a file that the kernel cannot execute is run as a script of /bin/sh (execvp(3)).
    shell_fallback: bool = False
    #: Whether init goes to / once it has started the shim, and so holds no mount.
    leaves_directory: bool = False


def shim_argv(
    spec: SpawnSpec,
    init_pid: int,
    wanted_pid: int = 0,
    left: str | None = None,
    report: int = REPORT_DESCRIPTOR,
    secrets: int = 0,
) -> list[str]:
    """The shim's command line (shim/ppidshim.c has the other end); `left` is the directory
    that init has left, where the app is to start all the same. `report` is the descriptor for
    the shim's reports: with REPORT_DESCRIPTOR the shim closes all others. `secrets` is the one
    from which the app's process reads its secrets; 0: it has none."""
    # First: the launcher puts it there in a plan (shim/early_start.c).
    reporting = ["-f", str(report)] if report != REPORT_DESCRIPTOR else []
    argv = ["ppidshim", *reporting, "-i", str(init_pid), "-d", str(spec.death_signal)]
    if secrets:
        argv += ["-E", str(secrets)]
    if wanted_pid:
        argv += ["-n", str(wanted_pid)]
    if spec.session:
        argv.append("-s")
    if spec.same_group:
        argv.append("-S")
    if spec.blocked:
        argv += ["-B", str(spec.blocked)]
    if spec.ignored:
        argv += ["-I", str(spec.ignored)]
    if spec.shell_fallback:
        argv.append("-e")
    if spec.terminal:
        argv.append("-t")
    for limit in spec.limits:
        argv += ["-l", f"{limit.resource}:{limit.soft}:{limit.hard}"]
    if spec.nice is not None:
        argv += ["-p", str(spec.nice - NICEST)]
    if spec.oom_score_adj is not None:
        argv += ["-o", str(spec.oom_score_adj)]
    if spec.capabilities_dropped:
        argv += ["-c", str(spec.capabilities_dropped)]
    if spec.no_new_privs:
        argv.append("-N")
    if spec.user is not None:
        argv += ["-u", str(spec.user.uid), "-g", str(spec.user.gid)]
        argv += ["-G", ",".join(map(str, spec.user.groups))]
    directory = _seen_from(left, spec.directory)
    if directory is not None:
        argv += ["-w", directory]
    if spec.umask is not None:
        argv += ["-m", f"{spec.umask:o}"]
    return [*argv, "--", *spec.argv]


def _seen_from(left: str | None, directory: str | None) -> str | None:
    if left is None or directory is None:
        return left if directory is None else directory
    return directory if directory.startswith("/") else f"{left}/{directory}"
