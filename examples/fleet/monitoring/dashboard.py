"""Writes dashboard.json, which Grafana imports: python3 dashboard.py >dashboard.json

The panels are a table here, because JSON of Grafana's is long and nobody reviews it. Needs
grafana-foundation-sdk, Grafana's own builders and types.
"""

from __future__ import annotations

from grafana_foundation_sdk.builders import (
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    LegendDisplayMode,
    LegendPlacement,
    TooltipDisplayMode,
    VisibilityMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DataSourceRef,
    DataTransformerConfig,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
    VariableRefresh,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
#: What a dashboard's variables choose.
CHOSEN = 'job=~"$job", instance=~"$instance"'
WORKLOAD = f"initd_workload_info{{{CHOSEN}}}"
#: One of them for each name: an update may have two for a moment, of which a join can't make sense.
WITH_ROLE = (
    f"* on (job, instance) group_left (role, revision) topk by (job, instance) (1, {WORKLOAD})"
)
WIDTH = 24

#: Title, PromQL, unit, from which value on it is bad ("" for never), what it means.
STATS = (
    ("Containers", f"count(initd_app_up{{{CHOSEN}}})", "short", "", "Whose init answers."),
    ("Ready", f"sum(initd_ready{{{CHOSEN}}})", "short", "", "`/readyz` says yes."),
    (
        "Not ready",
        f"count(initd_ready{{{CHOSEN}}} == 0) or vector(0)",
        "short",
        "1",
        "Those that start and those that drain too.",
    ),
    (
        "Checks that fail",
        f"count(initd_check_passing{{{CHOSEN}}} == 0) or vector(0)",
        "short",
        "1",
        "Thresholds applied.",
    ),
    (
        "Restarts, 1 h",
        f"sum(increase(initd_app_restarts_total{{{CHOSEN}}}[1h]))",
        "short",
        "1",
        "By init: those by the engine make a new container.",
    ),
    (
        "Stopping",
        f'sum(max by (job, instance) (initd_state{{{CHOSEN}, state=~"stopping|sweeping"}}))',
        "short",
        "",
        "Drains at this moment.",
    ),
)

#: Rows of the dashboard: title, and its graphs. A graph: title, PromQL, legend, unit, meaning.
GRAPHS = (
    (
        "Rollout",
        (
            (
                "Ready, by role and revision",
                f"sum by (role, revision) (initd_ready{{{CHOSEN}}} {WITH_ROLE})",
                "{{role}} {{revision}}",
                "short",
                "One revision's line falls as the next one's rises: a rolling update.",
            ),
            (
                "How long the last stop took",
                f"initd_last_stop_duration_seconds{{{CHOSEN}}}",
                "{{instance}}",
                "s",
                "Of an app that init itself has restarted or stopped: it must be less than the "
                "time that the engine waits.",
            ),
            (
                "Signals that init got",
                f"sum by (signal) (increase(initd_signals_received_total{{{CHOSEN}}}[5m]))",
                "{{signal}}",
                "short",
                "In five minutes.",
            ),
        ),
    ),
    (
        "Checks",
        (
            (
                "Failures, before thresholds",
                "sum by (instance, check) (rate(initd_check_answers_total"
                f'{{{CHOSEN}, result="failed"}}[$__rate_interval]))',
                "{{instance}} {{check}}",
                "cps",
                "What thresholds hide is here first.",
            ),
            (
                "Duration, 90th percentile",
                "histogram_quantile(0.9, sum by (check, le) (rate("
                f"initd_check_duration_seconds_bucket{{{CHOSEN}}}[$__rate_interval])))",
                "{{check}}",
                "s",
                "Over all containers. A check that takes more than its timeout, 1 s by default, "
                "has failed.",
            ),
            (
                "Checks that pass",
                f"sum by (check, check_role) (initd_check_passing{{{CHOSEN}}})",
                "{{check}} ({{check_role}})",
                "short",
                "Containers in which it passes.",
            ),
        ),
    ),
    (
        "App",
        (
            (
                "CPU",
                f"sum by (instance) (rate(initd_app_cpu_seconds_total{{{CHOSEN}}}"
                "[$__rate_interval]))",
                "{{instance}}",
                "short",
                "Cores in use, by the app's processes.",
            ),
            (
                "Memory",
                f"initd_app_resident_memory_bytes{{{CHOSEN}}}",
                "{{instance}}",
                "bytes",
                "Resident. Pages that forked workers share count for each of them.",
            ),
            (
                "Processes",
                f"initd_app_processes{{{CHOSEN}}}",
                "{{instance}}",
                "short",
                "Zombies too.",
            ),
            (
                "Threads",
                f"initd_app_threads{{{CHOSEN}}}",
                "{{instance}}",
                "short",
                "Of all of the app's processes.",
            ),
            (
                "Open descriptors",
                f"initd_app_open_fds{{{CHOSEN}}}",
                "{{instance}}",
                "short",
                "As far as they can be counted.",
            ),
            (
                "Restarts",
                f"increase(initd_app_restarts_total{{{CHOSEN}}}[15m])",
                "{{instance}}",
                "short",
                "By init, in a quarter of an hour.",
            ),
        ),
    ),
    (
        "init",
        (
            (
                "Orphans reaped",
                f"rate(initd_orphans_reaped_total{{{CHOSEN}}}[$__rate_interval])",
                "{{instance}}",
                "cps",
                "Processes whose parent did not wait for them.",
            ),
            (
                "Restarts of the monitor",
                f"increase(initd_monitor_restarts_total{{{CHOSEN}}}[15m])",
                "{{instance}}",
                "short",
                "None is right.",
            ),
            (
                "Signals that the kernel refused",
                f"increase(initd_signals_undelivered_total{{{CHOSEN}}}[15m])",
                "{{instance}}",
                "short",
                "None is right.",
            ),
        ),
    ),
)


def query(expression: str, legend: str = "") -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(expression).legend_format(legend).ref_id("A")


def headline(title: str, expression: str, unit: str, bad: str, meaning: str) -> stat.Panel:
    steps = [Threshold(value=None, color="green")]
    if bad:
        steps.append(Threshold(value=float(bad), color="orange"))
    thresholds = dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)
    return (
        stat.Panel()
        .title(title)
        .description(meaning)
        .datasource(SOURCE)
        .with_target(query(expression).instant())
        .unit(unit)
        .decimals(0)
        .thresholds(thresholds)
        .color_mode(BigValueColorMode.VALUE)
        .graph_mode(BigValueGraphMode.NONE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .span(WIDTH // len(STATS))
        .height(4)
    )


def graph(title: str, expression: str, legend: str, unit: str, meaning: str) -> timeseries.Panel:
    shown = (
        common.VizLegendOptions()
        .display_mode(LegendDisplayMode.LIST)
        .placement(LegendPlacement.BOTTOM)
        .show_legend(True)
    )
    return (
        timeseries.Panel()
        .title(title)
        .description(meaning)
        .datasource(SOURCE)
        .with_target(query(expression, legend))
        .unit(unit)
        .min(0)
        .fill_opacity(8)
        .legend(shown)
        .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI))
        .span(WIDTH // 3)
        .height(8)
    )


def readiness() -> statetimeline.Panel:
    """A strip for each container, green while it takes work."""
    words = {
        "0": ValueMappingResult(text="not ready", color="orange"),
        "1": ValueMappingResult(text="ready", color="green"),
    }
    return (
        statetimeline.Panel()
        .title("Readiness")
        .description("Each container's answer to `initd health --ready`.")
        .datasource(SOURCE)
        .with_target(query(f"initd_ready{{{CHOSEN}}}", "{{instance}}"))
        .mappings([ValueMap(options=words)])
        .show_value(VisibilityMode.NEVER)
        .merge_values(True)
        .span(WIDTH // 2)
        .height(9)
    )


def workloads() -> table.Panel:
    """What runs where."""
    return (
        table.Panel()
        .title("Containers")
        .description("As init knows them: /app/REVISION, the role, and the profile of the stop.")
        .datasource(SOURCE)
        .with_target(query(WORKLOAD).instant().format(PromQueryFormat.TABLE))
        .show_header(True)
        .with_transformation(hide("Time", "Value", "__name__"))
        .span(WIDTH // 2)
        .height(9)
    )


def hide(*columns: str) -> DataTransformerConfig:
    options = {"excludeByName": dict.fromkeys(columns, True)}
    return DataTransformerConfig(id_val="organize", options=options)


def label_values(name: str, metric: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .label(name.capitalize())
        .datasource(SOURCE)
        .query(f"label_values({metric}, {name})")
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .multi(True)
        .include_all(True)
        .all_value(".*")
    )


def build() -> dashboard.Dashboard:
    made = (
        dashboard.Dashboard("initd fleet")
        .uid("initd-fleet")
        .description("Containers with initd: what is ready, what restarts, what a rollout does.")
        .tags(["initd"])
        .refresh("30s")
        .time("now-1h", "now")
        .timezone("browser")
        .editable()
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .with_variable(
            dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus")
        )
        .with_variable(label_values("job", "initd_app_up"))
        .with_variable(label_values("instance", 'initd_app_up{job=~"$job"}'))
    )
    made.with_row(dashboard.Row("Fleet"))
    for each in STATS:
        made.with_panel(headline(*each))
    made.with_panel(readiness()).with_panel(workloads())
    for title, graphs in GRAPHS:
        made.with_row(dashboard.Row(title))
        for one in graphs:
            made.with_panel(graph(*one))
    return made


if __name__ == "__main__":
    print(JSONEncoder(sort_keys=True, indent=2).encode(build().build()))
