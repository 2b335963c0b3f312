"""The host name in a container: from each source to the app, to the file, to `initd hostname`."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import initd

from .namespace import BOUND, INITD, ONE_FILE, Container, bound, start

LIBRARY = Path(initd.__file__).parent / "native" / "hostname.so"
NAME_FILE = "/run/initd/hostname"
FQDN = "web1.example.org"
AS_SOMEBODY = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"]

LOCALHOST = "127.0.0.1 localhost\n"
DOCKER = f"{LOCALHOST}172.17.0.2\t{FQDN} web1\n"
POD_NAME = "web1.nginx.shop.svc.cluster.local"
POD = f"{LOCALHOST}10.244.0.5\t{POD_NAME}\tweb1\n"
POD_SEARCH = (
    "nameserver 10.96.0.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local\n"
)

#: What the app sees: by uname, in a shell, in the library's variable, in the file.
SHOW = (
    'uname -n; echo "${HOSTNAME-unset}"; echo "${INITD_HOSTNAME-unset}";'
    f" cat {NAME_FILE} 2>/dev/null || echo none; echo end; cat"
)


def place(kernel: str = "web1", hosts: str = LOCALHOST, search: str = "") -> list[str]:
    """What wraps an init whose engine has written these; inside of its own /run."""
    script = (
        'echo "$1" >/proc/sys/kernel/hostname; mkdir /run/engine;'
        ' printf %s "$2" >/run/engine/hosts; printf %s "$3" >/run/engine/resolv.conf;'
        " mount --bind /run/engine/hosts /etc/hosts;"
        ' mount --bind /run/engine/resolv.conf /etc/resolv.conf; shift 3; exec "$@"'
    )
    return ["unshare", "--uts", "sh", "-ec", script, "sh", kernel, hosts, search]


@contextmanager
def running(
    *options: str, before: list[str] | None = None, launcher: str = "", **environ: str
) -> Iterator[tuple[Container, list[str]]]:
    """A container whose app has shown what it sees, and goes on."""
    env = {"PATH": os.environ["PATH"], **environ}
    wrap = place() if before is None else before
    with start(
        "sh", "-c", SHOW, options=options, before=wrap, env=env, stdin=subprocess.PIPE,
        launcher=launcher,
    ) as box:  # fmt: skip
        box.stdout.until("end")
        yield box, box.stdout.seen[:-1]
        assert box.process.stdin is not None
        box.process.stdin.close()
        assert box.wait() == 0


def shown(*options: str, before: list[str] | None = None, **environ: str) -> list[str]:
    with running(*options, before=before, **environ) as (_, lines):
        return lines


# ---- from each source to the app ------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "environ", "before", "name"),
    [
        (["--hostname", FQDN], {}, place(), FQDN),
        (["--hostname", "{hostname}.{env:ZONE}"], {"ZONE": "eu.x"}, place(), "web1.eu.x"),
        ([], {"INITD_HOSTNAME": "{env:POD}.x.y", "POD": "web-0"}, place(), "web-0.x.y"),
        (["--domain", "example.org"], {"HOSTNAME": "web1"}, place(), FQDN),
        ([], {"INITD_DOMAIN": "{domain}"}, place(search="search example.org a.b\n"), FQDN),
        ([], {}, place(hosts=DOCKER), FQDN),
        ([], {}, place(hosts=POD, search=POD_SEARCH), POD_NAME),
        (
            ["--hostname", "{hostname}.{namespace}.{cluster}"],
            {},
            place(search=POD_SEARCH),
            "web1.shop.cluster.local",
        ),
        (
            ["--hostname", "{hostname}-{subdomain}.x"],
            {},
            place(hosts=POD, search=POD_SEARCH),
            "web1-nginx.x",
        ),
    ],
)
def test_the_app_sees_the_name_of_each_source(
    options: list[str], environ: dict[str, str], before: list[str], name: str
) -> None:
    """Its programs, its shells, and who has no environment any more: never the template."""
    assert shown(*options, before=before, **environ) == [name] * 4


@pytest.mark.parametrize(
    ("options", "before", "kernel"),
    [
        ([], place(), "web1"),
        ([], place("web1.kernel.org", DOCKER), "web1.kernel.org"),
        ([], place("web-2.node1", ""), "web-2.node1"),
        ([], place(hosts=f"{LOCALHOST}10.0.0.9 {FQDN}\n"), "web1"),
        ([], place(search="search example.org\n"), "web1"),
        (["--hostname", "{hostname}"], place(hosts=DOCKER), "web1"),
    ],
)
def test_where_the_kernels_name_stands_nothing_is_touched(
    options: list[str], before: list[str], kernel: str
) -> None:
    """A full one (Swarm's templates make such), or a short one for which nobody vouches."""
    assert shown(*options, before=before, HOSTNAME="x") == [kernel, "x", "unset", "none"]


def test_a_hostname_of_somebodys_own_stays() -> None:
    """Only the engine's is replaced."""
    assert shown("--hostname", FQDN, HOSTNAME="mine") == [FQDN, "mine", FQDN, FQDN]


def test_a_configuration_file_has_the_name_too(tmp_path: Path) -> None:
    """As host.name and host.domain."""
    path = tmp_path / "initd.toml"
    path.write_text("[host]\nname = '{hostname}-a'\ndomain = '{env:ZONE}'\n")
    assert shown("--config", str(path), ZONE="eu.x")[0] == "web1-a.eu.x"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("x" * 65, "at most 64 are allowed"),
        ("x" * 64, "a part of 64 characters: 1 to 63 are allowed"),
        ("", "the host name is empty: give a name such as"),
        ("a+b.example.org", "letters, digits and inner hyphens"),
        ("{hostname}.{domain}", "{domain} has no value here: use --domain"),
        ("{namespace}.x", "{namespace} has no value here: the search list"),
        ("{env:POD}.x", "the variable POD is not set"),
        ("{pod}.x", "unknown field {pod}: use {hostname}, {domain}"),
        (
            "{{.Node.Hostname}}",
            "Swarm expands them only in --hostname and --env of `docker service create`",
        ),
    ],
)
def test_an_invalid_name_is_refused_before_anything_starts(name: str, why: str) -> None:
    """One line, 125."""
    with start("echo", "started", options=["--hostname", name], before=place()) as box:
        assert box.wait() == 125
        assert box.stdout.rest() == []
        assert box.log_pipe is not None
        (line,) = box.log_pipe.rest()
        assert line.startswith("initd: --hostname: ")
        assert why in line


