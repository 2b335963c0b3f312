"""examples/fleet/build: from `git push` to containers that serve the commit, and what can fail."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker.engine import Engine
from docker.waiting import eventually

from . import service
from .builds import EXAMPLE, Builds
from .github import GitHub
from .handmade import MANIFEST
from .registry import Registry

REPLICAS = 2
#: A pair of EJSON's keys, and "1234password" as the ejson program encrypts it with them.
PUBLIC = "63ccf05a9492e68e12eeb1c705888aebdcc0080af7e594fc402beb24cce9d14f"
PRIVATE = "75b80b4a693156eb435f4ed2fe397e583f461f09fd99ec2bd1bdef0a56cf6e64"
ENCRYPTED = (
    "EJ[1:j0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF8=:AAECAwQFBgcICQoLDA0ODxAREhMUFRYX:"
    "YKTx/9rNTCwhH3latt4im0OJfKS7HH0TJQPxYw==]"
)


@pytest.fixture(scope="module")
def swarm(engine: Engine) -> Iterator[None]:
    """This engine as a fleet of one machine."""
    service.become_swarm(engine)
    yield
    service.leave_swarm(engine)


@pytest.fixture(scope="module")
def deployed(builds: Builds, app_image: str, engine: Engine, swarm: None) -> str:
    """The SHA that the service has; pushes to `main` go on to it."""
    service.create(engine, app_image, REPLICAS)
    builds.configure(deploy=service.DEPLOY)
    return app_image.rpartition(":")[2]


def test_a_push_ends_with_containers_that_serve_the_commit(
    builds: Builds, deployed: str, registry: Registry, engine: Engine, github: GitHub
) -> None:
    """The tag, /app/REVISION, the image's label and what is served are the commit's SHA."""
    github.failures = 1  # it is asked again
    sha = builds.commit("Another")
    pushed = builds.push(sha, "main")
    assert pushed.state == "success", pushed.shown
    assert github.states(sha)[-1].startswith("success: deployed after ")
    assert "deployed after" in registry.ask(pushed.link).body.decode()
    assert service.served(engine) == {sha: REPLICAS}
    image = f"{builds.image}:{sha}"
    shown = engine.docker("run", "--rm", "--network=none", "--entrypoint=cat", image, "REVISION")
    assert shown.stdout == f"{sha}\n"
    label = '{{index .Config.Labels "org.opencontainers.image.revision"}}'
    assert engine.docker("image", "inspect", "--format", label, image).stdout == f"{sha}\n"


def test_a_commit_that_does_not_build_leaves_what_runs_as_it_is(
    builds: Builds, deployed: str, registry: Registry, engine: Engine, github: GitHub
) -> None:
    """Nothing of it is published, and the log says what is wrong."""
    before = containers(engine)
    builds.write(roles_json='{"web": "unicorn | tee"}')
    sha = builds.commit("A role that init refuses")
    pushed = builds.push(sha, "main")
    builds.run("git", "revert", "--no-edit", "HEAD")
    assert (pushed.state, pushed.description[:14]) == ("failure", "build: failed "), pushed.shown
    assert github.states(sha)[-1].startswith("failure: build: failed ")
    assert "roles.json, web: '|' needs a shell" in registry.ask(pushed.link).body.decode()
    assert not is_published(registry, sha)
    assert containers(engine) == before


def test_a_commit_that_does_not_serve_is_taken_back(
    builds: Builds, deployed: str, engine: Engine, github: GitHub
) -> None:
    """By the engine; the status says so."""
    before = service.served(engine)
    builds.write(config_ru='raise "broken"\n')
    sha = builds.commit("An app that does not start")
    pushed = builds.push(sha, "main")
    builds.run("git", "revert", "--no-edit", "HEAD")
    assert (pushed.state, pushed.description[:15]) == ("failure", "deploy: failed "), pushed.shown
    assert github.states(sha)[-1].startswith("failure: deploy: failed ")
    assert service.served(engine) == before


def test_a_build_that_is_killed_publishes_nothing_and_can_be_pushed_again(
    builds: Builds, registry: Registry, github: GitHub
) -> None:
    """What watches over it says so; if that is killed too, the next push does."""
    sha = builds.commit("To be killed")
    push = begun(builds, sha, "killed")
    for pid in builds.processes(sha, "steps"):
        os.kill(pid, signal.SIGKILL)
    pushed = builds.ended(push, sha)
    assert pushed.state == "failure"
    assert pushed.description.startswith("build: killed by signal 9 after "), pushed

    unwatched = builds.commit("To be killed with all")
    push = begun(builds, unwatched, "killed")
    for pid in builds.processes(unwatched, "on-push"):
        os.killpg(pid, signal.SIGKILL)
    assert builds.ended(push, unwatched).state == "pending"
    assert not is_published(registry, sha)
    assert not is_published(registry, unwatched)

    assert builds.push(sha, "again").state == "success"
    assert github.states(unwatched)[-1] == "failure: was killed"
    assert is_published(registry, sha)
    assert not is_published(registry, unwatched)


def test_pushes_at_once_are_built_one_after_the_other(
    builds: Builds, registry: Registry, github: GitHub
) -> None:
    """On the same branch, with a status each."""
    first, second = builds.commit("First"), builds.commit("Second")
    pushes = {first: begun(builds, first, "at-once")}
    pushes[second] = builds.begin_push(second, "at-once")
    for sha, push in pushes.items():
        assert builds.ended(push, sha).state == "success", builds.log(sha)
        assert is_published(registry, sha)
    told = [(each["sha"], each["description"].split(" after ")[0]) for each in github.told]
    ended = told.index((first, "published"))
    assert told.index((second, "waits for the build before it on at-once")) < ended
    assert told.index((second, "is being built")) > ended


def test_the_same_commit_pushed_twice_stays_what_it_was(
    builds: Builds, app_image: str, registry: Registry
) -> None:
    """The tag is taken for what it says: hosts may run it already."""
    sha = app_image.rpartition(":")[2]
    before = digest_of(registry, sha)
    pushed = builds.push(sha, "twice")
    assert pushed.state == "success"
    assert "has been published before" in pushed.shown
    assert digest_of(registry, sha) == before


def test_a_full_disk_ends_a_build_with_a_clear_error(
    builds: Builds, registry: Registry, tmp_path: Path
) -> None:
    """And nothing is published."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", tmp_path], check=True)
    try:
        sha = builds.commit("Too much")
        pushed = builds.push(sha, "full", TMPDIR=str(tmp_path))
    finally:
        subprocess.run(["umount", tmp_path], check=True)
    assert pushed.state == "failure"
    assert pushed.description.startswith("build: failed "), pushed
    assert "No space left on device" in pushed.shown
    assert not is_published(registry, sha)


