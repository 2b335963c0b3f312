"""Monitoring as code, of examples/fleet: what promtool says of it, and whether all metrics, labels
and values that it names are initd's own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from initd.core.life.transitions import STATES
from initd.core.metrics.histogram import BOUNDS
from initd.core.metrics.metric import HISTOGRAM, METRICS, Metric

FOLDER = Path(__file__).parents[2] / "examples" / "fleet" / "monitoring"
PAGE = Path(__file__).parents[2] / "docs" / "fleet-monitoring.md"
BY_NAME = {metric.name: metric for metric in METRICS}
#: What Prometheus itself adds, and what a histogram's samples are called.
TARGET = {"job", "instance"}
SUFFIXES = ("_bucket", "_sum", "_count")
VALUES: dict[str, set[str]] = {"state": set(STATES), "result": {"passed", "failed"}}


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["promtool", *arguments]
    return subprocess.run(command, cwd=FOLDER, capture_output=True, text=True)


def load(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text())


def rules() -> list[dict[str, Any]]:
    return [rule for group in load("alerts.yml")["groups"] for rule in group["rules"]]


def alerts() -> list[str]:
    return [rule["alert"] for rule in rules() if "alert" in rule]


def panels() -> list[dict[str, Any]]:
    """Those that ask for something."""
    return [
        each
        for each in json.loads((FOLDER / "dashboard.json").read_text())["panels"]
        if each["type"] != "row"
    ]


def expressions() -> dict[str, str]:
    """PromQL of all rules and panels, by their names."""
    found: dict[str, str] = {rule.get("alert") or rule["record"]: rule["expr"] for rule in rules()}
    for panel in panels():
        (target,) = panel["targets"]
        found[f"panel {panel['title']}"] = target["expr"]
    return found


def series() -> Iterator[str]:
    """Those that the cases of the alerts are made of."""
    for case in load("alerts_test.yml")["tests"]:
        for each in case["input_series"]:
            yield each["series"]


def metric_of(name: str) -> Metric | None:
    """The metric of a sample's name."""
    if name in BY_NAME:
        return BY_NAME[name]
    for suffix in SUFFIXES:
        metric = BY_NAME.get(name.removesuffix(suffix))
        if name.endswith(suffix) and metric is not None and metric.kind == HISTOGRAM:
            return metric
    return None


def wrong_labels(name: str, selector: str) -> list[str]:
    """Labels that the metric has not, and values that a label never has."""
    metric = metric_of(name)
    if metric is None:
        return []
    allowed = {*metric.labels, *TARGET, *(["le"] if name.endswith("_bucket") else [])}
    found = re.findall(r'(\w+)\s*(=~|!=|!~|=)\s*"([^"]*)"', selector)
    wrong = [label for label, _, _ in found if label not in allowed]
    for label, sign, value in found:
        named = set(value.split("|") if "~" in sign else [value])
        if label in VALUES and not named <= VALUES[label]:
            wrong.append(f"{label}={value}")
    return wrong


each_expression = pytest.mark.parametrize(
    "expression", expressions().values(), ids=expressions().keys()
)


# ---- Prometheus ------------------------------------------------------------------------------


def test_promtool_takes_the_rules_and_the_cases_of_each_alert_come_true() -> None:
    """`promtool test rules`: where each fires, and where it must not."""
    checked = promtool("check", "rules", "alerts.yml")
    assert checked.returncode == 0, checked
    ran = promtool("test", "rules", "alerts_test.yml")
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_case_with_another_outcome_is_found(tmp_path: Path) -> None:
    """Or the test above would say nothing."""
    for name in ("alerts.yml", "alerts_test.yml"):
        text = (
            (FOLDER / name)
            .read_text()
            .replace("increase(initd_app_restarts", "rate(initd_app_restarts")
        )
        (tmp_path / name).write_text(text)
    command = ["promtool", "test", "rules", str(tmp_path / "alerts_test.yml")]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert "InitdRestarting" in ran.stderr, ran
    assert ran.returncode == 1


def test_each_alert_has_a_case_where_it_fires_and_one_where_it_does_not() -> None:
    """By name, in alerts_test.yml."""
    cases = [
        each
        for case in load("alerts_test.yml")["tests"]
        for each in case.get("alert_rule_test", ())
    ]
    fires = {each["alertname"] for each in cases if each["exp_alerts"]}
    silent = {each["alertname"] for each in cases if not each["exp_alerts"]}
    assert fires == silent == set(alerts())


def test_the_page_has_a_row_for_each_alert_with_its_severity() -> None:
    """docs/fleet-monitoring.md, in the order of alerts.yml."""
    rows = re.findall(r"^\| `(Initd\w+)` \| (\w+) \|", PAGE.read_text(), re.MULTILINE)
    told = [(rule["alert"], rule["labels"]["severity"]) for rule in rules() if "alert" in rule]
    assert rows == told


