"""The one file in images that have no Python, and in one that has a trap for it."""

from __future__ import annotations

import ast
import codecs
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .image import FILE, ROOT, SECONDS, Image, Running, free_port, works

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="make one has not been run")
MAY_WEIGH = 15_000_000
PACKAGE = ROOT / "initd"
MODULES = ROOT / "build" / "one" / "modules.txt"
#: Modules of initd that are not in the file, or are others there (onefile/instead).
ELSEWHERE = {
    *("initd.__main__", "initd.program"),
    *("initd.installed", "initd.linux.preloaded_hostname", "initd.linux._hostname_binding"),
    *("initd.secrets.nacl_box", "initd.libraries"),
}
GREETING = re.compile(r"pid 3 of 2, uid 0 gid 0, .*")


def imported_by(tree: ast.AST) -> Iterator[str]:
    """Modules, wherever the statement is but for type checkers alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from imported_by(ast.Module(node.orelse, []))
        else:
            yield from imported_by(node)


@pytest.fixture
def scratch(tmp_path: Path) -> Image:
    """Nothing but the file and a static app."""
    return Image(tmp_path / "root")


@pytest.fixture
def musl(tmp_path: Path) -> Image:
    """An app that musl's loader starts."""
    image = Image(tmp_path / "root", ("musl-gcc",))
    loader = Path("/lib/ld-musl-x86_64.so.1")
    (image.root / "lib").mkdir()
    (image.root / "lib" / loader.name).write_bytes(loader.resolve().read_bytes())
    os.chmod(image.root / "lib" / loader.name, 0o755)
    return image


# ---- the file -------------------------------------------------------------------------------


