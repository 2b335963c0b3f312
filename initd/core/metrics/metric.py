"""Every metric there is: its names for Prometheus and StatsD, its type, its meaning.

Names follow prometheus.io/docs/practices/naming: base units, the unit last, `_total`
for what only grows. docs/metrics.md shows this table to people; a test compares them.
"""

from __future__ import annotations

from initd.core.value import Value

GAUGE, COUNTER, HISTOGRAM, INFO = "gauge", "counter", "histogram", "info"


class Metric(Value):
    """`statsd` is "" for info: StatsD has the workload in its tags. `unit` is seconds or
    bytes, and "" for what is counted, a code, or 0 and 1."""

    name: str
    kind: str
    statsd: str
    help: str
    labels: tuple[str, ...] = ()
    unit: str = ""


# ---- the app ----

APP_UP = Metric("initd_app_up", GAUGE, "initd.app.up", "1 while the app runs, else 0.")
APP_STOPPED = Metric(
    "initd_app_stopped",
    GAUGE,
    "initd.app.stopped",
    "1 while a signal such as SIGSTOP or SIGTSTP holds the app, else 0.",
)
APP_START_TIME = Metric(
    "initd_app_start_time_seconds",
    GAUGE,
    "initd.app.start_time",
    "When the app was started, in seconds since 1970.",
    unit="seconds",
)
APP_RESTARTS = Metric(
    "initd_app_restarts_total", COUNTER, "initd.app.restarts", "How often the app was restarted."
)
LAST_EXIT_CODE = Metric(
    "initd_app_last_exit_code",
    GAUGE,
    "initd.app.last_exit.code",
    "The exit code when the app last ended; 128+N for signal N.",
)
LAST_EXIT_SIGNAL = Metric(
    "initd_app_last_exit_signal",
    GAUGE,
    "initd.app.last_exit.signal",
    "The number of the signal by which the app last ended; 0 for none.",
)
LAST_EXIT_ASKED = Metric(
    "initd_app_last_exit_asked",
    GAUGE,
    "initd.app.last_exit.asked",
    "1 if the app last ended because it was asked to, else 0.",
)
LAST_RUN = Metric(
    "initd_app_last_run_duration_seconds",
    GAUGE,
    "initd.app.last_run.duration",
    "How long the app had run when it last ended.",
    unit="seconds",
)

# ---- its processes: the app's pid and all below it ----

CPU = Metric(
    "initd_app_cpu_seconds_total",
    COUNTER,
    "initd.app.cpu",
    "CPU time of the app's processes, with those that ended and were waited for.",
    ("mode",),
    "seconds",
)
MEMORY = Metric(
    "initd_app_resident_memory_bytes",
    GAUGE,
    "initd.app.resident_memory",
    "Resident memory of the app's processes; pages that they share count for each.",
    unit="bytes",
)
DESCRIPTORS = Metric(
    "initd_app_open_fds",
    GAUGE,
    "initd.app.open_fds",
    "Open file descriptors of the app's processes, as far as they can be counted.",
)
THREADS = Metric("initd_app_threads", GAUGE, "initd.app.threads", "Threads of the app's processes.")
PROCESSES = Metric(
    "initd_app_processes", GAUGE, "initd.app.processes", "The app's processes, zombies too."
)
UNREADABLE = Metric(
    "initd_app_unreadable_processes",
    GAUGE,
    "initd.app.unreadable_processes",
    "The app's processes that the figures above lack in part: reading was refused.",
)

# ---- health ----

LIVE = Metric("initd_live", GAUGE, "initd.live", "What initd health --live says: 1 or 0.")
STARTED = Metric(
    "initd_started", GAUGE, "initd.started", "What initd health --startup says: 1 or 0."
)
READY = Metric("initd_ready", GAUGE, "initd.ready", "What initd health --ready says: 1 or 0.")
HEALTHY = Metric("initd_healthy", GAUGE, "initd.healthy", "What initd health says: 1 or 0.")
CHECK_PASSING = Metric(
    "initd_check_passing",
    GAUGE,
    "initd.check.passing",
    "1 while the check passes in this role, thresholds applied, else 0.",
    ("check", "check_role"),
)
CHECK_ANSWERS = Metric(
    "initd_check_answers_total",
    COUNTER,
    "initd.check.answers",
    "Answers of the check, before thresholds.",
    ("check", "result"),
)
CHECK_DURATION = Metric(
    "initd_check_duration_seconds",
    HISTOGRAM,
    "initd.check.duration",
    "How long the check's answers took.",
    ("check",),
    "seconds",
)

# ---- init ----

STATE = Metric(
    "initd_state", GAUGE, "initd.state", "1 for the state that init is in, else 0.", ("state",)
)
SIGNALS_RECEIVED = Metric(
    "initd_signals_received_total",
    COUNTER,
    "initd.signals.received",
    "Signals that arrived at init.",
    ("signal",),
)
SIGNALS_DELIVERED = Metric(
    "initd_signals_delivered_total",
    COUNTER,
    "initd.signals.delivered",
    "Signals that init sent to the app.",
    ("signal",),
)
SIGNALS_UNDELIVERED = Metric(
    "initd_signals_undelivered_total",
    COUNTER,
    "initd.signals.undelivered",
    "Signals that the kernel refused to deliver.",
)
ORPHANS = Metric(
    "initd_orphans_reaped_total",
    COUNTER,
    "initd.orphans.reaped",
    "Processes reaped that were not init's own.",
)
STOPS = Metric("initd_stops_total", COUNTER, "initd.stops", "Stops of the app that were begun.")
STOP_DURATION = Metric(
    "initd_last_stop_duration_seconds",
    GAUGE,
    "initd.last_stop.duration",
    "How long the last stop took, from its first signal to the app's end.",
    unit="seconds",
)
MONITOR_RESTARTS = Metric(
    "initd_monitor_restarts_total",
    COUNTER,
    "initd.monitor.restarts",
    "How often the monitor was restarted.",
)
BUILD = Metric("initd_build_info", INFO, "", "The version of initd.", ("version",))
WORKLOAD = Metric(
    "initd_workload_info",
    INFO,
    "",
    "What runs in the container.",
    ("hostname", "role", "revision", "profile"),
)

#: All of the above, in that order.
METRICS = tuple(each for each in tuple(globals().values()) if isinstance(each, Metric))
