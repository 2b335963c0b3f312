"""A chosen name gets a line in /etc/hosts: in place, once, and never on the machine's own file."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from initd.linux import shared_file

from .namespace import BOUND, Container, bound, start, status_of, wait_until
from .sleeping import SLEEPS, asleep
from .test_monitor import ask

FQDN = "web1.example.org"
AS_SOMEBODY = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"]
DOCKERS = "127.0.0.1\tlocalhost\n192.0.2.9\tweb1\n"
OURS = f"192.0.2.9 {FQDN} web1"
WARNING = {
    "level": "warning",
    "logger": "initd",
    "name": FQDN,
    "breaks": "hostname -f, Java's InetAddress.getLocalHost, RabbitMQ",
    "mend": f"--hostname {FQDN}, or --add-host {FQDN}:127.0.1.1",
}


@pytest.fixture
def hosts(tmp_path: Path) -> Path:
    """What the engine would mount."""
    path = tmp_path / "hosts"
    path.write_text(DOCKERS)
    return path


def contained(hosts: Path, more: str = "", kernel: str = "web1") -> list[str]:
    """What wraps an init of a container with this name and this /etc/hosts, and no network."""
    script = f"echo {kernel} >/proc/sys/kernel/hostname; mount --bind {hosts} /etc/hosts; {more}"
    return ["unshare", "--uts", "--net", "sh", "-ec", script + 'exec "$@"', "sh"]


def told(
    before: Sequence[str], *options: str, **how: Any
) -> tuple[list[str], list[dict[str, Any]]]:
    """The lines of /etc/hosts that the app sees, and what the log says of the name."""
    with start("cat", "/etc/hosts", options=options, before=before, **how) as box:
        seen = box.stdout.rest()
        assert box.wait() == 0, box.events()
        events = box.events()
    of_name = [event for event in events if event["event"].startswith("hostname.")]
    return seen, [{key: event[key] for key in event if key != "timestamp"} for event in of_name]


# ---- where it may ---------------------------------------------------------------------------


def test_the_app_finds_the_line(hosts: Path) -> None:
    """In front of the engine's, before the app runs, and the log says so."""
    seen, events = told(contained(hosts), "--hostname", FQDN)
    assert seen == ["127.0.0.1\tlocalhost", OURS, "192.0.2.9\tweb1"]
    facts = {"name": FQDN, "addresses": ["192.0.2.9"]}
    assert events == [{"level": "info", "logger": "initd", "event": "hostname.resolvable", **facts}]


def test_a_second_start_adds_no_second_line(hosts: Path) -> None:
    """Nor does it say anything."""
    first, _ = told(contained(hosts), "--hostname", FQDN)
    assert told(contained(hosts), "--hostname", FQDN) == (first, [])


def test_a_name_that_resolves_leaves_the_file_as_it_is(hosts: Path) -> None:
    """Not even its time of change."""
    hosts.write_text(f"{DOCKERS}192.0.2.200 {FQDN}\n")
    before = hosts.stat()
    told(contained(hosts), "--hostname", FQDN)
    assert hosts.stat().st_mtime_ns == before.st_mtime_ns


def test_a_list_of_advertisers_is_read_to_its_end(hosts: Path) -> None:
    """Some mount 2 MB of them: a name that stands behind them resolves, as resolvers say."""
    advertisers = "".join(f"0.0.0.0 {at:060}.example\n" for at in range(30_000))
    hosts.write_text(DOCKERS + advertisers + f"{OURS}\n")
    assert hosts.stat().st_size > 2 << 20
    assert told(contained(hosts), "--hostname", FQDN)[1] == []


def test_without_a_chosen_name_nothing_is_added_or_said(hosts: Path) -> None:
    """Whether the kernel's short name resolves is the engine's business."""
    hosts.write_text("127.0.0.1 localhost\n")
    assert told(contained(hosts)) == (["127.0.0.1 localhost"], [])


