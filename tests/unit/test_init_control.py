"""The control socket, over real sockets: one line in, one out, bounded in everything."""

from __future__ import annotations

import json
import os
import socket
import stat
from collections.abc import Callable, Iterator
from errno import EMFILE, ENFILE, ENOMEM
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from initd.core.life.events import Request
from initd.init.bootstrap.runtime_directory import claim
from initd.init.control import (
    BYTES_AT_MOST,
    CLIENTS_AT_MOST,
    REST,
    SECONDS_AT_MOST,
    Control,
)
from initd.linux import control_socket, hostname_file, unix_socket

NOW = 1000.0
Connect = Callable[[], socket.socket]


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    """A server at control.sock."""
    path = str(tmp_path / "control.sock")
    served = Control(control_socket.listen(path), path)
    yield served
    for fd in list(served.clients):
        served.dismiss(fd)
    os.close(served.server)


@pytest.fixture
def connect(control: Control) -> Iterator[Connect]:
    """Connects, as `initd status` does; a read that takes a minute fails the test."""
    opened: list[socket.socket] = []

    def connection() -> socket.socket:
        client = socket.socket(socket.AF_UNIX)
        opened.append(client)
        client.settimeout(60)
        client.connect(control.path)
        return client

    yield connection
    for client in opened:
        client.close()


def _received(client: socket.socket) -> bytes:
    """All that the server sends before it closes."""
    data = b""
    try:
        while chunk := client.recv(65536):
            data += chunk
    except ConnectionResetError:
        pass  # it closed with bytes of ours unread
    return data


def _answer(client: socket.socket) -> Any:
    line = _received(client)
    assert line.endswith(b"\n")
    return json.loads(line)


def _welcomed(control: Control) -> int:
    fd = control.welcome(NOW)
    assert fd is not None
    return fd


# ---- one line in, one out -------------------------------------------------------------------


def test_a_request_is_a_line_and_so_is_the_answer(control: Control, connect: Connect) -> None:
    """Then the connection is closed."""
    client = connect()
    fd = _welcomed(control)
    client.sendall(b'{"verb":"status"}\n')
    assert control.read(fd) == Request(fd, "status", "")
    control.reply(fd, {"state": "running"})
    assert _received(client) == b'{"state":"running"}\n'
    assert control.clients == {}


def test_a_verb_may_have_an_argument(control: Control, connect: Connect) -> None:
    """What else is in the object is not looked at."""
    client = connect()
    fd = _welcomed(control)
    client.sendall('{"argument": "HÜP", "verb": "signal", "more": [1]}\n'.encode())
    assert control.read(fd) == Request(fd, "signal", "HÜP")


def test_a_line_may_come_in_pieces(control: Control, connect: Connect) -> None:
    """Nothing is a request before its newline."""
    client = connect()
    fd = _welcomed(control)
    assert control.read(fd) is None
    for piece in (b'{"ver', b'b":"health"', b"}"):
        client.sendall(piece)
        assert control.read(fd) is None
    client.sendall(b"\n")
    assert control.read(fd) == Request(fd, "health", "")


def test_two_clients_are_two_requests(control: Control, connect: Connect) -> None:
    """Each has its own answer, in whatever order."""
    one, two = connect(), connect()
    first, second = _welcomed(control), _welcomed(control)
    two.sendall(b'{"verb":"stop"}\n')
    one.sendall(b'{"verb":"health"}\n')
    assert control.read(second) == Request(second, "stop", "")
    assert control.read(first) == Request(first, "health", "")
    control.reply(first, {"for": "one"})
    control.reply(second, {"for": "two"})
    assert (_answer(one), _answer(two)) == ({"for": "one"}, {"for": "two"})


def test_a_connection_is_for_one_request(control: Control, connect: Connect) -> None:
    """The second line is not read."""
    client = connect()
    fd = _welcomed(control)
    client.sendall(b'{"verb":"health"}\n{"verb":"stop"}\n')
    assert control.read(fd) == Request(fd, "health", "")
    control.reply(fd, {"healthy": True})
    assert _answer(client) == {"healthy": True}


