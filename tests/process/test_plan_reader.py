"""What the launcher makes of a start plan's file: shim/start_plan.c beside initd/core."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from initd.core.hostname import hosts_line
from initd.core.hostname.rules import check_hostname
from initd.core.start_plan import AppName, StartPlan, encoded, given_by, is_own, named

from .sanitized import compile_sanitized, told

HERE = Path(__file__).parent
GIVEN = {b"PATH": b"/bin", b"INITD_NICE": b"3", b"EMPTY": b"", b"PORT": b"80"}
DAMAGED = "/etc/initd/start.plan is damaged"


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """plans.c under address and undefined behaviour sanitizers; it calls itself initd."""
    program = tmp_path_factory.mktemp("reader") / "initd"
    compile_sanitized(
        HERE / "plans.c", ("start_plan", "plan_conditions", "app_name", "access"), program
    )
    return program


def read(
    reader: Path,
    files: Iterable[bytes],
    words: tuple[str, ...] = ("--", "app"),
    environ: Mapping[bytes, bytes] = GIVEN,
) -> Iterator[tuple[bool, list[bytes], list[bytes]]]:
    """Of each file: whether it can be used; then the shim's words and variables, else why not."""
    given = b"".join(struct.pack("=I", len(file)) + file for file in files)
    named = [
        "/usr/bin/unshare",
        "--uts",
        "/bin/sh",
        "-c",
        '/bin/hostname Web1 && unset PWD && exec "$@"',
        "sh",
    ]
    for usable, data in told([*named, reader, *words], given, environ):
        said = data.removesuffix(b"\0")
        argv, _, variables = said.partition(b"\0\0")
        yield bool(usable), argv.split(b"\0"), variables.split(b"\0")


def why_not(reader: Path, file: bytes, **how: Any) -> str:
    """The reason; "" where it can be used."""
    ((usable, (said, *_), _),) = read(reader, [file], **how)
    return "" if usable else said.decode()


def plan(**other: Any) -> StartPlan:
    """One whose conditions hold, but for what is said."""
    fields: dict[str, Any] = {
        "words": (b"initd", b"--", b"app"),
        "variables": {b"INITD_NICE": b"3", b"PORT": b"80", b"ABSENT": None},
        "files": {b"/etc/group": Path("/etc/group").read_bytes(), b"/no/such/file": None},
        "additions": {b"PATH": b"/added", b"NEW": b"a=b"},
        "shim": b"/bin/true",
        "argv": (b"ppidshim", b"-i", b"1", b"-t", b"--", b"app"),
    }
    return StartPlan(**{**fields, **other})


def file_of(*plans: StartPlan, version: str = "1") -> bytes:
    """What `initd compile` would write."""
    return encoded(list(plans), version)


def test_a_plan_that_holds_is_passed_on_word_by_word(reader: Path) -> None:
    """The app's variables are the container's, with what the plan sets in its place."""
    ((usable, argv, variables),) = read(reader, [file_of(plan())])
    assert usable
    assert argv == [b"ppidshim", b"-i", b"1", b"--", b"app"], "there is no terminal here"
    assert sorted(variables) == [
        *(b"EMPTY=", b"INITD_NICE=3", b"NEW=a=b", b"PATH=/added", b"PORT=80"),
    ]


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"words": (b"initd", b"--")}, "the command line differs"),
        ({"words": (b"initd", b"--", b"app", b"x")}, "the command line differs"),
        ({"words": (b"tini", b"--", b"app")}, "the command line differs"),
        ({"words": (b"initd", b"--", b"ap")}, "the command line differs"),
        ({"variables": {}}, "an INITD_ variable is set that is not in the plan"),
        ({"variables": {b"INITD_NICE": b""}}, "INITD_NICE has a different value"),
        ({"variables": {b"INITD_USER": b"x", b"INITD_NICE": b"3"}}, "INITD_USER is not set"),
        ({"variables": {b"PORT": b"8", b"INITD_NICE": b"3"}}, "PORT has a different value"),
        ({"variables": {b"EMPTY": None, b"INITD_NICE": b"3"}}, "EMPTY is set"),
        ({"files": {b"/etc": None}}, "/etc did not exist when the image was built"),
        ({"files": {b"/no/such": b""}}, "/no/such has changed since the image"),
        ({"files": {b"/etc": b""}}, "/etc has changed since the image"),
        ({"files": {b"/etc/group": b""}}, "/etc/group has changed since the image"),
        ({"files": {b"/dev/zero": b"\0" * 9999}}, "/dev/zero has changed since the image"),
        ({"shim": b"/no/shim"}, "/no/shim is missing or not executable"),
        ({"shim": b"/etc/group"}, "/etc/group is missing or not executable"),
    ],
    ids=str,
)
def test_what_does_not_hold_is_said(reader: Path, other: dict[str, Any], why: str) -> None:
    """One condition at a time."""
    assert why_not(reader, file_of(plan(**other))).startswith(why)


