"""The monitor's HTTP surface as clients see it."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from .http_server import Client, Server, serving
from .namespace import alone, wait_until


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One for all tests that leave it as it was."""
    with serving() as one:
        yield one
        assert one.is_well()


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with server.client() as one:
        yield one


# ---- answers ----------------------------------------------------------------------------------


def test_health_has_four_questions(client: Client) -> None:
    """On one connection, one after the other."""
    for path in ("/livez", "/readyz", "/startupz", "/healthz"):
        answer = client.get(path)
        assert (answer.status, answer.reason, answer.body) == (200, "OK", b"ok\n")
        assert not answer.closes


def test_ill_health_is_503_with_the_reason() -> None:
    """For each question that the failing check counts for."""
    checks = [["db", "readiness", False, "connection refused"]]
    with serving(known={"checks": checks}) as server, server.client() as client:
        assert client.get("/livez").status == 200
        ready = client.get("/readyz")
        assert (ready.status, ready.body) == (503, b"db: connection refused\n")
        assert client.get("/readyz/db").status == 503
        assert client.get("/livez/db").status == 404


def test_every_answer_has_the_headers_of_a_careful_server(client: Client) -> None:
    """A date of now, nothing to be kept or guessed at, no name and no version."""
    for target in ("/healthz", "/status", "/metrics", "/", "/nothing"):
        headers = client.get(target).headers
        date = parsedate_to_datetime(headers["date"]).timestamp()
        assert abs(time.time() - date) < 5
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers


def test_status_is_json_after_a_fresh_look(client: Client, server: Server) -> None:
    """What pid 1 says is pulled for each."""
    first, second = (json.loads(client.get("/status").body) for _ in range(2))
    assert second["pulls"] == first["pulls"] + 1
    assert second["health"]["ready"]["ok"] is True
    assert [each["pid"] for each in second["processes"]] == [server.process.pid]


def test_head_is_get_without_a_body(client: Client) -> None:
    """And says how long it would be."""
    for target in ("/healthz", "/status", "/", "/nothing"):
        head, got = client.get(target, "HEAD"), client.get(target)
        assert (head.status, head.headers.keys()) == (got.status, got.headers.keys())
        assert int(head.headers["content-length"]) > 0


def test_http_1_0_is_answered_and_closed(client: Client) -> None:
    """It has no Host, and no connections that stay."""
    client.send(b"GET /healthz HTTP/1.0\r\n\r\n")
    assert client.answer().body == b"ok\n"
    assert client.is_closed()


def test_a_client_can_ask_for_the_close(client: Client) -> None:
    """As kubelet's probes do."""
    client.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = client.answer()
    assert answer.body == b"ok\n"
    assert answer.closes
    assert client.is_closed()


def test_an_offer_of_another_protocol_is_passed_over(client: Client) -> None:
    """HTTP/1.1 goes on."""
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    client.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + upgrade + b"\r\n")
    assert client.answer().body == b"ok\n"
    assert client.get("/healthz").body == b"ok\n"


def test_pipelined_requests_are_answered_in_order(client: Client) -> None:
    """A thousand, quick and slow ones mixed, sent before anything is read."""
    targets = ["/livez", "/status", "/nothing", "/readyz/db", "/healthz?verbose"] * 40
    data = b"".join(f"GET {each} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for each in targets)
    client.send(data)
    answers = [client.answer() for _ in targets]
    kinds = {
        "/livez": (200, b"ok\n"),
        "/status": (200, b'{"state"'),
        "/nothing": (404, b"not found"),
        "/readyz/db": (200, b"ok\n"),
        "/healthz?verbose": (200, b"ok\n[+] app"),
    }
    for target, answer in zip(targets, answers, strict=True):
        status, start = kinds[target]
        assert answer.status == status
        assert answer.body.startswith(start)


def test_a_request_may_come_byte_by_byte(client: Client) -> None:
    """It is answered when it is whole."""
    for byte in b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n":
        client.send(bytes((byte,)))
    assert client.answer().body == b"ok\n"


def test_a_half_closed_client_gets_what_it_asked_for(client: Client) -> None:
    """All of it, and then the end."""
    client.send(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\nGET /status HTTP/1.1\r\nHost: x\r\n\r\n")
    client.socket.shutdown(socket.SHUT_WR)
    assert client.answer().body == b"ok\n"
    assert client.answer().body.startswith(b'{"state"')
    assert client.is_closed()


# ---- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", 405),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        (b"get / HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        (b"G\xc3T / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /%ff HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: \x00\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", 413),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n", 413),
        (b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 413),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    ],
    ids=lambda each: each[:40].decode("latin-1") if isinstance(each, bytes) else str(each),
)
def test_what_is_not_served_is_refused_and_closed(
    client: Client, request_: bytes, status: int
) -> None:
    """With the status that says why: another method, nonsense, a body."""
    client.send(request_)
    answer = client.answer()
    assert answer.status == status
    assert answer.closes or status == 400  # %ff is a good request for a bad path
    if status in (405, 501) and b"gzip" not in request_:
        assert answer.headers["allow"] == "GET, HEAD"


