"""Standing orders for the sleeper: the other end of shim/orders.h, which describes each field.

The memory file has the orders first, ORDERS_SIZE bytes, and then what pid 1 knows.
"""

from __future__ import annotations

from struct import Struct

from initd.core.signals.numbers import CHLD
from initd.core.sleep import UPTIME
from initd.core.value import Value
from initd.json_codec import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from initd.core.sleep import Order

FORMAT = b"initd orders 2"
ORDERS_SIZE = 8192
EVENTS_AT_MOST = 64
ANSWERS_AT_MOST = 8
TEXT_SIZE = 4096
SIGNALS = 65
#: What stands for something that the sleeper knows: the app's uptime and pid, the time and its
#: time of day.
UPTIME_PLACE, APP_PLACE, TIME_PLACE, CLOCK_PLACE = "\1\2\3\4"
#: Names for woken_by, by number.
REASONS = (
    "",
    "a signal",
    "the end of the app or its shim",
    "a report of the shim",
    "a question",
    "what is to be logged",
    "a refusal",
    "a change of /etc/hosts",
)
#: The one after which pid 1 stays awake: a system call that it needs asleep is not permitted.
REFUSED = REASONS[6]

WAKE, PASS_ON, PASS_ON_AND_WAKE = range(3)

_HEAD = Struct("=16s2Q6i3I2BH72s")
_SIGNAL = Struct("=4B")
_ANSWER = Struct("=2H")
_TOLD = Struct("=4IiI4x2Q")
_EVENT = Struct("=Q2iI2i4x")
_SIGNALS_AT = _HEAD.size
_ANSWERS_AT = _SIGNALS_AT + SIGNALS * _SIGNAL.size
_TOLD_AT = _ANSWERS_AT + ANSWERS_AT_MOST * _ANSWER.size
_TEXT_AT = _TOLD_AT + _TOLD.size
_EVENTS_AT = _TEXT_AT + TEXT_SIZE


class Orders(Value, kw_only=True):
    """`app_since` in monotonic seconds, `hosts_mark` as in linux/hosts_mark.py (0:
    nobody looks), `linger` in seconds. Descriptors are negative where there
    is none; those of a start plan, and the pids, are for the launcher to fill in.
    `tells_of_orphans` says that each orphan is worth a line in the log. `answers` has each
    request and its answer, with places for what the sleeper knows."""

    app: int = 0
    app_since: float = 0.0
    hosts_mark: int = 0
    app_pidfd: int = -1
    shim: int = 0
    reports: int = -1
    control: int = -1
    followed: int = -1
    linger: float
    tells_of_orphans: bool
    signals: Mapping[int, Order]
    answers: Sequence[tuple[str, str]]


class Begun(Value, kw_only=True):
    """What the launcher has filled in after a start by a plan. `socket_place` is the place of the
    control socket among those that were tried, `on_terminal` says whether the app has got the
    terminal, and `lines_dropped` is how many lines of the log found no room. `hosts_mark` is 0
    where nobody is to look. `kernel_hostname` is "" where the app has no name of its own."""

    app: int
    app_since: float
    app_pidfd: int
    shim: int
    reports: int
    control: int
    socket_place: int
    on_terminal: bool
    lines_dropped: int
    hosts_mark: int = 0
    kernel_hostname: str = ""


def answer_pair(words: str, answer: dict[str, Any]) -> tuple[str, str]:
    """A request for health (core.sleep.answers), and the answer with a place for the uptime."""
    request = encode({"verb": "health", "argument": words}) + "\n"
    return request, (encode(answer) + "\n").replace(str(UPTIME), UPTIME_PLACE)


class Happened(Value):
    """What the sleeper has done: passed a signal on, or reaped an orphan. `when` in monotonic
    seconds, `error` an errno."""

    when: float
    number: int
    sender: int
    user: int
    sent: int
    error: int

    @property
    def orphan(self) -> tuple[int, int] | None:
        """The orphan's pid and wait status; None for a signal."""
        return (self.sender, self.sent) if self.number == CHLD else None


class Told(Value, kw_only=True):
    """What the sleeper has to tell; `client` is negative where nobody waits for an answer."""

    wakings: int
    woken_by: str
    orphans: int
    answered: int
    client: int
    asleep_since: float
    woken_at: float
    events: tuple[Happened, ...]


def encoded(orders: Orders) -> bytes:
    """ORDERS_SIZE bytes. Raises ValueError where the answers are too long."""
    data = bytearray(ORDERS_SIZE)
    _HEAD.pack_into(
        data,
        0,
        FORMAT,
        int(orders.app_since * 1e9),
        orders.hosts_mark,
        orders.app,
        orders.app_pidfd,
        orders.shim,
        orders.reports,
        orders.control,
        orders.followed,
        int(orders.linger * 1000),
        len(orders.answers),
        orders.tells_of_orphans,
        0,
        0,
        0,
        b"",
    )
    for number, order in orders.signals.items():
        at = _SIGNALS_AT + number * _SIGNAL.size
        does = WAKE if order.waits else PASS_ON_AND_WAKE if order.wakes else PASS_ON
        _SIGNAL.pack_into(data, at, does, order.out, order.to_group, 0)
    _write_answers(data, orders.answers)
    return bytes(data)


def _write_answers(data: bytearray, answers: Sequence[tuple[str, str]]) -> None:
    if len(answers) > ANSWERS_AT_MOST:
        raise ValueError(f"there are more than {ANSWERS_AT_MOST} answers")
    at = 0
    for index, pair in enumerate(answers):
        places = []
        for text in pair:
            part = text.encode("ascii") + b"\0"
            if at + len(part) > TEXT_SIZE:
                raise ValueError(f"the answers have more than {TEXT_SIZE} bytes")
            data[_TEXT_AT + at : _TEXT_AT + at + len(part)] = part
            places.append(at)
            at += len(part)
        _ANSWER.pack_into(data, _ANSWERS_AT + index * _ANSWER.size, *places)


def begun(data: bytes) -> Begun:
    """How a start by a plan went, from the file that a sleeper has left."""
    _, since, hosts_mark, app, app_pidfd, shim, reports, control, *rest = _HEAD.unpack_from(data)
    place, on_terminal, dropped, kernel = rest[-4:]
    return Begun(
        app=app,
        app_since=since / 1e9,
        app_pidfd=app_pidfd,
        shim=shim,
        reports=reports,
        control=control,
        socket_place=place,
        on_terminal=bool(on_terminal),
        lines_dropped=dropped,
        hosts_mark=hosts_mark,
        kernel_hostname=kernel.rstrip(b"\0").decode(errors="surrogateescape"),
    )


def told(data: bytes) -> Told:
    """What is in a file that a sleeper has left. Raises ValueError for another format."""
    if len(data) < ORDERS_SIZE or data[:16].rstrip(b"\0") != FORMAT:
        raise ValueError("the orders are those of another version of initd")
    wakings, woken_by, orphans, answered, client, count, since, woken = _TOLD.unpack_from(
        data, _TOLD_AT
    )
    events = []
    for index in range(min(count, EVENTS_AT_MOST)):
        when, *rest = _EVENT.unpack_from(data, _EVENTS_AT + index * _EVENT.size)
        events.append(Happened(when / 1e9, *rest))
    return Told(
        wakings=wakings,
        woken_by=REASONS[woken_by] if woken_by < len(REASONS) else "",
        orphans=orphans,
        answered=answered,
        client=client,
        asleep_since=since / 1e9,
        woken_at=woken / 1e9,
        events=tuple(events),
    )
