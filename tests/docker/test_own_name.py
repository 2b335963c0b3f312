"""The name that programs see resolves in the container, or a warning says why it can't."""

from __future__ import annotations

import pytest

from .container import Finished
from .engine import Engine, new_name

FQDN = "web1.example.org"
SHORT = ("--hostname", "web1")
INITD = ("--hostname", FQDN)
#: What asks a resolver for it, a line each, then the file itself.
ASK = """
echo "f $(hostname -f)"
echo "d $(hostname -d)"
echo "s $(hostname -s)"
echo "python3 $(python3 -c 'import socket; print(socket.getfqdn())')"
echo "back $(python3 -c 'import socket as s; print(s.gethostbyaddr(s.gethostname())[0])')"
echo "address $(getent hosts "$(hostname)" | cut -d " " -f 1)"
echo "localhost $(getent hosts 127.0.0.1 | cut -d " " -f 2- | xargs)"
grep -F -e .example.org -e web1 /etc/hosts
"""
RESOLVED = {
    "f": FQDN,
    "d": "example.org",
    "s": "web1",
    "python3": FQDN,
    "back": FQDN,
    "localhost": "localhost",
}


def answers(done: Finished) -> dict[str, str]:
    """What each program says, by its name."""
    lines = [line.partition(" ") for line in done.out.splitlines()]
    return {name: said for name, _, said in lines if name in (*RESOLVED, "address")}


def lines_of_hosts(done: Finished) -> list[list[str]]:
    """Those with the name, word by word."""
    return [line.split() for line in done.out.splitlines() if line[0].isdigit()]


def warnings(done: Finished) -> list[str]:
    return [each["why"] for each in done.events() if each["event"] == "hostname.unresolvable"]


def test_every_resolver_knows_the_name(engine: Engine, network: str, runtime: str) -> None:
    """By the address that the engine gave the container, there and back."""
    done = engine.run("sh", "-c", ASK, runtime=runtime, network=network, docker=SHORT, initd=INITD)
    said = answers(done)
    address = said.pop("address")
    assert said == RESOLVED, done
    assert not address.startswith("127."), done
    assert lines_of_hosts(done) == [[address, FQDN, "web1"], [address, "web1"]], done
    assert warnings(done) == [], done


@pytest.mark.parametrize(
    ("docker", "initd"),
    [
        pytest.param(SHORT, INITD, id="a chosen name"),
        pytest.param(("--hostname", FQDN), (), id="the kernel's name"),
    ],
)
def test_a_container_without_a_network_knows_its_name_too(
    engine: Engine, docker: tuple[str, ...], initd: tuple[str, ...]
) -> None:
    """By Debian's address for such a machine: the engine itself gives it no line."""
    done = engine.run("sh", "-c", ASK, docker=docker, initd=initd)
    assert answers(done) == {**RESOLVED, "address": "127.0.1.1"}, done
    assert lines_of_hosts(done) == [["127.0.1.1", FQDN, "web1"]], done


def test_a_host_that_the_engine_was_told_of_stays_what_it_was(engine: Engine, network: str) -> None:
    """`--add-host` for the very name: nothing is added."""
    docker = (*SHORT, "--add-host", f"{FQDN}:192.0.2.55")
    done = engine.run("sh", "-c", ASK, network=network, docker=docker, initd=INITD)
    assert answers(done)["address"] == "192.0.2.55", done
    assert len([line for line in lines_of_hosts(done) if FQDN in line]) == 1, done


@pytest.mark.parametrize(
    ("docker", "why"),
    [
        pytest.param(
            ("--read-only", "--tmpfs", "/run:exec"),  # a place for the library
            "/etc/hosts: Read-only file system",
            id="--read-only",
        ),
        pytest.param(("--user", "1000"), "/etc/hosts: Permission denied", id="--user 1000"),
    ],
)
def test_where_the_file_is_not_inits_to_write_a_warning_helps(
    engine: Engine, network: str, runtime: str, docker: tuple[str, ...], why: str
) -> None:
    """The app runs without; with the flag that the warning names it resolves."""
    settings = {"runtime": runtime, "network": network, "initd": INITD}
    script = 'hostname -f; echo "code $?"'
    done = engine.run("sh", "-c", script, docker=(*SHORT, *docker), **settings)  # type: ignore[arg-type]
    assert "code 1" in done.out, done
    (warning,) = [each for each in done.events() if each["event"] == "hostname.unresolvable"]
    assert (warning["level"], warning["why"]) == ("warning", why), done
    by_name, by_host = warning["mend"].split(", or ")
    for mend, options in ((by_name, docker), (by_host, (*SHORT, *docker))):
        mended = engine.run("hostname", "-f", docker=(*options, *mend.split()), **settings)  # type: ignore[arg-type]
        assert mended.out == f"{FQDN}\n", (mend, mended)
        assert warnings(mended) == [], (mend, mended)


def test_where_the_library_has_no_place_one_line_says_so(engine: Engine) -> None:
    """A read-only root, and /dev/shm, where Docker allows no execution."""
    docker = (*SHORT, "--read-only")
    done = engine.run("uname", "-n", docker=docker, initd=INITD)
    assert (done.code, done.out) == (0, "web1\n"), done
    (said,) = [
        each
        for each in done.events()
        if each["event"] == "hostname.unwritten" and each["level"] == "warning"
    ]
    why = "no directory of initd's is writable and allows execution"
    assert (said["path"], said["why"]) == (None, why)


def test_a_container_that_is_started_again_has_one_line(engine: Engine, network: str) -> None:
    """The engine writes the file anew each time, or leaves it: either way."""
    launch = engine.launch("sh", "-c", ASK, network=network, docker=SHORT, initd=INITD)
    name = new_name()
    engine.docker("create", "--name", name, *launch)
    try:
        for _ in range(2):
            ran = engine.docker("start", "--attach", name)
            done = Finished(ran.returncode, ran.stdout, ran.stderr)
            assert [line[1:] for line in lines_of_hosts(done)] == [[FQDN, "web1"], ["web1"]], done
            assert answers(done)["f"] == FQDN, done
    finally:
        engine.docker("rm", "--force", name)


def test_containers_that_share_a_network_share_the_line(engine: Engine, network: str) -> None:
    """And the file: `--network container:NAME`, as the containers of a pod."""
    app = "/apps/ends_on_term.sh"
    with engine.start(app, network=network, docker=SHORT, initd=INITD) as first:
        first.wait_for_line("ready")
        done = engine.run("sh", "-c", ASK, network=f"container:{first.name}", initd=INITD)
        other = engine.run(
            *("sh", "-c", "hostname -f; cat /etc/hosts"),
            network=f"container:{first.name}",
            initd=("--hostname", "side.example.org"),
        )
        assert [line[1:] for line in lines_of_hosts(done)] == [[FQDN, "web1"], ["web1"]], done
        assert other.out.startswith("side.example.org\n"), other
        assert first.exec("cat", "/etc/hosts").out in other.out
        first.stop()
