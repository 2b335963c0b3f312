"""The monitor's sockets: bound by init before the app starts, held while monitors come
and go, read by the monitor alone."""

from __future__ import annotations

import posix

from initd.linux import control_socket, listener
from initd.linux import notify_socket as notify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.http_address import HttpAddress
    from initd.core.settings import Settings
    from initd.init.log import Log


def http_listeners(settings: Settings, log: Log) -> tuple[int, ...]:
    """Where health is served: as asked, else at the first default place that works.

    Raises OSError, with the address in it, for one that was asked for."""
    if settings.http:
        return tuple(_listen(address) for address in settings.http)
    failures = []
    for path in control_socket.default_paths(posix.geteuid(), "http.sock"):
        try:
            return (control_socket.listen(path),)
        except OSError as error:
            failures.append(f"{path}: {error.strerror or error}")
    log("warning", "http.unavailable", {"why": "; ".join(failures)})
    return ()


def _listen(address: HttpAddress) -> int:
    try:
        if address.path:
            return control_socket.listen(address.path)
        return listener.listen_inet(address.host, address.port)
    except OSError as error:
        what = f"--http: cannot listen at {address.text()}: {error.strerror or error}"
        raise OSError(error.errno, what) from None


def notify_socket(settings: Settings, log: Log) -> tuple[int, dict[bytes, bytes]]:
    """The descriptor (-1: none), and the variables that tell the app of it."""
    if not settings.notify:
        return -1, {}
    failures = []
    for path in control_socket.default_paths(posix.geteuid(), "notify.sock"):
        try:
            fd = notify.listen(path)
        except OSError as error:
            failures.append(f"{path}: {error.strerror or error}")
            continue
        additions = {b"NOTIFY_SOCKET": path.encode()}
        if settings.watchdog:
            additions[b"WATCHDOG_USEC"] = str(int(settings.watchdog * 1_000_000)).encode()
        return fd, additions
    log("warning", "notify.unavailable", {"why": "; ".join(failures)})
    return -1, {}
