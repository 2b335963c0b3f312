"""Hostile words: at the control socket, at the notify socket, and as host names."""

from __future__ import annotations

import contextlib
import json
import random
import re
import socket
import subprocess
import sys
from collections.abc import Iterator

from process.namespace import INITD
from process.sleeping import ask

from initd.core.health.notify import parse
from initd.core.hostname.container import ContainerFacts
from initd.core.hostname.files import full_names, search_list
from initd.core.hostname.hosts_line import with_hostname
from initd.core.hostname.rules import check_hostname
from initd.core.hostname.template import expand

from .box import APP, PATIENCE, Box, Failure, Trial, running

MESSAGES = 80
NAMES = 700

# ---- the control socket -----------------------------------------------------------------

#: Whatever becomes of these, no stop is asked for.
REQUESTS = (
    b'{"verb":"status"}\n',
    b'{"verb":"health","argument":"ready verbose"}\n',
    b'{"verb":"signal","argument":"USR1"}\n',
    b'{"verb":"signal","argument":"-1"}\n',
    b'{"verb":"secrets"}\n',
    b'{"verb":"reload"}\n',
    b'{"verb":"maintenance","argument":"what"}\n',
    b'{"verb":{"verb":[null,1e999,-0,"\\ud800"]}}\n',
)
_PIECES = (
    b"\0",
    b"\xff\xfe",
    b'"',
    b"{" * 300,
    b"[" * 2000,
    b"9" * 4000,
    b"\n\n",
    b"\\u0000",
    b"a" * 5000,
)


def control_request(rolls: random.Random) -> bytes:
    """One that is right, nearly right, or noise."""
    if rolls.random() < 0.2:
        return rolls.randbytes(rolls.choice([0, 1, 10, 200, 4095, 4096, 4097, 9000]))
    return mutated(rolls.choice(REQUESTS), rolls)


def mutated(text: bytes, rolls: random.Random) -> bytes:
    """With up to four changes."""
    changed = bytearray(text)
    for _ in range(rolls.randint(0, 4)):
        at = rolls.randint(0, len(changed))
        way = rolls.randrange(5)
        if way == 0 and at < len(changed):
            changed[at] = rolls.randrange(256)
        elif way == 1:
            changed[at:at] = rolls.choice(_PIECES)
        elif way == 2:
            del changed[at : at + rolls.randint(1, 8)]
        elif way == 3:
            changed[at:at] = changed[: rolls.randint(0, len(changed))]
        else:
            changed[at:at] = rolls.randbytes(rolls.randint(1, 16))
    return bytes(changed[:20000])


def control(trial: Trial, rolls: random.Random) -> int:
    """Whole and in pieces, with and without waiting for an answer; some clients just stay."""
    with running(trial, trial.program("actor"), *APP) as box, contextlib.ExitStack() as staying:
        for _ in range(rolls.randint(0, 15)):
            client = staying.enter_context(_client(trial))
            client.sendall(mutated(REQUESTS[0], rolls)[:-1].replace(b"\n", b""))
        for _ in range(MESSAGES):
            _ask_strangely(trial, rolls)
        staying.close()
        _answers(trial)
        box.settle()
        box.stop(7)
    return MESSAGES


def _client(trial: Trial) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(PATIENCE)
    client.connect(str(trial.socket))
    return client


def _ask_strangely(trial: Trial, rolls: random.Random) -> None:
    request = control_request(rolls)
    cut = rolls.randint(0, len(request))
    with _client(trial) as client, contextlib.suppress(BrokenPipeError, ConnectionResetError):
        client.sendall(request[:cut])
        client.sendall(request[cut:])
        client.shutdown(socket.SHUT_WR)
        if rolls.random() < 0.7:
            while client.recv(65536):
                pass


def _answers(trial: Trial) -> None:
    status = ask(trial.socket, "status")
    if status is None or status["state"] != "running":
        raise Failure(f"status is {status}")


# ---- the notify socket -------------------------------------------------------------------

