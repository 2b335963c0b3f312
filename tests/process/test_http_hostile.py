"""The monitor's HTTP surface against clients that mean harm, or are broken."""

from __future__ import annotations

import json
import random
import socket
import time
from contextlib import ExitStack

import pytest

from .http_server import Client, Server, serving
from .namespace import DEADLINE, alone, wait_until

MIB = 2**20
HEALTHZ = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def shake(client: Client, data: bytes) -> bytes:
    """All that is answered to `data` and the end; a reset ends it too."""
    answered = b""
    try:
        client.send(data)
        client.socket.shutdown(socket.SHUT_WR)
        while piece := client.socket.recv(65536):
            answered += piece
    except OSError:
        pass
    return answered


def load_h11(server: Server) -> None:
    """It is imported for the first request that is out of the ordinary; what is asked here is
    what each of them costs."""
    assert server.ask(b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n").status == 501


# ---- time -------------------------------------------------------------------------------------


def test_a_request_has_to_be_whole_in_time() -> None:
    """Trickling does not prolong it: 408 after the time is over, and the end."""
    with serving(bounds={"request": 0.5}) as server, server.client() as client:
        assert client.get("/healthz").status == 200
        began = time.monotonic()
        client.send(b"GET /healthz HTTP/1.1\r\n")
        client.socket.settimeout(0.05)
        answer = b""
        while not answer and time.monotonic() - began < DEADLINE:
            client.send(b"A: b\r\n")
            try:
                answer = client.socket.recv(4096)
            except TimeoutError:
                continue
        took = time.monotonic() - began
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert took > 0.4
        assert alone(took) < 5
        assert server.is_well()


def test_an_idle_connection_is_closed_in_time() -> None:
    """Without a word; also one on which nothing was ever asked."""
    with serving(bounds={"idle": 0.3, "request": 0.3}) as server:
        with server.client() as client:
            assert client.get("/healthz").status == 200
            assert client.is_closed()
        with server.client() as client:
            assert client.is_closed()
        assert server.is_well()


def test_a_client_that_does_not_read_is_cut() -> None:
    """Its answer is held for so long, and not a second time."""
    with serving(bounds={"taken": 0.5}) as server, server.client() as client:
        assert client.get("/healthz").status == 200
        before = server.descriptors()
        client.send(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
        wait_until(lambda: server.descriptors() < before, "the connection to be cut")
        assert len(b"".join(iter(lambda: client.socket.recv(65536), b""))) < 7_600_000
        assert server.is_well()


# ---- number -----------------------------------------------------------------------------------


def test_one_too_many_is_told_so() -> None:
    """503, the log says it once, and there is room again when one has left."""
    with serving(bounds={"connections": 4, "turned_away": 2}) as server, ExitStack() as stack:
        inside = [stack.enter_context(server.client()) for _ in range(4)]
        with server.client() as fifth:
            answer = fifth.get("/healthz")
            assert (answer.status, answer.closes) == (503, True)
            assert fifth.is_closed()
        assert server.event("http.full")["connections"] == 4
        assert all(each.get("/healthz").status == 200 for each in inside)
        inside[0].close()
        wait_until(server.is_well, "room to be made")


def test_who_only_waits_gives_way_to_a_new_client() -> None:
    """The one that has waited longest; slow loris does not keep kubelet out."""
    with serving(bounds={"connections": 8, "spared": 0.0}) as server, ExitStack() as stack:
        waiting = [stack.enter_context(server.client()) for _ in range(8)]
        for each in waiting[1:]:
            each.send(b"GET / HTTP/1.1\r\nHost: x\r\nSlow: ")
        for _ in range(3):
            assert server.is_well()
        assert waiting[0].is_closed()


def test_a_crowd_of_slow_clients_keeps_nobody_out() -> None:
    """Two hundred at once, with the bounds as they are: no more than a second is lost."""
    with serving() as server, ExitStack() as stack:
        load_h11(server)
        before = server.resident()
        for _ in range(200):
            client = stack.enter_context(server.client())
            try:
                client.send(b"GET / HTTP/1.1\r\nHost: x\r\nSlow: ")
            except OSError:
                pass  # turned away already
        began = time.monotonic()
        statuses = []
        while 200 not in statuses:
            statuses.append(server.get("/healthz").status)
        assert set(statuses) <= {503, 200}
        assert alone(time.monotonic() - began) < 5
        assert server.descriptors() < 64 + 16 + 20
        assert server.resident() - before < 8 * MIB


# ---- size -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nLong: " + b"a" * MIB + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"Many: b\r\n" * (MIB // 9) + b"\r\n",
        b"GET /" + b"a" * MIB + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nLong: " + b"a" * 20_000 + b"\r\n\r\n",
    ],
    ids=["one header of 1 MB", "100,000 headers", "a path of 1 MB", "a header of 20 KB"],
)
def test_a_head_that_is_too_large_is_431(data: bytes) -> None:
    """The client has sent all of it when it reads the answer, which is not lost."""
    with serving() as server:
        load_h11(server)
        before = server.resident()
        for _ in range(20):
            with server.client() as client:
                client.send(data)
                answer = client.answer()
                assert (answer.status, answer.closes) == (431, True)
        assert server.resident() - before < 2 * MIB
        assert server.is_well()