def test_promtool_takes_the_configuration() -> None:
    """With the files that it names."""
    checked = promtool("check", "config", "prometheus.yml")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_in_kubernetes_a_pod_is_named_as_its_init_names_itself(tmp_path: Path) -> None:
    """Debian's Prometheus can't ask a Kubernetes API, so pods are written down as it would find
    them; promtool and the rules are real."""
    config = load("prometheus-kubernetes.yml")
    (job,) = config["scrape_configs"]
    assert job.pop("kubernetes_sd_configs") == [{"role": "pod"}]
    found = {
        "__address__": "10.1.2.3:9180",
        "__meta_kubernetes_pod_name": "web-1",
        "__meta_kubernetes_pod_node_name": "server2",
        "__meta_kubernetes_namespace": "fleet",
        "__meta_kubernetes_pod_phase": "Running",
        "__meta_kubernetes_pod_container_port_name": "health",
    }
    other = {**found, "__meta_kubernetes_pod_container_port_name": "http"}
    ended = {**found, "__meta_kubernetes_pod_phase": "Succeeded"}
    # Prometheus' own name for what discovery gives; promtool shows what the rules make of it.
    pods = [{"targets": [pod["__address__"]], "labels": pod} for pod in (found, other, ended)]
    for group in pods:
        group["labels"] = {k: v for k, v in group["labels"].items() if k != "__address__"}  # type: ignore[attr-defined]
    (tmp_path / "pods.json").write_text(json.dumps(pods))
    job["file_sd_configs"] = [{"files": ["pods.json"]}]
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump({"scrape_configs": [job]}))
    checked = promtool(
        "check",
        "service-discovery",
        "--timeout=2s",
        str(tmp_path / "prometheus.yml"),
        job["job_name"],
    )
    assert checked.returncode == 0, checked.stderr
    kept = [each["labels"] for each in json.loads(checked.stdout) if each["labels"]]
    assert [(each["instance"], each["namespace"]) for each in kept] == [
        ("web-1.server2.example.com", "fleet")
    ]


# ---- names -----------------------------------------------------------------------------------


@each_expression
def test_an_expression_names_metrics_and_labels_that_there_are(expression: str) -> None:
    """As core/metrics/metric.py has them, or a rule of alerts.yml makes them."""
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    names = set(re.findall(r"\binitd[a-z_:]*\b", re.sub(r'"[^"]*"', '""', expression)))
    assert names or "up{" in expression
    assert [name for name in names if not metric_of(name) and name not in recorded] == []
    for name, selector in re.findall(r"(\w+)\{([^}]*)\}", expression):
        assert wrong_labels(name, selector) == [], name


@pytest.mark.parametrize("one", sorted(set(series())))
def test_the_cases_are_made_of_series_that_initd_has(one: str) -> None:
    """A case with a misspelt label would come true for the wrong reason."""
    name, _, selector = one.partition("{")
    assert name == "up" or metric_of(name), name
    assert wrong_labels(name, selector) == []


def test_annotations_name_labels_that_the_alert_has() -> None:
    """What an expression aggregates away is empty in a message."""
    for rule in rules():
        kept = re.match(r"^(?:sum|count) by \(([\w, ]+)\)", rule["expr"])
        for text in rule.get("annotations", {}).values():
            used = set(re.findall(r"\$labels\.(\w+)", text))
            if kept:
                assert used <= set(kept[1].split(", ")), rule["alert"]


def test_the_dashboard_is_what_its_script_makes() -> None:
    """`python3 dashboard.py >dashboard.json` by Grafana's own builders, which know what its JSON
    is like."""
    script = [sys.executable, str(FOLDER / "dashboard.py")]
    made = subprocess.run(script, capture_output=True, text=True, check=True).stdout
    assert (FOLDER / "dashboard.json").read_text() == made


def test_the_dashboard_has_a_place_for_each_panel() -> None:
    """None lies on another, none sticks out, each says what it shows."""
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        assert panel["description"].endswith(".")
        taken |= cells


# ---- StatsD ----------------------------------------------------------------------------------


def test_the_mapping_gives_what_statsd_has_the_names_that_prometheus_has() -> None:
    """Every metric once, by its type; the histogram with the same bounds."""
    kinds = {"gauge": "gauge", "counter": "counter", "histogram": "observer"}
    mappings = load("statsd-mapping.yml")["mappings"]
    said = [(each["match"], each["name"], each["match_metric_type"]) for each in mappings]
    own = ("initd.statsd.dropped", "initd_statsd_dropped_total", "counter")
    sent = [metric for metric in METRICS if metric.statsd]
    assert said == [*((each.statsd, each.name, kinds[each.kind]) for each in sent), own]
    (histogram,) = [each for each in mappings if each["match_metric_type"] == "observer"]
    assert histogram["observer_type"] == "histogram"
    assert tuple(histogram["histogram_options"]["buckets"]) == BOUNDS