def test_an_init_that_is_preloaded_itself_asks_the_kernel() -> None:
    """Within an app, or in an image with /etc/ld.so.preload: there libc's uname answers with
    the name that is asked for, and it would seem that nothing is to be done."""
    preload = str(LIBRARY)
    with running(LD_PRELOAD=preload, INITD_HOSTNAME=FQDN) as (box, lines):
        assert lines == [FQDN] * 4
        assert json.loads(box.verb("hostname", "--json").stdout)["kernel"] == "web1"
        assert box.status()["hostname"] == FQDN
    lines = shown("--hostname", "{hostname}.y", LD_PRELOAD=preload, INITD_HOSTNAME=FQDN)
    assert lines == ["web1.y"] * 4


# ---- the file -------------------------------------------------------------------------------


def test_the_file_is_everybodys_to_read_and_nothing_is_left_beside_it() -> None:
    """Whatever init's umask: whoever reads it has another user perhaps."""
    before = [*place(), "sh", "-c", 'umask 077; exec "$@"', "sh"]
    with start("stat", "-c", "%a %u", NAME_FILE, options=["--hostname", FQDN], before=before) as it:
        assert it.stdout.rest() == ["644 0"]
    somebodys = [*AS_SOMEBODY, "cat", NAME_FILE]
    with start(*somebodys, options=["--hostname", FQDN], before=before) as it:
        assert it.stdout.rest() == [FQDN]
    library = ["hostname.so"] if ONE_FILE else []  # it is written there; the wheel's is a file
    with start("ls", "/run/initd", options=["--hostname", FQDN], before=place()) as it:
        assert sorted(it.stdout.rest()) == ["control.sock", "hostname", *library]


def leave_behind(text: str) -> list[str]:
    """What wraps an init that finds a file of an earlier start."""
    script = f'mkdir /run/initd; echo {text} >{NAME_FILE}; exec "$@"'
    return [*place(), "sh", "-ec", script, "sh"]


def test_a_file_of_an_earlier_start_is_replaced_or_taken_away() -> None:
    """A container that is started again keeps its /run."""
    assert shown("--hostname", FQDN, before=leave_behind("old.x"))[3] == FQDN
    assert shown(before=leave_behind("old.x"))[3] == "none"


def test_an_init_further_down_leaves_the_file_alone() -> None:
    """Two of them in one container have two names."""
    before = [*leave_behind("pid-1.x"), "sh", "-c", '"$@"; exit $?', "sh"]
    assert shown("--hostname", FQDN, before=before) == [FQDN, FQDN, FQDN, "pid-1.x"]