@pytest.mark.parametrize(
    ("text", "usable"),
    [
        ("", True),
        ("127.0.0.1 localhost\n10.0.0.1 web1\n10.0.0.2 web10.example.org\n", True),
        ("10.0.0.1 web1.example.org web1\n", False),
        ("10.0.0.1 WEB1.example.org", False),
        ("x" * 70_000, False),
    ],
    ids=lambda each: str(each)[:40],
)
def test_a_name_that_may_have_a_domain_is_for_python_to_decide(
    reader: Path, tmp_path: Path, text: str, usable: bool
) -> None:
    """The kernel's name here is Web1; the file is searched as core/hostname/container.py does."""
    hosts = tmp_path / "hosts"
    hosts.write_text(text)
    why = why_not(reader, file_of(plan(hosts=str(hosts).encode())))
    assert why == (
        "" if usable else "the host name is fully qualified, or has a domain in /etc/hosts"
    )
    assert why_not(reader, file_of(plan(hosts=b"/no/such/file"))) == ""


# ---- a host name of the app's ------------------------------------------------------------------

LIBRARY = b"/etc/group"  # whatever can be read


def name_of(pattern: str, library: bytes = LIBRARY) -> AppName:
    return AppName(pattern=pattern.encode(), library=library, listed=b"/etc/hosts")


@pytest.mark.parametrize(
    "given",
    [
        {},
        {b"HOSTNAME": b"Web1", b"LD_PRELOAD": b"/jemalloc.so:/other.so::"},
        {b"HOSTNAME": b"mine", b"INITD_HOSTNAME": b"before", b"LD_PRELOAD": b""},
        {b"HOSTNAME": b"", b"LD_PRELOAD": b"/a /etc/group:"},
        {b"LD_PRELOAD": b"/etc/groups:/x/etc/group"},
    ],
    ids=str,
)
def test_the_app_gets_the_variables_that_show_its_name(
    reader: Path, given: dict[bytes, bytes]
) -> None:
    """Those that core would give it, beside what engines and images have set. The kernel's name
    here is Web1."""
    environ = {**GIVEN, **given}
    own = {name: value for name, value in given.items() if name == b"INITD_HOSTNAME"}
    plans = [
        plan(name=name_of(pattern), variables={b"INITD_NICE": b"3", **own})
        for pattern in (".example.org", "shop", "shop.example.org")
    ]
    answers = read(reader, map(file_of, plans), environ=environ)
    for whole, (usable, _, variables) in zip(plans, answers, strict=True):
        assert usable
        found = dict(each.split(b"=", 1) for each in variables)
        assert found == given_by(whole, environ, "Web1")
        assert len(found) == len(variables)


NAMES = (
    *(".example.org", ".x", ".", ".-a", ".a-", ".a..b", ".a_b", ".ä", ". a", "." + "a" * 59),
    *("." + "a" * 60, "a" * 63, "a" * 64, "a." * 31 + "aa", "a." * 31 + "aaa", "a.b.", "-a.b"),
    *("a-.b", "a--b.C9", "", "a b", "a\nb"),
)


def is_valid(name: str) -> bool:
    try:
        check_hostname(name)
    except ValueError:
        return False
    return True


def test_a_name_is_valid_where_python_says_so(reader: Path) -> None:
    """If it is not, Python refuses it, or passes it over."""
    files = [file_of(plan(name=name_of(pattern))) for pattern in NAMES]
    for pattern, (usable, said, _) in zip(NAMES, read(reader, files), strict=True):
        assert usable is is_valid(named(pattern, "Web1")), pattern
        assert usable or said == [b"the host name would be invalid or too long"]


def test_what_is_unusual_about_a_name_is_for_python(reader: Path) -> None:
    """A kernel that has the name already, a library that is gone, a list that is too long."""
    assert why_not(reader, file_of(plan(name=name_of("Web1")))) == "the host name is the kernel's"
    gone = file_of(plan(name=name_of(".a", library=b"/no/library")))
    assert why_not(reader, gone) == "/no/library is missing or not readable"
    environ = {**GIVEN, b"LD_PRELOAD": b"/a" * 2100}
    assert why_not(reader, file_of(plan(name=name_of(".a"))), environ=environ) == (
        "LD_PRELOAD is too long"
    )


# ---- its line in the hosts file ---------------------------------------------------------------


