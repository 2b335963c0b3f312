"""Makes the app's host name resolve: before the app starts, and when its line is gone later."""

from __future__ import annotations

from initd.core.hostname import hosts_line
from initd.core.hostname.container import HOSTS_FILE
from initd.core.hostname.own_address import own_address
from initd.linux.hosts_mark import hosts_mark
from initd.linux.kernel_hostname import kernel_hostname
from initd.linux.shared_file import lengthen, read_whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.init.log.log import LogEvent

_NET = ("/proc/net/fib_trie", "/proc/net/route", "/proc/net/if_inet6")
_MOUNTS = "/proc/self/mountinfo"


def make_hostname_resolvable(
    name: str, log: LogEvent, path: str = HOSTS_FILE, is_added: bool = False
) -> int:
    """Adds the name to /etc/hosts unless it is there already, or logs what breaks without.
    `is_added`: it is there because the launcher has added it.

    Returns the mark (hosts_mark.py) of the file that has the name by an init's hand, or may have:
    an engine knows the kernel's alone. 0 for any other."""
    mark = hosts_mark()
    kernel = kernel_hostname()
    text = _read(path)
    if not hosts_line.is_valid_name(name):
        return 0  # only the kernel's name can be invalid; a chosen one has been checked
    mounted = hosts_line.is_mounted(path, _read(_MOUNTS))
    if hosts_line.resolves(text, name):
        if is_added:
            log(*hosts_line.resolvable_event(name, text))
        return mark if mounted and name != kernel else 0
    if not mounted:
        if name != kernel:  # the machine's own name is its administrator's responsibility
            why = f"{path}: not mounted by a container engine, so it may be the host's"
            log(*hosts_line.unresolvable_event(name, kernel, why))
        return 0
    try:
        _add_to_hosts(path, text, name, kernel)
        mark = hosts_mark()  # first: whoever writes from now on changes it
        text = read_whole(path)
        if not hosts_line.resolves(text, name):
            raise ValueError("the line that was written is not there")
        log(*hosts_line.resolvable_event(name, text))
        return mark
    except OSError as error:
        why = f"{path}: {error.strerror or error}"
        log(*hosts_line.unresolvable_event(name, kernel, why))
    except ValueError as error:
        log(*hosts_line.unresolvable_event(name, kernel, f"{path}: {error}"))
    return 0


def _add_to_hosts(path: str, text: bytes, name: str, kernel: str) -> None:
    address = hosts_line.FALLBACK_ADDRESS
    if not hosts_line.addresses_of(text, kernel):
        address = own_address(*map(_read, _NET)) or address
    lengthen(path, lambda now: hosts_line.with_hostname(now, name, kernel, address))


def _read(path: str) -> bytes:
    """Empty where it cannot be read."""
    try:
        return read_whole(path)
    except (OSError, ValueError):
        return b""