def test_a_short_name_of_an_init_further_down_gives_way_to_the_file() -> None:
    """docs/hostnames.md says so: the library can't tell it from what a shell of `docker exec`
    has, and asks the file for the full name."""
    before = [*leave_behind("pid-1.x"), "sh", "-c", '"$@"; exit $?', "sh"]
    assert shown("--hostname", "short", before=before)[0] == "pid-1.x"


@pytest.mark.parametrize(
    "obstacle",
    [f"mkdir -p {NAME_FILE}", "mkdir /run/initd; mount -t tmpfs -o ro tmpfs /run/initd"],
    ids=["a directory", "read-only"],
)
def test_where_the_file_cant_be_written_the_app_starts_all_the_same(obstacle: str) -> None:
    """One line of the log tells of it; the app itself has its variable."""
    before = [*place(), "sh", "-ec", f'{obstacle}; exec "$@"', "sh"]
    with running("--hostname", FQDN, "-v", before=before) as (box, lines):
        assert lines[:3] == [FQDN] * 3
        event = box.event("hostname.unwritten")
        assert (event["level"], event["path"], event["name"]) == ("info", NAME_FILE, FQDN)
        assert event["why"]


# ---- initd hostname -------------------------------------------------------------------------


def told(box: Container, *words: str) -> dict[str, Any]:
    """`initd hostname --json`, run in the container."""
    done = box.verb("hostname", "--json", *words)
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def verdicts(found: dict[str, Any]) -> dict[str, tuple[str | None, str]]:
    return {each["source"]: (each["name"], each["verdict"]) for each in found["candidates"]}


def test_in_a_container_it_is_the_name_that_init_has_given_and_why() -> None:
    """By what init was started with, and not by the environment of whoever asks."""
    options = ["--hostname", "{hostname}.{domain}"]
    with running(*options, before=place(hosts=DOCKER), INITD_HOSTNAME="said.x") as (box, _):
        assert box.verb("hostname").stdout == f"{FQDN}\n"
        found = told(box)
        assert verdicts(found) == {
            "--hostname": (FQDN, "taken"),
            "INITD_HOSTNAME": ("said.x", "passed over"),
            "/etc/hosts": (FQDN, "passed over"),
            "kernel": ("web1", "passed over"),
            "/etc/resolv.conf": (None, "passed over"),
        }
        del found["candidates"]
        rest = {"kernel": "web1", "preloaded": True, "from": "init", "mistakes": []}
        assert found == {"hostname": FQDN, **rest}
        lines = box.verb("hostname", "--explain").stdout.splitlines()
        assert lines[0] == f"{FQDN}, from the running init (pid 1)"
        taken = f"taken        --hostname        {FQDN}  {{hostname}} is web1, {{domain}} is"
        assert lines[1].strip() == f"{taken} example.org"
        assert lines[2].endswith("--hostname takes precedence")
        assert len(lines) == 6


@pytest.mark.parametrize(
    ("environ", "name", "source"),
    [({"INITD_HOSTNAME": "said.x"}, "said.x", "INITD_HOSTNAME"), ({}, "web1", "kernel")],
    ids=["said", "unsaid"],
)
def test_under_another_inits_name_it_is_what_was_said(
    environ: dict[str, str], name: str, source: str
) -> None:
    """The other init's words are no options of initd's, and /etc/hosts is not asked."""
    as_tini = ["--as", "tini", "-g"]
    with running(*as_tini, before=place(hosts=DOCKER), **environ) as (box, lines):
        assert lines[0] == name
        found = told(box)
        assert (found["hostname"], found["from"], found["mistakes"]) == (name, "init", [])
        taken = {source: (name, "taken")}
        assert {at: each for at, each in verdicts(found).items() if each[1] == "taken"} == taken


def test_what_has_changed_since_the_start_is_said() -> None:
    """The app keeps its name."""
    with running(before=place(hosts=DOCKER)) as (box, _):
        inside = ["nsenter", "-t", str(box.init_pid), "--uts", "--", "sh", "-c"]
        subprocess.run([*inside, "echo web1.kernel.org >/proc/sys/kernel/hostname"], check=True)
        lines = box.verb("hostname", "--explain").stdout.splitlines()
        assert lines[0].startswith(f"{FQDN}, from the running init")
        assert lines[-1] == (
            f"A start now would choose another name: init was started with {FQDN}."
        )


def test_another_user_who_may_not_ask_init_reads_the_file() -> None:
    """`docker exec --user`: the name is not secret."""
    before = [*place(), *bound()]
    with running("--hostname", FQDN, before=before, launcher=BOUND) as (box, _):
        words = ["nsenter", "-t", str(box.init_pid), "--pid", "--mount", "--uts", "--"]
        words += [*AS_SOMEBODY, BOUND, "hostname"]
        done = subprocess.run([*words, "--explain"], capture_output=True, text=True)
        assert done.stdout.startswith(f"{FQDN}, from {NAME_FILE}; "), done
        done = subprocess.run(words, capture_output=True, text=True)
        assert (done.returncode, done.stdout, done.stderr) == (0, f"{FQDN}\n", "")


