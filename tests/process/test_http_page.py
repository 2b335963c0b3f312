"""The status page in a real browser: headless Chromium."""

from __future__ import annotations

import struct
import subprocess
import zlib
from pathlib import Path

from .http_server import Server, serving

FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run
    --disable-background-networking --disable-component-update --disable-sync
    --disable-breakpad --hide-scrollbars --enable-logging=stderr""".split()
#: All that Chromium leaves running ends with its pid namespace.
ALONE = ["unshare", "--pid", "--mount", "--fork", "--kill-child=KILL", "--mount-proc"]

SAID = "<script>document.title='taken over'</script><img src=x onerror=alert(1)>"
KNOWN = {
    "checks": [
        ["web", "readiness", True, "200 OK in 3 ms"],
        ["db", "readiness", False, "connection refused: db:5432"],
        ["evil", "liveness", True, SAID],
    ],
    "events": [
        {"timestamp": "2026-11-25T01:02:03.456Z", "level": "info", "event": "app.started"},
        {"timestamp": "2026-11-25T01:02:04.456Z", "level": "warning", "event": SAID},
    ],
}


def environment(folder: Path) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(folder), "LC_ALL": "C.UTF-8"}


def command(server: Server, folder: Path, *flags: str) -> list[str]:
    """Chromium with a fresh profile, at the status page."""
    profile = f"--user-data-dir={folder / 'profile'}"
    return [*ALONE, "chromium", *FLAGS, profile, *flags, f"http://127.0.0.1:{server.port}/"]


def browse(server: Server, folder: Path, *flags: str) -> tuple[str, str]:
    """What Chromium writes to stdout, and to stderr, for the page."""
    ran = subprocess.run(
        command(server, folder, *flags),
        env=environment(folder),
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout, ran.stderr


def lines_of(png: Path) -> list[bytes]:
    """The rows of pixels, as PNG's filters have left them (PNG specification, 9)."""
    data = png.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    packed, at = b"", 8
    while at < len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        if data[at + 4 : at + 8] == b"IDAT":
            packed += data[at + 8 : at + 8 + size]
        at += 12 + size
    raw = zlib.decompress(packed)
    step = len(raw) // height
    assert step > width
    return [raw[start : start + step] for start in range(0, len(raw), step)]


def test_a_browser_shows_the_page_and_runs_nothing_of_what_it_is_told(tmp_path: Path) -> None:
    """The DOM has what is known, as text; nothing was loaded, refused or run."""
    with serving(known=KNOWN) as server:
        dom, said = browse(server, tmp_path, "--dump-dom")
    for expected in (
        "web-1.example.com", "unicorn -c /app/config/unicorn.rb", "✗ failing", "200 OK in 3 ms",
        "connection refused: db:5432", "app.started", "http_program.py",
        "&lt;script&gt;document.title='taken over'", "<title>✗ web-1.example.com: running</title>",
    ):  # fmt: skip
        assert expected in dom
    assert "<script" not in dom
    assert "<img" not in dom
    assert "Content Security Policy" not in said, said


def test_a_screenshot_has_something_on_it(tmp_path: Path) -> None:
    """In light and in dark, wide and narrow."""
    looks = {
        "light": ("--window-size=1200,900",),
        "dark": ("--window-size=1200,900", "--blink-settings=preferredColorScheme=0"),
        "narrow": ("--window-size=400,900",),
    }
    shots: dict[str, list[bytes]] = {}
    with serving(known=KNOWN) as server:
        for name, flags in looks.items():
            file = tmp_path / f"{name}.png"
            browse(server, tmp_path, f"--screenshot={file}", *flags)
            shots[name] = lines_of(file)
    for lines in shots.values():
        assert len(set(lines)) > len(lines) / 3, "a blank page has one line over and over"
    assert shots["light"] != shots["dark"]


def test_the_page_refreshes_itself(tmp_path: Path) -> None:
    """A browser that is left open looks again, without a script."""
    with serving(known=KNOWN, tells=True) as server:
        words = command(server, tmp_path, "--remote-debugging-port=0")
        with subprocess.Popen(words, env=environment(tmp_path), stderr=subprocess.DEVNULL) as open_:
            try:
                for _ in range(2):
                    server.event("looked")
            finally:
                open_.kill()
