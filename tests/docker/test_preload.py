"""An image with `RUN initd preload install`: what has lost the app's environment sees its name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .container import Container
from .engine import Engine

FQDN = "web1.example.org"
HOSTILE = "evil.example.org"
DOCKERFILE = """
FROM {image}
RUN initd preload install && initd preload status
RUN cp /bin/hostname /srv/hostname-as-root && chmod 4755 /srv/hostname-as-root
"""
#: A line each. The last three have a variable that wants to make them believe another name.
ASK = f"""
echo "shell $(hostname)"
echo "uname $(uname -n)"
echo "cleared $(env -i hostname)"
echo "cron $(env -i HOME=/ LOGNAME=root SHELL=/bin/sh PATH=/usr/bin:/bin /bin/sh -c hostname)"
echo "su $(su nobody -s /bin/sh -c hostname)"
echo "login $(su - nobody -s /bin/sh -c hostname)"
echo "child $(python3 -c 'import subprocess; subprocess.run("hostname", env={{}})')"
echo "resolver $(hostname -f)"
echo "kernel $(cat /proc/sys/kernel/hostname)"
export INITD_HOSTNAME={HOSTILE}
echo "believing $(setpriv --reuid=65534 --clear-groups /bin/hostname)"
echo "set-user-id $(setpriv --reuid=65534 --clear-groups /srv/hostname-as-root)"
export LD_PRELOAD="$(head -n 1 /etc/ld.so.preload)"
echo "set-user-id-twice $(setpriv --reuid=65534 --clear-groups /srv/hostname-as-root)"
"""
NAMED = "shell uname cleared cron su login child resolver set-user-id set-user-id-twice".split()


@pytest.fixture(scope="module")
def image(engine: Engine) -> str:
    """The test image and one line more; `initd preload status` is part of its build."""
    dockerfile = DOCKERFILE.format(image=engine.image)
    engine.docker("build", "--network=none", "--tag", "initd-preload", "-", stdin=dockerfile)
    return "initd-preload"


@pytest.fixture(scope="module")
def named(engine: Engine, image: str) -> Iterator[Container]:
    """Its kernel's name is short, its app's is not."""
    with engine.start(
        *("sh", "-c", "hostname; exec /apps/ends_on_term.sh"),
        image=image,
        docker=("--hostname", "web1"),
        initd=("--hostname", FQDN),
    ) as container:
        container.wait_for_line("ready")
        yield container


def test_every_program_of_the_container_sees_the_name(named: Container) -> None:
    """Root's and others', with any environment or none; and the loader has nothing to say."""
    done = named.exec("sh", "-c", ASK)
    said = dict(line.split(" ") for line in done.out.splitlines())
    kernel, believing = said.pop("kernel"), said.pop("believing")
    assert said == dict.fromkeys(NAMED, FQDN), done
    assert kernel == "web1", "files of the kernel's are its own"
    assert believing == HOSTILE, "where nothing is to be gained the variable counts"
    assert "ld.so" not in done.err, done


def test_a_program_that_the_engine_starts_alone_sees_it_too(named: Container) -> None:
    """`docker exec NAME hostname`, as root and as another user."""
    assert named.exec("hostname").out == f"{FQDN}\n"
    assert named.exec("setpriv", "--reuid=1000", "--clear-groups", "uname", "-n").out == f"{FQDN}\n"


def test_the_app_has_the_library_once(named: Container) -> None:
    """LD_PRELOAD and the file name it both."""
    assert named.out().startswith(f"{FQDN}\n"), named.transcript()
    maps = named.exec("cat", f"/proc/{named.status()['app']['pid']}/maps").out.splitlines()
    assert len([line for line in maps if "hostname.so" in line and " r-xp " in line]) == 1, maps


def test_a_read_only_root_has_the_library_already(engine: Engine, image: str) -> None:
    """The one that the image's build has installed."""
    docker = ("--hostname", "web1", "--read-only", "--env", f"INITD_HOSTNAME={FQDN}")
    done = engine.run("uname", "-n", image=image, docker=docker)
    assert (done.code, done.out) == (0, f"{FQDN}\n"), done


def test_init_still_knows_the_kernels_name(engine: Engine, image: str) -> None:
    """The library is in init as well; with nothing chosen all is as without it."""
    done = engine.run("sh", "-c", "uname -n; env -i hostname", image=image, docker=("-h", "web1"))
    assert done.out == "web1\nweb1\n", done
    done = engine.run(
        *("sh", "-c", "uname -n; env -i hostname; cat /etc/hosts"),
        image=image,
        docker=("-h", "web1"),
        initd=("--domain", "example.org"),
    )
    assert done.out.startswith(f"{FQDN}\n{FQDN}\n"), done
    assert f"127.0.1.1 {FQDN} web1" in done.out, done
