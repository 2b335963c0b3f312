"""Programs see the workload's full name in a container whose kernel name is the short one."""

from __future__ import annotations

import pytest

from .engine import Engine

FQDN = "web1.example.org"
PROGRAMS = ("ruby", "python3", "perl", "node", "php", "uname")
SHORT = ("--hostname", "web1")

SOURCES = [
    pytest.param((*SHORT, "--env", f"INITD_HOSTNAME={FQDN}"), (), id="INITD_HOSTNAME"),
    pytest.param(SHORT, ("--hostname", FQDN), id="--hostname"),
    pytest.param(SHORT, ("--domain", "example.org"), id="--domain"),
    pytest.param((*SHORT, "--env", "INITD_DOMAIN=example.org"), (), id="INITD_DOMAIN"),
]


@pytest.mark.parametrize(("docker", "initd"), SOURCES)
def test_every_program_prints_the_full_name(
    engine: Engine, docker: tuple[str, ...], initd: tuple[str, ...]
) -> None:
    """Five interpreters and uname, each asked in its own way."""
    done = engine.run("/apps/host_names.sh", docker=docker, initd=initd)
    assert done.code == 0, done
    assert dict(line.split() for line in done.out.splitlines()) == dict.fromkeys(PROGRAMS, FQDN)


def test_without_a_full_name_nothing_is_preloaded(engine: Engine, runtime: str) -> None:
    """A short name alone: the app's environment has no LD_PRELOAD."""
    done = engine.run(
        "sh", "-c", 'echo "${LD_PRELOAD-unset}"; uname -n', runtime=runtime, docker=SHORT
    )
    assert done.out == "unset\nweb1\n", done


def test_a_kernel_name_that_is_full_already_needs_no_preload(engine: Engine) -> None:
    """`docker run --hostname FQDN`: even a static program sees it."""
    done = engine.run(
        "sh", "-c", 'echo "${LD_PRELOAD-unset}"; uname -n', docker=("--hostname", FQDN)
    )
    assert done.out == f"unset\n{FQDN}\n", done


def test_a_preload_that_was_there_is_kept_behind(engine: Engine) -> None:
    """The library goes in front of what the image or the user preloads."""
    done = engine.run(
        "sh",
        "-c",
        'echo "$LD_PRELOAD"; uname -n',
        docker=(*SHORT, "--env", "LD_PRELOAD=libm.so.6"),
        initd=("--hostname", FQDN),
    )
    preload, name = done.out.splitlines()
    ours, theirs = preload.replace(" ", ":").split(":")
    assert ours.endswith("/hostname.so"), done
    assert theirs == "libm.so.6", done
    assert name == FQDN, done


def test_status_tells_the_name(engine: Engine) -> None:
    """What the app sees is what `initd status` says."""
    with engine.start(
        "/apps/ends_on_term.sh", docker=SHORT, initd=("--hostname", FQDN)
    ) as container:
        container.wait_for_line("ready")
        assert container.status()["hostname"] == FQDN
