"""--env-file, --role, --user and --limit: what stands in files and behind names."""

from __future__ import annotations

import json
import os
import pwd
import resource
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from initd import paths
from initd.config.values.env_file import read_env_file
from initd.config.values.limit import RESOURCES, UNLIMITED, read_limit
from initd.config.values.role import command_of_role, describe_roles
from initd.config.values.user import look_up
from initd.core.start.spawn_spec import Limit, User

#: A digit that str.isdecimal and int take as well.
ARABIC_1 = "\N{ARABIC-INDIC DIGIT ONE}"
NOTHING: dict[str, str] = {}
in_a_file = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
Write = Callable[[bytes], str]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    """Writes a file and tells its path."""

    def write(data: bytes) -> str:
        path = tmp_path / "file"
        path.write_bytes(data)
        return str(path)

    return write


# ---- --env-file -----------------------------------------------------------------------------


def test_an_env_file_has_a_name_and_a_value_a_line(written: Write) -> None:
    """The value is all that stands behind the first `=`: no quotes, no expansions."""
    path = written(b"A=1\nB='x' # y\nC=a=b\nD=\nE=$A ${A}\nF= x \n")
    assert read_env_file(path, NOTHING.get) == {
        b"A": b"1",
        b"B": b"'x' # y",
        b"C": b"a=b",
        b"D": b"",
        b"E": b"$A ${A}",
        b"F": b" x ",
    }


def test_comments_and_empty_lines_are_nothing(written: Write) -> None:
    """A `#` counts at the beginning of a line only."""
    path = written(b"\n# A=1\n  # B=1\n   \n  C=1\nD=#1\n")
    assert read_env_file(path, NOTHING.get) == {b"C": b"1", b"D": b"#1"}


def test_a_name_alone_leaves_the_containers_value(written: Write) -> None:
    """Over what an earlier line sets. It counts for nothing where the container has none, as
    with `docker run --env-file`."""
    path = written(b"A\nB\nA=2\nB=3\nA\nB\n")
    assert read_env_file(path, {"A": "1", "C": "2"}.get) == {b"B": b"3"}


def test_a_byte_order_mark_does_not_belong_to_the_first_name(written: Write) -> None:
    """Editors on Windows leave one, and `docker run --env-file` steps over it."""
    assert read_env_file(written(b"\xef\xbb\xbfA=1\nB=\xef\xbb\xbf"), NOTHING.get) == {
        b"A": b"1",
        b"B": b"\xef\xbb\xbf",
    }


def test_the_last_of_two_lines_counts(written: Write) -> None:
    """As docker has it."""
    assert read_env_file(written(b"A=1\nA=2"), NOTHING.get) == {b"A": b"2"}


def test_bytes_other_than_text_are_values_too(written: Write) -> None:
    """An environment is bytes."""
    assert read_env_file(written(b"A=\xff\xfe\r\n"), NOTHING.get) == {b"A": b"\xff\xfe"}


@pytest.mark.parametrize("line", [b"=x", b"A B=x", b" A =x", b"A =x", b"A=\0", b"A\tB"])
def test_a_malformed_line_is_named_by_its_number(written: Write, line: bytes) -> None:
    """Without the line, which may be part of a secret."""
    path = written(b"OK=1\n" + line + b"\n")
    with pytest.raises(ValueError, match=r"file, line 2: expected NAME=VALUE$"):
        read_env_file(path, NOTHING.get)


def test_a_missing_env_file_is_an_error_of_the_system() -> None:
    """The caller knows how to say it."""
    with pytest.raises(FileNotFoundError):
        read_env_file("/does/not/exist", NOTHING.get)


values = st.binary(max_size=10).map(
    lambda value: value.translate(None, b"\n\r\v\f\x1c\x1d\x1e\x85\0")
)


@in_a_file
@given(st.dictionaries(st.from_regex(rb"[A-Za-z_][A-Za-z0-9_]{0,5}", fullmatch=True), values))
def test_what_is_written_is_read(written: Write, environ: dict[bytes, bytes]) -> None:
    """Every variable that a line can hold."""
    data = b"".join(name + b"=" + value + b"\n" for name, value in environ.items())
    assert read_env_file(written(data), NOTHING.get) == environ


@pytest.mark.parametrize("inside", [b"\r", b"\x0b", b"\x0c", b"\x1c", b"\x85"])
def test_only_a_newline_ends_a_line(written: Write, inside: bytes) -> None:
    """A carriage return before it belongs to the newline; elsewhere it is the value's."""
    assert read_env_file(written(b"A=x" + inside + b"y\nB=1\r\n"), NOTHING.get) == {
        b"A": b"x" + inside + b"y",
        b"B": b"1",
    }


# ---- --role ---------------------------------------------------------------------------------


