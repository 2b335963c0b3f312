"""Nothing is imported that is not within: what each verb, the monitor and the probes ask for."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from initd.cli.verb_table import BY_NAME

from .image import FILE, ROOT, Image, Running, page

#: The one file, which writes down what it does not find (onefile/watched.py).
WATCHED = ROOT / "build" / "one" / "watched"
SECONDS = 60
#: What each verb is given; those of other names are run without words.
WORDS = {
    "check": ["--user", "web", "--profile", "auto", "/app"],
    "compile": ["--", "/app"],
    "completion": ["bash"],
    "hostname": ["--explain"],
    "link": ["/tmp"],
    "preload": ["status"],
}
#: Asked for within `try` by libraries that do without: modules of other systems, accelerators,
#: archives, colours, and what they would work together with.
DONE_WITHOUT = set("_winapi msvcrt nt bz2 lzma _typing _uuid colorama org".split())

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="make one has not been run")


@pytest.fixture
def watched(tmp_path: Path) -> Image:
    image = Image(tmp_path / "root")
    shutil.copy(WATCHED, image.root / "initd")
    (image.root / "etc" / "passwd").write_text("web:x:33:44:web:/srv:/none\n")
    (image.root / "etc" / "group").write_text("web:x:44:\n")
    missed = image.root / "missed"
    missed.touch()
    missed.chmod(0o666)
    return image


def missed_by(image: Image) -> set[str]:
    return {*(image.root / "missed").read_text().split()}


def test_a_start_misses_nothing(watched: Image) -> None:
    """And asks for nothing that could be."""
    assert watched.run("/initd", "--", "/app").returncode == 7
    assert missed_by(watched) == set()


@pytest.mark.parametrize("verb", sorted(BY_NAME))
def test_a_verb_misses_nothing(watched: Image, verb: str) -> None:
    """With its words, with its help, and with a mistake."""
    with Running(watched, "/initd", "--", "/app", "wait") as running:
        for words in (["--help"], ["--no-such-option"], ["--json"], WORDS.get(verb, [])):
            running.verb(verb, *words)
    assert missed_by(watched) - DONE_WITHOUT == set()


def test_the_monitor_and_its_probes_miss_nothing(watched: Image) -> None:
    """Checks of each kind, metrics by both ways, a restart, a reload, and a stop."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as statsd, socket.socket() as free:
        statsd.bind(("127.0.0.1", 0))
        statsd.settimeout(SECONDS)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        options = ["--user", "web", "--http", f"127.0.0.1:{port}", "--notify"]
        options += ["--statsd", f"127.0.0.1:{statsd.getsockname()[1]}", "--restart", "on-failure"]
        options += ["--check", "alive process", "--check", f"port tcp 127.0.0.1:{port}"]
        options += ["--check", "command exec -- /initd --version", "--check", "file file /app"]
        options += ["--check", f"page http http://127.0.0.1:{port}/livez"]
        options += ["--check", f"secure http https://127.0.0.1:{port}/livez"]
        with Running(watched, "/initd", *options, "--", "/app", "wait") as running:
            assert running.greeting.startswith("pid 3 of 2,"), running.log()
            assert b"initd" in statsd.recv(65536), running.log()
            for path in ("/metrics", "/livez"):
                assert page(port, path)
            unusual = urllib.request.Request(f"http://127.0.0.1:{port}/", method="OPTIONS")
            with pytest.raises(urllib.error.HTTPError, match="405"):
                urllib.request.urlopen(unusual, timeout=SECONDS)
            assert running.verb("restart").returncode == 0
            running.verb("status", "--json")
            os.kill(running.init, signal.SIGTERM)
            assert running.process.wait(SECONDS) == 3, running.log()
    assert missed_by(watched) - DONE_WITHOUT == set()
