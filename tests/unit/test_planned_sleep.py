"""What a start plan has for a pid 1 that sleeps from the start, and what it makes of it when it
wakes up."""

from __future__ import annotations

import calendar
import random
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from initd.config.command_line import read
from initd.config.resolve import resolve
from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.plain import from_plain
from initd.core.settings import Settings
from initd.core.start_plan import AppName, Asleep
from initd.core.supervisor import Supervisor
from initd.init import children, first_waking
from initd.init.log import log
from initd.init.planned_sleep import Awake, asleep_at_once, policy_for
from initd.init.sleep import orders
from initd.json_codec import decode
from initd.linux.environment import environment_of
from initd.linux.stderr import Stderr
from initd.log_line import JSON, PLAIN

HERE = Path(__file__).parent
SHIM = HERE.parents[1] / "shim"
TIME, CLOCK = "2026-11-29T03:04:05.678Z", "03:04:05.678"


def settings_of(*argv: str) -> Settings:
    """For these words of a command line."""
    return resolve(read(argv, {}), {b"PATH": b"/bin"}, "abc", "/library")


def planned(*argv: str) -> Asleep:
    """What the plan has for them."""
    return asleep_at_once(settings_of(*argv), {b"ADDED": b"1"})


def filled(text: bytes) -> str:
    """With what the launcher puts in its places, for app 3."""
    for place, value in (("\1", "5"), ("\2", "3"), ("\3", TIME), ("\4", CLOCK)):
        text = text.replace(place.encode(), value.encode())
    return text.decode()


