"""Standing orders: what Python writes is what the sleeper reads (shim/orders.h), and what that
tells comes back."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.sleep import Order
from initd.init.sleep import orders as ours
from initd.init.sleep.orders import Happened, Orders, Told, encoded, told

HERE = Path(__file__).parent


def _orders(**other: object) -> Orders:
    fields: dict[str, object] = {
        "app": 3,
        "app_since": 1.5,
        "hosts_mark": 1_790_000_000_000_000_001,
        "app_pidfd": 7,
        "shim": 2,
        "reports": 8,
        "control": -1,
        "followed": 9,
        "linger": 1.0,
        "tells_of_orphans": True,
        "signals": {},
        "answers": [],
    }
    return Orders(**{**fields, **other})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """orders.c, compiled."""
    target = tmp_path_factory.mktemp("orders") / "orders"
    flags = ["-std=c11", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(["cc", *flags, HERE / "orders.c", "-o", target], check=True)
    return target


def _said_by(*command: Path) -> list[str]:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def test_each_part_lies_where_c_has_it_and_each_number_is_the_same(program: Path) -> None:
    """The layout, the sizes, the orders by number, the reasons by number."""
    found = dict(line.split(" ", 1) for line in _said_by(program))
    assert found.pop("format") == ours.FORMAT.decode()
    numbers = {name: int(number) for name, number in found.items()}
    reasons = [name for name in numbers if name.startswith("WOKEN_BY_")]
    assert {name: numbers.pop(name) for name in reasons} == {
        f"WOKEN_BY_{short}": number
        for number, short in enumerate(
            ["SIGNAL", "CHILD", "REPORT", "CLIENT", "EVENTS", "REFUSAL", "HOSTS"], start=1
        )
    }
    assert len(ours.REASONS) == len(reasons) + 1
    assert numbers == {
        "app_since": 16,
        "kernel_name": ours._HEAD.size - 72,
        "signals": ours._SIGNALS_AT,
        "answers": ours._ANSWERS_AT,
        "wakings": ours._TOLD_AT,
        "events": ours._EVENTS_AT,
        "text": ours._TEXT_AT,
        "ORDERS_SIZE": ours.ORDERS_SIZE,
        "ORDERS_SIGNALS": ours.SIGNALS,
        "ANSWERS_AT_MOST": ours.ANSWERS_AT_MOST,
        "EVENTS_AT_MOST": ours.EVENTS_AT_MOST,
        "ORDERS_TEXT_SIZE": ours.TEXT_SIZE,
        "UPTIME_PLACE": ord(ours.UPTIME_PLACE),
        "ORDER_WAKE": ours.WAKE,
        "ORDER_PASS_ON": ours.PASS_ON,
        "ORDER_PASS_ON_AND_WAKE": ours.PASS_ON_AND_WAKE,
    }


def test_what_python_writes_c_reads_and_what_c_tells_python_hears(
    program: Path, tmp_path: Path
) -> None:
    """Each member has a value of its own, so that no two can be mistaken for one another."""
    signals = {
        1: Order(10),
        15: Order(3, to_group=True, wakes=True),
        18: Order(18, waits=True),
        64: Order(64, wakes=True, waits=True),
    }
    file = tmp_path / "orders"
    file.write_bytes(encoded(_orders(signals=signals, answers=[("ask", "a\1"), ("b", "")])))
    assert _said_by(program, file) == [
        "initd orders 2|1500000000 1790000000000000001 3 7 2 8 -1 9 1000 1",
        *("1: 1 10 0", "15: 2 3 1", "18: 0 18 0", "64: 0 64 0"),
        *("ask=a\1", "b="),
    ]
    assert told(file.read_bytes()) == Told(
        wakings=2,
        woken_by=ours.REASONS[4],
        orphans=12,
        answered=13,
        client=-14,
        asleep_since=1.5,
        woken_at=16.0,
        events=(Happened(2.0, 10, 20, 30, 12, 0), Happened(3.0, 17, 40, 0, 256, 3)),
    )
    assert [each.orphan for each in told(file.read_bytes()).events] == [None, (40, 256)]


@given(st.lists(st.tuples(st.text("ab", max_size=600), st.text("cd", max_size=600)), max_size=8))
def test_answers_are_written_whole_or_refused(answers: list[tuple[str, str]]) -> None:
    """Never cut."""
    size = sum(len(request) + len(answer) + 2 for request, answer in answers)
    if size > ours.TEXT_SIZE:
        with pytest.raises(ValueError, match="the answers have more than 4096 bytes"):
            encoded(_orders(answers=answers))
        return
    data = encoded(_orders(answers=answers))
    assert len(data) == ours.ORDERS_SIZE
    parts = data[ours._TEXT_AT :].split(b"\0")
    texts = [text.encode() for pair in answers for text in pair]
    assert parts[: len(texts)] == texts


def test_more_answers_than_there_is_room_for_are_refused() -> None:
    """They would be written over what follows."""
    with pytest.raises(ValueError, match="more than 8 answers"):
        encoded(_orders(answers=[("a", "b")] * 9))


@given(st.binary(max_size=200), st.integers(0, ours.ORDERS_SIZE - 1))
def test_whatever_is_in_the_file_is_read_or_refused(spoilt: bytes, at: int) -> None:
    """By a sentence, not by another exception."""
    whole = bytearray(encoded(_orders()))
    whole[at : at + len(spoilt)] = spoilt
    data = bytes(whole[: ours.ORDERS_SIZE])
    if data[:16].rstrip(b"\0") == ours.FORMAT:
        assert len(told(data).events) <= ours.EVENTS_AT_MOST
        return
    with pytest.raises(ValueError, match="the orders are those of another version of initd"):
        told(data)
