"""Every metric there is: its names for Prometheus and StatsD, its type, its meaning.

Names follow prometheus.io/docs/practices/naming: base units, the unit last, `_total`
for what only grows; StatsD's follow OpenTelemetry's general naming: namespaces with dots between
them, neither unit nor `total`. docs/metrics.md shows this table to people; a test compares them.
"""

from __future__ import annotations

from initd.core.value import Value

GAUGE, COUNTER, HISTOGRAM, INFO = "gauge", "counter", "histogram", "info"


class Metric(Value):
    """`statsd` is "" for info, since StatsD has the workload in its tags, and for `process_*`.
    `unit` is seconds or bytes, and "" for what is counted, a code, or 0 and 1."""

    name: str
    kind: str
    statsd: str
    help: str
    labels: tuple[str, ...] = ()
    unit: str = ""


# ---- the app ----

APP_UP = Metric(
    name="initd_app_up", kind=GAUGE, statsd="initd.app.up", help="1 while the app runs, else 0."
)
APP_STOPPED = Metric(
    name="initd_app_stopped",
    kind=GAUGE,
    statsd="initd.app.stopped",
    help="1 while a signal such as SIGSTOP or SIGTSTP holds the app, else 0.",
)
APP_START_TIME = Metric(
    name="initd_app_start_time_seconds",
    kind=GAUGE,
    statsd="initd.app.start_time",
    help="When the app was started, in seconds since 1970.",
    unit="seconds",
)
APP_RESTARTS = Metric(
    name="initd_app_restarts_total",
    kind=COUNTER,
    statsd="initd.app.restarts",
    help="How often the app was restarted.",
)
LAST_EXIT_CODE = Metric(
    name="initd_app_last_exit_code",
    kind=GAUGE,
    statsd="initd.app.last_exit.code",
    help="The exit code when the app last ended; 128+N for signal N.",
)
LAST_EXIT_SIGNAL = Metric(
    name="initd_app_last_exit_signal",
    kind=GAUGE,
    statsd="initd.app.last_exit.signal",
    help="The number of the signal by which the app last ended; 0 for none.",
)
LAST_EXIT_ASKED = Metric(
    name="initd_app_last_exit_asked",
    kind=GAUGE,
    statsd="initd.app.last_exit.asked",
    help="1 if the app last ended because it was asked to, else 0.",
)
LAST_RUN = Metric(
    name="initd_app_last_run_duration_seconds",
    kind=GAUGE,
    statsd="initd.app.last_run.duration",
    help="How long the app had run when it last ended.",
    unit="seconds",
)

# ---- its processes: the app's pid and all below it ----

CPU = Metric(
    name="initd_app_cpu_seconds_total",
    kind=COUNTER,
    statsd="initd.app.cpu",
    help="CPU time of the app's processes, including those that ended and were waited for.",
    labels=("mode",),
    unit="seconds",
)
MEMORY = Metric(
    name="initd_app_resident_memory_bytes",
    kind=GAUGE,
    statsd="initd.app.resident_memory",
    help="Resident memory of the app's processes; shared pages count for each of them.",
    unit="bytes",
)
DESCRIPTORS = Metric(
    name="initd_app_open_fds",
    kind=GAUGE,
    statsd="initd.app.open_fds",
    help="Open file descriptors of the app's processes, as far as they can be counted.",
)
THREADS = Metric(
    name="initd_app_threads",
    kind=GAUGE,
    statsd="initd.app.threads",
    help="Threads of the app's processes.",
)
PROCESSES = Metric(
    name="initd_app_processes",
    kind=GAUGE,
    statsd="initd.app.processes",
    help="The app's processes, including zombies.",
)
UNREADABLE = Metric(
    name="initd_app_unreadable_processes",
    kind=GAUGE,
    statsd="initd.app.unreadable_processes",
    help="The app's processes that the figures above miss in part: they may not be read.",
)

# ---- its main process alone, as every client library of Prometheus has its own process ----
# prometheus.io/docs/instrumenting/writing_clientlibs: dashboards ask for these names.

