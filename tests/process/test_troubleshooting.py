"""docs/troubleshooting.md quotes what initd says, word for word."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from .namespace import BOUND

PAGE = (Path(__file__).parents[2] / "docs" / "troubleshooting.md").read_text()

_UNSHARE = "unshare --pid --mount --uts --fork --kill-child=KILL --mount-proc".split()
#: Nobody's sockets, and initd where it stays when /tmp is empty.
_PREPARE = (
    f"mount --bind {sys.prefix} /mnt; for d in /run /tmp /dev/shm; do mount -t tmpfs t $d; done"
)


def said_by(script: str) -> tuple[int, list[str]]:
    """The exit code of a shell's script that becomes `initd ...`, and its lines on stderr."""
    done = subprocess.run(
        [*_UNSHARE, "sh", "-ec", f"hostname web; {_PREPARE}; {script}"],
        env={"PATH": f"{Path(BOUND).parent}:/usr/sbin:/usr/bin:/sbin:/bin"},
        capture_output=True,
        text=True,
        timeout=30,
    )
    return done.returncode, done.stderr.splitlines()


@pytest.mark.parametrize(
    ("code", "script"),
    [
        (125, "exec initd --bad -- true"),
        (125, "exec initd --user nosuch -- true"),
        (
            125,
            r'mount -t tmpfs t /etc; printf "[stop]\nplna = 1\n" >/etc/initd.toml; exec initd true',
        ),
        (125, "exec setpriv --bounding-set=-sys_nice initd --nice -5 -- true"),
        (126, "exec initd /etc/passwd"),
        (126, "echo x >/run/x; chmod +x /run/x; exec initd /run/x"),
        (127, "exec initd no-such-program"),
        (127, "exec initd /no/such"),
    ],
)
def test_an_error_is_quoted_under_its_exit_code(code: int, script: str) -> None:
    """The line itself, below the heading of that code."""
    status, lines = said_by(script)
    assert status == code, lines
    before, found, _ = PAGE.partition(f"    {lines[0]}\n")
    assert found, lines[0]
    assert before.rpartition("\n### ")[2].startswith(f"Exit code {code}:"), lines[0]


def test_a_launcher_without_its_package_is_quoted() -> None:
    """As far as the places where it looked, which are the image's."""
    status, lines = said_by("cp /mnt/bin/initd /run/initd; exec /run/initd true")
    assert status == 125, lines
    quoted = re.search(r"^    (initd: cannot find its Python package.*)$", PAGE, re.MULTILINE)
    assert quoted
    assert lines[0].startswith(quoted[1]), lines[0]


def test_no_init_answers_is_quoted() -> None:
    """With the three places."""
    status, lines = said_by("exec initd status")
    assert (status, len(lines)) == (1, 1)
    assert f"    {lines[0]}\n" in PAGE


@pytest.mark.parametrize(
    ("event", "script"),
    [
        (
            "control.unavailable",
            "for d in /run /tmp /dev/shm; do mount -o remount,ro $d; done; exec initd true",
        ),
        (
            "init.cannot-signal-app",
            "exec setpriv --bounding-set=-kill initd --user 1000:1000 true",
        ),
        (
            "hostname.unresolvable",
            "echo 127.0.0.1 localhost >/run/hosts; mount --bind /run/hosts /etc/hosts;"
            " mount -o remount,bind,ro /etc/hosts; exec initd --domain example.com true",
        ),
        (
            "plan.unused",
            "export INITD_LOG_LEVEL=info; mount -t tmpfs t /etc; initd compile -- true >/dev/null;"
            " exec initd -- false",
        ),
    ],
)
def test_an_event_is_quoted(event: str, script: str) -> None:
    """From its name on: the time and the level are left out."""
    _, lines = said_by(script)
    rest = [line.partition('"event":')[2] for line in lines]
    found = [line for line in rest if line.startswith(f'"{event}"')]
    assert found, lines
    assert f'    "event":{found[0].removesuffix("}")}\n' in PAGE, found
