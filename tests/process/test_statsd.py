"""StatsD over real sockets: what a relay gets, and what its absence can't do."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from initd.config.values.statsd_address import read_address
from initd.monitor import resolver
from initd.monitor.statsd import StatsdReporter
from initd.monitor.tasks import all_tasks, current_task, readable, sleep, timeout
from initd.monitor.tasks import run as run_task

from .namespace import DEADLINE, alone
from .stand_in import StandIn

#: An interval that never ends within a test.
NEVER = 1000.0
TAGS = r"#[^,|#\s]+(,[^,|#\s]+)*"
LINE = re.compile(
    rf"[a-z_.]+:\d+(\.\d+)?\|(g|c|ms)\|{TAGS}"
    rf"|_sc\|[a-z_.]+\|[0-3]\|{TAGS}\|m:[^|]*"
    rf"|_e\{{\d+,\d+\}}:[^|]+\|[^|]+\|t:warning\|{TAGS}"
)
EXIT = {"pid": 9, "code": 137, "signal": "KILL", "asked": False, "after_seconds": 1.5}


class Relay:
    """The reading end: checks the syntax of every line that it gets."""

    def __init__(self, family: int, place: Any) -> None:
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.bind(place)
        self.socket.settimeout(DEADLINE)
        self.sizes: list[int] = []

    @property
    def port(self) -> int:
        port: int = self.socket.getsockname()[1]
        return port

    def next(self) -> list[str]:
        """The lines of the next datagram."""
        return self._checked(self.socket.recv(65536))

    def waiting(self) -> list[str]:
        """The lines of all datagrams that are there."""
        lines = []
        self.socket.setblocking(False)
        try:
            while True:
                lines += self.next()
        except BlockingIOError:
            return lines
        finally:
            self.socket.settimeout(DEADLINE)

    def _checked(self, data: bytes) -> list[str]:
        self.sizes.append(len(data))
        lines = data.decode().split("\n")
        assert all(map(LINE.fullmatch, lines)), lines
        return lines

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def udp(port: int = 0) -> Relay:
    return Relay(socket.AF_INET, ("127.0.0.1", port))


def unix(path: Path) -> Relay:
    path.unlink(missing_ok=True)
    return Relay(socket.AF_UNIX, str(path))


@pytest.fixture(params=["IPv4", "IPv6", "unix"])
def relay(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Relay, str]]:
    """A relay and its address."""
    if request.param == "unix":
        with unix(tmp_path / "relay") as found:
            yield found, f"unix://{tmp_path / 'relay'}"
    elif request.param == "IPv6":
        with Relay(socket.AF_INET6, ("::1", 0)) as found:
            yield found, f"[::1]:{found.port}"
    else:
        with udp() as found:
            yield found, f"127.0.0.1:{found.port}"


class LogOfTests:
    """As MonitorLog: what is logged while capture_logs() runs."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def _note(self, event: str, **facts: Any) -> None:
        self.events.append({"event": event, **facts})

    debug = info = warning = recovery = _note


LOG = LogOfTests()


@contextmanager
def capture_logs() -> Iterator[list[dict[str, Any]]]:
    """The events of all reporters meanwhile."""
    LOG.events = []
    yield LOG.events


def reporter_to(address: str, state: StandIn | None = None, **more: Any) -> StatsdReporter:
    return StatsdReporter(state or StandIn(), read_address(address), LOG, **more)


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """On an event loop, as in the monitor."""

    async def bounded() -> None:
        with timeout(DEADLINE):
            await test()

    run_task(bounded())


def values(lines: list[str]) -> dict[str, str]:
    """Value and type by name; tags are left out."""
    found = (line.split("|") for line in lines if not line.startswith("_"))
    return {pair.partition(":")[0]: f"{pair.partition(':')[2]}|{kind}" for pair, kind, _ in found}


# ---- what is told ---------------------------------------------------------------------------


def test_a_relay_gets_every_fact_with_the_workloads_tags(relay: tuple[Relay, str]) -> None:
    """Over UDP and unix sockets; nothing in a datagram is longer than it may be."""
    there, address = relay
    state = StandIn()
    state.checks(*(f"check-{number}" for number in range(32)))
    reporter = reporter_to(address, state, tags=["team:a b"])
    state.answer(seconds=0.0125)
    reporter.flush()
    lines = there.waiting()
    found = values(lines)
    assert found["initd.app.up"] == "1|g"
    assert found["initd.app.restarts"] == "2|c"
    assert found["initd.ready"] == "1|g"
    assert int(found["initd.app.resident_memory"].partition("|")[0]) > 1 << 20
    tags = "hostname:web-1.example.org,role:web,revision:5b76c39,profile:unicorn,team:a_b"
    assert all(tags in line for line in lines)
    assert f"initd.check.duration:12.5|ms|#check:db,{tags}" in lines
    assert f"initd.check.answers:1|c|#check:db,result:passed,{tags}" in lines
    assert f"initd.check.passing:1|g|#check:check-31,check_role:readiness,{tags}" in lines
    assert f"initd.signals.received:3|c|#signal:HUP,{tags}" in lines
    limit = 8192 if address.startswith("unix") else 1432
    assert len(there.sizes) > 1 or address.startswith("unix")
    assert max(there.sizes) <= limit