def test_a_full_name_of_the_kernels_that_does_not_resolve_gets_a_line(hosts: Path) -> None:
    """`docker run --network none --hostname FQDN` leaves it without one."""
    hosts.write_text("127.0.0.1 localhost\n")
    seen, events = told(contained(hosts, kernel=FQDN))
    assert seen == ["127.0.0.1 localhost", f"127.0.1.1 {FQDN} web1"]
    assert [event["event"] for event in events] == ["hostname.resolvable"]


def test_an_invalid_kernel_hostname_gets_no_line(hosts: Path) -> None:
    """sethostname(2) takes any bytes."""
    seen, events = told(contained(hosts, kernel="'a.b bank.example #'"))
    assert (seen, events) == (DOCKERS.splitlines(), [])


# ---- where it may not -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("mount -o remount,ro,bind /etc/hosts; ", "/etc/hosts: Read-only file system"),
        ("mount --bind /dev/null /etc/hosts; ", "/etc/hosts: not a regular file"),
        (
            "mount -t tmpfs -o size=4k tmpfs /mnt; head -c 4090 /dev/zero | tr '\\0' '#' >/mnt/h;"
            " mount --bind /mnt/h /etc/hosts; ",
            "/etc/hosts: no room for another line",
        ),
    ],
    ids=["read-only", "a device", "a full disk"],
)
def test_where_it_can_not_be_one_warning_says_what_breaks(hosts: Path, more: str, why: str) -> None:
    """And the flag that helps. The app runs, and the file is as it was."""
    before, _ = told(contained(hosts, more))
    seen, events = told(contained(hosts, more), "--hostname", FQDN)
    assert events == [{"event": "hostname.unresolvable", **WARNING, "why": why}]
    assert seen == before


def test_another_user_than_root_is_warned(hosts: Path) -> None:
    """`docker run --user 1000`: the engine's file is root's."""
    before = [*contained(hosts), *bound(), *AS_SOMEBODY]
    seen, events = told(before, "--hostname", FQDN, launcher=BOUND)
    why = "/etc/hosts: Permission denied"
    assert events == [{"event": "hostname.unresolvable", **WARNING, "why": why}]
    assert seen == DOCKERS.splitlines()


def test_who_does_not_give_the_lock_back_does_not_hold_the_start_up(hosts: Path) -> None:
    """Half a second, and then a warning."""
    with hosts.open("r+b") as held:
        os.lockf(held.fileno(), os.F_LOCK, 0)
        _, events = told(contained(hosts), "--hostname", FQDN)
    assert [event["why"] for event in events] == ["/etc/hosts: another process holds its lock"]


# ---- whose file it is -----------------------------------------------------------------------

#: /etc is a copy, so that not even a broken init could reach the machine's; no engine has
#: mounted /etc/hosts.
OWN_ETC = "mount -t tmpfs tmpfs /mnt; cp -a /etc/. /mnt; mount --bind /mnt /etc;"
OWN_ETC += f" umount /etc/hosts 2>/dev/null || true; printf '{DOCKERS}' >/etc/hosts; "
OWN_ETC += "echo {kernel} >/proc/sys/kernel/hostname; {more}"


def on_machine(kernel: str = "web1", more: str = "") -> list[str]:
    """What wraps an init that shares the file of a whole machine."""
    script = OWN_ETC.format(kernel=kernel, more=more)
    return ["unshare", "--mount", "--uts", "sh", "-ec", script + 'exec "$@"', "sh"]


@pytest.mark.parametrize("pid_1", [True, False], ids=["pid 1", "a guest"])
def test_a_machines_file_is_left_alone(pid_1: bool) -> None:
    """In a shell, as root, with a name; also where only the pids are a container's own."""
    seen, events = told(on_machine(), "--hostname", FQDN, pid_1=pid_1)
    assert seen == DOCKERS.splitlines()
    why = "/etc/hosts: not mounted by a container engine, so it may be the host's"
    assert events == [{"event": "hostname.unresolvable", **WARNING, "why": why}]