def test_the_image_is_of_the_commit_whatever_the_checkout_has(
    builds: Builds, app_image: str, engine: Engine
) -> None:
    """On a laptop: what is not committed is listed, and stays out. Twice the same commit gives the
    same layers, also where nothing is kept from the time before."""
    (builds.checkout / "lib" / "app.rb").write_text("broken")
    (builds.checkout / "not-added").touch()
    environment = builds.environment(IMAGE="laptop", BUILD_OPTIONS="--no-cache")
    made = subprocess.run(
        ["make", "--no-print-directory", "image", f"TOOLS={EXAMPLE}/build"],
        cwd=builds.checkout,
        env=environment,
        capture_output=True,
        text=True,
    )
    builds.run("git", "checkout", "--quiet", ".")
    (builds.checkout / "not-added").unlink()
    assert made.returncode == 0, made
    assert " M lib/app.rb\n?? not-added\n" in made.stderr
    again = made.stdout.splitlines()[-1]
    head = builds.run("git", "rev-parse", "HEAD")
    assert again == f"laptop:{head}"
    first = builds.push(head, "laptop")
    assert first.state == "success", first.shown
    layers = ("image", "inspect", "--format", "{{json .RootFS.Layers}}")
    assert engine.docker(*layers, again).stdout == (
        engine.docker(*layers, f"{builds.image}:{head}").stdout
    )


def test_a_role_with_secrets_is_built_without_the_key_and_started_with_it(
    builds: Builds, registry: Registry, engine: Engine, tmp_path: Path
) -> None:
    """EJSON's file is in the commit; hosts have the key."""
    secrets = {"_public_key": PUBLIC, "environment": {"DB_PASSWORD": ENCRYPTED}}
    (builds.checkout / "secrets.ejson").write_text(json.dumps(secrets))
    role = builds.checkout / "roles" / "console.env"
    role.write_text("INITD_ROLE=console\nINITD_SECRETS=ejson:/app/secrets.ejson\n")
    sha = builds.commit("Secrets")
    pushed = builds.push(sha, "secrets")
    assert pushed.state == "success", pushed.shown
    tmp_path.chmod(0o755)
    key = tmp_path / PUBLIC
    key.write_text(PRIVATE)
    key.chmod(0o400)
    os.chown(key, 1000, 1000)
    keys = ("--volume", f"{tmp_path}:/opt/ejson/keys:ro")
    run = ("run", "--rm", "--interactive", "--network=none", "--env-file", str(role))
    shown = engine.docker(*run, *keys, f"{builds.image}:{sha}", stdin='puts ENV["DB_PASSWORD"]\n')
    assert "\n1234password\n" in shown.stdout
    refused = engine.docker(*run, f"{builds.image}:{sha}", check=False)
    assert refused.returncode == 125, refused
    builds.run("git", "revert", "--no-edit", "HEAD")


def begun(builds: Builds, sha: str, branch: str) -> subprocess.Popen[str]:
    """A push whose image is just being built."""
    push = builds.begin_push(sha, branch)
    eventually(lambda: "Step 2/" in builds.log(sha), what="the image is being built")
    return push


def containers(engine: Engine) -> set[str]:
    """All that run, by their ids."""
    return set(engine.docker("ps", "--quiet").stdout.split())


def is_published(registry: Registry, sha: str) -> bool:
    """Whether it can be pulled."""
    path = f"/v2/fleet/app/manifests/{sha}"
    return registry.ask(path, "--head", "--header", f"Accept: {MANIFEST}").status == 200


def digest_of(registry: Registry, sha: str) -> str:
    answer = registry.ask(
        f"/v2/fleet/app/manifests/{sha}", "--head", "--header", f"Accept: {MANIFEST}"
    )
    return answer.headers["docker-content-digest"]