def test_nobody_there_to_welcome_is_none(control: Control) -> None:
    """A client may be gone again before it is accepted."""
    assert control.welcome(NOW) is None


# ---- malformed requests ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"status",
        b"{}",
        b"[]",
        b"null",
        b'"verb"',
        b'["verb"]',
        b'{"verb":null}',
        b'{"verb":1}',
        b'{"verb":"signal","argument":1}',
        b'{"verb":"status"',
        b'{"verb":"status"} x',
        b"\xff\xfe\x00",
        b"GET /status HTTP/1.1\r",
        b"[" * 4000,
    ],
)
def test_a_malformed_request_is_answered_with_the_right_form(
    control: Control, connect: Connect, line: bytes
) -> None:
    """And the connection is closed; the server goes on."""
    client = connect()
    fd = _welcomed(control)
    client.sendall(line + b"\n")
    assert control.read(fd) is None
    assert _answer(client) == {"error": 'a request is one JSON line such as {"verb":"status"}'}
    assert control.clients == {}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(min_size=1, max_size=40), max_size=4))
def test_any_bytes_are_a_request_an_answer_or_a_wait(
    control: Control, connect: Connect, pieces: list[bytes]
) -> None:
    """Nothing raises, and no descriptor is left behind."""
    client = connect()
    fd = _welcomed(control)
    for piece in pieces:
        client.sendall(piece)
        request = control.read(fd)
        if request is not None or fd not in control.clients:
            break
    client.close()
    while fd in control.clients:
        if control.read(fd) is not None:
            control.reply(fd, {})
    assert control.clients == {}


def test_a_client_that_leaves_without_a_request_is_forgotten(
    control: Control, connect: Connect
) -> None:
    """Also in the middle of a line."""
    for begun in (b"", b'{"verb":'):
        client = connect()
        fd = _welcomed(control)
        client.sendall(begun)
        client.close()
        while fd in control.clients:
            assert control.read(fd) is None
    assert control.clients == {}


def test_a_client_that_leaves_before_the_answer_does_not_matter(
    control: Control, connect: Connect
) -> None:
    """No signal, no exception."""
    client = connect()
    fd = _welcomed(control)
    client.sendall(b'{"verb":"stop"}\n')
    assert control.read(fd) is not None
    client.close()
    control.reply(fd, {"ok": True})
    control.reply(fd, {"ok": "twice"})
    assert control.clients == {}


# ---- bounds ---------------------------------------------------------------------------------


def _request_of(size: int) -> bytes:
    """A request line of so many bytes, newline included."""
    empty = b'{"verb":"signal","argument":""}\n'
    return empty[:-3] + b"x" * (size - len(empty)) + empty[-3:]


@pytest.mark.parametrize("pieces", [1, 2, 7])
def test_a_request_has_so_many_bytes_and_no_more(
    control: Control, connect: Connect, pieces: int
) -> None:
    """However it is cut into pieces, and even if its newline comes with the last of them."""
    for size in (BYTES_AT_MOST, BYTES_AT_MOST + 1, BYTES_AT_MOST + 1000):
        client = connect()
        fd = _welcomed(control)
        request, step = _request_of(size), size // pieces
        got: Request | None = None
        for at in range(0, size, step):
            if fd in control.clients and got is None:
                client.sendall(request[at : at + step])
                got = control.read(fd)
        if size <= BYTES_AT_MOST:
            assert got is not None
            control.dismiss(fd)
        else:
            assert got is None, f"a request of {size} bytes was taken"
            assert _answer(client) == {"error": f"request too long: at most {BYTES_AT_MOST} bytes"}


