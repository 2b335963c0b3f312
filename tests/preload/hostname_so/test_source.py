"""Where the name comes from, and what is refused as one."""

from __future__ import annotations

from pathlib import Path

import pytest

from .container import FQDN, SHORT, output, run
from .programs import Libc, Programs

LONGEST = "n" * 60 + ".org"

#: Not names: the kernel's stands.
NO_NAMES = {
    "empty": "",
    "65 characters": "n" * 65,
    "1000 characters": "n" * 1000,
    "space": "web 1",
    "underscore": "web_1",
    "slash": "../web",
    "not ASCII": "wëb",
    "tab": "web1\t",
    "newline": "web1\n",
    "format": "%s%n",
    "a label of 64 characters": "n" * 64,
    "an empty label": "web..org",
    "a dot in front": ".web",
    "a dot at the end": "web.",
    "a hyphen in front": "web.-1",
    "a hyphen at the end": "web-.org",
}
no_names = pytest.mark.parametrize("value", NO_NAMES.values(), ids=NO_NAMES.keys())


@pytest.mark.parametrize("name", [FQDN, "w", LONGEST, "n" * 63, "A-9.z", "10.0.0.1"])
def test_the_variable_gives_the_name(
    library: Path, programs: Programs, libc: Libc, name: str
) -> None:
    """Both functions tell it, under either libc."""
    assert output(programs("name", libc), preload=library, name=name) == f"{name} {name}"


def test_without_the_library_the_kernels_name_is_seen(programs: Programs, libc: Libc) -> None:
    """The variable and the file alone do nothing: what the other tests see is the library's."""
    seen = output(programs("name", libc), name=FQDN, name_file=FQDN)
    assert seen == f"{SHORT} {SHORT}"


@no_names
def test_an_invalid_variable_leaves_the_kernels_name(
    library: Path, programs: Programs, libc: Libc, value: str
) -> None:
    """Where there is no file either."""
    seen = output(programs("name", libc), preload=library, name=value)
    assert seen == f"{SHORT} {SHORT}"


def test_an_empty_variable_shows_the_kernels_name(
    library: Path, programs: Programs, libc: Libc
) -> None:
    """It decides: the file is not asked."""
    seen = output(programs("name", libc), preload=library, name="", name_file=FQDN)
    assert seen == f"{SHORT} {SHORT}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{hostname}.example.org", FQDN),
        ("web1", FQDN),
        *((value, FQDN) for value in NO_NAMES.values() if value),
        ("other.name", "other.name"),
    ],
)
def test_a_variable_with_a_short_name_is_what_init_made_of_it(
    library: Path, programs: Programs, libc: Libc, value: str, expected: str
) -> None:
    """A `docker exec` shell has the container's variables, with templates as they were
    written and short names that a domain was to follow: the file has what they became."""
    seen = output(programs("name", libc), preload=library, name=value, name_file=FQDN)
    assert seen == f"{expected} {expected}"


@pytest.mark.parametrize("file", [None, "no name"])
def test_a_short_name_stands_where_the_file_has_none(
    library: Path, programs: Programs, libc: Libc, file: str | None
) -> None:
    """It is a name."""
    seen = output(programs("name", libc), preload=library, name="web1", name_file=file)
    assert seen == "web1 web1"


@pytest.mark.parametrize("end", ["\n", "", "\n\n", "\nsecond.line\n", "\n" + "x" * 5000])
@pytest.mark.parametrize("name", [FQDN, "w", LONGEST], ids=len)
def test_the_files_first_line_gives_the_name(
    library: Path, programs: Programs, libc: Libc, name: str, end: str
) -> None:
    """With or without a newline behind it."""
    seen = output(programs("name", libc), preload=library, name_file=name + end)
    assert seen == f"{name} {name}"


def test_the_variable_is_stronger_than_the_file(
    library: Path, programs: Programs, libc: Libc
) -> None:
    """The process's own word."""
    seen = output(programs("name", libc), preload=library, name=FQDN, name_file="other.name")
    assert seen == f"{FQDN} {FQDN}"


@pytest.mark.parametrize("value", [*NO_NAMES.values(), "\nweb1\n", "web1\r\n"])
def test_a_file_that_holds_no_name_leaves_the_kernels(
    library: Path, programs: Programs, libc: Libc, value: str
) -> None:
    """A broken file breaks nobody."""
    if value == NO_NAMES["newline"]:
        value = "\n"
    seen = output(programs("name", libc), preload=library, name_file=value)
    assert seen == f"{SHORT} {SHORT}"


