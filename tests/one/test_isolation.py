"""No file of the image becomes code of the one file: traps lie where Python, libc and OpenSSL would
look, and strace tells what each of its processes opens and executes."""

from __future__ import annotations

import os
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .image import FILE, ROOT, Image, Running, page

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="make one has not been run")
SECONDS = 60
MAP = ROOT / "build" / "one" / "initd.map"
STRACE = ["strace", "--follow-forks", "--quiet=all", "-e", "trace=%file,execve"]
#: What may be looked at: data, initd's own places, and the directories by which the working
#: directory is found and returned to.
DATA = re.compile(
    r"\.\.?|/|/(proc|dev|container)(/.*)?|/sys(/.*)?|/run(/.*)?|/tmp/initd-.*"
    "|/usr/local/lib/initd/.*|/app/REVISION"
    "|/etc/(localtime|passwd|group|hosts|host.conf|resolv.conf|nsswitch.conf|gai.conf|services)"
    "|/etc/initd(/.*|.*)|/usr/share/zoneinfo/.*"
)
#: Certificates of those that a TLS client trusts are data too.
TRUSTED = re.compile("/usr/lib/ssl(/.*)?|/etc/ssl(/.*)?")
#: What is executed: the file itself, by its names, and the app.
EXECUTED = {"/initd", "/proc/self/exe", "/app"}
OPENED = re.compile(
    r"(?:open|openat|openat2|newfstatat|statx|stat|lstat|access|faccessat2?|readlink|readlinkat)"
    r'\((?:AT_FDCWD, )?"(.*?)"'
)
TRAPS = {
    "PYTHONPATH": "/usr/lib/python3.11",
    "PYTHONHOME": "/usr",
    "PYTHONSTARTUP": "/usr/lib/python3.11/os.py",
    "LD_PRELOAD": "/trap.so",
    "LD_LIBRARY_PATH": "/usr/lib/python3.11",
    "LD_AUDIT": "/trap.so",
    "GCONV_PATH": "/usr/lib",
    "LOCPATH": "/usr/lib",
    "LC_ALL": "de_DE.UTF-8",
    "NLSPATH": "/usr/lib/%N",
    "OPENSSL_CONF": "/etc/openssl.cnf",
    "OPENSSL_MODULES": "/usr/lib",
    "OPENSSL_ENGINES": "/usr/lib",
}


@pytest.fixture
def trapped(tmp_path: Path) -> Image:
    """An image with a trap wherever code could be looked for."""
    image = Image(tmp_path / "root")
    etc, lib = image.root / "etc", image.root / "usr" / "lib" / "python3.11"
    lib.mkdir(parents=True)
    for name in ("sitecustomize", "usercustomize", "os", "encodings", "initd", "h11", "psutil"):
        (lib / f"{name}.py").write_text("import posix; posix._exit(66)")
    (image.root / "pyvenv.cfg").write_text("home = /usr\n")
    (image.root / "initd._pth").write_text("/usr/lib/python3.11\nimport site\n")
    databases = ("passwd", "group", "hosts", "services")
    (etc / "nsswitch.conf").write_text("".join(f"{name}: trap files\n" for name in databases))
    (etc / "passwd").write_text("web:x:33:44:web:/srv:/none\n")
    (etc / "group").write_text("web:x:44:\n")
    (etc / "hosts").write_text("127.0.0.1 metrics.example.org web.example.org\n")
    (etc / "openssl.cnf").write_text("openssl_conf = trap\n[trap]\nengines = trap\n")
    return image


def looked_at(trace: Path) -> set[str]:
    """The paths that initd's processes have opened or asked for, once it was executed."""
    lines = trace.read_text().splitlines()
    first = next(at for at, line in enumerate(lines) if 'execve("/initd"' in line)
    # The app does not count, nor do others before they are initd.
    ours = {line.split()[0] for line in lines if 'execve("/initd"' in line}
    found = set()
    for line in lines[first:]:
        pid = line.split()[0]
        child = re.search(r"(?:clone3?|v?fork)\(.*= (\d+)$", line)
        if pid in ours and child:
            ours.add(child[1])
        if 'execve("/app"' in line:
            ours.discard(pid)
        if pid in ours:
            found.update(OPENED.findall(line))
    return found


