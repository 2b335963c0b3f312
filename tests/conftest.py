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
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

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
#: What the tests themselves are told.
OWN = (
    *("INITD_UNDER_TEST", "INITD_WHEELHOUSE", "INITD_WRITE_FIGURES", "INITD_FUZZ_SECONDS"),
    "INITD_TEST_BOTH",
)
#: What tells something to an init, to the loader, or to the shells of tests.
TELLING = re.compile(
    "(INITD|TINI|DUMB_INIT|LD|LISTEN|WATCHDOG|LC|STATSD|DD|KUBERNETES)_.*"
    "|HOSTNAME|NOTIFY_SOCKET|LANG|LANGUAGE|POSIXLY_CORRECT|BASH_ENV|ENV|BASHOPTS|SHELLOPTS|CDPATH"
)
CLONE_NEWNS = 0x00020000


ROOT = Path(__file__).parents[1]
ONE_FILE = ROOT / "build" / "initd"
#: What each suite that runs beside this one says.
ONE_FILE_LOG = ROOT / "build" / "test-one.log"
PROGRAMS_LOG = ROOT / "build" / "test-programs.log"
BESIDE = pytest.StashKey[subprocess.Popen[bytes]]()
PROGRAMS_BESIDE = pytest.StashKey[subprocess.Popen[bytes]]()
#: Real programs mostly wait, and their root directory is made meanwhile: whatever else runs goes
#: first.
_PROGRAMS_NICE = 10


def process_tests_of_the_one_file() -> subprocess.Popen[bytes]:
    """Started; what they say goes to ONE_FILE_LOG."""
    launcher = ROOT / "build" / "one" / "prefix" / "bin" / "initd"
    launcher.parent.mkdir(parents=True, exist_ok=True)
    launcher.unlink(missing_ok=True)
    launcher.hardlink_to(ONE_FILE)
    return _suite("tests/process", ONE_FILE_LOG, {"INITD_UNDER_TEST": str(launcher)})


def tests_of_programs() -> subprocess.Popen[bytes]:
    """Started; what they say goes to PROGRAMS_LOG."""
    return _suite("tests/programs", PROGRAMS_LOG, {}, _PROGRAMS_NICE)


def _suite(
    tests: str, log: Path, environ: dict[str, str], niceness: int = 0
) -> subprocess.Popen[bytes]:
    environ = {**os.environ, **environ}
    environ.pop("INITD_TEST_BOTH", None)
    # -P: or the sources here would be imported, and not what is installed.
    pytests = [sys.executable, "-P", "-m", "pytest", "-p", "no:cacheprovider", tests]
    words = ["nice", "-n", str(niceness), *pytests]
    with log.open("wb") as out:
        return subprocess.Popen(
            words,
            cwd=ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that it can be ended with all that it runs
        )


def pytest_sessionstart(session: pytest.Session) -> None:
    """`make test` asks for all of them at once: the process tests and those of real programs
    mostly wait, as do those of the engine, which come first."""
    # A script's background job ignores these (POSIX), and all that the tests start would too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    if os.environ.get("INITD_TEST_BOTH"):
        session.config.stash[BESIDE] = process_tests_of_the_one_file()
        session.config.stash[PROGRAMS_BESIDE] = tests_of_programs()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Nothing goes on when a run was broken off."""
    for key in (BESIDE, PROGRAMS_BESIDE):
        _end(session.config.stash.get(key, None))


def _end(suite: subprocess.Popen[bytes] | None) -> None:
    if suite is not None and suite.poll() is None:
        os.killpg(suite.pid, signal.SIGTERM)
        suite.wait()


@pytest.fixture
def process_tests(pytestconfig: pytest.Config) -> Iterator[subprocess.Popen[bytes]]:
    """Those of the one file, which run already, or start now."""
    running = pytestconfig.stash.get(BESIDE, None) or process_tests_of_the_one_file()
    yield running
    _end(running)


@pytest.fixture
def program_tests(pytestconfig: pytest.Config) -> Iterator[subprocess.Popen[bytes]]:
    """Those of real programs, which run already."""
    running = pytestconfig.stash[PROGRAMS_BESIDE]
    yield running
    _end(running)


def pytest_configure() -> None:
    """Before any test module is imported: some keep what they find."""
    os.umask(0o022)
    for name in list(os.environ):
        if TELLING.fullmatch(name) and name not in OWN:
            del os.environ[name]
    os.environ["LANG"] = "C.UTF-8"
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
