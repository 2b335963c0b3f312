"""Every machine looks the same to the tests: what it has of initd's own, they never see.

An initd that runs here, one that was killed and left its socket, a configuration in /etc, or
variables of the shell would each be read by the inits under test. So the run gets a mount
namespace in which initd's places are empty, and an environment that says nothing to an init.
Nothing that happens there is seen outside of it.
"""

from __future__ import annotations

import ctypes
import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest
from lanes import Lanes, rank
from xdist.remote import Producer

#: Where inits of root and of the tests' other user bind sockets: each has its own, empty.
RUNTIME = {
    "/run/initd": 0,
    "/tmp/initd-0": 0,
    "/dev/shm/initd-0": 0,
    "/tmp/initd-54321": 54321,
    "/dev/shm/initd-54321": 54321,
}
#: What every initd reads, where it is there.
CONFIGURATION = {
    "/etc": ("initd.toml", "initd/start.plan", "ld.so.preload"),
    "/container": ("initd.toml", "roles.json"),
}
#: What tells something to an init, to the loader, or to the shells of tests. (What the tests
#: themselves are told begins with TESTS_: an init warns of an unknown INITD_ variable.)
TELLING = re.compile(
    "(INITD|TINI|DUMB_INIT|LD|LISTEN|WATCHDOG|LC|STATSD|DD|KUBERNETES)_.*"
    "|HOSTNAME|NOTIFY_SOCKET|LANG|LANGUAGE|POSIXLY_CORRECT|BASH_ENV|ENV|BASHOPTS|SHELLOPTS|CDPATH"
)
CLONE_NEWNS = 0x00020000


def pytest_sessionstart() -> None:
    # A script's background job ignores these (POSIX), and all that the tests start would too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first."""
    items.sort(key=lambda item: rank(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Lanes:
    """With several workers (`-n`)."""
    return Lanes(config, log)


def pytest_configure() -> None:
    """Before any test module is imported: some keep what they find."""
    os.umask(0o022)
    for name in list(os.environ):
        if TELLING.fullmatch(name):
            del os.environ[name]
    os.environ["LANG"] = "C.UTF-8"
    # What an init does is seen in its log; what it says by default is for tests of that.
    os.environ["INITD_LOG_LEVEL"] = "info"
    if not _is_open_to_all(tempfile.gettempdir()):  # programs of other users get files there
        os.environ.pop("TMPDIR", None)
        tempfile.tempdir = None
    if os.geteuid() == 0:  # the others can't run an init as pid 1 either
        try:
            _take_own_places()
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.exit(f"no mount namespace to keep the machine's initd out: {error}", 4)


def _is_open_to_all(directory: str) -> bool:
    path = Path(directory)
    return all(each.stat().st_mode & 0o001 for each in (path, *path.parents))


def _take_own_places() -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS):
        raise OSError(ctypes.get_errno(), "unshare")
    _run("mount", "--make-rprivate", "/")
    for place, user in RUNTIME.items():
        os.makedirs(place, exist_ok=True)
        _run("mount", "-t", "tmpfs", "-o", f"mode=755,uid={user},gid={user}", "tmpfs", place)
    for directory, names in CONFIGURATION.items():
        found = [Path(directory, name) for name in names if os.path.lexists(f"{directory}/{name}")]
        if found:
            _make_own(directory)
            for path in found:
                path.unlink()


def _make_own(directory: str) -> None:
    """A layer over it, that takes what is written and removed; its mounts stay."""
    layer = "/run/initd"
    mounted = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    below = {path: os.open(path, os.O_PATH) for path in mounted if path.startswith(f"{directory}/")}
    _run("mount", "-t", "tmpfs", "tmpfs", layer)
    for name in ("upper", "work"):
        os.mkdir(f"{layer}/{name}")
    layers = f"lowerdir={directory},upperdir={layer}/upper,workdir={layer}/work"
    _run("mount", "-t", "overlay", "-o", layers, "overlay", directory)
    _run("umount", "--lazy", layer)
    for path, fd in below.items():
        _run("mount", "--bind", f"/proc/{os.getpid()}/fd/{fd}", path)
        os.close(fd)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