# ---- the log --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ["-v", "app"],
        ["--log-level", "info", "--log-format", "console", "app", "an argument"],
        ["-vv", "app", "987654320", "0000-00-00T00:00:00.000Z", "\1\2\3\4"],
        ["-v", "--grace", "2", "--stop-plan", "USR1:5 TERM", "app"],
        [
            "-v",
            "--profile",
            "apachectl",
            "--log-format",
            "console",
            "--grace",
            "1",
            "app",
            "\udc80ä",
        ],
    ],
    ids=ascii,
)
def test_the_first_lines_are_those_that_the_log_would_write(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the command's words are."""
    settings, written = settings_of(*words), list[bytes]()

    def write(stderr: Stderr, line: bytes) -> bool:
        written.append(line)
        return True

    monkeypatch.setattr("initd.log_line.timestamp", lambda late: TIME)
    monkeypatch.setattr(Stderr, "write", write)
    style = PLAIN if settings.log_format == "console" else JSON
    expected = log.Log(settings.log_depth, style)
    from initd.init.start import foreseeable_warnings

    for line in foreseeable_warnings(settings):
        expected(*line)
    supervisor = Supervisor(policy_for(settings))
    supervisor.handle(ev.Spawned(2), 0.0)
    for action in supervisor.handle(ev.Started(3), 0.0):
        assert isinstance(action, do.Log)
        expected(action.level, action.event, action.facts)
    assert filled(planned(*words).lines) == "\n" + b"".join(written).decode()
    assert written


# ---- the orders -----------------------------------------------------------------------------


def test_health_is_answered_with_places_for_pid_and_uptime() -> None:
    """As pid 1 answers."""
    text = filled(planned("app").orders[orders._TEXT_AT :])
    assert '{"verb":"health","argument":""}\n' in text
    assert '{"healthy":true,"why":"running: pid 3, up 5 s"}\n' in text


def test_the_orders_are_those_of_a_sleep_and_no_longer_than_need_be() -> None:
    """All behind them is zero."""
    found = planned("--warn-reaped", "app")
    data = found.orders.ljust(orders.ORDERS_SIZE, b"\0")
    assert len(found.orders) < 2048
    told = orders.told(data)
    assert (told.wakings, told.events, told.client) == (0, (), 0)
    begun = orders.begun(data)
    assert (begun.app, begun.reports, begun.control, begun.on_terminal) == (0, -1, -1, False)


def test_what_the_launcher_fills_in_is_read() -> None:
    """In the order of shim/orders.h."""
    head = orders._HEAD.pack(
        *(b"initd orders 2", 1_500_000_000, 17, 3, 7, 2, 5, 6, -1, 1000, 0, 0, 2, 1, 9),
        b"web1",
    )
    assert orders.begun(head) == orders.Begun(
        app=3,
        app_since=1.5,
        app_pidfd=7,
        shim=2,
        reports=5,
        control=6,
        socket_place=2,
        on_terminal=True,
        lines_dropped=9,
        hosts_mark=17,
        kernel_hostname="web1",
    )
    header = (SHIM / "orders.h").read_text()
    members = re.findall(r"^    u?int\d+_t (\w+);", header[header.index("struct orders {") :], re.M)
    assert members[:15] == [
        *(
            "app_since",
            "hosts_mark",
            "app",
            "app_pidfd",
            "shim",
            "reports",
            "control",
            "followed",
            "linger",
        ),
        *("answer_count", "tells_of_orphans", "socket_place", "on_terminal", "lines_dropped"),
        "wakings",
    ]


def test_the_places_are_those_of_the_sleeper() -> None:
    """By number."""
    text = (SHIM / "orders.h").read_text()
    found = dict(re.findall(r"#define (\w+_PLACE) +(\d+)", text))
    assert found == {name: str(ord(getattr(orders, name))) for name in found}
    assert len(found) == 4


# ---- what is known again --------------------------------------------------------------------


def test_the_settings_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """All but the environment, which is the container's, and what the plan adds to it."""
    settings = settings_of("--user=0:0", "--limit", "nofile=5:9", "--profile", "nginx", "app")
    kept = decode(asleep_at_once(settings, {b"ADDED": b"1"}).known.decode())
    asked: list[Settings] = []

    def again(environ: dict[bytes, bytes], planned: Settings, kernel: str) -> Settings:
        assert kernel == ""
        assert b"ADDED" not in environ
        asked.append(planned)
        return planned

    given = {**environment_of("self"), b"INITD_ORDERS": b"3"}
    monkeypatch.setattr(first_waking, "given_environment", lambda: dict(given))
    monkeypatch.setattr("posix.set_blocking", lambda descriptor, blocking: None)
    monkeypatch.setattr(first_waking, "unload_modules", lambda *names: None)
    found = first_waking.known_by_plan(kept, _begun(), again)
    del given[b"INITD_ORDERS"]
    environ = {**given, b"ADDED": b"1"}
    names: tuple[str, ...] = Settings.__match_args__
    fields = {name: getattr(settings, name) for name in names}
    assert asked == [Settings(**{**fields, "environ": environ})]
    assert found.settings == asked[0]
    assert found.supervisor.life.app == 3
    assert found.supervisor.life.app_since == 1.5
    assert found.children.keys() == set(children._KEPT)
    assert found.control == (6, "/tmp/initd-0/control.sock")


def test_the_host_name_is_that_of_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the kernel's name at that time, and with its line in the hosts file to look after; whether
    the configuration can be read again or not."""
    name = AppName(pattern=b".example.org", library=b"/library", listed=b"/etc/hosts")
    kept = decode(asleep_at_once(settings_of("app"), {}, name).known.decode())
    given = {b"HOSTNAME": b"web1", b"LD_PRELOAD": b"/other.so"}
    monkeypatch.setattr(first_waking, "given_environment", lambda: dict(given))
    monkeypatch.setattr("posix.set_blocking", lambda descriptor, blocking: None)
    monkeypatch.setattr(first_waking, "unload_modules", lambda *names: None)
    begun = _begun(hosts_mark=17, kernel_hostname="web1")
    asked: list[str] = []

    def again(environ: dict[bytes, bytes], planned: Settings, kernel: str) -> Settings:
        asked.append(kernel)
        return planned

    found = first_waking.known_by_plan(kept, begun, again)
    assert asked == ["web1"]
    assert found.settings.hostname == "web1.example.org"
    assert found.settings.environ == {
        b"HOSTNAME": b"web1.example.org",
        b"INITD_HOSTNAME": b"web1.example.org",
        b"LD_PRELOAD": b"/library:/other.so",
    }
    assert found.hosts == ("web1.example.org", 17)
    assert found.differs == {}


def _begun(**other: Any) -> orders.Begun:
    return orders.Begun(
        **other,
        app=3,
        app_since=1.5,
        app_pidfd=7,
        shim=2**22 + 5,  # nobody's
        reports=5,
        control=6,
        socket_place=1,
        on_terminal=False,
        lines_dropped=0,
    )


def test_a_start_that_lacked_a_condition_is_told_if_the_plan_is_gone_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Then it is known from what pid 1 was to know how the app was started."""
    kept = decode(planned("--nice", "5", "app").known.decode())
    monkeypatch.setattr("posix.set_blocking", lambda descriptor, blocking: None)
    monkeypatch.setattr(first_waking, "unload_modules", lambda *names: None)
    now = settings_of("--nice", "7", "app")
    found = first_waking.known_by_plan(kept, _begun(), lambda environ, planned, kernel: now)
    assert found.differs["started"][-4:] == ["-p", "25", "--", "app"]
    assert found.differs["wanted"][-4:] == ["-p", "27", "--", "app"]
    assert found.spec.nice == 7


# ---- who stays awake ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--no-sleep", "app"], "told so by --no-sleep"),
        (["--check", "up tcp 127.0.0.1:1", "app"], "there is a monitor"),
        (["--parent-death", "TERM", "app"], "--parent-death is for Python to ask for"),
        (["-v", "app", "x" * 4096], "the first lines of its log are too long"),
    ],
    ids=ascii,
)
def test_who_has_more_to_do_at_the_start_is_awake(words: list[str], why: str) -> None:
    """And is told why."""
    with pytest.raises(Awake, match=why):
        planned(*words)


