"""What the app's process is given: seen in its own /proc, or one line and 125."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from .namespace import INITD, MAY_LOWER, NICE, start, wait_until

SHOW = "cat /proc/self/status; echo nice $(cut -d' ' -f19 /proc/self/stat)"
SHOW += "; echo oom $(cat /proc/self/oom_score_adj); cat /proc/self/limits; env; pwd"
ALL_SETS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")


def shown(*options: str, before: Sequence[str] = ()) -> dict[str, str]:
    """/proc/self/status and its friends, by the first word of each line."""
    with start("sh", "-c", SHOW, options=options, before=before) as box:
        lines = box.stdout.rest()
        assert box.wait() == 0
    words = (line.replace(":", " ").replace("=", " ").split(None, 1) for line in lines)
    return {pair[0]: pair[1].strip() for pair in words if len(pair) == 2}


def refusal(*options: str, before: Sequence[str]) -> str:
    """The one line of a start that could not be; nothing has run."""
    with start("echo", "started", options=options, before=before) as box:
        assert box.wait() == 125
        assert box.stdout.rest() == []
        assert box.log_pipe is not None
        plain = [line for line in box.log_pipe.rest() if not line.startswith("{")]
    assert len(plain) == 1, plain
    return plain[0]


def without(*capabilities: str) -> list[str]:
    """Root, but without these, for good."""
    dropped = ",".join(f"-{each}" for each in capabilities)
    return ["setpriv", "--bounding-set", dropped, "--inh-caps", dropped]


def test_nice_value_and_oom_score() -> None:
    """Both for the app alone: init stays as it is."""
    facts = shown("--nice", str(NICE), "--oom-score-adj", "300")
    assert (facts["nice"], facts["oom"]) == (str(NICE), "300")


@pytest.mark.skipif(not MAY_LOWER, reason="CAP_SYS_NICE is needed")
def test_a_nice_value_below_inits_own() -> None:
    """Where init may: else it is a refusal."""
    assert shown("--nice", "-3")["nice"] == "-3"


def test_a_dropped_capability_is_in_no_set() -> None:
    """NET_RAW is number 13, CHOWN 0; all others stay."""
    before = shown()
    after = shown("--cap-drop", "NET_RAW", "--cap-drop", "CAP_CHOWN")
    for each in ALL_SETS:
        assert int(after[each], 16) == int(before[each], 16) & ~(1 << 13 | 1), each


def test_all_capabilities_but_one_can_be_dropped() -> None:
    """KILL is number 5."""
    facts = shown("--cap-drop", "ALL", "--cap-keep", "KILL")
    assert (facts["CapEff"], facts["CapBnd"]) == (f"{1 << 5:016x}",) * 2
    facts = shown("--cap-drop", "ALL")
    assert {facts[each] for each in ALL_SETS} == {"0" * 16}


def test_capabilities_and_user_go_together() -> None:
    """What is dropped is still there while the user is changed."""
    facts = shown("--user", "65534:65533", "--cap-drop", "ALL")
    assert (facts["Uid"].split()[0], facts["Gid"].split()[0]) == ("65534", "65533")
    assert facts["CapBnd"] == "0" * 16


def test_no_new_privs() -> None:
    """Off unless it is asked for, for init never."""
    assert shown("--no-new-privs")["NoNewPrivs"] == "1"
    assert shown()["NoNewPrivs"] == "0"


def test_user_groups_umask_limits_directory_and_variables() -> None:
    """All at once, as a Dockerfile might have them."""
    facts = shown(
        *("--user", "daemon:bin", "--umask", "027", "--limit", "nofile=512:1024"),
        *("--limit", "core=0", "--chdir", "/usr", "--nice", str(NICE), "--no-new-privs"),
    )
    assert facts["Uid"].split() == ["1"] * 4
    assert facts["Gid"].split() == ["2"] * 4
    assert "2" in facts["Groups"].split()
    assert facts["Umask"] == "0027"
    assert facts["HOME"] == "/usr/sbin"
    assert (facts["USER"], facts["LOGNAME"]) == ("daemon", "daemon")
    assert facts["PWD"] == "/usr"


def test_supplementary_groups_are_those_of_the_user() -> None:
    """By /etc/group, and never those of root."""
    setup = (
        "mount -t tmpfs tmpfs /mnt && cp /etc/group /mnt/g && echo extra:x:4711:daemon >> /mnt/g"
    )
    before = ["sh", "-c", f'{setup} && mount --bind /mnt/g /etc/group && exec "$@"', "sh"]
    facts = shown("--user", "daemon", before=before)
    assert sorted(facts["Groups"].split()) == ["1", "4711"]


def test_limits_are_the_apps() -> None:
    """Soft and hard, as /proc/self/limits has them."""
    with start("sh", "-c", "ulimit -Sn; ulimit -Hn", options=["--limit", "nofile=512:1024"]) as box:
        assert box.stdout.rest() == ["512", "1024"]
        assert box.wait() == 0


def test_a_tight_limit_of_descriptors_is_the_apps_and_not_the_childs() -> None:
    """What the child itself opens on its way, it opens before."""
    options = ["--limit", "nofile=4", "--oom-score-adj", "300"]
    with start("sh", "-c", "ulimit -n; cat /proc/$$/oom_score_adj", options=options) as box:
        assert box.stdout.rest() == ["4", "300"]
        assert box.wait() == 0


@pytest.mark.parametrize(
    ("options", "before", "line"),
    [
        (
            ["--nice", "-5"],
            without("sys_nice"),
            "initd: --nice: cannot set -5: Permission denied"
            " (permitted as root, with docker run --cap-add SYS_NICE)",
        ),
        (
            ["--oom-score-adj", "-500"],
            without("sys_resource"),
            "initd: --oom-score-adj: cannot set -500: Permission denied"
            " (permitted as root, with docker run --cap-add SYS_RESOURCE)",
        ),
        (
            ["--cap-drop", "ALL", "--cap-keep", "KILL"],
            without("setpcap"),
            "initd: --cap-drop: cannot drop ALL except KILL: Operation not permitted"
            " (permitted as root, with docker run --cap-add SETPCAP)",
        ),
        (
            ["--user", "65534"],
            without("setuid"),
            "initd: --user: cannot take user 65534: Operation not permitted"
            " (permitted as root, with docker run --cap-add SETUID)",
        ),
        (
            ["--user", "65534"],
            without("setgid"),
            "initd: --user: cannot set the supplementary groups of user 65534:"
            " Operation not permitted (permitted as root, with docker run --cap-add SETGID)",
        ),
        (
            ["--limit", "core=0", "--limit", "nofile=2000000000"],
            without("sys_resource"),
            "initd: --limit: cannot set nofile=2000000000: Operation not permitted"
            " (docker run --ulimit raises the hard limit, nofile's up to /proc/sys/fs/nr_open)",
        ),
        (
            ["--chdir", "/no/such"],
            [],
            "initd: --chdir: cannot enter the directory '/no/such': No such file or directory",
        ),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_what_can_not_be_had_is_one_line_and_nothing_starts(
    options: list[str], before: list[str], line: str
) -> None:
    """The option, what it asked for, the reason, and what would help."""
    assert refusal(*options, before=before) == line


def test_the_shell_that_asks_is_not_changed() -> None:
    """Whoever starts init without being pid 1 keeps what it has."""
    mine = os.nice(0)
    with start("true", options=["--nice", str(NICE)], pid_1=False) as box:
        assert box.wait() == 0
    assert os.nice(0) == mine


# ---- what is the app's alone --------------------------------------------------------------

#: Says who has loaded it.
TRAP = """
#include <fcntl.h>
#include <unistd.h>
__attribute__((constructor)) static void loaded(void)
{
    char name[64];
    int comm = open("/proc/self/comm", O_RDONLY), to = open("/run/loaded", O_WRONLY | O_APPEND);
    long size = read(comm, name, sizeof name);
    if (size > 0 && write(to, name, size) < 0)
        _exit(99);
}
"""


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library in a directory of the app's, under the name of one of libc's as well."""
    place = tmp_path_factory.mktemp("trap")
    (place / "trap.c").write_text(TRAP)
    words = ["cc", "-shared", "-fPIC", "-o", str(place / "trap.so"), str(place / "trap.c")]
    subprocess.run(words, check=True)
    (place / "libm.so.6").hardlink_to(place / "trap.so")
    return place