def test_what_is_unknown_gets_no_tag() -> None:
    """A container without a role has no tag for it."""
    with udp() as there:
        state = StandIn(role=None, revision=None, profile=None)
        reporter_to(f"127.0.0.1:{there.port}", state).flush()
        assert "initd.app.up:1|g|#hostname:web-1.example.org" in there.waiting()


def test_a_counter_is_told_once() -> None:
    """The next report has what came since."""
    with udp() as there:
        state = StandIn()
        reporter = reporter_to(f"127.0.0.1:{there.port}", state)
        reporter.flush()
        there.waiting()
        state.change(restarts=5)
        reporter.flush()
        found = values(there.waiting())
        assert found["initd.app.restarts"] == "3|c"
        assert "initd.orphans.reaped" not in found
        assert "initd.check.duration" not in found


def test_a_second_monitor_does_not_tell_what_the_first_one_told() -> None:
    """Counters of pid 1 outlive the monitor; a relay adds up what it gets."""
    with udp() as there:
        state = StandIn(monitor={"pid": 5, "restarts": 1})
        reporter = reporter_to(f"127.0.0.1:{there.port}", state)
        state.change(restarts=3)
        state.answer()
        reporter.flush()
        found = values(there.waiting())
        assert found["initd.app.restarts"] == "1|c"
        assert found["initd.check.answers"] == "1|c"
        assert "initd.signals.received" not in found
        assert "initd.monitor.restarts" not in found


def test_service_checks_say_what_health_says() -> None:
    """0 is OK, 2 is critical; and why."""
    with udp() as there:
        state = StandIn(state="stopping")
        reporter_to(f"127.0.0.1:{there.port}", state).flush()
        checks = {line.split("|")[1]: line for line in there.waiting() if line.startswith("_sc")}
        assert {name: line.split("|")[2] for name, line in checks.items()} == {
            "initd.live": "0",
            "initd.started": "0",
            "initd.ready": "2",
            "initd.healthy": "0",
        }
        assert checks["initd.ready"].endswith("|m:the app is being stopped")


@pytest.mark.parametrize("asked", [False, True])
def test_an_end_that_nobody_asked_for_is_an_event(asked: bool) -> None:
    """Told once; a stop is none."""
    with udp() as there:
        state = StandIn()
        reporter = reporter_to(f"127.0.0.1:{there.port}", state)
        state.change(last_exit=EXIT | {"asked": asked})
        reporter.flush()
        reporter.flush()
        events = [line for line in there.waiting() if line.startswith("_e")]
        assert len(events) == (not asked)
        if events:
            assert ":The app ended by itself: signal KILL|unicorn -p 80, pid 9|" in events[0]


# ---- when -----------------------------------------------------------------------------------


def test_a_report_comes_at_the_start_and_then_every_interval() -> None:
    """Each after a look at pid 1's counters, and nothing else wakes the monitor."""

    async def test() -> None:
        with udp() as there:
            there.socket.setblocking(False)
            state = StandIn()
            reporter = reporter_to(f"127.0.0.1:{there.port}", state, interval=0.2)
            began, reports = time.monotonic(), 0
            reporter.start()
            while reports < 3:
                await readable(there.socket.fileno())
                data = there.socket.recv(65536)
                reports += data.count(b"initd.app.up:")
                assert state.pulled == reports or b"initd.app.up:" not in data
            took = time.monotonic() - began
            assert took >= 0.4
            assert alone(took) < 5
            await reporter.close()

    run(test)


def test_a_change_of_the_apps_state_is_told_at_once() -> None:
    """Before `changed` returns: an app that ended may take the container with it."""

    async def test() -> None:
        with udp() as there:
            state = StandIn()
            reporter = reporter_to(f"127.0.0.1:{there.port}", state, interval=NEVER)
            state.change(orphans_reaped=7)
            reporter.changed()
            assert there.waiting() == [], "that can wait"
            gone = {**state.view["app"], "pid": None, "since": None}
            state.change(state="sweeping", app=gone, last_exit=EXIT)
            reporter.changed()
            found = values(there.waiting())
            assert (found["initd.app.up"], found["initd.app.last_exit.code"]) == ("0|g", "137|g")
            assert found["initd.orphans.reaped"] == "7|c"
            reporter.changed()
            assert there.waiting() == [], "it is told"

    run(test)


