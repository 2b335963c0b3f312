"""The monitor's sockets: bound by init before the app starts, held while monitors come
and go, read by the monitor alone."""

from __future__ import annotations

import posix

from initd.core.value import Value
from initd.linux import listener, notify_socket, unix_socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from initd.core.address import HttpAddress
    from initd.core.settings import Settings
    from initd.init.log.log import Log

#: HTTP only reads: every user of the container may.
_MODE_FOR_ALL = 0o666


class MonitorSockets(Value):
    """Descriptors (-1: none), the variables that tell the app about the notify socket, and the
    directories that are another init's (runtime_directory.py)."""

    listeners: tuple[int, ...]
    notify: int
    additions: Mapping[bytes, bytes]
    taken: Mapping[str, str]


def monitor_sockets(settings: Settings, taken: Mapping[str, str], log: Log) -> MonitorSockets:
    """All of them. Raises OSError, with the address in it, if a configured one fails."""
    listeners = http_listeners(settings, taken, log)
    notify, additions = notify_listener(settings, taken, log)
    return MonitorSockets(listeners=listeners, notify=notify, additions=additions, taken=taken)


def http_listeners(settings: Settings, taken: Mapping[str, str], log: Log) -> tuple[int, ...]:
    """Where health is served: the configured addresses, or the first default path that works.

    Raises OSError, with the address in it, if a configured one fails."""
    if settings.http:
        return tuple(_listen(address) for address in settings.http)
    paths = unix_socket.default_paths("http.sock", posix.geteuid())
    fd, path = _first_that_works(paths, taken, _listen_at_default, "http.unavailable", log)
    if fd >= 0 and taken:
        from initd.init.bootstrap.runtime_directory import why_elsewhere

        why = why_elsewhere(taken)
        log("warning" if settings.socket else "info", "http.elsewhere", {"path": path, "why": why})
    return (fd,) if fd >= 0 else ()


def notify_listener(
    settings: Settings, taken: Mapping[str, str], log: Log
) -> tuple[int, dict[bytes, bytes]]:
    """The descriptor (-1: none), and the variables that tell the app about it."""
    if not settings.notify:
        return -1, {}
    paths = notify_socket.default_paths(posix.geteuid())
    fd, path = _first_that_works(paths, taken, notify_socket.listen, "notify.unavailable", log)
    if fd < 0:
        return -1, {}
    additions = {b"NOTIFY_SOCKET": path.encode()}
    if settings.watchdog:
        additions[b"WATCHDOG_USEC"] = str(int(settings.watchdog * 1_000_000)).encode()
    return fd, additions


def _listen(address: HttpAddress) -> int:
    try:
        if address.path:
            return unix_socket.bind(address.path, unix_socket.STREAM, _MODE_FOR_ALL)
        return listener.listen_inet(address.host, address.port)
    except OSError as error:
        what = f"--http: cannot listen at {address}: {error.strerror or error}"
        raise OSError(error.errno, what) from None


def _listen_at_default(path: str) -> int:
    unix_socket.own_directory(path)
    return unix_socket.bind(path, unix_socket.STREAM, _MODE_FOR_ALL)


def _first_that_works(
    paths: tuple[str, ...],
    taken: Mapping[str, str],
    listen: Callable[[str], int],
    event: str,
    log: Log,
) -> tuple[int, str]:
    """The descriptor and its path; -1 if none works: the app starts without the socket too."""
    failures = []
    for path in paths:
        whose = taken.get(path.rpartition("/")[0])
        if whose:
            failures.append(f"{path}: {whose} has that directory")
            continue
        try:
            return listen(path), path
        except OSError as error:
            failures.append(f"{path}: {error.strerror or error}")
    log("warning", event, {"why": "; ".join(failures)})
    return -1, ""