DATAGRAMS = (
    b"READY=1",
    b"READY=1\nSTATUS=Up and running",
    b"RELOADING=1\nMONOTONIC_USEC=1",
    b"STOPPING=1",
    b"WATCHDOG=1",
    b"WATCHDOG=trigger",
    b"WATCHDOG_USEC=20000000",
    b"WATCHDOG_USEC=18446744073709551615",
    b"EXTEND_TIMEOUT_USEC=99999999999999999999",
    b"MAINPID=0",
    b"MAINPID=1",
    b"MAINPID=-1",
    b"MAINPID=4194305",
    b"BARRIER=1",
    b"FDSTORE=1\nFDNAME=x",
)
#: Sends what it reads, datagrams in hexadecimal a line each, and then waits to be ended.
SEND = """
import socket, sys
sending = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sending.settimeout(10)
sending.connect("/run/initd/notify.sock")
for line in sys.stdin:
    sending.send(bytes.fromhex(line))
"""


def notify(trial: Trial, rolls: random.Random) -> int:
    """From inside of the container, as fast as they are taken: a sender is never kept for long. The
    last one says the app's own, and is heard."""
    options = ["--notify", "--notify-access", "all"]
    with running(trial, trial.program("actor"), *APP, options=options) as box:
        sent = [_datagram(rolls) for _ in range(MESSAGES)]
        _send_inside(box, [*sent, b"READY=1\nSTATUS=the last one"])
        _answers(trial)
        box.settle()
        box.stop(7)
    return MESSAGES


def _datagram(rolls: random.Random) -> bytes:
    if rolls.random() < 0.2:
        return rolls.randbytes(rolls.choice([0, 1, 50, 4096, 4097, 60000]))
    lines = rolls.choices(DATAGRAMS, k=rolls.randint(1, 3))
    datagram = mutated(b"\n".join(lines), rolls)
    # Who is named there is the app from then on: by chance that may be the sender, which ends.
    return datagram if parse(datagram).main_pid is None else lines[0]


def _send_inside(box: Box, datagrams: list[bytes]) -> None:
    inside = ["nsenter", "-t", str(box.init), "--pid", "--mount", "--"]
    done = subprocess.run(
        [*inside, sys.executable, "-I", "-S", "-c", SEND],
        input="".join(f"{datagram.hex()}\n" for datagram in datagrams),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise Failure(f"a sender ended with {done.returncode}: {done.stderr[-500:]}")


# ---- names --------------------------------------------------------------------------------

_NAME_PIECES = (
    *(
        "web",
        "a" * 63,
        "a" * 64,
        "-",
        "_",
        ".",
        "..",
        "{hostname}",
        "{domain}",
        "{env:A}",
        "{env:}",
    ),
    *(
        "{",
        "}",
        "{{.Task}}",
        "\0",
        "\n",
        " ",
        "\t",
        "ä",
        "\ud800",
        "xn--a",
        "127.0.0.1",
        "::1",
        "%s",
    ),
)
_RIGHT = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")


def names(trial: Trial, rolls: random.Random) -> int:
    """As a name, a template, a line of /etc/hosts and of resolv.conf: taken, or refused with a
    sentence, and never taken if it is wrong. One of them is what a container really starts with."""
    name = ""
    for name in _names(rolls):
        _try_name(name)
    word = name.replace("\0", "").encode(errors="surrogatepass")
    done = subprocess.run([INITD, "hostname", "--hostname", word], capture_output=True)
    if done.returncode not in (0, 125) or b"Traceback" in done.stderr:
        raise Failure(f"initd hostname --hostname {word!r}: {done.returncode}, {done.stderr!r}")
    return NAMES


def _names(rolls: random.Random) -> Iterator[str]:
    for _ in range(NAMES):
        yield "".join(rolls.choices(_NAME_PIECES, k=rolls.randint(0, 5)))


def _try_name(name: str) -> None:
    facts = ContainerFacts("web", {b"A": b"value.example"}, lambda _: f"10.0.0.2 web.{name} web\n")
    with contextlib.suppress(ValueError):
        expanded, _ = expand(name, facts, "example.com")
        check_hostname(expanded)
        if len(expanded) > 64 or not _RIGHT.fullmatch(expanded):
            raise Failure(f"taken as a host name: {expanded!r}")
        with_hostname(
            f"10.0.0.2 {name} web\n".encode(errors="replace"), expanded, "web", b"10.0.0.2"
        )
    full_names(f"10.0.0.2 {name} web.{name} web # {name}\n", "web")
    search_list(f"search {name} example.com\n")
    json.dumps(name)
