"""Where the host name comes from in a real engine: its own flags, variables, and Swarm."""

from __future__ import annotations

import json

import pytest

from .engine import NODE, Engine
from .waiting import eventually

FQDN = "web1.example.org"
SHOW = 'uname -n; echo "$HOSTNAME"; echo "${LD_PRELOAD-unset}"'
#: As Swarm's users write it: which service, which of its containers, on which machine.
SWARM_NAME = "{{.Service.Name}}-{{.Task.Slot}}.{{.Node.Hostname}}"


def test_a_domainname_of_the_engines_is_found(engine: Engine, network: str) -> None:
    """`docker run --domainname` leaves the kernel's name short and tells /etc/hosts."""
    names = ("--hostname", "web1", "--domainname", "example.org")
    with engine.start("sh", "-c", f"{SHOW}; sleep 60", docker=names, network=network) as box:
        eventually(lambda: box.out().count("\n") == 3, what="the app has shown its names")
        name, variable, preload = box.out().splitlines()
        assert (name, variable) == (FQDN, FQDN)
        assert preload.endswith("/hostname.so")
        found = json.loads(box.exec("initd", "hostname", "--json").out)
        assert (found["hostname"], found["kernel"], found["from"]) == (FQDN, "web1", "init")
        taken = [each for each in found["candidates"] if each["verdict"] == "taken"]
        assert [(each["source"], each["name"]) for each in taken] == [("/etc/hosts", FQDN)]
        # An exec'd shell has not the app's environment, and asks; its user may be another one.
        assert box.exec("initd", "hostname").out == f"{FQDN}\n"
        exec_ = ("exec", "--user", "54321", box.name, "initd", "hostname")
        assert engine.docker(*exec_).stdout == f"{FQDN}\n"


def test_a_template_takes_what_the_engine_knows(engine: Engine) -> None:
    """--dns-search, --hostname and --env; the app's variable is the name."""
    docker = ("--hostname", "web1", "--dns-search", "example.org", "--env", "ZONE=eu")
    template = "INITD_HOSTNAME={hostname}.{env:ZONE}.{domain}"
    done = engine.run(
        "sh", "-c", f'{SHOW}; echo "$INITD_HOSTNAME"', docker=(*docker, "--env", template)
    )
    name, variable, _, given = done.out.splitlines()
    assert (name, variable, given) == ("web1.eu.example.org",) * 3


def test_a_configuration_is_tried_without_a_start(engine: Engine) -> None:
    """`docker run IMAGE hostname --explain`: exit code 125 for what a start would refuse."""
    template = ("--env", "INITD_HOSTNAME={hostname}.{domain}")
    docker = ("run", "--rm", "--network", "none", "--entrypoint", "initd", *template)
    done = engine.docker(*docker, engine.image, "hostname", "--explain", check=False)
    assert done.returncode == 125
    assert "INITD_HOSTNAME: {domain} has no value here: use --domain" in done.stderr


# ---- Swarm ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "preloaded"),
    [(("--hostname", SWARM_NAME), False), (("--env", f"INITD_HOSTNAME={SWARM_NAME}"), True)],
    ids=["--hostname", "--env"],
)
def test_swarm_expands_its_own_templates(
    swarm: Engine, flags: tuple[str, ...], preloaded: bool
) -> None:
    """In the kernel's name, which has a dot then and needs no library, and in variables."""
    image = (swarm.image, "sh", "-c", f"{SHOW}; sleep 100")
    service = ("--name", "web", "--restart-condition", "none", "--no-resolve-image", "--detach")
    swarm.docker("service", "create", *service, *flags, *image)
    try:
        name = f"web-1.{NODE}"
        logs = ("service", "logs", "--raw", "web")
        said = eventually(
            lambda: _three(swarm.docker(*logs, check=False).stdout),
            what="the service has shown its names",
        )
        assert said[:2] == [name, name]
        assert (said[2] != "unset") == preloaded
    finally:
        swarm.docker("service", "rm", "web")


def _three(out: str) -> list[str]:
    """The app's lines, once they are there; init's log is on stderr."""
    return out.splitlines() if out.count("\n") == 3 else []