#: An init that runs elsewhere on the machine has its socket in another place perhaps.
NOBODY_ANSWERS = (
    "mount -t tmpfs tmpfs /run; for each in /tmp/initd-0 /dev/shm/initd-0; do"
    ' [ ! -d $each ] || mount -t tmpfs -o mode=755 tmpfs $each; done; exec "$@"'
)


def without_init(
    *words: str, before: list[str] | None = None, **environ: str
) -> subprocess.CompletedProcess[str]:
    """`initd hostname` where no init runs, as in `docker run IMAGE hostname`."""
    inner = ["sh", "-ec", NOBODY_ANSWERS, "sh", *(before or place())]
    command = ["unshare", "--mount", "--", *inner, INITD, "hostname", *words]
    env = {"PATH": os.environ["PATH"], **environ}
    return subprocess.run(command, capture_output=True, text=True, env=env)


@pytest.mark.parametrize(
    ("words", "environ", "before", "name"),
    [
        ([], {}, place(), "web1"),
        ([], {}, place(hosts=DOCKER), FQDN),
        ([], {"INITD_DOMAIN": "example.org"}, place(), FQDN),
        (["--domain", "example.org"], {}, place(), FQDN),
        (["--hostname", "{hostname}.x", "--", "nginx"], {}, place(), "web1.x"),
    ],
)
def test_without_an_init_it_is_what_a_start_would_give(
    words: list[str], environ: dict[str, str], before: list[str], name: str
) -> None:
    """To try a configuration; the words of a start may all be there."""
    done = without_init(*words, before=before, **environ)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{name}\n", "")


def test_options_are_tried_in_a_container_too() -> None:
    """Beside the init that runs there."""
    with running("--hostname", FQDN) as (box, _):
        found = told(box, "--hostname", "{hostname}.other.org")
        assert (found["hostname"], found["from"]) == ("web1.other.org", "start")


def test_a_mistake_is_shown_among_the_candidates() -> None:
    """125, as a start would end with; and each mistake of other options is told too."""
    done = without_init("--explain", "--hostname", "{domain}")
    said = "{domain} has no value here: use --domain"
    assert done.returncode == 125
    assert done.stderr.startswith(f"initd: --hostname: {said}")
    assert said in done.stdout
    assert done.stdout.startswith("no name, for a start with these options")
    done = without_init("--hostnam=x", "--env-file", "/nope")
    assert (done.returncode, done.stdout) == (125, "")
    where = ["--hostnam", "--env-file"]
    assert [line.split(": ")[1] for line in done.stderr.splitlines()] == where
    done = without_init("--hostnam=x", "--env-file", "/nope", "--json")
    assert [each["where"] for each in json.loads(done.stdout)["mistakes"]] == where


def test_a_library_that_cant_be_loaded_is_told() -> None:
    """It has the last word: programs see the kernel's name then. The one file loads none, and
    asks a program of the image: here that fails."""
    if ONE_FILE:
        asked = ("/bin/uname", "/usr/bin/uname")
        broken = "".join(f"mount --bind /bin/false {path}; " for path in asked)
        said = "initd hostname: /bin/uname -n with "
    else:
        broken = f"mount --bind /etc/passwd {LIBRARY}; "
        said = f"initd hostname: cannot load {LIBRARY}: "
    wrapped = [*place(), "sh", "-ec", f'{broken}exec "$@"', "sh"]
    done = without_init("--hostname", FQDN, before=wrapped)
    assert (done.returncode, done.stdout) == (1, "web1\n")
    assert done.stderr.startswith(said)


def test_check_tells_the_name_and_its_source() -> None:
    """In words, and among the occasions for programs."""

    def checked(*words: str, before: list[str]) -> str:
        inner = ["sh", "-c", 'mount -t tmpfs tmpfs /run && exec "$@"', "sh", *before]
        command = ["unshare", "--mount", "--", *inner, INITD, "check", *words, "app"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return next(line for line in done.stdout.splitlines() if line.startswith("Host name: "))

    assert checked("--domain", "example.org", before=place()) == (
        f"Host name: {FQDN}, preloaded [--domain]"
    )
    assert checked(before=place(hosts=DOCKER)) == f"Host name: {FQDN}, preloaded [/etc/hosts]"
    assert checked(before=place()) == "Host name: web1, the kernel's own: nothing is preloaded"