def executed(trace: Path) -> set[str]:
    """The programs, from the first start of initd on."""
    begin = 'execve("/initd"' + trace.read_text().partition('execve("/initd"')[2]
    return set(re.findall(r'execve\("(.*?)"', begin))


def test_no_file_of_the_image_is_code_for_a_start(trapped: Image) -> None:
    """Neither of its Python nor of its libc, whatever its variables say."""
    trace = trapped.root / "tmp" / "trace"
    words = trapped.words("/initd", "--user", "web", "--", "/app", **TRAPS)
    done = subprocess.run(
        [*STRACE, "-o", str(trace), *words], capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 7, done
    found = looked_at(trace)
    assert "/etc/passwd" in found
    assert {path for path in found if not DATA.fullmatch(path)} == set()
    assert executed(trace) <= EXECUTED


def test_nor_for_the_monitor_its_probes_and_the_verbs(trapped: Image) -> None:
    """HTTP, metrics to a name that is looked up, a check over TLS, one that executes, and every
    verb that asks the init."""
    trace, verbs = (trapped.root / "tmp" / name for name in ("trace", "verbs"))
    port = free_port()
    with tls_server() as secure, statsd_server() as statsd:
        options = ["--user", "web", "--http", f"127.0.0.1:{port}"]
        options += ["--statsd", f"metrics.example.org:{statsd.getsockname()[1]}"]
        options += ["--check", "runs exec -- /initd --version"]
        options += ["--check", f"answers tcp web.example.org:{port}"]
        options += ["--check", f"secure http https://web.example.org:{secure}/"]
        strace = [*STRACE, "-o", str(trace)]
        command = ("/initd", *options, "--", "/app", "wait")
        with Running(trapped, *command, before=strace, **TRAPS) as running:
            assert running.greeting.startswith("pid 3 of 2,"), running.log()
            assert b"initd" in statsd.recv(65536), running.log()
            assert "initd_app_up 1.0" in page(port, "/metrics")
            for name in ("runs", "answers", "secure"):
                await_check(running, name)
            for number, words in enumerate(
                (["status"], ["health"], ["check", "/app"], ["hostname"])
            ):
                done = running.verb(*words, before=[*STRACE, "-o", f"{verbs}{number}"])
                assert done.returncode in (0, 1), done
            os.kill(running.init, signal.SIGTERM)
            assert running.process.wait(SECONDS) == 3
    traces = [trace, *sorted(trapped.root.joinpath("tmp").glob("verbs*"))]
    assert len(traces) == 5
    assert "/etc/hosts" in looked_at(trace)
    for each in traces:
        strange = {path for path in looked_at(each) if not DATA.fullmatch(path)}
        assert {path for path in strange if not TRUSTED.fullmatch(path)} == set(), each
        assert executed(each) <= EXECUTED, each


def test_what_would_load_a_library_is_not_linked() -> None:
    """libc's dlopen, and its like within libc."""
    linked = MAP.read_text().partition("Linker script and memory map")[2]
    assert "no_loading.o" in linked
    for name in ("dlopen", "dl-open", "dl-libc", "dlsym"):
        assert f"libc.a({name}.o)" not in linked


def await_check(running: Running, name: str) -> None:
    """Until it has been answered, well or not."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        said = running.verb("status").stdout
        line = next((line for line in said.splitlines() if f" {name} " in f" {line} "), "")
        if line and "waiting" not in line and "starting" not in line:
            return
        time.sleep(0.05)
    raise AssertionError(f"{name} is never answered: {said}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def statsd_server() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(SECONDS)
        yield server


@contextmanager
def tls_server() -> Iterator[int]:
    """A port whose certificate nobody trusts: the handshake is what counts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                try:
                    context.wrap_socket(connection, server_side=True).close()
                except OSError:
                    connection.close()

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
