"""examples/fleet/registry as it is served: two real registries, and a real nginx before them."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from docker.waiting import PATIENCE, eventually

EXAMPLE = Path(__file__).parents[2] / "examples" / "fleet" / "registry"
BUILDER = ("builder", "of-images")
HOST = ("host", "that-pulls")


def slowly(rate: str) -> tuple[str, str]:
    """A change of nginx.conf: so many bytes a second come from a registry, for each request."""
    size = "client_max_body_size 0;"
    return size, f"{size}\n    proxy_limit_rate {rate};"


@dataclass(frozen=True)
class Answer:
    """Of nginx, to curl."""

    status: int
    headers: dict[str, str]
    body: bytes


class Registry:
    """A folder, and what runs in it: use it in a `with`."""

    def __init__(self, changes: Iterable[tuple[str, str]] = ()) -> None:
        """`changes`: what is replaced in nginx.conf by what, such as a time-out."""
        # nginx's worker processes have another user, and read the password files.
        self.folder = Path(tempfile.mkdtemp(prefix="initd-registry-"))
        self.folder.chmod(0o755)
        self.port, self.plain, *self.registries = free_ports(4)
        self.configure(changes)
        for file, (user, password) in (
            ("readers", HOST),
            ("readers", BUILDER),
            ("pushers", BUILDER),
        ):
            words = [str(EXAMPLE / "password"), str(self.folder / file), user]
            subprocess.run(words, input=password, text=True, check=True, timeout=PATIENCE)
        self._serving: subprocess.Popen[bytes] | None = None

    def configure(self, changes: Iterable[tuple[str, str]]) -> None:
        """The example's files, with ports that are free here. Beside TLS it listens without, on
        the loopback interface: so that fifty clients cost two cores less."""
        listen = (EXAMPLE / "listen.conf").read_text().replace("443", f"127.0.0.1:{self.port}")
        (self.folder / "listen.conf").write_text(f"{listen}listen 127.0.0.1:{self.plain};\n")
        upstreams = (EXAMPLE / "upstreams.conf").read_text()
        for number, port in enumerate(self.registries, 5001):
            upstreams = upstreams.replace(f":{number}", f":{port}")
        (self.folder / "upstreams.conf").write_text(upstreams)
        config = (EXAMPLE / "nginx.conf").read_text()
        for old, new in changes:
            assert old in config
            config = config.replace(old, new)
        (self.folder / "nginx.conf").write_text(config)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def start(self) -> None:
        with (self.folder / "serve.log").open("ab") as log:
            self._serving = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", EXAMPLE / "serve", self.folder],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        eventually(self._ready, what="nginx and both registries answer")

    def _ready(self) -> bool:
        assert self._serving is not None
        if self._serving.poll() is not None:
            raise AssertionError((self.folder / "serve.log").read_text())
        return all(map(_listens, (self.plain, *self.registries)))

    def stop(self) -> None:
        if self._serving is not None:
            self._serving.terminate()
            self._serving.wait(timeout=PATIENCE)

    # --- what is done to its parts ----------------------------------------------------------

    def signal(self, port: int, number: int) -> None:
        """To the registry at that port."""
        os.kill(int((self.folder / f"registry-{port}.pid").read_text()), number)

    def revive(self, port: int) -> None:
        """Starts the one that was killed, as whatever looks after it would."""
        words = [str(EXAMPLE / "registry"), str(self.folder), f"127.0.0.1:{port}"]
        words = ["setpriv", "--pdeathsig", "KILL", *words]
        with (self.folder / f"registry-{port}.log").open("ab") as log:
            process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        (self.folder / f"registry-{port}.pid").write_text(str(process.pid))
        eventually(lambda: _listens(port), what="the registry answers")

    def reload(self) -> None:
        os.kill(int((self.folder / "nginx.pid").read_text()), signal.SIGHUP)

    def empty_the_cache(self) -> None:
        for file in (self.folder / "cache").rglob("*"):
            file.unlink(missing_ok=True)

    def environment(self) -> dict[str, str]:
        """Of somebody who builds: curl has the password and the certificate."""
        netrc = self.folder / "home" / ".netrc"
        netrc.parent.mkdir(mode=0o700, exist_ok=True)
        netrc.write_text(f"machine 127.0.0.1 login {BUILDER[0]} password {BUILDER[1]}\n")
        certificate = str(self.folder / "certificate.pem")
        return {**os.environ, "HOME": str(netrc.parent), "CURL_CA_BUNDLE": certificate}

    def tool(self, name: str, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """A program of the example's; what it says when it fails is in the error."""
        done = subprocess.run(
            [EXAMPLE / name, *words],
            env={**self.environment(), **environ},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done
        return done

    # --- what it is asked -------------------------------------------------------------------

    @property
    def host(self) -> str:
        """As images are named. Docker trusts any certificate of this address."""
        return f"127.0.0.1:{self.port}"

    def url(self, path: str, *, tls: bool = False) -> str:
        return f"https://{self.host}{path}" if tls else f"http://127.0.0.1:{self.plain}{path}"

    def ask(
        self,
        path: str,
        *words: str | Path,
        user: tuple[str, str] | None = HOST,
        tls: bool = False,
    ) -> Answer:
        """`curl WORDS`, with the certificate checked."""
        said = ["--user", ":".join(user)] if user else []
        trust = ["--cacert", str(self.folder / "certificate.pem")]
        command = ["curl", "--silent", "--show-error", "--include", *trust, *said, *map(str, words)]
        address = path if path.startswith("http") else self.url(path, tls=tls)
        done = subprocess.run([*command, address], capture_output=True, timeout=PATIENCE)
        assert done.returncode == 0, done
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        while body.startswith(b"HTTP/"):  # after 100 Continue
            head, _, body = body.partition(b"\r\n\r\n")
        first, *rest = head.decode().splitlines()
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in rest)
        }
        return Answer(int(first.split()[1]), headers, body)

    def begin_upload(
        self, name: str, *, user: tuple[str, str] = BUILDER, tls: bool = False
    ) -> Answer:
        """With which each push begins; the answer says where to go on."""
        path = f"/v2/{name}/blobs/uploads/"
        return self.ask(path, "--request", "POST", user=user, tls=tls)

    # --- what is known of it ----------------------------------------------------------------

    def file_of(self, blob: str) -> Path:
        """Where the store has it."""
        kind, _, digest = blob.partition(":")
        store = self.folder / "store/docker/registry/v2/blobs"
        return store / kind / digest[:2] / digest / "data"

    def sender_of(self, blob: str) -> int | None:
        """The port of the registry that is reading it."""
        for port in self.registries:
            pid = (self.folder / f"registry-{port}.pid").read_text().strip()
            for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(FileNotFoundError):
                    if os.readlink(descriptor) == str(self.file_of(blob)):
                        return port
        return None

    def log(self) -> list[dict[str, Any]]:
        """Of nginx: an object for each request that has been answered."""
        return [json.loads(line) for line in (self.folder / "access.log").read_text().splitlines()]

    def fetched(self, since: int = 0) -> dict[str, list[str]]:
        """Which registries were asked for each blob, once for each time, from that line of the log
        on."""
        asked: dict[str, list[str]] = {}
        for line in self.log()[since:]:
            if line["method"] == "GET" and "/blobs/" in line["uri"] and line["upstream"]:
                blob = line["uri"].rpartition("/")[2]
                asked.setdefault(blob, []).extend(re.split(", | : ", line["upstream"]))
        return asked


def free_ports(count: int) -> list[int]:
    """Of the loopback interface, all different."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