@pytest.mark.parametrize(
    ("words", "letters"),
    [
        (["app"], b""),
        (["--user=0:0", "app"], b"k"),
        (["--stop-plan", "WINCH", "app"], b"t"),
        (["--stop-plan", "WINCH", "--user=0:0", "app"], b"tk"),
    ],
    ids=ascii,
)
def test_what_only_the_container_shows_is_for_the_launcher_to_see(
    words: list[str], letters: bytes
) -> None:
    """Whether there is a terminal to keep, and whether an app of another user can be signalled."""
    assert planned(*words).awake_if == letters


@pytest.mark.parametrize(("words", "letters"), [(["app"], b""), (["-v", "app"], b"h")], ids=ascii)
def test_a_line_in_the_hosts_file_that_is_to_be_logged_is_for_python(
    words: list[str], letters: bytes
) -> None:
    """At the level info: it has addresses that the plan does not know."""
    name = AppName(pattern=b".example.org", library=b"/library", listed=b"/etc/hosts")
    assert asleep_at_once(settings_of(*words), {}, name).awake_if == letters


# ---- the time -------------------------------------------------------------------------------


def test_a_timestamp_is_that_of_the_log(tmp_path: Path) -> None:
    """For any moment from 1970 on, days of leap years and ends of years among them."""
    chance = random.Random(5)
    moments = [(chance.randrange(2**33), chance.randrange(1000)) for _ in range(5000)]
    for year in range(1970, 2105):
        for month, day in ((2, 28), (2, 29), (3, 1), (12, 31), (1, 1)):
            noon = calendar.timegm((year, month, day, 12, 0, 0))
            moments += [(noon, 0), (noon + 43199, 999)]
    program = tmp_path / "clock"
    sources = [
        HERE / "wall_clock.c",
        *(SHIM / f"{name}.c" for name in ("wall_clock", "entry", "text")),
    ]
    flags = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-DINITD_HOSTED"]
    subprocess.run(["cc", *flags, *map(str, sources), "-o", program], check=True)
    asked = "".join(f"{seconds} {part}\n" for seconds, part in moments)
    done = subprocess.run([program], input=asked, capture_output=True, text=True, check=True)
    expected: list[Any] = [
        time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{part:03d}Z"
        for seconds, part in moments
    ]
    assert done.stdout.splitlines() == expected


def test_settings_are_plain_data() -> None:
    """From what the plan has, the same settings."""
    kept = decode(planned("app").known.decode())
    assert from_plain(kept["planned"])["command"] == ("app",)
