"""Apache on a terminal: its graceful stop is WINCH, and so is a change of the window's size."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import http.client
import signal
import socket
import struct
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from .namespace import INITD, status_of, wait_until
from .shell import CTRL_C, CTRL_Z, PROMPT, Shell

MODULES = "/usr/lib/apache2/modules"
_CONF = """
ServerRoot {home}
ServerName web
PidFile {home}/pid
ErrorLog {home}/error
DefaultRuntimeDir {home}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
Listen 127.0.0.1:{port}
"""
#: Ends by WINCH like httpd, and says what it hears. It waits, and starts nothing meanwhile: a shell
#: that is stopped in the middle of a vfork is not seen to be stopped.
STAND_IN = (
    "trap 'echo resized; exit 5' WINCH; trap 'echo typed; exit 6' INT;"
    " echo up; sleep 600 & while :; do wait; done"
)


def resize(shell: Shell, rows: int) -> None:
    fcntl.ioctl(shell.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, 80, 0, 0))


@pytest.fixture
def command(tmp_path: Path) -> str:
    """initd in front of what follows, with its log in `log`."""
    return f'exec {INITD} -v --socket {tmp_path}/s -- "$@" 2>{tmp_path}/log'


@pytest.fixture
def apache(tmp_path: Path, command: str) -> Iterator[Shell]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / "conf").write_text(_CONF.format(home=tmp_path, modules=MODULES, port=port))
    server = ["apache2", "-f", f"{tmp_path}/conf", "-DFOREGROUND"]
    with Shell(["sh", "-c", command, "sh", *server]) as shell:
        # It writes its pid first, and then listens to signals.
        wait_until(lambda: _answers(port), "Apache serves", 15)
        yield shell


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/")
        return connection.getresponse().status > 0
    return False


def _has_resized(log: Path, times: int) -> bool:
    return log.read_text().count("terminal.resized") == times


def test_a_resize_does_not_stop_apache(apache: Shell, tmp_path: Path) -> None:
    """It is seen, and kept from it; a stop is still one."""
    log = tmp_path / "log"
    for times, rows in enumerate(range(30, 35), 1):
        resize(apache, rows)  # a WINCH that is pending would swallow the next one
        wait_until(functools.partial(_has_resized, log, times), "init has seen it")
    apache.process.send_signal(signal.SIGWINCH)  # an engine's, by STOPSIGNAL SIGWINCH
    assert apache.process.wait(30) == 0
    assert '"event":"stop.step","step":1,"of":1,"signal":"WINCH"' in log.read_text()


def test_ctrl_c_still_ends_it(apache: Shell, tmp_path: Path) -> None:
    """By way of init, which has the terminal."""
    apache.type(CTRL_C)
    assert apache.process.wait(30) == 0
    assert '"asked":true' in (tmp_path / "log").read_text()


def test_ctrl_z_and_fg_still_work_in_a_shell(tmp_path: Path) -> None:
    """Resized while it is suspended, too."""
    script = tmp_path / "apache2"
    script.write_text(f"#!/bin/sh\n{STAND_IN}\n")
    script.chmod(0o755)
    with Shell() as shell:
        shell.expect(PROMPT)
        command = f"{INITD} --socket {tmp_path}/s -- {script} 2>{tmp_path}/log\n"
        shell.type(command.encode())
        shell.expect("\r\nup")
        init = shell.foreground()
        resize(shell, 31)
        shell.type(CTRL_Z)
        shell.expect("Stopped")
        shell.expect(PROMPT)
        assert status_of(init)["State"].startswith("T")
        resize(shell, 32)
        shell.type(b"fg\n")
        wait_until(lambda: shell.foreground() == init, "init has the terminal again")
        wait_until(lambda: not status_of(init)["State"].startswith("T"), "init goes on")
        resize(shell, 33)
        shell.type(CTRL_C)
        shell.expect("typed")
        shell.expect(PROMPT)
        shell.type(b"echo code $?\n")
        shell.expect("code 6\r\n")
        assert "resized" not in shell.text


def test_a_program_that_reads_the_terminal_gets_it(tmp_path: Path) -> None:
    """httpd asks for the passphrase of a key, say."""
    script = tmp_path / "apache2"
    script.write_text('#!/bin/sh\necho "pass?"; read word </dev/tty; echo "it is $word"; exit 4\n')
    script.chmod(0o755)
    container = "unshare --pid --fork --mount-proc --kill-child"
    command = f"exec {container} {INITD} --socket {tmp_path}/s -- {script} 2>{tmp_path}/log"
    with Shell(["sh", "-c", command]) as shell:
        shell.expect("pass?")
        shell.type(b"sesame\n")
        shell.expect("it is sesame")
        assert shell.process.wait(30) == 4