def test_it_asks_for_no_loader_and_no_library() -> None:
    headers = subprocess.run(
        ["readelf", "--program-headers", "--dynamic", FILE],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "INTERP" not in headers.stdout
    assert "There is no dynamic section in this file." in headers.stdout


def test_it_is_no_heavier_than_it_may_be() -> None:
    assert FILE.stat().st_size <= MAY_WEIGH


def test_every_import_of_initd_is_within() -> None:
    """However late it is."""
    within = set(MODULES.read_text().split())
    for path in PACKAGE.rglob("*.py"):
        name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        if name in ELSEWHERE:
            continue
        for wanted in imported_by(ast.parse(path.read_text())):
            assert wanted in within, f"{name} imports {wanted}"


def test_every_codec_that_initd_names_is_within() -> None:
    """Python imports it when it is used: `.decode("unicode_escape")`."""
    within = set(MODULES.read_text().split())
    named = re.compile(r"""\.(?:en|de)code\(\s*["']([\w-]+)["']|encoding=["']([\w-]+)["']""")
    for path in PACKAGE.rglob("*.py"):
        for found in named.finditer(path.read_text()):
            codec = codecs.lookup(found[1] or found[2]).name.replace("-", "_")
            module = {"iso8859_1": "latin_1"}.get(codec, codec)
            assert f"encodings.{module}" in within, f"{path} names {codec}"


def test_every_module_within_can_be_imported() -> None:
    """In a file that is the same but for what it starts with."""
    done = subprocess.run([FILE.parent / "one" / "import-all"], capture_output=True, text=True)
    assert (done.stderr, done.returncode) == ("", 0), done.stdout


def test_it_says_what_is_within() -> None:
    said = subprocess.run([FILE, "--version"], capture_output=True, text=True, check=True)
    names = [line.split()[0] for line in said.stdout.splitlines()]
    assert names[0] == "initd"
    assert {"libpython3.11-dev", "libc6-dev", "libssl-dev", "h11", "psutil"} <= {*names}
    for each in ("CPython", "glibc", "libsodium", "OpenSSL", "zlib", "libgcc"):
        assert f"({each}, Debian" in said.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_its_completion_is_the_checkouts(shell: str) -> None:
    """What shells make of that is tried with the checkout's (tests/process/once.py)."""
    words = ("completion", shell)
    here, there = (
        subprocess.run([initd, *words], capture_output=True, check=True).stdout
        for initd in (FILE, Path(sys.prefix) / "bin" / "initd")
    )
    assert here == there


# ---- images ---------------------------------------------------------------------------------


def test_an_app_alone_with_the_file(scratch: Image) -> None:
    done = scratch.run("/initd", "--", "/app")
    assert GREETING.match(done.stdout), done
    assert done.returncode == 7


def test_without_proc_too(scratch: Image) -> None:
    words = ["unshare", "--pid", "--fork", "--kill-child=KILL", "chroot", str(scratch.root)]
    done = subprocess.run(
        [*words, "/initd", "--", "/app"], capture_output=True, text=True, timeout=SECONDS
    )
    assert (GREETING.match(done.stdout) is not None, done.returncode) == (True, 7), done


@pytest.mark.parametrize("kind", ["scratch", "musl"])
def test_everything_that_init_does(kind: str, request: pytest.FixtureRequest) -> None:
    """Tree, user, health, status, HTTP, metrics, checks and stop."""
    image: Image = request.getfixturevalue(kind)
    (image.root / "etc" / "passwd").write_text("web:x:33:44:web:/srv:/none\n")
    (image.root / "etc" / "group").write_text("web:x:44:\nmore:x:55:web\n")
    port = free_port()
    options = ["--user", "web", "--http", f"127.0.0.1:{port}"]
    options += ["--check", "runs exec -- /initd --version"]
    options += ["--check", f"answers tcp 127.0.0.1:{port}"]
    options += ["--check", f"page http http://127.0.0.1:{port}/livez"]
    with Running(image, "/initd", *options, "--", "/app", "wait") as running:
        assert running.greeting.startswith("pid 3 of 2, uid 33 gid 44, home /srv,")
        groups = Path(f"/proc/{running.init}/task/{running.init}/children").read_text()
        assert groups
        works(running, port)


@pytest.mark.parametrize("name", ["tini", "dumb-init", "catatonit", "docker-init"])
def test_by_the_name_of_another_init(name: str, scratch: Image) -> None:
    (scratch.root / name).symlink_to("initd")
    done = scratch.run(f"/{name}", "--", "/app")
    assert (GREETING.match(done.stdout) is not None, done.returncode) == (True, 7), done


def test_by_the_name_of_the_shim(scratch: Image) -> None:
    (scratch.root / "ppidshim").symlink_to("initd")
    assert "internal program, run by initd" in scratch.run("/ppidshim").stderr


# ---- what costs nothing ------------------------------------------------------------------------


def private_dirty(pid: int) -> int:
    """In KiB."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(r"Private_Dirty: +(\d+) kB", text)
    assert found is not None
    return int(found[1])


def test_the_shim_touches_no_page_of_python(scratch: Image) -> None:
    """Its share of a container's memory is its stack and a page or two."""
    with Running(scratch, "/initd", "--", "/app", "wait") as running:
        pid = running.init
        shim = int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
        assert Path(f"/proc/{shim}/comm").read_text() == "ppidshim\n"
        assert private_dirty(shim) <= 28


# ---- names ---------------------------------------------------------------------------------


def test_metrics_go_to_a_name_of_the_images_hosts_file(scratch: Image) -> None:
    (scratch.root / "etc" / "hosts").write_text("127.0.0.1 metrics.example.org\n")
    (scratch.root / "etc" / "nsswitch.conf").write_text("hosts: trap [!UNAVAIL=return] files\n")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(SECONDS)
        address = f"metrics.example.org:{server.getsockname()[1]}"
        with Running(scratch, "/initd", "--statsd", address, "--", "/app", "wait") as running:
            assert b"initd" in server.recv(65536), running.log()


def test_programs_of_the_image_see_the_chosen_host_name(musl: Image) -> None:
    """The library is written to where it can be executed."""
    done = musl.run("/initd", "--hostname", "web1.example.org", "--", "/app")
    assert done.stdout.endswith("host web1.example.org\n"), done


def test_the_library_is_installed_for_every_program(tmp_path: Path) -> None:
    """In a mount namespace whose /etc and /usr/local/lib are this test's own."""
    script = f"""
        mount -t tmpfs -o mode=755 tmpfs /run && mkdir -m 755 /run/etc /run/lib /run/initd
        cp -a /etc/. /run/etc && mount --bind /run/etc /etc && mount --bind /run/lib /usr/local/lib
        echo web1.example.org > /run/initd/hostname
        {FILE} preload install && env -i hostname && {FILE} preload status
        {FILE} preload remove
    """
    words = ["unshare", "--mount", "sh", "-ec", script]
    done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS)
    library = "/usr/local/lib/initd/native/hostname.so"
    assert f"/etc/ld.so.preload names {library}" in done.stdout, done
    assert "\nweb1.example.org\n" in done.stdout
    assert f"in force: {library}" in done.stdout
    assert done.returncode == 0