def test_a_slow_client_has_so_many_seconds(control: Control, connect: Connect) -> None:
    """From its welcome on, not from its last byte."""
    assert control.deadline() is None
    client = connect()
    fd = _welcomed(control)
    client.sendall(b"{")
    control.read(fd)
    assert control.deadline() == NOW + SECONDS_AT_MOST
    assert control.overdue(NOW + SECONDS_AT_MOST - 0.1) == []
    assert control.overdue(NOW + SECONDS_AT_MOST) == [fd]
    control.dismiss(fd)
    assert _received(client) == b""
    assert control.deadline() is None


def test_the_deadline_is_that_of_the_first_client(control: Control, connect: Connect) -> None:
    """Whoever came later has time yet."""
    connect()
    first = _welcomed(control)
    connect()
    assert control.welcome(NOW + 3) is not None
    assert control.deadline() == NOW + SECONDS_AT_MOST
    assert control.overdue(NOW + SECONDS_AT_MOST) == [first]


def test_there_is_room_for_so_many_clients_and_then_the_door_is_closed(
    control: Control, connect: Connect
) -> None:
    """One more is turned away at once; when one has left there is room again."""
    crowd = []
    for _ in range(CLIENTS_AT_MOST):
        crowd.append(connect())
        _welcomed(control)
    for _ in range(50):
        late = connect()
        assert control.welcome(NOW) is None
        assert _received(late) == b""
    assert len(control.clients) == CLIENTS_AT_MOST
    control.dismiss(next(iter(control.clients)))
    connect()
    assert control.welcome(NOW) is not None


