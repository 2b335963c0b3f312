"""The other inits: where each comes from, and how it is told to run the app.

Each is set up as its own documentation has it for a container: in the foreground, one program, no
log files. What can't be installed is left out with a word.
"""

import shlex
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from contenders import Contender, Wrap, prefixed, version_of

SUPERVISORD = "supervisord"
TINI = "tini"

SUPERVISORD_CONFIG = """\
[supervisord]
nodaemon=true
user=root
logfile=/dev/null
logfile_maxbytes=0
pidfile=/run/supervisord.pid

[program:app]
command={command}
"""
# Its sockets go where each container has a directory of its own.
CIRCUS_CONFIG = """\
[circus]
endpoint = ipc:///run/circus.endpoint
pubsub_endpoint = ipc:///run/circus.pubsub
statsd = 0

[watcher:app]
cmd = {command}
numprocesses = 1
"""

#: In no registry of packages that we know of. (It is in an image, and writes to that image's /etc.)
NOT_TO_BE_HAD = [
    "my_init (phusion/baseimage-docker) is in no package of Debian's or PyPI's, and runs in its own"
    " image alone; what it does, a loop over waitpid in Python, the naive Python init does too"
]


@dataclass(frozen=True)
class Peer:
    """One row: an init, the program that is pid 1, and the package that it is in."""

    name: str
    program: str
    package: str
    wrap: Callable[[str], Wrap]
    """From the path of the program."""
    stop_signal: signal.Signals = signal.SIGTERM
    slow: bool = False
    """Takes a second to start, and so starts less often."""


def dashed(program: str) -> Wrap:
    """One of the C inits that take `NAME -- COMMAND`."""
    return prefixed(program, "--")


def supervisord(program: str) -> Wrap:
    """One program, in the foreground, without log files or sockets."""
    return lambda app, scratch: [program, "-n", "-c", supervisord_config(app, scratch)]


def supervisord_config(app: list[str], scratch: Path, more: str = "") -> str:
    """The path of a configuration file with the app in it."""
    path = scratch / "supervisord.conf"
    path.write_text(SUPERVISORD_CONFIG.format(command=shlex.join(app)) + more)
    return str(path)


def circusd(program: str) -> Wrap:
    """One watcher with one process."""

    def wrap(app: list[str], scratch: Path) -> list[str]:
        path = scratch / "circus.ini"
        path.write_text(CIRCUS_CONFIG.format(command=shlex.join(app)))
        return [program, str(path)]

    return wrap


def s6_svscan(program: str) -> Wrap:
    """A scan directory with one service; what pid 1 becomes at the end does nothing."""

    def wrap(app: list[str], scratch: Path) -> list[str]:
        services = service_directory(app, scratch)
        script(services / ".s6-svscan" / "finish", "exit 0")
        return [program, str(services)]

    return wrap


def runsvdir(program: str) -> Wrap:
    """A directory with one service."""
    return lambda app, scratch: [program, "-P", str(service_directory(app, scratch))]


def service_directory(app: list[str], scratch: Path) -> Path:
    """What s6 and runit have in common: a directory of directories with a `run`."""
    services = scratch / "services"
    script(services / "app" / "run", f"exec {shlex.join(app)}")
    return services


def script(path: Path, line: str) -> None:
    """A shell script that can be executed."""
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


PEERS = [
    Peer(TINI, "tini", "tini", dashed),
    Peer("dumb-init", "dumb-init", "dumb-init", dashed),
    Peer("catatonit", "catatonit", "catatonit", dashed),
    Peer("s6-svscan", "s6-svscan", "s6", s6_svscan),
    # TERM would end runsvdir alone; HUP passes a TERM on, and does not wait for what comes of it.
    Peer("runit", "runsvdir", "runit", runsvdir, stop_signal=signal.SIGHUP, slow=True),
    Peer(SUPERVISORD, "supervisord", "supervisor", supervisord, slow=True),
    Peer("circus", "circusd", "circus", circusd, slow=True),
]


def installed_peers() -> tuple[list[Contender], list[str]]:
    """Those that are here, and a sentence for each that isn't."""
    found, left_out = [], list(NOT_TO_BE_HAD)
    for peer in PEERS:
        program = program_of(peer)
        if program is None:
            left_out.append(f"{peer.name} is not installed")
        else:
            found.append(contender(peer, program))
    return found, left_out


def program_of(peer: Peer) -> str | None:
    """From PATH, or beside the Python that runs this, where PyPI's packages are."""
    beside = Path(sys.executable).parent / peer.program
    return shutil.which(peer.program) or (str(beside) if beside.exists() else None)


def contender(peer: Peer, program: str) -> Contender:
    """The row that takes part."""
    return Contender(
        peer.name,
        package_version(peer.package) or version_of(program),
        peer.wrap(program),
        stop_signal=peer.stop_signal,
        slow=peer.slow,
    )


def package_version(package: str) -> str | None:
    """Of Debian's package, if it is one and is installed."""
    if shutil.which("dpkg-query") is None:
        return None
    asked = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${Version}", package],
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip() or None