def test_a_request_that_breaks_off_is_a_bad_one(client: Client) -> None:
    """The client has shut down its side in the middle."""
    client.send(b"GET /healthz HTTP/1.1\r\nHo")
    client.socket.shutdown(socket.SHUT_WR)
    assert client.answer().status == 400
    assert client.is_closed()


@pytest.mark.parametrize(("how", "status"), [("fail", 500), ("hang", 503)])
def test_an_answer_that_is_not_found_is_the_only_one_that_fails(how: str, status: int) -> None:
    """A mistake, or something that takes for ever: the client is told, others are served."""
    with serving(metrics=how, bounds={"answer": 0.2}) as server, server.client() as client:
        answer = client.get("/metrics")
        assert (answer.status, answer.closes) == (status, True)
        assert client.is_closed()
        assert server.is_well()


# ---- sockets ----------------------------------------------------------------------------------


def test_a_unix_socket_serves_and_outlives_the_server(tmp_path: Path) -> None:
    """Its file is pid 1's, for the next monitor."""
    path = str(tmp_path / "http.sock")
    with serving(unix=path) as server:
        assert server.is_well()
        server.stop()
    assert Path(path).is_socket()


def test_nobody_is_refused_between_two_servers() -> None:
    """The socket stays open in who bound it: who comes meanwhile is served by the next."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with serving(listener=listener) as first:
            assert first.is_well()
            first.stop()
        with socket.create_connection(listener.getsockname()) as waiting:
            waiting.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            with serving(listener=listener) as second:
                assert Client(waiting).answer().body == b"ok\n"
                assert second.is_well()


def test_a_server_that_closes_gives_the_answers_that_are_under_way() -> None:
    """And lets go of those who only wait, at once."""
    with serving() as server, server.client() as idle, server.client() as busy:
        assert idle.get("/healthz").status == 200
        busy.send(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        busy.socket.recv(1, socket.MSG_PEEK)
        assert server.process.stdin is not None
        server.process.stdin.close()
        assert idle.is_closed()
        assert len(busy.answer().body) == 7_600_000
        assert busy.is_closed()
        assert alone(server.event("closed")["seconds"]) < 1


# ---- many clients -----------------------------------------------------------------------------


async def _ask(port: int, times: int) -> int:
    """How many of `times` requests on one connection were answered rightly."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    right = 0
    for _ in range(times):
        writer.write(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        right += head.startswith(b"HTTP/1.1 200 ") and await reader.readexactly(3) == b"ok\n"
    writer.close()
    return right


def test_ten_thousand_requests_at_concurrency_50_are_all_answered(server: Server) -> None:
    """On connections that stay open; each may be used for as many requests as one likes."""

    async def all_of_them() -> list[int]:
        return await asyncio.gather(*(_ask(server.port, 200) for _ in range(50)))

    assert asyncio.run(all_of_them()) == [200] * 50


def test_a_thousand_connections_one_after_the_other_leave_nothing_behind(server: Server) -> None:
    """No descriptor, whoever closes first."""
    assert server.is_well()
    before = server.descriptors()
    for number in range(1000):
        with server.client() as client:
            if number % 2:
                assert client.get("/healthz").status == 200
    wait_until(lambda: server.descriptors() <= before, "descriptors to be closed")


def test_nothing_wakes_the_process_while_nobody_is_connected(server: Server) -> None:
    """Not even the timers of those who were."""
    with server.client() as client:
        assert client.get("/healthz").status == 200
    assert server.is_well()
    wait_until(lambda: _sleeps(server), "the server to come to rest")
    before = server.wake_ups()
    time.sleep(1)  # that nothing happens can't be waited for
    assert server.wake_ups() == before


def _sleeps(server: Server) -> bool:
    state = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(") ")[2][0]
    return state == "S" and len(os.listdir(f"/proc/{server.process.pid}/task")) == 1
