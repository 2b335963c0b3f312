"""The pods of the guide and of examples/fleet, as podman plays them. Their programs are stand-ins:
an image has the one file, and a static server under the names that the manifests call."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from .image import FILE, ROOT, SECONDS

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="make one has not been run")
GUIDE = ROOT / "docs" / "guides" / "kubernetes.md"
FLEET = ROOT / "examples" / "fleet" / "engines" / "kubernetes"
SERVER = ROOT / "examples" / "one-file" / "app.c"
_ASK = """
import sys, urllib.error, urllib.request
try:
    print(urllib.request.urlopen(sys.argv[1], timeout=60).status)
except urllib.error.HTTPError as error:
    print(error.code)
"""
#: What the machine may refuse, and podman would ask for.
_LIMITS = '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]\n'


class Podman:
    """An own store, in a directory with a short path: there are sockets in it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        (place / "containers.conf").write_text(_LIMITS)
        self._environment = {**os.environ, "CONTAINERS_CONF": str(place / "containers.conf")}

    def __call__(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        places = [f"--{name}={self.place}/{name}" for name in ("root", "runroot", "tmpdir")]
        how = ["--cgroup-manager=cgroupfs", "--events-backend=file", "--runtime=runc"]
        done = subprocess.run(
            ["podman", *places, *how, *words],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=2 * SECONDS,
        )
        assert not check or done.returncode == 0, (words, done.stdout, done.stderr)
        return done

    def add_image(self, name: str) -> None:
        """The one file, and the server by two names: unicorn's graceful stop is a QUIT."""
        root = self.place / "image"
        for folder in ("usr/bin", "usr/local/bin", "container", "tmp"):
            (root / folder).mkdir(parents=True)
        for program, signal in {"app": "SIGTERM", "bundle": "SIGQUIT"}.items():
            source = self.place / f"{program}.c"
            source.write_text(SERVER.read_text().replace("SIGTERM", signal))
            target = root / "usr" / "bin" / program
            subprocess.run(["gcc", "-static", "-O1", str(source), "-o", str(target)], check=True)
        shutil.copy(FILE, root / "usr" / "local" / "bin" / "initd")
        roles = dict.fromkeys(("web", "worker"), "app")
        (root / "container" / "roles.json").write_text(json.dumps(roles))
        with tarfile.open(self.place / "image.tar", "w") as image:
            image.add(root, ".")
        changes = (
            'ENTRYPOINT ["initd","--"]',
            "ENV INITD_LOG_LEVEL=info",
            "ENV PATH=/usr/local/bin:/usr/bin",
        )
        described = [f"--change={each}" for each in changes]
        self("import", *described, f"{self.place}/image.tar", name)


@pytest.fixture(scope="module")
def podman() -> Iterator[Podman]:
    place = Path(tempfile.mkdtemp(prefix="initd"))
    engine = Podman(place)
    try:
        engine.add_image("localhost/app")
        yield engine
    finally:
        engine("pod", "rm", "--force", "--all", "--time=1", check=False)
        engine("system", "reset", "--force", check=False)
        shutil.rmtree(place, ignore_errors=True)


class Pod:
    """A pod with one container that runs. It has a network of its own, a loopback, so podman has no
    port to publish."""

    def __init__(self, podman: Podman, manifest: dict[str, Any]) -> None:
        self._podman = podman
        self.name = manifest["metadata"]["name"]
        (self.container,) = manifest["spec"]["containers"]
        self.container |= {"image": "localhost/app", "imagePullPolicy": "Never"}
        self.ports = {each["name"]: each["containerPort"] for each in self.container.pop("ports")}
        for variable in self.container["env"]:
            if variable["name"] == "INITD_DRAIN":
                variable["value"] = "0.5"  # five seconds are for the nodes of a cluster
        file = podman.place / f"{self.name}.yml"
        file.write_text(yaml.safe_dump(manifest))
        podman("kube", "play", "--network=none", str(file))
        self.id = f"{self.name}-{self.container['name']}"

    def state(self) -> dict[str, Any]:
        """As `podman inspect` has it."""
        (found,) = json.loads(self._podman("inspect", self.id).stdout)
        assert isinstance(found, dict)
        return found

    def passes(self, probe: dict[str, Any]) -> bool:
        """As a kubelet would ask, in the container or in its network."""
        if "exec" in probe:
            return not self._podman(
                "exec", self.id, *probe["exec"]["command"], check=False
            ).returncode
        asked = probe["httpGet"]
        url = f"http://127.0.0.1:{self.ports[asked['port']]}{asked['path']}"
        inside = ["nsenter", "-t", str(self.state()["State"]["Pid"]), "--net"]
        said = subprocess.run(
            [*inside, sys.executable, "-c", _ASK, url], capture_output=True, text=True
        )
        return said.stdout == "200\n"

    def wait_for(self, probe: str) -> None:
        """Until it passes."""
        end = time.monotonic() + SECONDS
        while not self.passes(self.container[probe]):
            assert time.monotonic() < end, (probe, self._podman("logs", self.id).stdout)
            time.sleep(0.1)

    def stop(self) -> int:
        """With the patience that the manifest gives; the exit code."""
        self._podman("pod", "stop", "--time=60", self.name)
        code = self.state()["State"]["ExitCode"]
        assert isinstance(code, int)
        return code

    def events(self) -> list[dict[str, Any]]:
        """Of its log."""
        said = self._podman("logs", self.id)
        lines = (said.stdout + said.stderr).splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


def of_the_guide() -> dict[str, Any]:
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    found = yaml.safe_load(text)
    assert isinstance(found, dict)
    return found


def of_the_fleet(role: str) -> dict[str, Any]:
    """The first pod of a StatefulSet, which podman does not know, on the node server2."""
    documents = yaml.safe_load_all((FLEET / f"{role}.yml").read_text())
    (template,) = (each["spec"]["template"] for each in documents if each["kind"] == "StatefulSet")
    (container,) = template["spec"]["containers"]
    for variable in container["env"]:
        if variable.pop("valueFrom", None) == {"fieldRef": {"fieldPath": "spec.nodeName"}}:
            variable["value"] = "server2"
    spec = {**template["spec"], "hostname": f"{role}-0"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"{role}-0"}, "spec": spec}


@pytest.mark.parametrize("pod", ["the guide's", "fleet: web", "fleet: worker"])
def test_its_probes_pass_and_it_stops_without_a_hook(podman: Podman, pod: str) -> None:
    """Restricted, with a root directory that can't be written to; it drains before it stops."""
    manifest = of_the_guide() if pod == "the guide's" else of_the_fleet(pod.partition(": ")[2])
    played = Pod(podman, manifest)
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        played.wait_for(probe)
    found = played.state()
    assert found["HostConfig"]["ReadonlyRootfs"] is True
    assert found["EffectiveCaps"] in (None, [])
    assert found["Config"]["User"].startswith("1000")
    assert played.stop() == 0
    events = [event["event"] for event in played.events()]
    drains = any(each["name"] == "INITD_DRAIN" for each in played.container["env"])
    assert ("stop.draining" in events) == drains
    assert events[-1] == "init.exit"
