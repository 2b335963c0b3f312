"""A headless Chromium that does what it is told over a pipe: Chrome's DevTools protocol.

chromedevtools.github.io/devtools-protocol, with --remote-debugging-pipe: messages of JSON, each
ended by a zero byte, on descriptors 3 and 4.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .namespace import wait_until

FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run
    --disable-background-networking --disable-component-update --disable-sync
    --disable-breakpad --hide-scrollbars --disable-dev-shm-usage""".split()
#: All that Chromium leaves running ends with its pid namespace.
ALONE = ["unshare", "--pid", "--mount", "--fork", "--kill-child=KILL", "--mount-proc"]
_AT_3_AND_4 = """
import fcntl, os, sys
copies = [fcntl.fcntl(int(each), fcntl.F_DUPFD, 10) for each in sys.argv[1:3]]
for number, name in zip((3, 4), copies):
    os.dup2(name, number)
os.execvp(sys.argv[3], sys.argv[3:])
"""


class Browser:
    """One tab."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading = os.fdopen(reading, "rb", buffering=0)
        self._writing = writing
        self._rest = b""
        self._number = 0
        self._session: dict[str, str] = {}
        #: What came that was no answer: events, oldest first.
        self.events: list[dict[str, Any]] = []
        target = self.do("Target.createTarget", url="about:blank")["targetId"]
        attached = self.do("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": attached["sessionId"]}
        for domain in ("Page", "Runtime", "Log"):
            self.do(f"{domain}.enable")

    def do(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The result of a command."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters, **self._session}
        os.write(self._writing, json.dumps(message).encode() + b"\0")
        while (said := self._next()).get("id") != self._number:
            self.events.append(said)
        assert "error" not in said, said
        result: dict[str, Any] = said["result"]
        return result

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            data = self._reading.read(1 << 16)
            assert data, "the browser has ended"
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\0")
        said: dict[str, Any] = json.loads(line)
        return said

    def run(self, script: str) -> Any:
        """What an expression comes to in the page; a promise is waited for."""
        done = self.do("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def open(self, url: str) -> None:
        """And waits until it is there."""
        with self.loads(url):
            self.do("Page.navigate", url=url)

    @contextmanager
    def loads(self, url: str) -> Iterator[None]:
        """What is done within leads there."""
        yield
        there = f"location.href == {json.dumps(url)} && document.readyState == 'complete'"
        wait_until(lambda: self.run(there), f"{url} is loaded")

    def look(self, width: int, height: int, scheme: str) -> None:
        """As a screen of that size, by one who likes light or dark."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.do("Emulation.setDeviceMetricsOverride", **size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.do("Emulation.setEmulatedMedia", features=features)

    def press(self, key: str, code: int) -> None:
        """A key, by its name and its number on Windows."""
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            facts = {"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code}
            self.do("Input.dispatchKeyEvent", **facts, **(text if kind == "keyDown" else {}))

    def screenshot(self) -> bytes:
        """A PNG of all of the page."""
        taken = self.do("Page.captureScreenshot", captureBeyondViewport=True)
        return base64.b64decode(taken["data"])


@contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """With a fresh profile."""
    to_browser, commands = os.pipe()
    answers, from_browser = os.pipe()
    environment = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(folder), "LANG": "C.UTF-8"}
    words = ["chromium", *FLAGS, f"--user-data-dir={folder / 'profile'}", "--remote-debugging-pipe"]
    numbers = [str(to_browser), str(from_browser)]
    command = [*ALONE, sys.executable, "-c", _AT_3_AND_4, *numbers, *words, "about:blank"]
    quiet = subprocess.DEVNULL
    inherited = (to_browser, from_browser)
    with subprocess.Popen(command, env=environment, stderr=quiet, pass_fds=inherited) as process:
        os.close(to_browser)
        os.close(from_browser)
        try:
            yield Browser(answers, commands)
        finally:
            process.kill()
            os.close(commands)
