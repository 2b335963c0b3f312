"""Who answers over HTTP that all is well: initd's monitor, and others on the same interpreter."""

import shlex
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from contenders import Contender, prefixed, version_of
from field import three_checks
from peers import SUPERVISORD, supervisord_config
from workshop import Workshop

MONITOR = "initd /healthz"
XML_RPC = "supervisord XML-RPC"
HTTP_SERVER = "python -m http.server"

RPC_CONFIG = """\

[inet_http_server]
port=127.0.0.1:{port}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""
GET_STATE = (
    '<?xml version="1.0"?>'
    "<methodCall><methodName>supervisor.getState</methodName><params/></methodCall>"
)


@dataclass(frozen=True)
class Server:
    """A contender that answers on a port of 127.0.0.1."""

    contender: Contender
    port: int
    method: str
    path: str
    body: str = ""

    def request(self, keep: bool) -> str:
        """The bytes of one request, after which the connection is kept or closed."""
        head = [
            f"{self.method} {self.path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            "User-Agent: kube-probe/1.31",
            "Accept: */*",
            f"Connection: {'keep-alive' if keep else 'close'}",
        ]
        if self.body:
            head += ["Content-Type: text/xml", f"Content-Length: {len(self.body)}"]
        return "\r\n".join([*head, "", self.body])


def servers(workshop: Workshop, initd: Path | None) -> list[Server]:
    """Those that are installed here; who is missing is told by `gather`."""
    found = [http_server(workshop)]
    supervisord = shutil.which(SUPERVISORD)
    if supervisord is not None:
        found.insert(0, xml_rpc(supervisord))
    if initd is not None and initd.exists():
        found.append(monitor(workshop, str(initd.resolve())))
    return found


def monitor(workshop: Workshop, program: str) -> Server:
    """With three checks to judge."""
    port = free_port()
    options = [*three_checks(workshop), "--http", f"127.0.0.1:{port}", "--"]
    contender = Contender(MONITOR, version_of(program), prefixed(program, *options))
    return Server(contender, port, "GET", "/healthz")


def xml_rpc(program: str) -> Server:
    """The state of supervisord: the least that it answers."""
    port = free_port()

    def wrap(app: list[str], scratch: Path) -> list[str]:
        config = supervisord_config(app, scratch, RPC_CONFIG.format(port=port))
        return [program, "-n", "-c", config]

    contender = Contender(XML_RPC, version_of(program), wrap)
    return Server(contender, port, "POST", "/RPC2", GET_STATE)


def http_server(workshop: Workshop) -> Server:
    """A file of a few bytes. HTTP/1.1, as its 1.0 would close every connection."""
    port = free_port()

    def wrap(app: list[str], scratch: Path) -> list[str]:
        (scratch / "health").write_text("ok\n")
        serve = [str(workshop.plain_python), "-m", "http.server", str(port)]
        options = ["--protocol", "HTTP/1.1", "--bind", "127.0.0.1", "--directory", str(scratch)]
        script = f"{shlex.join(app)} & exec {shlex.join([*serve, *options])}"
        return ["/bin/sh", "-c", script]

    contender = Contender(HTTP_SERVER, version_of(str(workshop.plain_python)), wrap)
    return Server(contender, port, "GET", "/health")


def free_port() -> int:
    """One that nobody listens on; whoever else looks for one now could get the same."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
