"""The options: one row each, from which parsing, --help and the reference are made."""

from __future__ import annotations

from initd.core.value import Value


class Option(Value):
    """`kind` is value, flag (counted when repeated), list (repeatable) or lines (repeatable,
    each with spaces of its own: in the variable a line, or what ends with `;`, is one)."""

    name: str
    flags: tuple[str, ...]
    metavar: str
    help: str
    kind: str = "value"

    @property
    def variable(self) -> str:
        """The environment variable that says the same."""
        return "INITD_" + self.name.upper()


OPTIONS = (
    Option("config", ("--config",), "FILE", "the configuration file (default: /container/initd.toml over /etc/initd.toml, where there are such)"),
    Option("rewrite", ("-r", "--rewrite"), "IN:OUT", "deliver signal IN as OUT; OUT 0 drops it", "list"),
    Option("profile", ("--profile",), "NAME", "how this program stops; none for no profile, auto for what COMMAND is recognised as (default: auto)"),
    Option("stop_plan", ("--stop-plan",), "PLAN", 'what a stop sets off, for example "QUIT:20 TERM:5 KILL"'),
    Option("stop_signal", ("--stop-signal",), "SIG", "the signal that asks for a stop, as in the image's STOPSIGNAL (default: TERM)"),
    Option("target", ("--target",), "process|group|all", "whom signals reach (default: process, or as the profile says)"),
    Option("clean_code", ("-e", "--clean-code"), "CODE", "end with 0 where this would be the exit code; repeatable", "list"),
    Option("warn_reaped", ("-w", "--warn-reaped"), "", "log a warning for each orphan that is reaped", "flag"),
    Option("user", ("--user",), "NAME[:GROUP]", "the app's user and group, by name or number"),
    Option("chdir", ("--chdir",), "DIR", "the app's working directory"),
    Option("umask", ("--umask",), "MODE", "the app's umask, octal"),
    Option("limit", ("--limit",), "NAME=SOFT[:HARD]", "a resource limit of the app, for example nofile=65536", "list"),
    Option("nice", ("--nice",), "N", "the app's nice value, -20 to 19"),
    Option("oom_score_adj", ("--oom-score-adj",), "N", "how soon the kernel kills the app when memory is short, -1000 to 1000"),
    Option("cap_drop", ("--cap-drop",), "NAME", "drop a capability of the app for good, or ALL", "list"),
    Option("cap_keep", ("--cap-keep",), "NAME", "keep this one where --cap-drop ALL is said", "list"),
    Option("no_new_privs", ("--no-new-privs",), "", "no program of the app's gains rights by exec: set-user-id and file capabilities are ignored", "flag"),
    Option("env_file", ("--env-file",), "FILE", "variables for the app, NAME=VALUE a line", "list"),
    Option("session", ("--session",), "", "give the app a session of its own instead of a process group", "flag"),
    Option("hostname", ("--hostname",), "NAME", "the host name that the app's programs see, or a template of it such as {hostname}.{domain}"),
    Option("domain", ("--domain",), "NAME", "the domain to put behind a host name without one; may be a template, too"),
    Option("role", ("--role",), "NAME", "take the command line from /container/roles.json"),
    Option("socket", ("--socket",), "PATH", "the control socket (default: /run/initd/control.sock, or the next place that is writable)"),
    Option("parent_death", ("-p", "--parent-death"), "SIG", "the signal that init gets when its parent dies (default: none)"),
    Option("death_signal", ("--death-signal",), "SIG", "what the app gets when init itself is killed; 0 for nothing (default: KILL)"),
    Option("restart", ("--restart",), "no|on-failure|always", "start the app again when it ends; with a limit as in on-failure:5/60, five times a minute (default: no)"),
    Option("check", ("--check",), "CHECK", 'what to probe: "NAME KIND [TARGET] [KEY=VALUE ...] [-- COMMAND]", for example "web http http://127.0.0.1:8080/health"', "lines"),
    Option("on_unhealthy", ("--on-unhealthy",), "nothing|restart|stop", "what follows when a liveness check fails (default: nothing)"),
    Option("notify", ("--notify",), "", "listen to what the app says of itself by sd_notify", "flag"),
    Option("http", ("--http",), "ADDRESS", "where health and metrics are served: IP:PORT or a path (default: /run/initd/http.sock where there are checks)", "list"),
    Option("statsd", ("--statsd",), "ADDRESS", "send metrics there: HOST:PORT, or unix:PATH"),
    Option("verbose", ("-v", "--verbose"), "", "log more; repeatable", "flag"),
    Option("log_format", ("--log-format",), "json|console", "how log lines look (default: json)"),
)  # fmt: skip

#: What is asked of initd itself; there are no variables for these.
ASKED = (
    Option("help", ("-h", "--help"), "", "show this and exit", "flag"),
    Option(
        "list_roles",
        ("--list-roles",),
        "",
        "show the roles of /container/roles.json and exit",
        "flag",
    ),
    Option(
        "pause",
        ("-P", "--pause"),
        "",
        "run nothing: reap, and end on INT or TERM, as a pod's pause container",
        "flag",
    ),
    Option("license", ("-l", "-L", "--license"), "", "show the license and exit", "flag"),
    Option("version", ("-V", "--version"), "", "show the version and exit", "flag"),
)
#: Flags that tini, dumb-init and catatonit have: another way to say an option, or what
#: initd does anyway.
SHORT_FOR = {
    "-g": ("target", "group"),
    "-c": ("target", "process"),
    "--single-child": ("target", "process"),
    "-s": None,
}

BY_FLAG = {flag: option for option in (*OPTIONS, *ASKED) for flag in option.flags}
BY_NAME = {option.name: option for option in OPTIONS}
