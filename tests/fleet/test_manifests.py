"""The Kubernetes manifests of examples/fleet, held against the schemas that Kubernetes publishes
and against what its "restricted" profile asks for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parents[2] / "examples" / "fleet" / "engines" / "kubernetes"
FILES = ("namespace.yml", "web.yml", "worker.yml")
#: The oldest that is still to be found, and the newest that the schemas are there for.
VERSIONS = ("1.29", "1.37")

each_version = pytest.mark.parametrize("version", VERSIONS)


def documents() -> list[dict[str, Any]]:
    return [each for name in FILES for each in yaml.safe_load_all((FOLDER / name).read_text())]


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    """Name to manifest."""
    return {each["metadata"]["name"]: each for each in documents() if each["kind"] == kind}


def pods() -> dict[str, dict[str, Any]]:
    """Name to the specification of its pods."""
    sets = of_kind("StatefulSet").items()
    return {name: manifest["spec"]["template"]["spec"] for name, manifest in sets}


each_pod = pytest.mark.parametrize("pod", pods().values(), ids=pods().keys())


@each_version
@pytest.mark.parametrize("document", documents(), ids=lambda each: each["metadata"]["name"])
def test_a_manifest_is_what_the_schema_says_and_has_no_unknown_key(
    document: dict[str, Any], version: str
) -> None:
    """The strict schemas, made of the API's own description."""
    import kubernetes_validate  # a second of a processor, which not every worker needs to spend

    kubernetes_validate.validate(document, version, strict=True)


@each_version
def test_the_schema_finds_a_misspelt_key(version: str) -> None:
    """Or the test above would say nothing."""
    import kubernetes_validate

    wrong = documents()[-1]
    wrong["spec"]["template"]["spec"]["containers"][0]["livenessProb"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match="livenessProb"):
        kubernetes_validate.validate(wrong, version, strict=True)


def test_kustomize_has_every_file() -> None:
    """And the namespace and the image's name that they have."""
    kustomization = yaml.safe_load((FOLDER / "kustomization.yml").read_text())
    assert tuple(kustomization["resources"]) == FILES
    (named,) = kustomization["images"]
    images = {container["image"] for pod in pods().values() for container in pod["containers"]}
    assert images == {named["name"]}
    namespaces = {each["metadata"].get("namespace", "fleet") for each in documents()}
    assert namespaces == {kustomization["namespace"]}


@each_pod
def test_a_pod_is_restricted(pod: dict[str, Any]) -> None:
    """kubernetes.io/docs/concepts/security/pod-security-standards, "Restricted"; and the root
    directory can't be written, which it does not ask for."""
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] != 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert all(set(volume) <= {"name", "emptyDir"} for volume in pod["volumes"])
    for container in pod["containers"]:
        own = container["securityContext"]
        assert own == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert not any("hostPort" in port for port in container["ports"])


@each_pod
def test_a_pod_asks_init_and_needs_no_hook(pod: dict[str, Any]) -> None:
    """The drain is part of the grace period, which init knows a little less of than the kubelet."""
    (container,) = pod["containers"]
    assert "lifecycle" not in container
    assert container["startupProbe"]["exec"]["command"] == ["initd", "health", "--startup"]
    assert container["livenessProbe"]["exec"]["command"] == ["initd", "health", "--live"]
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "health"}
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    variables = {each["name"]: each.get("value") for each in container["env"]}
    assert variables["INITD_HTTP"] == f":{ports['health']}"
    grace = float(variables["INITD_GRACE"])
    assert pod["terminationGracePeriodSeconds"] == grace + 5
    assert float(variables.get("INITD_DRAIN", 0)) <= grace / 2
    assert container["terminationMessagePolicy"] == "FallbackToLogsOnError"


@each_pod
def test_the_kubelet_waits_for_the_start_longer_than_init(pod: dict[str, Any]) -> None:
    """So init's own check decides, and its reason is in the log."""
    (container,) = pod["containers"]
    variables = {each["name"]: each.get("value", "") for each in container["env"]}
    probe = container["startupProbe"]
    found = re.search(r"period=(\d+) failure=(\d+)", variables["INITD_CHECK"])
    own = int(found[1]) * int(found[2]) if found else 0
    assert own < probe["periodSeconds"] * probe["failureThreshold"]


def test_services_and_budgets_select_the_pods() -> None:
    """By the labels that the templates give."""
    sets = of_kind("StatefulSet")
    labels = [each["spec"]["template"]["metadata"]["labels"] for each in sets.values()]
    services = of_kind("Service")
    for service in services.values():
        assert service["spec"]["selector"] in labels
    for budget in of_kind("PodDisruptionBudget").values():
        assert budget["spec"]["selector"]["matchLabels"] in labels
    for each in sets.values():
        assert each["spec"]["selector"]["matchLabels"] in labels
        headless = services[each["spec"]["serviceName"]]
        assert headless["spec"]["clusterIP"] == "None"