def test_a_body_without_end_is_not_taken() -> None:
    """413 before its first byte; what comes all the same is dropped, and then cut."""
    with serving(bounds={"linger": 0.3}) as server, server.client() as client:
        load_h11(server)
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
        assert client.answer().status == 413
        before = server.resident()
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            client.send(b"x" * 2**30)
        assert server.resident() - before < MIB
        assert server.is_well()


def test_a_flood_of_pipelined_requests_stays_in_the_clients_socket() -> None:
    """400,000 of them, none of the answers read."""
    with serving(bounds={"taken": 1.0}) as server:
        load_h11(server)
        before = server.resident()
        with server.client() as client, pytest.raises((BrokenPipeError, ConnectionResetError)):
            client.send(HEALTHZ * 400_000)
        assert server.resident() - before < 2 * MIB
        assert server.is_well()


# ---- nonsense ---------------------------------------------------------------------------------


def _junk(rolls: random.Random) -> bytes:
    """Random bytes; or a request in which some bytes are."""
    if rolls.random() < 0.4:
        return rolls.randbytes(rolls.randrange(0, 300))
    data = bytearray(HEALTHZ * rolls.randrange(1, 3))
    for _ in range(rolls.randrange(1, 6)):
        data[rolls.randrange(len(data))] = rolls.randrange(256)
    return bytes(data)


def _expected(answered: bytes) -> bool:
    """Nothing, or one or more answers, the last of which may be an error."""
    status = answered[9:12]
    return not answered or (answered.startswith(b"HTTP/1.1 ") and status in _STATUSES)


_STATUSES = b"200 400 404 405 413 431 501 505".split()


def test_ten_thousand_random_byte_strings_are_answered_or_dropped() -> None:
    """Each on a connection of its own: a right status, bounded memory, alive."""
    rolls = random.Random(9110)
    with serving() as server:
        for _ in range(500):
            _shake_one(server, rolls)
        before = server.resident()
        for _ in range(9_500):
            _shake_one(server, rolls)
        assert server.resident() - before < MIB
        assert server.is_well()


def _shake_one(server: Server, rolls: random.Random) -> None:
    data = _junk(rolls)
    with server.client() as client:
        answered = shake(client, data)
    assert _expected(answered), (data, answered)


def test_clients_that_vanish_at_any_moment_leave_nothing_behind() -> None:
    """With a reset, before, while or after they are answered."""
    reset = (socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    with serving() as server:
        assert server.is_well()
        before = server.descriptors()
        for number in range(500):
            with server.client() as client:
                client.socket.setsockopt(*reset)
                target = (b"/healthz", b"/status", b"/metrics", b"/")[number % 4]
                whole = b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n"
                client.send(whole[: 1 + number * 7 % len(whole)] if number % 3 else whole)
        wait_until(lambda: server.descriptors() <= before, "descriptors to be closed")
        assert server.is_well()
        server.stop()
        assert {json.loads(line)["event"] for line in server.events.rest()} <= {
            "closed",
            "http.full",
        }