@pytest.mark.parametrize("error", [EMFILE, ENFILE, ENOMEM])
def test_without_a_descriptor_left_the_server_rests(
    control: Control, connect: Connect, error: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """poll(2) would report the client that waits again and again, and pid 1 would spin."""
    connect()
    with monkeypatch.context() as short:
        short.setattr(control_socket, "accept", lambda server: -error)
        assert control.welcome(NOW) is None
        assert control.deadline() == control.rests_until == NOW + REST
    control.rests_until = None
    assert control.welcome(NOW + REST) is not None


def test_an_answer_that_the_client_does_not_take_is_not_waited_for(
    control: Control, connect: Connect
) -> None:
    """It gets what the socket's buffer holds, and an end."""
    client = connect()
    fd = _welcomed(control)
    control.reply(fd, {"much": "x" * 10_000_000})
    assert control.clients == {}
    assert len(_received(client)) < 10_000_000


# ---- who may ask ----------------------------------------------------------------------------


def test_only_root_and_inits_own_user_may_ask(
    control: Control, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel says who it is; others are told so, whatever they ask."""
    monkeypatch.setattr(control_socket, "peer_uid", lambda connection: 12345)
    client = connect()
    fd = _welcomed(control)
    client.sendall(b'{"verb":"stop"}\n')
    assert control.read(fd) is None
    assert _answer(client) == {"error": "permission denied: only root and init's own user may ask"}
    assert control.clients == {}


def test_the_kernel_tells_who_connected() -> None:
    """SO_PEERCRED."""
    one, two = socket.socketpair()
    with one, two:
        assert control_socket.peer_uid(one.fileno()) == os.geteuid()


def test_the_socket_is_for_its_owner_alone(control: Control) -> None:
    """Mode 0600, and the umask is what it was."""
    mode = os.stat(control.path).st_mode
    assert (stat.S_ISSOCK(mode), stat.S_IMODE(mode)) == (True, 0o600)
    before = os.umask(0)
    os.umask(before)
    assert before != 0o177


# ---- where it is ----------------------------------------------------------------------------


def test_a_dead_socket_is_replaced_and_a_live_one_is_not(tmp_path: Path) -> None:
    """A container that was killed and started again finds its old file."""
    path = str(tmp_path / "control.sock")
    first = control_socket.listen(path)
    with pytest.raises(OSError, match="in use"):
        control_socket.listen(path)
    os.close(first)
    os.close(control_socket.listen(path))


def test_only_a_socket_is_replaced(tmp_path: Path) -> None:
    """`--socket /etc/passwd` does not delete it."""
    path = tmp_path / "file"
    path.write_text("precious")
    with pytest.raises(OSError, match="in use"):
        control_socket.listen(str(path))
    assert path.read_text() == "precious"


def test_a_default_directory_is_made_and_is_not_somebody_elses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In /tmp somebody could have made it, to answer in init's place."""
    mine, others = tmp_path / "mine", tmp_path / "others"
    places = (str(mine / "control.sock"), str(others / "control.sock"))
    monkeypatch.setattr(control_socket, "default_paths", lambda uid: places)
    os.close(control_socket.listen(places[0]))
    others.mkdir()
    os.chown(others, 12345, -1)
    with pytest.raises(PermissionError, match="belongs to another user"):
        control_socket.listen(places[1])


def test_a_default_directory_must_not_be_a_link_or_open_to_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through a link init would write where somebody else wants it to."""
    link, open_to_all = tmp_path / "link", tmp_path / "open"
    link.symlink_to(tmp_path, target_is_directory=True)
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    places = (str(link / "control.sock"), str(open_to_all / "control.sock"))
    monkeypatch.setattr(control_socket, "default_paths", lambda uid: places)
    for place in places:
        with pytest.raises(PermissionError, match="belongs to another user"):
            control_socket.listen(place)


def test_the_directory_of_a_socket_that_was_named_is_not_made(tmp_path: Path) -> None:
    """A misspelt one is said instead."""
    with pytest.raises(FileNotFoundError):
        control_socket.listen(str(tmp_path / "nwe" / "control.sock"))


def test_the_first_place_that_works_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read-only root leaves few."""
    places = (str(tmp_path / "no" / "such" / "a.sock"), str(tmp_path / "b.sock"))
    monkeypatch.setattr(control_socket, "default_paths", lambda uid: places)
    claimed = claim(None)
    os.close(claimed.socket)
    assert (claimed.path, claimed.failure, claimed.taken) == (places[1], "", {})


def test_a_missing_socket_does_not_prevent_the_start(tmp_path: Path) -> None:
    """Why not, with each place."""
    path = str(tmp_path / "no" / "such" / "a.sock")
    found = claim(path)
    assert (found.socket, found.path) == (-1, "")
    assert found.failure == f"{path}: No such file or directory"
    found = claim("/tmp/" + "x" * 200)
    assert found.socket < 0
    assert "too long" in found.failure


# ---- at the end -----------------------------------------------------------------------------


def test_a_socket_is_removed_unless_something_else_stands_in_its_place(tmp_path: Path) -> None:
    """In a /run of the app's, its user may have put a link there, or a file of another's."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link, file, socket_path = tmp_path / "link", elsewhere / "file", elsewhere / "control.sock"
    link.symlink_to(elsewhere)
    file.write_text("precious")
    os.close(control_socket.listen(str(socket_path)))
    unix_socket.remove(str(link / "control.sock"))
    assert socket_path.exists()
    unix_socket.remove(str(file))
    assert file.read_text() == "precious"
    os.chown(socket_path, 54321, -1)
    unix_socket.remove(str(socket_path))
    assert socket_path.exists()
    os.chown(socket_path, 0, -1)
    unix_socket.remove(str(socket_path))
    assert not socket_path.exists()


@pytest.mark.parametrize("taken", [True, False], ids=["link", "own"])
def test_a_host_name_of_an_earlier_start_is_removed_through_no_link(
    taken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """/run/initd -> /etc would cost the container its /etc/hostname."""
    place = tmp_path / "etc"
    place.mkdir()
    (place / "hostname").write_text("precious")
    if taken:
        (tmp_path / "initd").symlink_to(place)
    name = tmp_path / ("initd" if taken else "etc") / "hostname"
    monkeypatch.setattr(hostname_file, "HOSTNAME_FILE", str(name))
    hostname_file.remove()
    assert (place / "hostname").exists() == taken