@pytest.fixture
def roles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts /container/roles.json elsewhere and writes it."""
    path = tmp_path / "roles.json"
    monkeypatch.setattr(paths, "ROLES", str(path))

    def write(text: str) -> None:
        path.write_text(text, encoding="utf-8")

    return write


def test_a_roles_command_is_split_and_its_variables_expanded(roles: Callable[[str], None]) -> None:
    """As a shell would."""
    roles(json.dumps({"web": "unicorn -c '/etc/my app.rb' -E ${RACK_ENV:-production} -p $PORT"}))
    assert command_of_role("web", {"PORT": "80"}.get) == (
        "unicorn",
        "-c",
        "/etc/my app.rb",
        "-E",
        "production",
        "-p",
        "80",
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"worker": "x", "db": "y"}', r"unknown role 'web' in .*roles.json: use db or worker$"),
        ("{}", "unknown role 'web' in .*: it has none$"),
        ('{"web": ["unicorn"]}', r"web: expected a command in quotes, got \['unicorn'\]"),
        ('{"web": null}', "web: expected a command in quotes, got None"),
        ('{"web": "a | b"}', r"web: '\|' needs a shell"),
        ('{"web": "  "}', "web: the command is empty"),
        ('{"web": "$UNSET"}', "web: the command is empty"),
        ('{"web": "A=1 app"}', "web: 'A=1' is an assignment: write env A=1"),
        ('["web"]', "roles.json: expected an object such as"),
        ('"web"', "roles.json: expected an object such as"),
        ('{"web": "x",\n}', r"roles.json: invalid JSON: .*line 2 column 1"),
        ("", "roles.json: invalid JSON: .*line 1 column 1"),
        ("{'web': 'x'}", "roles.json: invalid JSON: .*line 1 column 2"),
        pytest.param("[" * 100_000, "roles.json: nests lists or objects too deeply", id="deep"),
        (r'{"web": "x \u0000"}', r"roles.json, web: '\\x00' can't be an argument"),
        (r'{"web": "x \ud800"}', r"roles.json, web: '\\ud800' can't be an argument"),
    ],
)
def test_what_is_wrong_with_a_role_is_said_with_the_file(
    roles: Callable[[str], None], text: str, sentence: str
) -> None:
    """And with the roles that there are."""
    roles(text)
    with pytest.raises(ValueError, match=sentence):
        command_of_role("web", NOTHING.get)


def test_a_shell_role_is_the_shells(roles: Callable[[str], None]) -> None:
    """Its text is not split; words behind the options become $1 and so on, $0 is the role."""
    roles(json.dumps({"console.shell": "cd /app && exec $0 | cat", "web": "unicorn"}))
    for asked in ("console", "console.shell"):
        words = command_of_role(asked, {"SHELL": "x"}.get)
        assert words == ("sh", "-c", "cd /app && exec $0 | cat", "console")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"a": "x", "a.shell": "y"}', "a and a.shell are the same role: keep one of them"),
        ('{"a.shell": " "}', r"roles.json, a.shell: the command is empty"),
        ('{"a.shell": 5}', r"roles.json, a.shell: expected a command in quotes, got 5"),
        ('{"worker": "x"}', "unknown role 'a' in .*: use worker$"),
        ('{"aa.shell": "x"}', r"unknown role 'a' in .*: did you mean aa\?"),
    ],
)
def test_what_is_wrong_with_a_shell_role(
    roles: Callable[[str], None], text: str, sentence: str
) -> None:
    """Said with the file and the key, and with the nearest name."""
    roles(text)
    with pytest.raises(ValueError, match=sentence):
        command_of_role("a", NOTHING.get)


def test_roles_are_listed_with_their_commands(roles: Callable[[str], None]) -> None:
    """In their order, a line each."""
    roles(json.dumps({"worker": "rake resque:work", "console.shell": "cd /app; irb"}))
    assert describe_roles() == ("console  sh -c: cd /app; irb\nworker   rake resque:work\n")


def test_a_roles_file_is_utf_8_with_or_without_a_byte_order_mark(
    roles: Callable[[str], None],
) -> None:
    """Editors on Windows leave one."""
    roles('\ufeff{"web": "caf\u00e9"}')
    assert command_of_role("web", NOTHING.get) == ("caf\u00e9",)


def test_a_roles_file_in_another_encoding_is_named(roles: object) -> None:
    """With the place in it."""
    Path(paths.ROLES).write_bytes(b'{"web": "caf\xe9"}')
    with pytest.raises(ValueError, match=r"roles.json: invalid JSON: .* position 12"):
        command_of_role("web", NOTHING.get)


def test_a_missing_roles_file_is_an_error_of_the_system(roles: object) -> None:
    """The caller knows how to say it."""
    with pytest.raises(FileNotFoundError, match=r"roles\.json"):
        command_of_role("web", NOTHING.get)


def test_the_roles_are_where_every_image_has_them() -> None:
    """It is a contract with those who build images."""
    assert paths.ROLES == "/container/roles.json"


some_json = st.recursive(
    st.none() | st.text(max_size=3),
    lambda inner: st.lists(inner) | st.dictionaries(st.just("web"), inner),
).map(json.dumps)


@in_a_file
@given(st.text(st.characters(exclude_categories=["Cs"])) | some_json)
def test_any_roles_file_is_a_command_or_a_value_error(
    roles: Callable[[str], None], text: str
) -> None:
    """Nothing else comes out."""
    roles(text)
    try:
        command = command_of_role("web", NOTHING.get)
    except ValueError:
        return
    assert command


# ---- --user ---------------------------------------------------------------------------------


def test_a_user_is_looked_up_with_group_home_and_all_groups() -> None:
    """By name and by number alike."""
    expected = User(0, 0, tuple(os.getgrouplist("root", 0)))
    home = pwd.getpwuid(0).pw_dir.encode()
    for text in ("root", "0"):
        assert look_up(text) == (
            expected,
            {b"HOME": home, b"USER": b"root", b"LOGNAME": b"root"},
        )


def test_a_group_may_be_given_by_name_or_number() -> None:
    """Then it is the user's main group."""
    for text in ("root:daemon", "root:1", "0:1"):
        user, _ = look_up(text)
        assert (user.uid, user.gid, 1 in user.groups) == (0, 1, True)


