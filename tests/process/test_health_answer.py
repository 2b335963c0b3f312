"""What the client of `initd health` takes for an answer: shim/answer.c beside a JSON parser."""

from __future__ import annotations

import json
import random
import re
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from initd.json_codec import encode

from .sanitized import compile_sanitized, told

HERE = Path(__file__).parent
UNHEALTHY, HEALTHY, NO_ANSWER = range(3)

#: What initd/json_codec.py can write: compact and ASCII, with these keys in this order.
ANSWER = re.compile(
    rb'{(?:"healthy":(?P<healthy>true|false),"why"|"error"):'
    rb'(?P<text>"(?:[ -!#-\[\]-~]|\\["\\/bfnrt]|\\u[0-9a-f]{4})*")}\n'
)
#: What breaks readers of JSON, and what is nearly right.
SNIPPETS = rb"""{ } " \ \" \\ \/ \n \x \u \u0 \u00e9 \u00E9 \u0000 \ud83d \udc80 \ude00
    \ud83d\ude00 \ud83d\n \ud83d\u \udbff\udfff \uffff true false null "why" "healthy": "error": ,
    {"healthy":true,"why":" {"healthy":false,"why":" {"error":" "} 0""".split()


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """answers.c under address and undefined behaviour sanitizers."""
    program = tmp_path_factory.mktemp("reader") / "answers"
    compile_sanitized(HERE / "answers.c", ("answer", "line"), program)
    return program


def read(reader: Path, answers: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Of each answer the verdict, and the line that is said."""
    given = b"".join(struct.pack("=I", len(answer)) + answer for answer in answers)
    return told([reader], given)


def as_bytes(text: str) -> bytes:
    """UTF-8; what Python had escaped is a byte again, other lone surrogates are U+FFFD."""
    lone = re.compile("[\ud800-\udc7f\udd00-\udfff]")
    return lone.sub("\ufffd", text).encode(errors="surrogateescape")


def expected(answer: bytes) -> tuple[int, bytes] | None:
    """What is to be said of it; None for a malformed answer."""
    found = ANSWER.fullmatch(answer)
    if found is None:
        return None
    well = found["healthy"] == b"true"
    refused = answer.startswith(b'{"error"')
    words = b"healthy: " if well else b"unknown: " if refused else b"unhealthy: "
    return HEALTHY if well else UNHEALTHY, words + as_bytes(json.loads(found["text"]))


def assert_as_expected(reader: Path, answers: list[bytes]) -> int:
    """How many of them were answers."""
    read_here = list(read(reader, answers))
    assert len(read_here) == len(answers)
    good = 0
    for answer, (verdict, said) in zip(answers, read_here, strict=True):
        wanted = expected(answer)
        good += wanted is not None
        assert (verdict, said) == (wanted or (NO_ANSWER, said)), answer
    return good


def test_every_character_arrives(reader: Path) -> None:
    """All of Unicode as pid 1 writes it, the lone surrogates of undecodable bytes included."""
    texts = ["".join(map(chr, range(at, at + 4096))) for at in range(0, 0x110000, 4096)]
    answers = [encode({"healthy": True, "why": text}).encode() + b"\n" for text in texts]
    assert assert_as_expected(reader, answers) == len(answers)


def test_a_byte_that_was_no_utf_8_is_that_byte_again(reader: Path) -> None:
    """A command line or a path need not be text."""
    why = b"no such file: /app/caf\xe9".decode(errors="surrogateescape")
    (_, said), *_ = read(reader, [encode({"error": why}).encode() + b"\n"])
    assert said == b"unknown: no such file: /app/caf\xe9"


def test_every_prefix_of_an_answer_is_none(reader: Path) -> None:
    """Wherever it breaks off; and the reader looks at no byte behind the end."""
    for whole in (
        b'{"healthy":true,"why":"up \\u00e9 \\ud83d\\ude00 \\n"}\n',
        b'{"healthy":false,"why":""}\n',
        b'{"error":"\\\\"}\n',
    ):
        prefixes = [whole[:length] for length in range(len(whole) + 1)]
        assert assert_as_expected(reader, prefixes) == 1


def test_20000_random_answers_are_read_as_a_json_parser_would(reader: Path) -> None:
    """Made of what breaks parsers; a good part is right by chance."""
    rolls = random.Random(3)
    good = assert_as_expected(reader, [random_answer(rolls) for _ in range(20_000)])
    assert good > 1000, "else the test proves little"


def random_answer(rolls: random.Random) -> bytes:
    """An answer, or nearly one, or noise."""
    snippets = b"".join(rolls.choices(SNIPPETS, k=rolls.randrange(6)))
    start = rolls.choice([b'{"healthy":true,"why":"', b'{"healthy":false,"why":"', b'{"error":"'])
    answer = bytearray(start + snippets + b'"}\n')
    roll = rolls.random()
    if roll < 0.1:
        return rolls.randbytes(rolls.randrange(100))
    if roll < 0.3:
        answer[rolls.randrange(len(answer))] = rolls.randrange(256)
    elif roll < 0.5:
        at = rolls.randrange(len(answer) + 1)
        answer[at:at] = rolls.choice(SNIPPETS)
    return bytes(answer)