PROCESS_CPU = Metric(
    name="process_cpu_seconds_total",
    kind=COUNTER,
    statsd="",
    help="User and system CPU time of the app's main process, in seconds.",
    unit="seconds",
)
PROCESS_FDS = Metric(
    name="process_open_fds",
    kind=GAUGE,
    statsd="",
    help="Open file descriptors of the app's main process.",
)
PROCESS_MAX_FDS = Metric(
    name="process_max_fds",
    kind=GAUGE,
    statsd="",
    help="How many file descriptors the app's main process may have.",
)
PROCESS_VIRTUAL = Metric(
    name="process_virtual_memory_bytes",
    kind=GAUGE,
    statsd="",
    help="Virtual memory of the app's main process.",
    unit="bytes",
)
PROCESS_MAX_VIRTUAL = Metric(
    name="process_virtual_memory_max_bytes",
    kind=GAUGE,
    statsd="",
    help="How much virtual memory the app's main process may have.",
    unit="bytes",
)
PROCESS_RESIDENT = Metric(
    name="process_resident_memory_bytes",
    kind=GAUGE,
    statsd="",
    help="Resident memory of the app's main process.",
    unit="bytes",
)
PROCESS_START_TIME = Metric(
    name="process_start_time_seconds",
    kind=GAUGE,
    statsd="",
    help="When the app's main process was started, in seconds since 1970.",
    unit="seconds",
)
PROCESS_THREADS = Metric(
    name="process_threads",
    kind=GAUGE,
    statsd="",
    help="Threads of the app's main process.",
)

# ---- health ----

LIVE = Metric(
    name="initd_live",
    kind=GAUGE,
    statsd="initd.live",
    help="1 while initd health --live succeeds, else 0.",
)
STARTED = Metric(
    name="initd_started",
    kind=GAUGE,
    statsd="initd.started",
    help="1 while initd health --startup succeeds, else 0.",
)
READY = Metric(
    name="initd_ready",
    kind=GAUGE,
    statsd="initd.ready",
    help="1 while initd health --ready succeeds, else 0.",
)
HEALTHY = Metric(
    name="initd_healthy",
    kind=GAUGE,
    statsd="initd.healthy",
    help="1 while initd health succeeds, else 0.",
)
CHECK_PASSING = Metric(
    name="initd_check_passing",
    kind=GAUGE,
    statsd="initd.check.passing",
    help="1 while the check passes in this role, thresholds applied, else 0.",
    labels=("check", "check_role"),
)
CHECK_ANSWERS = Metric(
    name="initd_check_answers_total",
    kind=COUNTER,
    statsd="initd.check.answers",
    help="Results of the check, before thresholds.",
    labels=("check", "result"),
)
CHECK_DURATION = Metric(
    name="initd_check_duration_seconds",
    kind=HISTOGRAM,
    statsd="initd.check.duration",
    help="How long the check's probes took.",
    labels=("check",),
    unit="seconds",
)

# ---- init ----

STATE = Metric(
    name="initd_state",
    kind=GAUGE,
    statsd="initd.state",
    help="1 for the present state of init, else 0.",
    labels=("state",),
)
SIGNALS_RECEIVED = Metric(
    name="initd_signals_received_total",
    kind=COUNTER,
    statsd="initd.signals.received",
    help="Signals that arrived at init.",
    labels=("signal",),
)
SIGNALS_DELIVERED = Metric(
    name="initd_signals_delivered_total",
    kind=COUNTER,
    statsd="initd.signals.delivered",
    help="Signals that init sent to the app.",
    labels=("signal",),
)
SIGNALS_UNDELIVERED = Metric(
    name="initd_signals_undelivered_total",
    kind=COUNTER,
    statsd="initd.signals.undelivered",
    help="Signals that the kernel refused to deliver.",
)
ORPHANS = Metric(
    name="initd_orphans_reaped_total",
    kind=COUNTER,
    statsd="initd.orphans.reaped",
    help="Orphaned processes that init reaped.",
)
STOPS = Metric(
    name="initd_stops_total",
    kind=COUNTER,
    statsd="initd.stops",
    help="Stops of the app that have begun.",
)
STOP_DURATION = Metric(
    name="initd_last_stop_duration_seconds",
    kind=GAUGE,
    statsd="initd.last_stop.duration",
    help="How long the last stop took, from its first signal to the app's end.",
    unit="seconds",
)
MONITOR_RESTARTS = Metric(
    name="initd_monitor_restarts_total",
    kind=COUNTER,
    statsd="initd.monitor.restarts",
    help="How often the monitor was restarted.",
)
BUILD = Metric(
    name="initd_build_info", kind=INFO, statsd="", help="The version of initd.", labels=("version",)
)
WORKLOAD = Metric(
    name="initd_workload_info",
    kind=INFO,
    statsd="",
    help="What runs in the container.",
    labels=("hostname", "role", "revision", "profile"),
)

#: All of the above, in that order.
METRICS = tuple(each for each in tuple(globals().values()) if isinstance(each, Metric))