@pytest.fixture(scope="module")
def adder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """hosts.c under the same sanitizers."""
    program = tmp_path_factory.mktemp("adder") / "hosts"
    compile_sanitized(HERE / "hosts.c", ("hosts_line",), program)
    return program


def added(
    adder: Path, asked: Iterable[tuple[bytes, str, str]], room: int = 70_000
) -> Iterator[tuple[bool, bytes]]:
    """Of each file, name, and kernel's name: whether the name is there, and the longer file."""
    given = b"".join(
        struct.pack("=IIII", len(text), len(name), len(kernel), room)
        + text
        + name.encode()
        + kernel.encode()
        for text, name, kernel in asked
    )
    for listed, longer in told([adder], given):
        yield bool(listed), longer


WORDS = (
    *(b"127.0.0.1", b"::1", b"172.17.0.2", b"172.17.0.3", b"FD00::2", b"fd00::2%eth0", b"1.2.3"),
    *(b"256.1.1.1", b"01.2.3.004", b"1..2.3", b"a:b", b"localhost", b"Web1", b"web1.example.org"),
    *(b"web1", b"web1", b"web1", b"shop", b"shop.Example.org", b"#", b"#web1", b"web1#", b"\xff"),
)
SPACES = (b" ", b"\t", b"  ", b"\n", b"\n", b"\r\n", b"\v", b"\f", b"\0", b"\x1c", b"")


def test_the_line_is_added_where_python_would_add_it(adder: Path) -> None:
    """Byte for byte, to 6,000 files of odd words; but where the kernel's name has no address."""
    rolls = random.Random(11)
    asked = []
    for _ in range(6_000):
        parts = [rolls.choice(WORDS) + rolls.choice(SPACES) for _ in range(rolls.randrange(2, 16))]
        name = rolls.choice(["web1.example.org", "shop.example.org", "shop", "Web1.x"])
        asked.append((b"".join(parts), name, rolls.choice(["web1", "Web1", "shop", "other"])))
    written = 0
    for (text, name, kernel), (listed, longer) in zip(asked, added(adder, asked), strict=True):
        assert listed is hosts_line.resolves(text, name), (text, name)
        if listed:
            continue
        known = hosts_line.addresses_of(text, kernel)
        expected = hosts_line.with_hostname(text, name, kernel, b"192.0.2.1") if known else b""
        assert longer == expected, (text, name, kernel)
        written += bool(longer)
    assert written > 300


def test_a_mount_point_is_one_where_python_says_so(adder: Path) -> None:
    """By the fifth field of a line, whatever the others are."""
    rolls = random.Random(13)
    words = (b"/etc/hosts", b"/etc/hosts", b"/ETC/hosts", b"/etc/hosts\\040", b"1", b" ", b"\n")
    texts = [b" ".join(rolls.choices(words, k=rolls.randrange(12))) for _ in range(3000)]
    texts += [Path("/proc/self/mountinfo").read_bytes(), b"1 2 3 4 /etc/hosts\n", b""]
    answers = added(adder, [(text, "/etc/hosts", "") for text in texts])
    for text, (is_one, _) in zip(texts, answers, strict=True):
        assert is_one is hosts_line.is_mounted("/etc/hosts", text), text


def test_no_line_is_added_where_there_is_no_room_or_too_much_to_say(adder: Path) -> None:
    """Python does it then."""
    text, name = b"10.0.0.1 web1\n", "web1.example.org"
    longer = b"10.0.0.1 web1.example.org web1\n" + text
    for room, expected in ((len(longer), longer), (len(longer) - 1, b""), (0, b"")):
        assert list(added(adder, [(text, name, "web1")], room)) == [(False, expected)]
    many = b"".join(b"10.0.0.%d web1\n" % at for at in range(9))
    assert list(added(adder, [(many, name, "web1")])) == [(False, b"")]


INJECTED = (
    *("INITD_SERVICE_HOST=10.0.0.1", "INITD_SERVICE_PORT=80", "INITD_SERVICE_PORT_HTTP=80"),
    *("INITD_PORT=tcp://10.0.0.1:80", "INITD_PORT_80_TCP=tcp://x:1", "INITD_PORT_80_TCP_ADDR=x"),
    *("INITD_PORT_53_UDP_PROTO=udp", "INITD_WEB_SERVICE_HOST=x", "INITD_WEB_PORT=tcp://x:1"),
    *("INITD_VERSION=1.2.3", "INITD_PORT_PORT_8=x"),
)  # fmt: skip
OTHERS = (
    *("INITD_RESTAT=always", "INITD_PORT=80", "INITD_PORT=", "INITD_PORTS=tcp://x:1"),
    *("INITD_VERSIONS=1", "INITD_WEB_VERSION=1", "INITD_SERVICE_HOSTS=x", "INITD_PORT_TCP=x"),
    "INITD_SERVICE=x",
    *("INITD_PORT_=x", "INITD_SERVICE_PORTS=1", "INITD_=_PORT_8", "INITD_USER=a_SERVICE_HOST=x"),
)  # fmt: skip