def test_a_number_without_an_entry_is_taken_as_it_is_and_never_with_roots_group() -> None:
    """`--user 54321` in an image that does not know it."""
    assert look_up("54321") == (User(54321, 54321, (54321,)), {b"HOME": b"/"})
    assert look_up("54321:54322") == (User(54321, 54322, (54322,)), {b"HOME": b"/"})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nobody-of-that-name", "unknown user 'nobody-of-that-name': not in /etc/passwd"),
        ("", "unknown user '': not in /etc/passwd"),
        (":0", "unknown user '': not in /etc/passwd"),
        ("root:no-such-group", "unknown group 'no-such-group': not in /etc/group"),
        ("root:", "unknown group '': not in /etc/group"),
        ("4294967295", "invalid user or group number 4294967295: the highest is 4294967294"),
        ("0:4294967295", "invalid user or group number 4294967295"),
        ("-1", "unknown user '-1'"),
        ("9" * 5000, "."),
        ("root\0", "."),
        (ARABIC_1, "unknown user"),
    ],
)
def test_an_unknown_user_is_refused(text: str, sentence: str) -> None:
    """(uid_t)-1 means "no change" to the kernel: the app would stay root."""
    with pytest.raises(ValueError, match=sentence):
        look_up(text)


# ---- --limit --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", sorted(name for name in RESOURCES if hasattr(resource, "RLIMIT_" + name.upper()))
)
def test_a_resource_has_the_kernels_number(name: str) -> None:
    """As the C library has it."""
    assert RESOURCES[name] == getattr(resource, "RLIMIT_" + name.upper())


@given(
    st.sampled_from(sorted(RESOURCES)), st.integers(0, UNLIMITED - 1), st.integers(0, UNLIMITED - 1)
)
def test_a_limit_has_a_soft_and_a_hard_amount(name: str, one: int, two: int) -> None:
    """One amount is both."""
    soft, hard = sorted((one, two))
    for text, limits in (
        (f"{name}={soft}:{hard}", (soft, hard)),
        (f"{name}={soft}", (soft, soft)),
        (f"{name}={soft}:unlimited", (soft, UNLIMITED)),
    ):
        assert read_limit(text) == Limit(RESOURCES[name], *limits, text)


@pytest.mark.parametrize("word", ["unlimited", "infinity", "-1"])
def test_an_amount_may_be_unlimited(word: str) -> None:
    """In the words of the shell, of systemd and of Docker."""
    assert read_limit(f"core={word}") == Limit(4, UNLIMITED, UNLIMITED, f"core={word}")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nofile", "expected NAME=SOFT.*, got 'nofile'"),
        ("files=1", "unknown limit 'files': did you mean nofile"),
        ("NOFILE=1", "unknown limit 'NOFILE'"),
        ("nofile=", "expected a number or unlimited, got ''"),
        ("nofile=1:", "expected a number or unlimited, got ''"),
        ("nofile=1k", "expected a number or unlimited, got '1k'"),
        ("nofile=-2", "expected a number or unlimited, got '-2'"),
        ("nofile=2:1", "the soft limit is above the hard limit"),
        ("nofile=unlimited:1", "the soft limit is above the hard limit"),
        ("nofile=1:2:3", "expected a number or unlimited, got '2:3'"),
        (f"nofile={UNLIMITED}", "expected a number or unlimited"),
        ("nofile=" + ARABIC_1, "expected a number or unlimited"),
        ("nofile=" + "9" * 5000, "."),
        ("=1", "unknown limit ''"),
    ],
)
def test_an_invalid_limit_is_refused(text: str, sentence: str) -> None:
    """With what there is."""
    with pytest.raises(ValueError, match=sentence):
        read_limit(text)
