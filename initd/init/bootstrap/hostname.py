"""The app's host name, for the other programs of the container: before the app starts, the name
is written to a file and made resolvable."""

from __future__ import annotations

import posix

from initd.files import exists
from initd.installed import HOSTNAME_LIBRARY, library_for_start, provide_library
from initd.linux import hostname_file
from initd.linux.kernel_hostname import kernel_hostname
from initd.paths import HOSTNAME_FILE
from initd.unload import unload_modules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.init.log.log import LogEvent

#: Needed once, to make the name resolvable.
RESOLVABLE_MODULES = (
    "initd.init.bootstrap.resolvable_hostname",
    "initd.core.hostname",
    "initd.linux.shared_file",
    "initd.linux.hosts_mark",
)


def publish_hostname(
    name: str | None,
    or_kernel_hostname: bool,
    environ: dict[bytes, bytes],
    log: LogEvent,
    is_usual: bool = True,
    is_taken: bool = False,
    is_added: bool = False,
) -> tuple[str, int] | None:
    """`name` is None where the app sees the kernel's name; `or_kernel_hostname` says whether
    that one is to be made resolvable too. `environ` is the app's: a library that can't be
    provided is taken out of it. Mostly, nothing is logged. `is_usual` and `is_taken` tell whether
    the usual directory is this init's, and whether it is another's. `is_added`: the launcher has
    done all of this, and has added the name to the hosts file.

    Returns the name whose line in the hosts file is to be looked after, and the file's mark
    (hosts_line.py); None where there is nothing to look after."""
    if posix.getpid() == 1:  # an init that is not pid 1 may share /run with one that is
        _write_hostname_file(name, is_usual, is_taken, log)
    if name is not None:
        _provide_library(environ, log)
    if name is None and or_kernel_hostname:
        kernel = kernel_hostname()
        name = kernel if "." in kernel else None
    if name is None:
        return None
    mark = _make_resolvable(name, is_added, log)
    unload_modules(*RESOLVABLE_MODULES)
    return (name, mark) if mark else None


def _write_hostname_file(name: str | None, is_usual: bool, is_taken: bool, log: LogEvent) -> None:
    """For programs that are not the app's; if it fails, the app starts all the same."""
    try:
        if is_usual:
            hostname_file.remove_own()
        elif name is not None or exists(HOSTNAME_FILE):
            hostname_file.write_own(name or "")
        if not is_taken:
            hostname_file.write(name) if name is not None else hostname_file.remove()
    except OSError as error:
        why = error.strerror or str(error)
        facts = {"path": HOSTNAME_FILE, "name": name, "why": why}
        log("info", "hostname.unwritten", facts)


def _provide_library(environ: dict[bytes, bytes], log: LogEvent) -> None:
    """What the app's programs preload; without it they see the kernel's name."""
    path = library_for_start()
    try:
        provide_library(path)
    except OSError as error:
        facts = {"path": path or None, "why": error.strerror or str(error)}
        log("warning", "hostname.unwritten", facts)
        # Nothing is there, so that each program would complain; or what somebody else has put.
        if path and path != HOSTNAME_LIBRARY:
            from initd.core.hostname.rules import forget_library

            forget_library(environ, path)


def _make_resolvable(name: str, is_added: bool, log: LogEvent) -> int:
    """A full name that does not resolve does more harm than good. Imported here: a start with
    the kernel's short name does not pay for it, and once this has returned nothing refers to
    the modules any more, so that they can be unloaded."""
    from initd.init.bootstrap.resolvable_hostname import make_hostname_resolvable

    return make_hostname_resolvable(name, log, is_added=is_added)
