"""The notify socket, pid 1's side: bound, never in the way of a sender, never read."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from initd.linux import notify_socket


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Where it is bound."""
    return str(tmp_path / "notify.sock")


@pytest.fixture
def bound(path: str) -> Iterator[int]:
    """Pid 1's descriptor."""
    fd = notify_socket.listen(path)
    yield fd
    os.close(fd)


@pytest.fixture
def sender() -> Iterator[socket.socket]:
    """One that does not wait where the queue is full."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sending:
        sending.setblocking(False)
        yield sending


def _fill(sender: socket.socket, path: str, data: bytes = b"WATCHDOG=1") -> int:
    for count in range(10_000):
        try:
            sender.sendto(data, path)
        except BlockingIOError:
            return count
    raise AssertionError("the queue has no end")


def test_any_user_of_the_container_may_send(bound: int, path: str) -> None:
    """Mode 0666, whatever the umask, which is what it was."""
    mode = os.stat(path).st_mode
    assert (stat.S_ISSOCK(mode), stat.S_IMODE(mode)) == (True, 0o666)
    before = os.umask(0o077)
    os.umask(before)
    assert before != 0o111


def test_it_is_a_datagram_socket_that_knows_its_senders_and_is_not_inherited(bound: int) -> None:
    """CLOEXEC, NONBLOCK, SO_PASSCRED."""
    with socket.socket(fileno=os.dup(bound)) as there:
        assert there.type == socket.SOCK_DGRAM
        assert there.getsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED) == 1
    assert (os.get_blocking(bound), os.get_inheritable(bound)) == (False, False)


def test_a_left_over_file_is_replaced_and_a_live_socket_is_not(path: str) -> None:
    """Another init's app would lose its voice."""
    first = notify_socket.listen(path)
    with pytest.raises(OSError, match="in use"):
        notify_socket.listen(path)
    os.close(first)
    os.close(notify_socket.listen(path))


def test_a_live_socket_with_a_full_queue_is_live(
    bound: int, path: str, sender: socket.socket
) -> None:
    """Its reader is slow, not gone."""
    _fill(sender, path)
    with pytest.raises(OSError, match="in use"):
        notify_socket.listen(path)


def test_only_a_socket_is_replaced(tmp_path: Path) -> None:
    """A file of somebody's."""
    file = tmp_path / "file"
    file.write_text("precious")
    with pytest.raises(OSError, match="in use"):
        notify_socket.listen(str(file))
    assert file.read_text() == "precious"


def test_the_default_places_are_those_of_the_control_socket() -> None:
    """Best first; /dev/shm is what a read-only root leaves."""
    assert notify_socket.default_paths(7) == (
        "/run/initd/notify.sock",
        "/tmp/initd-7/notify.sock",
        "/dev/shm/initd-7/notify.sock",
    )


def test_a_default_directory_is_made_and_is_not_somebody_elses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else somebody could hear what the app says, and say more in its name."""
    mine, others = tmp_path / "mine", tmp_path / "others"
    places = (str(mine / "notify.sock"), str(others / "notify.sock"))
    monkeypatch.setattr(notify_socket, "default_paths", lambda uid: places)
    os.close(notify_socket.listen(places[0]))
    assert stat.S_IMODE(mine.stat().st_mode) & 0o022 == 0
    others.mkdir()
    os.chown(others, 12345, -1)
    with pytest.raises(PermissionError, match="belongs to another user"):
        notify_socket.listen(places[1])


def test_a_full_queue_holds_senders_up_until_it_is_discarded(
    bound: int, path: str, sender: socket.socket
) -> None:
    """net.unix.max_dgram_qlen and one more; then there is room again."""
    limit = int(Path("/proc/sys/net/unix/max_dgram_qlen").read_text())
    assert _fill(sender, path) == limit + 1
    assert notify_socket.discard(bound) == limit + 1
    assert notify_socket.discard(bound) == 0
    assert _fill(sender, path) == limit + 1


def test_descriptors_and_long_datagrams_are_discarded_whole(
    bound: int, path: str, sender: socket.socket
) -> None:
    """The last holder of a pipe's end is gone: the other end reads the end of file."""
    reading, writing = os.pipe()
    sender.connect(path)
    socket.send_fds(sender, [b"BARRIER=1" * 1000], [writing])
    os.close(writing)
    assert notify_socket.discard(bound) == 1
    assert os.read(reading, 1) == b""
    os.close(reading)