def test_closing_sends_what_is_left_and_stops_the_clock() -> None:
    """No report comes after that."""

    async def test() -> None:
        with udp() as there:
            state = StandIn()
            reporter = reporter_to(f"127.0.0.1:{there.port}", state, interval=NEVER)
            reporter.start()
            await sleep(0)  # the report's task has its turn
            assert there.next()
            there.waiting()
            state.change(restarts=9)
            await reporter.close()
            assert values(there.waiting())["initd.app.restarts"] == "7|c"
            assert all_tasks() == {current_task()}

    run(test)


# ---- a relay that is away, or slow ----------------------------------------------------------


def test_a_relay_that_goes_away_and_comes_back() -> None:
    """Over UDP. What counters have grown meanwhile is told then; the log has two lines."""
    state = StandIn()
    with udp() as there:
        port = there.port
        reporter = reporter_to(f"127.0.0.1:{port}", state)
        reporter.flush()
        assert there.waiting()
    with capture_logs() as log:
        for restarts in (3, 4, 5):
            state.change(restarts=restarts)
            reporter.flush()
        assert [each["event"] for each in log] == ["statsd.unreachable"]
        assert (log[0]["relay"], log[0]["why"]) == (f"127.0.0.1:{port}", "Connection refused")
        with udp(port) as there:
            reporter.flush()
            found = values(there.waiting())
            assert found["initd.app.restarts"] == "3|c"
            dropped = int(found["initd.statsd.dropped"].removesuffix("|c"))
            reporter.flush()
        assert dropped >= 3
        assert [each["event"] for each in log] == ["statsd.unreachable", "statsd.reachable"]
        assert log[1]["dropped"] == dropped


def test_a_unix_relay_that_is_restarted_loses_nothing(tmp_path: Path) -> None:
    """The new one is another socket at the same path, found at the first refusal."""
    path = tmp_path / "relay"
    state = StandIn()
    with unix(path) as there:
        reporter = reporter_to(f"unix://{path}", state)
        reporter.flush()
        assert there.waiting()
    with capture_logs() as log, unix(path) as there:
        state.change(restarts=3)
        reporter.flush()
        assert values(there.waiting())["initd.app.restarts"] == "1|c"
        assert log == []


def test_a_unix_relay_that_is_not_there_yet(tmp_path: Path) -> None:
    """The same as one that went away."""
    path = tmp_path / "relay"
    reporter = reporter_to(f"unix://{path}")
    with capture_logs() as log:
        reporter.flush()
        reporter.flush()
        with unix(path) as there:
            reporter.flush()
            assert values(there.waiting())["initd.app.restarts"] == "2|c"
    assert [each["event"] for each in log] == ["statsd.unreachable", "statsd.reachable"]
    assert log[0]["why"] == "No such file or directory"


def test_a_relay_that_does_not_read_is_not_waited_for(tmp_path: Path) -> None:
    """Its socket is full after a few datagrams: they are dropped, counted, and what
    counters have grown comes when there is room again."""
    path = tmp_path / "relay"
    with unix(path) as there:
        state = StandIn()
        reporter = reporter_to(f"unix://{path}", state)
        with capture_logs() as log:
            restarts = 2
            while not log:  # a blocking socket would hang here
                restarts += 1
                state.change(restarts=restarts)
                reporter.flush()
            assert log[0]["event"] == "statsd.unreachable"
            told = [line for line in there.waiting() if line.startswith("initd.app.restarts:")]
            reporter.flush()
            told += [line for line in there.waiting() if line.startswith("initd.app.restarts:")]
        assert sum(int(line.split(":")[1].split("|")[0]) for line in told) == restarts


# ---- names ----------------------------------------------------------------------------------


def test_a_name_is_looked_up_once_and_again_after_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not for every report: a resolver is on the network."""
    asked = []
    real = socket.getaddrinfo

    def look_up(
        host: bytes, port: int, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> Any:
        if flags & socket.AI_NUMERICHOST:
            return real(host, port, family, type, proto, flags)
        asked.append(host)
        return real("127.0.0.1", port, family, type, proto, flags)

    monkeypatch.setattr(resolver, "getaddrinfo", look_up)

    async def test() -> None:
        with udp() as there:
            port = there.port
            relay = reporter_to(f"relay.example.org:{port}", interval=NEVER)._relay
            for _ in range(3):
                await relay.look_up()
                assert relay.send([b"initd.x:1|c|#a:b"]) == 1
        assert asked == [b"relay.example.org"]
        with capture_logs():
            assert relay.send([b"initd.x:1|c|#a:b"]) == 0
        await relay.look_up()
        await relay.look_up()
        assert len(asked) == 2
        relay.close()

    run(test)


def test_a_name_that_nobody_knows_is_said_once() -> None:
    """And nothing else happens: the next report looks again."""

    async def test() -> None:
        reporter = reporter_to("nobody.invalid:8125", interval=NEVER)
        with capture_logs() as log:
            await reporter._refresh_and_flush()
            await reporter._refresh_and_flush()
            await reporter.close()
        assert [each["event"] for each in log] == ["statsd.unreachable"]
        assert log[0]["relay"] == "nobody.invalid:8125"

    run(test)
