"""What a start plan depends on, and what init adds to the app's environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from initd import paths
from initd.cli.sources import parse_sources
from initd.config import planning
from initd.config.command_line import above
from initd.config.mistake import Mistakes
from initd.config.planning import Unplannable, everybody_may_read, plan_of
from initd.core.start_plan import AppName, StartPlan

LIBRARY = "/native/hostname.so"
GIVEN = {b"PATH": b"/bin", b"HOME": b"/root"}


def plan(*argv: str, **variables: str) -> StartPlan:
    """As `initd compile` would make it, with these variables beside PATH and HOME."""
    environ = {**GIVEN, **{name.encode(): value.encode() for name, value in variables.items()}}
    line, given = parse_sources(argv, environ)
    line = above(line, given.options)
    return plan_of(argv, line, given, environ, "/native/ppidshim", LIBRARY)[0]


def test_it_holds_the_command_line_and_the_shims() -> None:
    """Init's name comes first; the shim is told what Python's init would tell it."""
    found = plan("--umask", "027", "--", "app", "-x")
    assert found.words == (b"initd", b"--umask", b"027", b"--", b"app", b"-x")
    assert found.shim == b"/native/ppidshim"
    assert found.argv == tuple(b"ppidshim -i 1 -d 9 -n 3 -t -m 27 -- app -x".split())


def test_a_session_of_its_own_takes_no_terminal() -> None:
    """As in an ordinary start."""
    assert b"-t" not in plan("--session", "app").argv


def test_without_more_it_depends_on_no_file_but_those_that_are_looked_for() -> None:
    """And adds nothing."""
    found = plan("app")
    looked_for = (b"/container/initd.toml", b"/etc/initd.toml", b"/run/initd/hostname")
    assert (found.files, found.additions, found.variables) == (dict.fromkeys(looked_for), {}, {})
    assert found.hosts == b"/etc/hosts"


def test_it_depends_on_all_of_inits_own_variables() -> None:
    """And on nothing else that the container may be given, whatever an engine calls that."""
    injected = {"INITD_SERVICE_HOST": "10.0.0.1", "INITD_PORT": "tcp://10.0.0.1:80"}
    found = plan("app", INITD_NICE="3", INITD_UNKNOWN="x", OTHER="y", **injected)
    assert found.variables == {b"INITD_NICE": b"3", b"INITD_UNKNOWN": b"x"}
    assert found.argv[8:10] == (b"-p", b"23")


def test_it_depends_on_the_variables_that_a_role_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that are not set too: they could be."""
    roles = tmp_path / "roles.json"
    roles.write_text('{"web": "serve -p ${PORT:-80} $EXTRA"}')
    monkeypatch.setattr(paths, "ROLES", str(roles))
    found = plan("--role", "web", PORT="81", OTHER="y")
    assert found.variables == {b"PORT": b"81", b"EXTRA": None}
    assert found.argv[-3:] == (b"serve", b"-p", b"81")
    assert found.files[str(roles).encode()] == roles.read_bytes()


def test_it_depends_on_the_configuration_file(tmp_path: Path) -> None:
    """The one that is asked for, and then not on the default ones; with what it sets."""
    path = tmp_path / "initd.toml"
    path.write_text('command = ["app"]\n[app.env]\nA = "1"\nHOME = "/app"\n')
    found = plan("--config", str(path))
    assert found.files[str(path).encode()] == path.read_bytes()
    assert b"/etc/initd.toml" not in found.files
    assert found.additions == {b"A": b"1", b"HOME": b"/app"}


@pytest.mark.parametrize("words", [["--env-file", "/dev/null"], ["--secrets", "files"]], ids=str)
def test_values_that_may_be_secret_are_in_no_plan(words: list[str]) -> None:
    """The plan is a file of the image: each start reads them where they are."""
    with pytest.raises(Unplannable, match=f"^{words[0]}: "):
        plan(*words, "app")


@pytest.mark.parametrize(
    ("words", "pattern"),
    [
        (["--domain", "example.org."], b".example.org"),
        (["--hostname", "shop.example.org"], b"shop.example.org"),
        (["--hostname", "shop", "--domain", "example.org"], b"shop.example.org"),
        (["--hostname", "Shop"], b"Shop"),
        (["--hostname", "h"], b"h"),
    ],
    ids=str,
)
def test_a_name_or_a_domain_that_is_known_is_part_of_the_plan(
    words: list[str], pattern: bytes
) -> None:
    """Then nothing is looked for in the hosts file, and one that is left of an earlier start is
    replaced."""
    found = plan(*words, "app")
    library, hosts = LIBRARY.encode(), b"/etc/hosts"
    assert found.name == AppName(pattern=pattern, library=library, listed=hosts)
    assert found.hosts == b""
    assert paths.HOSTNAME_FILE.encode() not in found.files
    assert found.additions == {}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--hostname", "{hostname}.a.b"], "--hostname: the container fills the fields of '{host"),
        (["--domain", "{domain}"], "--domain: the container fills the fields of '{domain}'"),
        (["--hostname", "my_app_1"], "--hostname: the name has an underscore"),
        (["--hostname", "my_app_1", "--domain", "a.b"], "--hostname: the name has an underscore"),
        (["--domain", "my_zone.b"], "--domain: the name has an underscore"),
    ],
    ids=str,
)
def test_a_name_that_only_the_container_knows_is_in_no_plan(words: list[str], why: str) -> None:
    """Whatever the fields would be where the image is built."""
    with pytest.raises(Unplannable, match=f"^{why}"):
        plan(*words, "app")


def test_with_a_user_it_depends_on_who_is_who() -> None:
    """And adds what a login would."""
    found = plan("--user", "root", "app")
    assert found.files[b"/etc/passwd"] == Path("/etc/passwd").read_bytes()
    assert found.files[b"/etc/group"] == Path("/etc/group").read_bytes()
    assert found.additions == {b"HOME": b"/root", b"USER": b"root", b"LOGNAME": b"root"}


def test_only_a_regular_file_can_be_planned_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """It can't be read twice."""
    monkeypatch.setattr(paths, "ROLES", "/dev/null")
    with pytest.raises(Unplannable, match="/dev/null is not a regular file"):
        planning._content(paths.ROLES)


def test_what_can_not_be_planned_says_so() -> None:
    """As core knows it."""
    with pytest.raises(Unplannable, match="--notify"):
        plan("--notify", "app")


def test_a_mistake_is_one_here_too() -> None:
    """Found when the image is built."""
    with pytest.raises(Mistakes, match="nothing to run"):
        plan()


def test_a_plan_is_no_more_open_than_the_files_that_are_in_it(tmp_path: Path) -> None:
    """A configuration file may hold what is nobody's business; so may its directory's mode."""
    path = tmp_path / "initd.toml"
    path.write_text("[app]\nenv = { PASSWORD = '1' }\n")
    path.chmod(0o600)
    assert everybody_may_read(plan("--user", "0", "app"))
    assert not everybody_may_read(plan("--config", str(path), "app"))
    path.chmod(0o644)
    os.chmod(tmp_path, 0o700)
    assert not everybody_may_read(plan("--config", str(path), "app"))
