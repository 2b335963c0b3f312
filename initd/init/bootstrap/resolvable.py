"""The app's name is made to resolve: once, before the app starts."""

from __future__ import annotations

from initd.core.hostname import hosts_line
from initd.core.hostname.own_address import own_address
from initd.linux.kernel_hostname import kernel_name
from initd.linux.shared_file import lengthen, read_whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    #: Writes one event: a Log does, for one.
    Say = Callable[[str, str, dict[str, Any]], None]

_NET = ("/proc/net/fib_trie", "/proc/net/route", "/proc/net/if_inet6")
_MOUNTS = "/proc/self/mountinfo"


def make_resolvable(name: str, say: Say, path: str = hosts_line.PATH) -> None:
    """Gives the name a line in /etc/hosts where it has none, or says what that breaks."""
    kernel = kernel_name()
    text = _read(path)
    if not hosts_line.may_stand(name) or hosts_line.resolves(text, name):
        return  # the kernel's name may be anything; a chosen one has been checked
    if not hosts_line.is_mounted(_read(_MOUNTS)):
        if name != kernel:  # the name of a machine is its administrator's business
            why = f"{path}: no engine has mounted it, so it may be a whole machine's"
            say(*hosts_line.unresolvable(name, kernel, why))
        return
    try:
        _lengthen(path, text, name, kernel)
        say(*hosts_line.resolvable(name, read_whole(path)))
    except OSError as error:
        say(*hosts_line.unresolvable(name, kernel, f"{path}: {error.strerror or error}"))
    except ValueError as error:
        say(*hosts_line.unresolvable(name, kernel, f"{path}: {error}"))


def _lengthen(path: str, text: bytes, name: str, kernel: str) -> None:
    own = hosts_line.NO_ADDRESS
    if not hosts_line.addresses_of(text, kernel):
        own = own_address(*map(_read, _NET)) or own
    lengthen(path, lambda now: hosts_line.with_name(now, name, kernel, own))
    if not hosts_line.resolves(read_whole(path), name):
        raise ValueError("what was written is not there")


def _read(path: str) -> bytes:
    """Empty where it can't be read."""
    try:
        return read_whole(path)
    except (OSError, ValueError):
        return b""