@pytest.mark.parametrize(
    ("name", "value"),
    [("LD_PRELOAD", "{}/trap.so"), ("LD_AUDIT", "{}/trap.so"), ("LD_LIBRARY_PATH", "{}")],
)
def test_a_library_of_the_apps_is_loaded_by_the_app_and_never_by_init(
    name: str, value: str, trap: Path
) -> None:
    """At a restart of the container, it would run as root. The monitor is init's too."""
    given = value.format(trap)
    inside = f': >/run/loaded && exec env {name}={given} "$@"'
    script = f"echo {name}=${name}; echo ready; read line; cat /run/loaded; exit 7"
    wrapped = ["sh", "-c", inside, "sh", INITD]
    options = ["--check", "loaded file /run/loaded period=0.1"]
    with start("sh", "-c", script, init=wrapped, options=options, stdin=-1) as box:
        assert box.stdout.next() == f"{name}={given}"
        box.stdout.until("ready")
        wait_until(lambda: box.verb("health").returncode == 0, "the monitor has reported")
        assert box.process.stdin is not None
        box.process.stdin.write(b"\n")
        box.process.stdin.flush()
        loaded = set(box.stdout.rest())
        assert box.wait() == 7
    assert loaded <= {"sh", "cat"}
    assert name != "LD_PRELOAD" or loaded == {"sh", "cat"}
