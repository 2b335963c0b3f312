"""`initd hostname` tells what the library itself answers: initd.linux.preloaded_hostname."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import initd
from initd.linux.preloaded_hostname import VARIABLE, preloaded_hostname

from .container import FQDN, SHORT, output

#: The one that a user's app gets.
INSTALLED = str(Path(initd.__file__).parent / "native" / "hostname.so")


def asked(*environments: str) -> tuple[str, ...]:
    """A program that asks for each."""
    questions = ", ".join(f"preloaded_hostname({INSTALLED!r}, {each})" for each in environments)
    program = f"from initd.linux.preloaded_hostname import preloaded_hostname; print({questions})"
    return sys.executable, "-P", "-c", program


def test_it_answers_the_name_that_the_app_would_be_given() -> None:
    """By the environment that the app would have, and not by the one that asks."""
    assert preloaded_hostname(INSTALLED, {VARIABLE: FQDN.encode()}) == FQDN


def test_it_answers_by_its_own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is told no other."""
    monkeypatch.setenv(VARIABLE.decode(), FQDN)
    assert preloaded_hostname(INSTALLED) == FQDN


def test_nothing_is_left_in_the_process_that_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """No library, no variable, no descriptor, no child."""
    monkeypatch.delenv(VARIABLE.decode(), raising=False)
    before = os.listdir("/proc/self/fd"), _children()
    preloaded_hostname(INSTALLED, {VARIABLE: FQDN.encode()})
    assert socket.gethostname() == os.uname().nodename != FQDN
    assert "hostname.so" not in Path("/proc/self/maps").read_text()
    assert (os.listdir("/proc/self/fd"), _children()) == before


def _children() -> str:
    """Zombies too."""
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text()


def test_what_the_library_leaves_to_the_kernel_is_the_kernels_name() -> None:
    """No variable, or one that holds no name, and the file."""
    environments = ("{}", "{b'INITD_HOSTNAME': b'no name'}", "{b'INITD_HOSTNAME': b''}")
    assert output(*asked(*environments)) == f"{SHORT} {SHORT} {SHORT}"
    assert output(*asked(*environments), name_file=FQDN) == f"{FQDN} {FQDN} {SHORT}"


def test_where_the_library_is_loaded_already_it_looks_anew() -> None:
    """/etc/ld.so.preload may have loaded this very file, which looks once in a process."""
    seen = output(*asked("None", "{}"), preload=INSTALLED, name=FQDN, name_file="file.name")
    assert seen == f"{FQDN} file.name"


def test_a_library_that_cannot_answer_is_an_error_for_people(tmp_path: Path) -> None:
    """No path but the one that was asked for."""
    no_object = tmp_path / "no-object.so"
    no_object.write_text("no object")
    for path, (what, why) in {
        tmp_path / "missing.so": ("cannot read", "No such file or directory"),
        tmp_path: ("cannot read", "Is a directory"),
        no_object: ("cannot load", ".*"),
    }.items():
        with pytest.raises(OSError, match=f"^{what} {path}: {why}$"):
            preloaded_hostname(str(path))


def test_a_library_that_kills_who_loads_it_does_not_kill_who_asks(tmp_path: Path) -> None:
    """A file that was cut short, as by a copy that was interrupted."""
    broken = tmp_path / "broken.so"
    broken.write_bytes(Path(INSTALLED).read_bytes()[:2000])
    program = f"""
from initd.linux.preloaded_hostname import preloaded_hostname
try:
    preloaded_hostname({str(broken)!r})
except OSError as error:
    print(error)
"""
    said = output(sys.executable, "-P", "-c", program)
    assert re.fullmatch(rf"{broken} killed a program with signal \d+", said)


def test_asking_takes_no_more_than_a_fork_and_a_load() -> None:
    """A second interpreter would be 10 ms and more; cffi's compiler is not there at all."""
    program = "import sys, initd.linux.preloaded_hostname; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-P", "-I", "-c", program], check=True, capture_output=True, text=True
    )
    assert {"cffi", "subprocess", "ctypes"}.isdisjoint(ran.stdout.split())