@pytest.mark.parametrize("variable", [*INJECTED, *OTHERS])
def test_what_engines_inject_leaves_a_plan_in_force_and_any_other_variable_does_not(
    reader: Path, variable: str
) -> None:
    """Of a service called initd; a misspelt variable is noticed, as that takes Python. The
    launcher judges as core does."""
    name, _, value = variable.partition("=")
    is_left_alone = variable in INJECTED
    assert is_own(name.encode(), value.encode()) is not is_left_alone
    why = why_not(reader, file_of(plan()), environ={**GIVEN, name.encode(): value.encode()})
    assert why == ("" if is_left_alone else "an INITD_ variable is set that is not in the plan")


def test_a_file_is_compared_to_its_last_byte(reader: Path, tmp_path: Path) -> None:
    """Longer than one read, and as long as it is."""
    file = tmp_path / "file"
    name = str(file).encode()
    for size in (0, 1, 4095, 4096, 4097, 10_000):
        content = random.Random(size).randbytes(size)
        file.write_bytes(content)
        assert why_not(reader, file_of(plan(files={name: content}))) == ""
        for other in {content[:-1], content + b"\n", content[:-1] + b"x", content[:4096]}:
            if other != content:
                assert why_not(reader, file_of(plan(files={name: other})))


def test_of_several_plans_the_one_that_holds_is_used(reader: Path) -> None:
    """A role each, for one image."""
    roles = [
        plan(variables={b"INITD_ROLE": role}, argv=(b"ppidshim", b"--", role))
        for role in (b"web", b"worker", b"console")
    ]
    environ = {b"INITD_ROLE": b"worker"}
    ((usable, argv, _),) = read(reader, [file_of(*roles)], environ=environ)
    assert (usable, argv) == (True, [b"ppidshim", b"--", b"worker"])
    environ = {b"INITD_ROLE": b"other"}
    assert why_not(reader, file_of(*roles), environ=environ) == "INITD_ROLE has a different value"


def test_where_none_holds_the_reason_is_the_nearest_ones(reader: Path) -> None:
    """A plan for quite another command is not what anybody asks about."""
    far, near = plan(words=(b"initd", b"x")), plan(files={b"/etc/group": b""})
    for both in ([far, near], [near, far]):
        assert why_not(reader, file_of(*both)).startswith("/etc/group has changed")


def test_a_plan_of_another_version_is_left(reader: Path) -> None:
    """Its shim may have had other words."""
    why = why_not(reader, file_of(plan(), version="2"))
    assert why == "/etc/initd/start.plan was made by another version of initd"


def test_too_many_variables_leave_the_ordinary_start(reader: Path) -> None:
    """Which has room for as many as there are."""
    environ = {b"N%d" % at: b"" for at in range(1024)} | {b"INITD_NICE": b"3", b"PORT": b"80"}
    assert why_not(reader, file_of(plan()), environ=environ).startswith("the environment has too")


def test_every_prefix_of_a_file_is_damaged(reader: Path) -> None:
    """Wherever it breaks off; and no byte behind the end is looked at."""
    whole = file_of(plan())
    answers = list(read(reader, [whole[:size] for size in range(len(whole))]))
    assert len(answers) == len(whole)
    for usable, (said, *_), _ in answers:
        assert (usable, said.decode()) == (False, DAMAGED)


def test_20000_spoilt_files_do_no_harm(reader: Path) -> None:
    """Bytes changed, left out and put in, in lengths above all."""
    rolls = random.Random(7)
    whole = file_of(plan(files={}), plan(), plan(words=(b"initd",)))
    answers = list(read(reader, [_spoilt(whole, rolls) for _ in range(20_000)]))
    assert len(answers) == 20_000
    assert all(usable or said[0] for usable, said, _ in answers), "a reason is given"


def _spoilt(whole: bytes, rolls: random.Random) -> bytes:
    spoilt = bytearray(whole)
    for _ in range(rolls.randrange(1, 4)):
        at = rolls.randrange(len(spoilt))
        roll = rolls.random()
        if roll < 0.6:
            spoilt[at] = rolls.choice([0, 1, 255, 69, rolls.randrange(256)])
        elif roll < 0.8:
            del spoilt[at : at + rolls.randrange(9)]
        else:
            spoilt[at:at] = rolls.randbytes(rolls.randrange(9))
    return bytes(spoilt) or b"H"
