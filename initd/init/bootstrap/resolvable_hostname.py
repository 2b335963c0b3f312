"""Makes the app's host name resolve: once, before the app starts."""

from __future__ import annotations

from initd.core.hostname import hosts_line
from initd.core.hostname.container import HOSTS_FILE
from initd.core.hostname.own_address import own_address
from initd.linux.kernel_hostname import kernel_hostname
from initd.linux.shared_file import lengthen, read_whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.init.log.log import LogEvent

_NET = ("/proc/net/fib_trie", "/proc/net/route", "/proc/net/if_inet6")
_MOUNTS = "/proc/self/mountinfo"


def make_hostname_resolvable(name: str, log: LogEvent, path: str = HOSTS_FILE) -> None:
    """Adds the name to /etc/hosts unless it is there already, or logs what breaks without."""
    kernel = kernel_hostname()
    text = _read(path)
    if not hosts_line.is_valid_name(name) or hosts_line.resolves(text, name):
        return  # only the kernel's name can be invalid; a chosen one has been checked
    if not hosts_line.is_mounted(path, _read(_MOUNTS)):
        if name != kernel:  # the machine's own name is its administrator's responsibility
            why = f"{path}: not mounted by a container engine, so it may be the host's"
            log(*hosts_line.unresolvable_event(name, kernel, why))
        return
    try:
        _add_to_hosts(path, text, name, kernel)
        log(*hosts_line.resolvable_event(name, read_whole(path)))
    except OSError as error:
        why = f"{path}: {error.strerror or error}"
        log(*hosts_line.unresolvable_event(name, kernel, why))
    except ValueError as error:
        log(*hosts_line.unresolvable_event(name, kernel, f"{path}: {error}"))


def _add_to_hosts(path: str, text: bytes, name: str, kernel: str) -> None:
    address = hosts_line.FALLBACK_ADDRESS
    if not hosts_line.addresses_of(text, kernel):
        address = own_address(*map(_read, _NET)) or address
    lengthen(path, lambda now: hosts_line.with_hostname(now, name, kernel, address))
    if not hosts_line.resolves(read_whole(path), name):
        raise ValueError("the line that was written is not there")


def _read(path: str) -> bytes:
    """Empty where it cannot be read."""
    try:
        return read_whole(path)
    except (OSError, ValueError):
        return b""