def test_where_no_directory_takes_the_library_the_environment_stays_as_given() -> None:
    """LD_PRELOAD would name a file that is not there, and each program would complain."""
    script = f"""
        mount --bind {FILE.parent} /mnt
        for place in /run /tmp /dev/shm; do mount -t tmpfs -o noexec,mode=1777 tmpfs $place; done
        mount -t tmpfs tmpfs /usr/local/lib
        exec env -i LD_PRELOAD= A=b /mnt/initd --hostname web1.example.org -- env
    """
    words = ["unshare", "--pid", "--fork", "--mount", "--mount-proc", "sh", "-ec", script]
    done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS)
    assert (sorted(done.stdout.split()), done.returncode) == (["A=b", "LD_PRELOAD="], 0), done
    assert '"event":"hostname.unwritten","path":null' in done.stderr
    assert "no directory of initd's is writable and allows execution" in done.stderr


STRANGER = "setpriv --reuid 65534 --regid 65534 --clear-groups sh -c"


@pytest.mark.parametrize(
    "before",
    [
        f"{STRANGER} 'mkdir /tmp/initd-0 && echo > /tmp/initd-0/hostname.so'",
        f"mkdir /dev/shm/theirs; {STRANGER} 'ln -s /dev/shm/theirs /tmp/initd-0'",
        "mkdir -m 777 /tmp/initd-0",
    ],
)
def test_a_directory_that_others_can_write_to_is_not_preloaded_from(before: str) -> None:
    """Whatever they put there would run as the app's user, who may be root. The next takes it."""
    script = f"""
        mount --bind {FILE.parent} /mnt
        mount -t tmpfs -o noexec tmpfs /run && mount -t tmpfs tmpfs /usr/local/lib
        for place in /tmp /dev/shm; do mount -t tmpfs -o mode=1777 tmpfs $place; done
        {before}
        exec env -i /mnt/initd --hostname web1.example.org -- env
    """
    words = ["unshare", "--pid", "--fork", "--mount", "--mount-proc", "sh", "-ec", script]
    done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS)
    assert "\nLD_PRELOAD=/dev/shm/initd-0/hostname.so\n" in "\n" + done.stdout, done
    assert done.returncode == 0


def test_a_library_that_cannot_be_written_is_not_preloaded() -> None:
    """The file system is full: each program of the app would complain of a file that is missing."""
    script = f"""
        mount --bind {FILE.parent} /mnt
        mount -t tmpfs -o size=4k tmpfs /run && mount -t tmpfs tmpfs /usr/local/lib
        head -c 4096 /dev/zero > /run/full
        exec env -i A=b /mnt/initd --hostname web1.example.org -- env
    """
    words = ["unshare", "--pid", "--fork", "--mount", "--mount-proc", "sh", "-ec", script]
    done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS)
    assert "A=b" in done.stdout.split(), done
    assert "LD_PRELOAD" not in done.stdout
    assert '"path":"/run/initd/hostname.so","why":"No space left on device"' in done.stderr
    assert done.returncode == 0


# ---- a start plan ----------------------------------------------------------------------------


def test_an_app_that_a_plan_started_is_adopted(scratch: Image) -> None:
    """The launcher starts the shim, which is this file too, before it opens anything of libc's
    or Python's; then Python takes over."""
    with Running(scratch, "/initd", "--", "/app", "wait") as running:
        compiled = running.verb("compile", "--", "/app")
        assert compiled.returncode == 0, compiled
    trace = scratch.root / "tmp" / "trace"
    strace = ["strace", "--follow-forks", "--quiet=all", "--output", str(trace)]
    done = subprocess.run(
        [*strace, *scratch.words("/initd", "--", "/app")],
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert (done.stdout[:11], done.returncode) == ("pid 3 of 2,", 7)
    assert "plan." not in done.stderr
    calls = trace.read_text().partition('execve("/initd"')[2]
    assert "/proc/self/exe" in calls
    before_shim = calls.partition('execve("/proc/self/exe", ["ppidshim"')[0]
    assert "arch_prctl" not in before_shim, "libc has started"