def test_a_machines_own_name_is_not_inits_business() -> None:
    """Whether it resolves or not."""
    assert told(on_machine(kernel=FQDN)) == (DOCKERS.splitlines(), [])


def test_under_another_init_an_engines_file_is_known_by_its_mount() -> None:
    """`docker run --init`."""
    mount = "cp /etc/hosts /etc/its-hosts; mount --bind /etc/its-hosts /etc/hosts; "
    seen, _ = told(on_machine(more=mount), "--hostname", FQDN, pid_1=False)
    assert OURS in seen


# ---- two at once ----------------------------------------------------------------------------


def test_inits_that_share_the_file_lose_none_of_their_lines(hosts: Path) -> None:
    """`--network container:NAME` shares it; three of one name, and three of others."""
    names = [FQDN] * 3 + [f"app{number}.example.org" for number in range(3)]
    boxes = [start("true", before=contained(hosts), options=["--hostname", each]) for each in names]
    for box in boxes:
        with box:
            assert box.wait() == 0
    lines = hosts.read_text().splitlines()
    assert sorted(lines) == sorted(
        [
            *DOCKERS.splitlines(),
            OURS,
            *(f"192.0.2.9 app{number}.example.org app{number}" for number in range(3)),
        ]
    )


def test_a_writer_waits_for_the_one_before_it(hosts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second begins between the first one's look and its write."""
    reading, writing = os.pipe()
    child = 0

    def first(text: bytes) -> bytes:
        nonlocal child
        child = os.fork()
        if child == 0:
            # From here on the second; it tells when it has found the lock taken, or is through.
            monkeypatch.setattr(shared_file, "sleep", lambda _: os.write(writing, b"waits"))
            shared_file._TRIES = 10**6
            shared_file.lengthen(str(hosts), lambda text: text + b"the second\n")
            os.write(writing, b"is through")
            os._exit(0)
        assert os.read(reading, 100).startswith(b"waits")
        return text + b"the first\n"

    shared_file.lengthen(str(hosts), first)
    assert os.waitpid(child, 0)[1] == 0
    assert hosts.read_text() == DOCKERS + "the first\nthe second\n"
    os.close(reading)
    os.close(writing)


def test_who_reads_meanwhile_never_reads_less(hosts: Path) -> None:
    """The file is neither cut nor replaced: its inode stays, and so do readers' descriptors."""
    with hosts.open("rb") as early:
        told(contained(hosts), "--hostname", FQDN)
        assert OURS.encode() in early.read()


# ---- looked after ---------------------------------------------------------------------------


def rewritten(hosts: Path, text: str = DOCKERS) -> None:
    """As a kubelet does when it starts another container of the pod: in place."""
    hosts.write_text(text)


def is_there(hosts: Path) -> bool:
    return OURS in hosts.read_text().splitlines()


@contextlib.contextmanager
def looked_after(hosts: Path, *options: str) -> Iterator[Container]:
    """An init whose app runs, and whose line is in the file."""
    given = ["--hostname", FQDN, *options]
    with start("sleep", "100", options=given, before=contained(hosts)) as box:
        box.event("app.started")
        assert is_there(hosts)
        yield box
        end(box)


def switches(box: Container) -> str:
    """How often pid 1 has gone to wait."""
    return status_of(box.init_pid)["voluntary_ctxt_switches"]


def at_rest(box: Container) -> None:
    """Waits until nothing wakes pid 1 any more."""

    def rests() -> bool:
        before = switches(box)
        time.sleep(0.1)
        return switches(box) == before

    wait_until(rests, "its start is over")


def end(box: Container) -> list[dict[str, Any]]:
    """Stops it, if it runs, and returns its log."""
    if box.process.poll() is None:
        box.kill(signal.SIGTERM)
        box.wait()
    return box.events()


@pytest.mark.parametrize("options", [["--no-sleep"], SLEEPS], ids=["awake", "asleep"])
def test_a_line_that_is_gone_is_back_when_the_next_probe_has_asked(
    hosts: Path, options: Sequence[str]
) -> None:
    """The probe is answered as ever. Each time, and the log says so each time."""
    with looked_after(hosts, *options) as box:
        for _ in range(2):
            if options is SLEEPS:
                asleep(box.init_pid)
            rewritten(hosts)
            assert box.verb("health", "--live").returncode == 0
            wait_until(lambda: is_there(hosts), "the line is there")
        told = [each for each in end(box) if each["event"] == "hostname.resolvable"]
        assert len(told) == 3


def test_a_line_that_is_gone_is_back_by_a_check_of_the_app(hosts: Path) -> None:
    """Nobody asks init: the monitor is awake for the check, and wakes pid 1."""
    with looked_after(hosts, "--check", "app process period=0.2") as box:
        for _ in range(2):
            at_rest(box)
            rewritten(hosts)
            wait_until(lambda: is_there(hosts), "the line is there")


def test_a_line_that_is_gone_is_back_when_somebody_asks_over_http(hosts: Path) -> None:
    """Where the kubelet's probes are all that there is."""
    with looked_after(hosts, "--http", "/run/initd/http.sock") as box:
        wait_until(lambda: ask(box, "/livez")[0] == 200, "the monitor serves")
        rewritten(hosts)
        assert ask(box, "/livez")[0] == 200
        wait_until(lambda: is_there(hosts), "the line is there")


def test_a_file_that_has_the_name_otherwise_and_one_that_is_empty_are_left_alone(
    hosts: Path,
) -> None:
    """A pod's hostAliases; and a writer that has emptied the file is about to fill it."""
    with looked_after(hosts, "--no-sleep") as box:
        for text in (f"{DOCKERS}192.0.2.200 {FQDN}\n", ""):
            rewritten(hosts, text)
            assert box.verb("health", "--live").returncode == 0
            assert box.status()["state"] == "running"
            assert hosts.read_text() == text
        rewritten(hosts)
        assert box.verb("health", "--live").returncode == 0
        wait_until(lambda: is_there(hosts), "the line is there")


def test_one_that_can_not_be_written_any_more_is_told_of_once(hosts: Path) -> None:
    """With what breaks."""
    with looked_after(hosts, "--no-sleep") as box:
        inside = ["nsenter", "-t", str(box.init_pid), "--mount"]
        mount = ["mount", "-o", "remount,ro,bind", "/etc/hosts"]
        subprocess.run([*inside, *mount], check=True)
        rewritten(hosts)
        for _ in range(3):
            assert box.verb("health", "--live").returncode == 0
        assert box.status()["state"] == "running"
        told = [each for each in end(box) if each["event"] == "hostname.unresolvable"]
    assert [each["why"] for each in told] == ["/etc/hosts: Read-only file system"]


def test_nobody_looks_where_there_is_nothing_to_look_after(hosts: Path) -> None:
    """A name that the kernel has, too, is the engine's line."""
    hosts.write_text(f"127.0.0.1\tlocalhost\n192.0.2.9\t{FQDN}\n")
    with start("sleep", "100", options=["--no-sleep"], before=contained(hosts, kernel=FQDN)) as box:
        box.event("app.started")
        rewritten(hosts, "127.0.0.1 localhost\n")
        assert box.verb("health", "--live").returncode == 0
        assert box.status()["state"] == "running"
        assert hosts.read_text() == "127.0.0.1 localhost\n"
        end(box)


def test_while_nothing_changes_nobody_wakes_up_for_it(hosts: Path) -> None:
    """Neither awake nor asleep."""
    for options in (["--no-sleep"], SLEEPS):
        with looked_after(hosts, *options) as box:
            if options is SLEEPS:
                asleep(box.init_pid)
            at_rest(box)
            before = switches(box)
            time.sleep(0.5)
            assert switches(box) == before
