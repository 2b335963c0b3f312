"""The format EJSON: the vector that the ejson program agreed with, and every case of the format."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.public import Box as NaclBox
from nacl.public import PrivateKey, PublicKey

from initd.core.secrets import Secrets, source_of
from initd.secrets.ejson import Box, Ejson, EjsonError, environment_of
from initd.secrets.look import look
from initd.secrets.nacl_box import open_box, public_key_of
from initd.secrets.sources import Reader
from initd.secrets.unreadable import Unreadable

PRIVATE = "75b80b4a693156eb435f4ed2fe397e583f461f09fd99ec2bd1bdef0a56cf6e64"
PUBLIC = "63ccf05a9492e68e12eeb1c705888aebdcc0080af7e594fc402beb24cce9d14f"
#: Decrypted by ejson 1.5.0, which gave "1234password".
MESSAGE = (
    "EJ[1:j0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF8=:AAECAwQFBgcICQoLDA0ODxAREhMUFRYX:"
    "YKTx/9rNTCwhH3latt4im0OJfKS7HH0TJQPxYw==]"
)


def seal(text: str, public: str = PUBLIC) -> str:
    """As `ejson encrypt` writes it."""
    one_time = PrivateKey.generate()
    sealed = NaclBox(one_time, PublicKey(bytes.fromhex(public))).encrypt(text.encode())
    parts = (bytes(one_time.public_key), sealed.nonce, sealed.ciphertext)
    return f"EJ[1:{':'.join(base64.b64encode(part).decode() for part in parts)}]"


def opened(box: Box) -> bytes | None:
    return open_box(box.sealed, box.nonce, box.key, bytes.fromhex(PRIVATE))


def decrypted(document: dict[str, Any]) -> Any:
    """The document as ejson decrypts it."""
    file = Ejson(json.dumps({"_public_key": PUBLIC, **document}).encode())
    return {k: v for k, v in json.loads(file.decrypted(opened)).items() if k != "_public_key"}


def is_secret(document: dict[str, Any]) -> list[str]:
    """The paths of what ejson would encrypt."""
    file = Ejson(json.dumps({"_public_key": PUBLIC, **document}).encode())
    return [secret.path for secret in file.secrets]


# ---- the format -----------------------------------------------------------------------


def test_the_vector_is_decrypted_as_ejson_does() -> None:
    """Key, nonce and box of a message that the real program has decrypted."""
    assert public_key_of(bytes.fromhex(PRIVATE)).hex() == PUBLIC
    assert decrypted({"password": MESSAGE}) == {"password": "1234password"}


@pytest.mark.parametrize(
    ("document", "paths"),
    [
        ({"a": "x"}, ["a"]),
        ({"a": {"b": {"c": "x"}}}, ["a.b.c"]),
        ({"_a": "x"}, []),
        ({"_a": {"b": "x"}}, ["_a.b"]),
        ({"a": {"_b": "x", "c": "x"}}, ["a.c"]),
        ({"a": ["x", ["y"]]}, ["a[0]", "a[1][0]"]),
        ({"_a": ["x", "y"]}, []),
        ({"a": [{"_x": "p"}, "three"]}, []),
        ({"a": [{"_x": "p"}, {"y": "q"}, "three"]}, ["a[1].y", "a[2]"]),
        ({"n": 5, "t": True, "f": False, "z": None, "e": 1.5e3}, []),
        ({"a": ""}, ["a"]),
        ({"a": {}, "b": []}, []),
        ({'quo"te, {': "x"}, [r"quo\"te, {"]),
        ({"a": 'EJ[ "] } , : _'}, ["a"]),
        ({"\u0000": "x"}, [r"\u0000"]),
    ],
    ids=str,
)
def test_strings_are_secrets_unless_the_last_key_read_begins_with_an_underscore(
    document: dict[str, Any], paths: list[str]
) -> None:
    """Whatever contains what: `_` does not reach into objects, and reaches out of them in lists."""
    assert is_secret(document) == paths


def test_an_escaped_underscore_is_not_one() -> None:
    """The ejson program looks at the byte in the file."""
    file = Ejson(b'{"_public_key": "%s", "\\u005fa": "x"}' % PUBLIC.encode())
    assert [secret.path for secret in file.secrets] == [r"\u005fa"]


def test_all_but_the_secrets_stays_as_it_is_byte_for_byte() -> None:
    """Order, spaces, numbers, and what is said twice."""
    text = '{ "_public_key":"%s",\n "n" : 1.50e+2 ,"a": "%s", "a": "%s"\t}\n'
    before = text % (PUBLIC, seal("x"), seal('say "hi"\n'))
    after = text % (PUBLIC, "x", r"say \"hi\"\n")
    assert Ejson(before.encode()).decrypted(opened) == after


@given(st.recursive(st.none() | st.integers() | st.booleans(), lambda inner: st.lists(inner)))
def test_what_is_not_text_is_never_a_secret(value: Any) -> None:
    """Numbers, true, false, null and lists of them."""
    assert is_secret({"a": value}) == []


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back(text: str) -> None:
    """Quotes, backslashes, controls and all planes of Unicode."""
    assert decrypted({"a": seal(text)}) == {"a": text}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is not JSON"),
        (b"[]", "is not an object"),
        (b'"text"', "is not an object"),
        (b'{"a": NaN}', "is not JSON"),
        (b'{"a": 1,}', "is not JSON"),
        (b'{"a": "line\nbreak"}', "is not JSON: Invalid control character at at line 1"),
        (b"[" * 100_000, "is not JSON"),
        (b"{}", "has no _public_key"),
        (b'{"a": {"_public_key": "x"}}', "has no _public_key"),
        (b'{"_public_key": 5}', "_public_key is not a key"),
        (b'{"_public_key": "abc"}', "_public_key is not a key"),
        (b'{"_public_key": "%s"}' % (b"x" * 64), "_public_key is not a key"),
    ],
    ids=lambda each: str(each)[:30],
)
def test_what_is_not_ejson_is_refused_with_a_reason(data: bytes, why: str) -> None:
    """And without a word of the file."""
    with pytest.raises(EjsonError, match="^" + why):
        Ejson(data)


@pytest.mark.parametrize(
    "message",
    [
        "plain",
        MESSAGE + " ",
        " " + MESSAGE,
        MESSAGE.replace("EJ[1", "EJ[x"),
        MESSAGE.replace("j0D", "j0"),
        MESSAGE.replace(":AAEC", ":AAE"),
        MESSAGE.replace("YKTx/9", "YKTx/9*"),
        "EJ[1:::]",
    ],
)
def test_one_secret_that_is_not_encrypted_fails_the_whole_file(message: str) -> None:
    """As with ejson; the message has the place and not the value."""
    file = Ejson(json.dumps({"_public_key": PUBLIC, "ok": MESSAGE, "a": [message]}).encode())
    with pytest.raises(EjsonError) as refused:
        file.decrypted(opened)
    assert str(refused.value) == "a[0] is not encrypted: run ejson encrypt on the file"


def test_a_message_that_was_changed_or_is_for_another_key_does_not_open() -> None:
    """The place is told, and nothing else."""
    for message in (
        MESSAGE.replace("YKTx", "YKTy"),
        seal("x", "11" * 32),
        "EJ[1:" + MESSAGE[5:99] + "AA==]",
    ):
        file = Ejson(json.dumps({"_public_key": PUBLIC, "a": {"b": message}}).encode())
        with pytest.raises(EjsonError, match=r"^a\.b (can't be decrypted|is not encrypted)"):
            file.decrypted(opened)


def test_variables_are_the_strings_of_the_object_environment() -> None:
    """As ejson2env has them: names with an underscore too, nothing that is not text."""
    text = json.dumps({"a": "1", "environment": {"A": "x", "_B": "y", "C": 5, "D": {"E": "z"}}})
    assert environment_of(text) == {"A": "x", "_B": "y"}
    assert environment_of('{"environment": "no object"}') == {}


# ---- its key --------------------------------------------------------------------------


class Place:
    """An EJSON file and its key."""

    def __init__(self, folder: Path) -> None:
        self.file, self.keys = folder / "app.ejson", folder / "keys"
        self.keys.mkdir()
        self.key = self.keys / PUBLIC
        self.key.write_text(PRIVATE)
        self.write({"environment": {"A": seal("value of A"), "_B": "plain"}})

    def write(self, document: dict[str, Any], public: str = PUBLIC) -> None:
        self.file.write_text(json.dumps({"_public_key": public, **document}))

    def read(self, **more: Any) -> dict[str, bytes]:
        """Raises Unreadable."""
        secrets = Secrets(sources=(source_of(f"ejson:{self.file}"),), keydir=str(self.keys), **more)
        found = Reader(secrets, {}, None, 0.0).read()
        return {secret.name: secret.value for secret in found}

    def refusal(self) -> str:
        with pytest.raises(Unreadable) as refused:
            self.read()
        return str(refused.value).removeprefix(f"--secrets ejson:{self.file}: ")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.mark.parametrize("text", [f"{PRIVATE}\n", f" \t{PRIVATE}\r\n\n", PRIVATE.upper()])
def test_white_space_around_the_key_does_not_matter(place: Place, text: str) -> None:
    """An editor adds it."""
    place.key.write_text(text)
    assert place.read() == {"A": b"value of A", "_B": b"plain"}


def test_the_keys_name_is_lower_case_whatever_the_file_says(place: Place) -> None:
    """ejson reads the digits, and looks for the name that they have in lower case."""
    place.write({"environment": {"A": seal("x")}}, PUBLIC.upper())
    assert place.read() == {"A": b"x"}


def test_a_missing_key_says_where_it_was_looked_for(place: Place) -> None:
    """That is what whoever mounts it needs to know."""
    place.key.unlink()
    assert place.refusal() == f"its key {place.key}: No such file or directory"


def test_a_wrong_key_is_told_from_a_file_that_is_no_key(place: Place) -> None:
    """Neither message has any of it."""
    place.key.write_text("11" * 32)
    assert place.refusal() == f"the key in {place.key} is another one, not that of its name"
    for text in ("", "11" * 31, "x" * 64, PRIVATE[:-1]):
        place.key.write_text(text)
        assert place.refusal() == f"{place.key} is not a key of 64 hexadecimal digits"


def test_a_file_without_variables_says_how_to_get_all_of_it(place: Place) -> None:
    """Decrypted as a whole it can only be a file."""
    place.write({"database": {"password": seal("x")}})
    assert "--secret-as app.json=file" in place.refusal()
    found = place.read(named={"app.json": "file"})
    assert json.loads(found["app.json"])["database"] == {"password": "x"}


def test_check_finds_what_is_wrong_without_the_key(place: Place) -> None:
    """Structure and names, which is what an image's build can look at."""
    secrets = Secrets(sources=(source_of(f"ejson:{place.file}"),), keydir=str(place.keys))
    place.key.unlink()
    lines, mistakes = look(secrets, {})
    assert (mistakes, lines) == (
        [],
        [f"ejson:{place.file}: A, _B as variables; its key is {place.key}"],
    )
    place.write({"environment": {"A": "left plain"}})
    _, mistakes = look(secrets, {})
    what = "environment.A is not encrypted: run ejson encrypt on the file"
    assert mistakes == [(f"--secrets ejson:{place.file}", what)]


def test_without_pynacl_the_reason_says_what_to_install(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is needed for nothing else, so it is optional."""
    monkeypatch.setitem(sys.modules, "nacl", None)
    assert place.refusal() == "PyNaCl is not installed: pip install 'initd-runtime[secrets]'"