@pytest.mark.parametrize(
    "prepare",
    [
        "mkdir -p /run/initd/hostname",
        "mkdir /run/initd; mkfifo /run/initd/hostname",
        "mkdir /run/initd; ln -s nowhere /run/initd/hostname",
        "mkdir /run/initd; ln -s /dev/zero /run/initd/hostname",
        "mkdir /run/initd; ln -s hostname /run/initd/hostname",
        "echo > /run/initd",
    ],
)
def test_only_a_regular_file_is_read(
    library: Path, programs: Programs, libc: Libc, prepare: str
) -> None:
    """A pipe without a writer above all: opening it would wait."""
    seen = output(programs("name", libc), preload=library, prepare=prepare)
    assert seen == f"{SHORT} {SHORT}"


def test_no_descriptor_is_left_open(library: Path, tmp_path: Path) -> None:
    """The file is closed again, and the next descriptor is the program's."""
    plain = output("sh", "-c", "ls /proc/self/fd")
    assert output("sh", "-c", "ls /proc/self/fd", preload=library, name_file=FQDN) == plain


#: /etc/ld.so.preload of this namespace alone, a set-user-id program, and no root.
_SECURE = """
cp -a /etc /run/etc; mount --bind /run/etc /etc
cp {library} /run/hostname.so; cp {program} /run/program
chmod {mode} /run/program; chmod 755 /run/hostname.so
echo /run/hostname.so > /etc/ld.so.preload
"""
_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/run/program")


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("755", "from.caller secure=0"),
        ("4755", "from.file secure=1"),
        ("2755", "from.file secure=1"),
    ],
    ids=["plain", "set-user-id", "set-group-id"],
)
def test_a_set_user_id_program_believes_the_file_and_not_its_caller(
    library: Path, programs: Programs, mode: str, expected: str
) -> None:
    """glibc loads what /etc/ld.so.preload names even there."""
    prepare = _SECURE.format(library=library, program=programs("secure_name"), mode=mode)
    assert output(*_NOBODY, name="from.caller", name_file="from.file", prepare=prepare) == expected


def test_a_set_user_id_program_without_the_file_sees_the_kernels_name(
    library: Path, programs: Programs
) -> None:
    """The caller's variable changes nothing."""
    prepare = _SECURE.format(library=library, program=programs("secure_name"), mode="4755")
    assert output(*_NOBODY, name="from.caller", prepare=prepare) == f"{SHORT} secure=1"


@pytest.mark.parametrize(
    ("name_file", "expected"), [("from.file", "from.file from.file"), (None, f"{SHORT} {SHORT}")]
)
def test_a_set_user_id_program_believes_its_caller_at_no_time(
    library: Path, programs: Programs, name_file: str | None, expected: str
) -> None:
    """In preinit functions the environment is the kernel's word, and still the caller's."""
    prepare = _SECURE.format(library=library, program=programs("preinit"), mode="4755")
    seen = output(*_NOBODY, name="from.caller", name_file=name_file, prepare=prepare)
    assert seen == expected


def test_a_set_user_id_program_of_musl_sees_the_kernels_name(
    library: Path, programs: Programs
) -> None:
    """A miss: musl knows no /etc/ld.so.preload, and no LD_PRELOAD in such a program."""
    program = programs("secure_name", Libc.MUSL)
    prepare = _SECURE.format(library=library, program=program, mode="4755")
    preload = "/run/hostname.so"
    seen = output(*_NOBODY, preload=preload, name=FQDN, name_file=FQDN, prepare=prepare)
    assert seen == f"{SHORT} secure=1"


def test_the_loaders_variable_alone_does_not_reach_a_set_user_id_program(
    library: Path, programs: Programs
) -> None:
    """glibc takes no path from the caller there: /etc/ld.so.preload is the way."""
    prepare = _SECURE.format(library=library, program=programs("secure_name"), mode="4755")
    prepare += "rm /etc/ld.so.preload\n"
    preload = "/run/hostname.so"
    seen = output(*_NOBODY, preload=preload, name=FQDN, name_file=FQDN, prepare=prepare)
    assert seen == f"{SHORT} secure=1"


@pytest.mark.parametrize("name", [None, "from.variable"])
def test_both_ways_in_at_once_are_one(library: Path, programs: Programs, name: str | None) -> None:
    """LD_PRELOAD and /etc/ld.so.preload name the same file: it is loaded once, in silence."""
    prepare = _SECURE.format(library=library, program=programs("secure_name"), mode="755")
    seen = output(
        *_NOBODY, preload="/run/hostname.so", name=name, name_file="from.file", prepare=prepare
    )
    assert seen == f"{name or 'from.file'} secure=0"


def test_the_loaders_file_reaches_a_program_that_lost_its_environment(
    library: Path, programs: Programs
) -> None:
    """As after sudo or env -i: /etc/ld.so.preload and /run/initd/hostname are enough."""
    prepare = _SECURE.format(library=library, program=programs("secure_name"), mode="755")
    done = run("env", "-i", "/run/program", name_file=FQDN, prepare=prepare)
    assert (done.returncode, done.stdout) == (0, f"{FQDN} secure=0\n"), done
