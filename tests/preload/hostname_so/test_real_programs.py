"""Programs that people have print the name, each asking in its own way."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from .container import FQDN, SHORT, output

#: On every machine that these tests run on.
ALWAYS = {
    "uname": ("uname", "-n"),
    "hostname": ("hostname",),
    "bash": ("bash", "-c", "echo $HOSTNAME"),
    "perl Sys::Hostname": ("perl", "-MSys::Hostname", "-e", "print hostname"),
    "perl POSIX": ("perl", "-MPOSIX", "-e", "print((POSIX::uname)[1])"),
    "python gethostname": (sys.executable, "-c", "import socket; print(socket.gethostname())"),
    "python uname": (sys.executable, "-c", "import os; print(os.uname().nodename)"),
    "python platform": (sys.executable, "-c", "import platform; print(platform.node())"),
}
#: Where they are installed; the image of tests/docker has them in any case.
PERHAPS = {
    "node": ("node", "-p", "os.hostname()"),
    "ruby": ("ruby", "-rsocket", "-e", "puts Socket.gethostname"),
    "php": ("php", "-r", "echo gethostname();"),
}
THERE = ALWAYS | {name: words for name, words in PERHAPS.items() if shutil.which(words[0])}
programs = pytest.mark.parametrize("command", THERE.values(), ids=THERE.keys())


@programs
def test_the_program_prints_the_name(library: Path, command: tuple[str, ...]) -> None:
    """The variable's."""
    assert output(*command, preload=library, name=FQDN) == FQDN


@programs
def test_the_program_prints_the_files_name(library: Path, command: tuple[str, ...]) -> None:
    """/run/initd/hostname's."""
    assert output(*command, preload=library, name_file=f"{FQDN}\n") == FQDN


@programs
def test_the_program_prints_the_kernels_name_where_there_is_no_other(
    library: Path, command: tuple[str, ...]
) -> None:
    """Nothing changes."""
    assert output(*command, preload=library) == SHORT


def test_hostname_knows_the_short_part(library: Path) -> None:
    """Up to the first dot."""
    assert output("hostname", "-s", preload=library, name=FQDN) == "web1"


def test_the_rest_of_uname_is_the_kernels(library: Path) -> None:
    """System, release, version and machine."""
    assert output("uname", "-srvm", preload=library, name=FQDN) == output("uname", "-srvm")


def test_the_host_is_left_as_it_was(library: Path) -> None:
    """No test writes into the /run or the name of the machine that it runs on."""
    before = os.uname().nodename, sorted(os.listdir("/run"))
    output("uname", "-n", preload=library, name_file=f"{FQDN}\n")
    assert (os.uname().nodename, sorted(os.listdir("/run"))) == before
