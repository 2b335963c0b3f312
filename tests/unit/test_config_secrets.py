"""--secrets and its neighbours: what they may say, and what is wrong with them."""

from __future__ import annotations

import pytest

from initd.config.command_line import read
from initd.config.mistake import Mistakes
from initd.config.resolve import resolve
from initd.core.secrets import (
    Reload,
    Secrets,
    Source,
    is_variable,
    named_way_of,
    source_of,
)
from initd.core.signals.numbers import HUP
from initd.secrets.look import look
from initd.secrets.sources import document_name, names_of_files


def secrets(*words: str, **variables: str) -> Secrets | None:
    """Raises Mistakes."""
    environ = {name.encode(): value.encode() for name, value in variables.items()}
    line = read([*words, "app"], variables)
    return resolve(line, environ, "abc", "/lib/hostname.so").secrets


def mistakes(*words: str) -> list[str]:
    with pytest.raises(Mistakes) as refused:
        secrets(*words)
    return [f"{each.where}: {each.what}" for each in refused.value.found]


def test_without_the_option_there_are_none() -> None:
    """And nothing of them is loaded, as tests of the architecture say."""
    assert secrets() is None


def test_each_kind_of_source_is_read_in_order() -> None:
    """Each with its target as it was written."""
    found = secrets(
        "--secrets", "dir:/run/secrets", "--secrets=exec:vault kv get a", "--secrets=files"
    )
    assert found is not None
    assert found.sources == (
        Source("dir", "/run/secrets"), Source("exec", "vault kv get a"), Source("files", ""),
    )  # fmt: skip
    assert found == Secrets(sources=found.sources)


def test_the_variable_has_a_source_a_line() -> None:
    """A command may have blanks and commas."""
    found = secrets(INITD_SECRETS="ejson:/a.ejson; exec:get a,b\nfiles:X,Y")
    assert found is not None
    assert [each.text for each in found.sources] == ["ejson:/a.ejson", "exec:get a,b", "files:X,Y"]


def test_what_belongs_to_it_is_read_too() -> None:
    """Ways, the patience, the keys' directory, and what follows from a reload."""
    found = secrets(
        *("--secrets", "dir:/s", "--secrets-as", "file", "--secret-as", "A=env"),
        *("--secret-as", "tls.key=none", "--secrets-patience", "5", "--on-reload", "HUP"),
        EJSON_KEYDIR="/keys",
    )
    assert found is not None
    assert [found.way_of(name) for name in ("A", "B", "tls.key")] == ["env", "file", "none"]
    assert (found.patience, found.keydir, found.reload) == (5.0, "/keys", Reload(signal=HUP))
    other = secrets(
        "--secrets=dir:/s", "--ejson-keydir=/k", "--on-reload=restart", EJSON_KEYDIR="/x"
    )
    assert other is not None
    assert (other.keydir, other.reload) == ("/k", Reload(restarts=True))


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["--secrets", "vault:x"], "unknown source 'vault:x': use ejson:FILE, dir:DIRECTORY,"),
        (["--secrets", "dir:secrets"], "expected an absolute path, such as dir:/run/secrets"),
        (["--secrets", "ejson:"], "ejson: names nothing: use ejson:/app/secrets.ejson"),
        (["--secrets", "exec: "], "exec: names nothing"),
        (["--secrets", "files:A,B-C"], "invalid name 'B-C'"),
        (["--secrets", "files:"], "invalid name ''"),
        (["--secrets", "files", "--secrets-as", "memory"], "unknown way 'memory': use env"),
        (["--secrets", "files", "--secret-as", "A"], "expected NAME=env, NAME=file or NAME=none"),
        (["--secrets", "files", "--secret-as", "a.b=env"], "invalid name of a variable: 'a.b'"),
        (["--secrets", "files", "--secret-as", "../a=file"], "invalid name '../a'"),
        (["--secrets", "files", "--secrets-patience", "0"], "invalid time '0'"),
        (["--secrets", "files", "--secrets-patience", "9999"], "at most 3600 seconds"),
        (["--secrets", "files", "--on-reload", "reload"], "; or use nothing or restart"),
        (["--secrets", "files", "--ejson-keydir", "keys"], "expected an absolute path"),
        (["--on-reload", "HUP"], "--on-reload: has no effect without --secrets"),
        (["--secret-as", "A=env"], "--secret-as: has no effect without --secrets"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_a_mistake_says_what_would_be_right(words: list[str], what: str) -> None:
    """One each, with its source."""
    (said,) = mistakes(*words)
    assert said.startswith(words[-2])
    assert what in said


def test_a_name_has_no_surprises() -> None:
    """Of a variable, and of a file."""
    assert all(map(is_variable, ("A", "_", "a1", "A_B")))
    assert not any(map(is_variable, ("", "1A", "A-B", "A.B", "Ä", "A\n")))
    assert named_way_of("a=b=file") == ("a=b", "file")
    for name in ("", ".", "..", ".a", "a/b", "a\0", "x" * 256):
        with pytest.raises(ValueError, match=r"invalid name|expected NAME="):
            named_way_of(f"{name}=file")


def test_bare_files_leaves_alone_what_is_no_secret_by_custom() -> None:
    """And what a library reads by itself."""
    environ = {
        f"{name}_FILE".encode(): value
        for name, value in {
            "DB_PASSWORD": b"/run/secrets/db", "X": b"/x", "RELATIVE": b"x", "EMPTY": b"",
            "SSL_CERT": b"/c", "APP_CONFIG": b"/c", "NGINX_PID": b"/p", "AWS_TOKEN": b"/t",
            "": b"/",
        }.items()
    }  # fmt: skip
    assert names_of_files(environ) == ["DB_PASSWORD", "X"]


def test_a_whole_files_name_is_that_of_json() -> None:
    """Whatever the EJSON file's ends with."""
    names = ["/app/secrets.ejson", "/a/secrets.ejson.json", "/a/secrets"]
    assert [document_name(name) for name in names] == [
        "secrets.json", "secrets.ejson.json", "secrets.json",
    ]  # fmt: skip


def test_check_says_of_each_source_what_is_known_before_the_start() -> None:
    """Names where there are some, and the ways that they go."""
    given = Secrets(
        sources=tuple(map(source_of, ("exec:get", "dir:/s", "files", "ejson:/none.ejson"))),
        named={"B": "file", "C": "none"},
    )
    environ = {b"A_FILE": b"/a", b"B_FILE": b"/b", b"C_FILE": b"/c"}
    lines, wrong = look(given, environ)
    assert wrong == []
    assert lines == [
        "exec:get: its names are known when it has run",
        "dir:/s: its names are those of the files that are there at the start",
        "files: A as variables; B as files; C not for the app",
        "ejson:/none.ejson: can't be looked at here: No such file or directory",
    ]
