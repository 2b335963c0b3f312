"""What a start costs, and what idleness does, stays what figures.toml says."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

import initd

from .counting import PID_1, all_system_calls, instructions, system_calls
from .figures import check
from .namespace import INITD, ONE_FILE, start, status_of, wait_until
from .planned_image import Image

PACKAGE = Path(initd.__file__).parent
SHIM = str(PACKAGE / "native" / "ppidshim")
PYTHON = str(Path(sys.prefix) / "bin" / "python3")
BARE = [PYTHON, "-I", "-S", "-c"]
APP = "/bin/true"
LAUNCHER = Path(__file__).parents[2] / "build" / "one" / "launcher.o"
#: Each other init that has a socket at a usual place is asked whether it lives.
ALONE = ["sh", "-c", 'mount -t tmpfs tmpfs /run; mount -t tmpfs tmpfs /dev/shm; exec "$@"', "sh"]
ABOVE = "" if ONE_FILE else " above a bare interpreter's"

#: Each machine's compiler makes its own instructions; the figures are those of this one.
on_x86_64 = pytest.mark.skipif(
    platform.machine() != "x86_64", reason="the figures are those of x86-64"
)


def test_system_calls_until_the_app_is_executed(tmp_path: Path) -> None:
    """An import is a dozen of them, and a start in a busy sandbox pays for each."""
    words = [*PID_1, *ALONE, INITD, "--socket", str(tmp_path / "socket"), "--", APP]
    counted = system_calls(words, INITD, APP, tmp_path / "trace")
    bare = 0 if ONE_FILE else all_system_calls([*BARE, ""], tmp_path / "bare")
    check("system-calls", counted - bare, f"system calls of a start{ABOVE}")


def test_system_calls_with_a_start_plan(tmp_path: Path) -> None:
    """No interpreter is on the way: two programs of a few hundred instructions are."""
    image = Image(tmp_path)
    image.build(APP)
    words = [*PID_1, *image.inside(), INITD, "--", APP]
    counted = system_calls(words, INITD, APP, tmp_path / "trace")
    check("system-calls-planned", counted, "system calls of a start by a plan")


def _page_faults(pid: int) -> int:
    """Minor ones: minflt of proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[7])


def _is_waiting(pid: int) -> bool:
    return "poll" in Path(f"/proc/{pid}/wchan").read_text()


def _page_faults_of_a_bare_interpreter() -> int:
    """Until it waits."""
    wait = "import posix, select; posix.close(1); select.poll().poll()"
    bare = subprocess.Popen([*BARE, wait], stdout=subprocess.PIPE)
    try:
        assert bare.stdout is not None
        bare.stdout.read()
        wait_until(lambda: _is_waiting(bare.pid), "the bare interpreter waits")
        return _page_faults(bare.pid)
    finally:
        bare.kill()
        bare.communicate()


def test_page_faults_of_pid_1(victim: Path) -> None:
    """Each is a page that a hundred containers hold, or have read."""
    at_rest = 0 if ONE_FILE else _page_faults_of_a_bare_interpreter()
    with start(victim, "15=0") as container:
        container.event("app.started")
        wait_until(lambda: _is_waiting(container.init_pid), "init waits")
        counted = _page_faults(container.init_pid)
    check("page-faults", counted - at_rest, f"page faults of pid 1{ABOVE}")


def test_private_memory_of_pid_1(victim: Path) -> None:
    """Pages that it has written to: each container has its own."""
    with open(INITD, "rb") as program:
        os.fsync(program.fileno())  # pages that were never written to the disk count as dirty
    with start(victim, "15=0") as container:
        container.event("app.started")
        wait_until(lambda: _is_waiting(container.init_pid), "init waits")
        rollup = Path(f"/proc/{container.init_pid}/smaps_rollup").read_text()
    found = re.search(r"Private_Dirty: +(\d+) kB", rollup)
    assert found is not None
    check("private-dirty", int(found[1]), "KiB that pid 1 has written to")


def _imported(*words: str) -> set[str]:
    done = subprocess.run(
        [*PID_1, PYTHON, "-I", "-S", "-X", "importtime", *words],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return set(re.findall(r"^import time:.*\| +(\S+)$", done.stderr, re.MULTILINE))


def test_what_pid_1_imports(tmp_path: Path) -> None:
    """One more module is 0.1 ms and some kilobytes in each container: it has to be worth that.
    Nobody asks the one file what it imports; what it executes is counted, to its end."""
    socket = ["--socket", str(tmp_path / "socket")]
    if ONE_FILE:
        words = [INITD, *socket, "--", APP]
        check("instructions-start", instructions(words), "instructions of a start, and of its end")
        return
    found = _imported(str(PACKAGE / "__main__.py"), *socket, "--", APP) - _imported("-c", "")
    assert "initd.init.loop" in found
    check("modules", len(found), f"modules that pid 1 imports ({', '.join(sorted(found))})")


def _switches(pid: int) -> int:
    return int(status_of(pid)["voluntary_ctxt_switches"])


def test_wake_ups_while_nothing_happens(victim: Path) -> None:
    """Nobody polls: a hundred idle containers leave the processor asleep."""
    with start(victim, "15=0") as container:
        container.event("app.started")
        pids = [container.init_pid, container.host_pid(2)]
        wait_until(lambda: _is_waiting(pids[0]), "init waits")
        before = sum(map(_switches, pids))
        time.sleep(2)  # what is measured
        check("wake-ups", sum(map(_switches, pids)) - before, "wake-ups in two idle seconds")


@on_x86_64
def test_instructions_of_the_shim(tmp_path: Path) -> None:
    """From its first to its last, around an app that ends at once."""
    shim = SHIM
    if ONE_FILE:
        shim = str(tmp_path / "ppidshim")
        os.symlink(INITD, shim)
    words = [shim, "-i", str(os.getpid()), "-d", "9", "--", APP]
    check("instructions-shim", instructions(words), "instructions of the shim")


@on_x86_64
def test_instructions_of_the_launcher(tmp_path: Path) -> None:
    """Where the interpreter is none: all that it does before it would become one."""
    image = Image(tmp_path)
    if ONE_FILE:
        launcher_alone(image.gated)
    else:
        image.break_interpreter()
    prefix = str(image.gated.parent.parent)
    # How long its path is counts too.
    here = [*PID_1, "sh", "-c", 'mount --bind "$0" /mnt && exec "$@"', prefix]
    words = ["/mnt/bin/initd", "--", APP]
    check("instructions-launcher", instructions(words, here), "instructions of the launcher")
    image.build(APP)
    counted = instructions(words, [*here, *image.inside()])
    check("instructions-launcher-planned", counted, "instructions of the launcher with a plan")


def launcher_alone(target: Path) -> None:
    """The one file's launcher, with a start of libc's that ends at once."""
    source = target.with_suffix(".c")
    source.write_text('__asm__(".global _start\\n_start: mov $231,%eax\\n syscall");')
    words = ["-static", "-nostdlib", "-Wl,-e,initd_entry", str(LAUNCHER), str(source)]
    subprocess.run(["gcc", *words, "-o", str(target)], check=True)


@on_x86_64
def test_instructions_of_a_health_check(tmp_path: Path) -> None:
    """Nobody answers; every HEALTHCHECK of every container runs this."""
    words = [INITD, "health", "--socket", str(tmp_path / "none")]
    check("instructions-health", instructions(words), "instructions of a health check")
