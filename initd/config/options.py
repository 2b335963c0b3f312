"""The options: one row each, from which parsing, --help and the reference are made."""

from __future__ import annotations

from initd import paths
from initd.core.life.restart import MODES, ON_UNHEALTHY
from initd.core.value import Value

#: So variables begin.
PREFIX = "INITD_"
#: What --target, --log-format and --log-level may be; the first is the default.
TARGETS = ("process", "group", "all")
#: Who is heard over sd_notify.
NOTIFY_ACCESS = ("main", "tree", "all")
LOG_FORMATS = ("auto", "json", "console")
LOG_LEVELS = ("warning", "error", "info", "debug", "off")


class Option(Value):
    """`kind` is value, flag (counted when repeated), list (repeatable) or lines (repeatable,
    and each may contain spaces: in the variable they are separated by newlines or `;`)."""

    name: str
    flags: tuple[str, ...]
    metavar: str
    help: str
    kind: str = "value"

    @property
    def variable(self) -> str:
        """The environment variable that sets it too."""
        return PREFIX + self.name.upper()


OPTIONS = (
    Option("config", ("--config",), "FILE", f"the configuration file (default: {' over '.join(paths.CONFIGURATION_FILES)}, where they exist)"),
    Option("strict", ("--strict",), "", "a warning about the configuration is a mistake: nothing is started; with `initd check`, for all that it warns of", "flag"),
    Option("rewrite", ("-r", "--rewrite"), "IN:OUT", "deliver signal IN as OUT; OUT 0 drops it", "list"),
    Option("profile", ("--profile",), "NAME", "how this program stops: a profile's name, none, or auto to recognise COMMAND (default: auto)"),
    Option("stop_plan", ("--stop-plan",), "PLAN", 'the signals that stop the app, with seconds in between, for example "QUIT:20 TERM:5 KILL"'),
    Option("stop_signal", ("--stop-signal",), "SIG", "the signal that asks init for a stop, as in the image's STOPSIGNAL (default: TERM)"),
    Option("grace", ("--grace",), "SECONDS", "how long the engine waits before it kills the container, as in docker stop -t or terminationGracePeriodSeconds: the stop plan is fitted into that"),
    Option("drain", ("--drain",), "SECONDS", "how long the app goes on to serve after a stop has begun, not ready any more, before it gets the first signal: load balancers hear of it meanwhile; a second stop signal cuts it short"),
    Option("target", ("--target",), "|".join(TARGETS), "which processes get signals (default: the profile's target, or process)"),
    Option("leftovers", ("--leftovers",), "PLAN", 'the signals that end processes which outlive the app, for example "TERM:10 KILL" (default: TERM and the engine\'s patience after a stop, else TERM:3 KILL)'),
    Option("clean_code", ("-e", "--clean-code"), "CODE", "exit with 0 instead of this code; repeatable", "list"),
    Option("warn_reaped", ("-w", "--warn-reaped"), "", "log a warning for each orphan that is reaped", "flag"),
    Option("user", ("--user",), "NAME[:GROUP]", "the app's user and group, by name or number"),
    Option("pid_file", ("--pid-file",), "PATH", "where the app writes which of its processes is the main one, if it replaces itself or goes into the background"),
    Option("chdir", ("--chdir",), "DIR", "the app's working directory"),
    Option("umask", ("--umask",), "MODE", "the app's umask, in octal digits"),
    Option("limit", ("--limit",), "NAME=SOFT[:HARD]", "a resource limit of the app, for example nofile=65536", "list"),
    Option("nice", ("--nice",), "N", "the app's nice value, -20 to 19"),
    Option("oom_score_adj", ("--oom-score-adj",), "N", "how readily the kernel kills the app when memory runs out, -1000 to 1000"),
    Option("cap_drop", ("--cap-drop",), "NAME", "drop a capability of the app for good, or ALL; repeatable", "list"),
    Option("cap_keep", ("--cap-keep",), "NAME", "with --cap-drop ALL: keep this capability; repeatable", "list"),
    Option("no_new_privs", ("--no-new-privs",), "", "the app and its children gain no privileges by exec: set-user-id bits and file capabilities have no effect", "flag"),
    Option("env_file", ("--env-file",), "FILE", "a file with variables for the app, one NAME=VALUE a line; repeatable", "list"),
    Option("secrets", ("--secrets",), "SOURCE", "where the app's secrets come from: ejson:FILE, dir:DIRECTORY, exec:COMMAND, or files for variables X_FILE; repeatable", "lines"),
    Option("secrets_as", ("--secrets-as",), "env|file|none", "how secrets reach the app: as variables, as files on memory in $CREDENTIALS_DIRECTORY, or not at all but for those of --secret-as (default: env)"),
    Option("secret_as", ("--secret-as",), "NAME=WAY", "the same for one secret: env, file, or none to leave it out; repeatable", "list"),
    Option("secrets_patience", ("--secrets-patience",), "SECONDS", "how long reading all secrets may take (default: 30)"),
    Option("ejson_keydir", ("--ejson-keydir",), "DIR", "where EJSON files' private keys are (default: $EJSON_KEYDIR, or /opt/ejson/keys)"),
    Option("on_reload", ("--on-reload",), "nothing|restart|SIG", "what follows when `initd reload` has read the secrets again: nothing, a restart, or a signal for the app (default: nothing)"),
    Option("session", ("--session",), "", "run the app in its own session instead of its own process group", "flag"),
    Option("hostname", ("--hostname",), "NAME", "the host name that the app's programs see, or a template such as {hostname}.{domain}"),
    Option("domain", ("--domain",), "NAME", "the domain to add to a host name that has none; may be a template too"),
    Option("role", ("--role",), "NAME", f"take the command line from {paths.ROLES}"),
    Option("socket", ("--socket",), "PATH", "the control socket (default: /run/initd/control.sock, or the next default path that is writable)"),
    Option("parent_death", ("-p", "--parent-death"), "SIG", "the signal that init itself gets when its parent dies (default: none)"),
    Option("death_signal", ("--death-signal",), "SIG", "the signal that the app gets when init is killed; 0 for none (default: KILL)"),
    Option("restart", ("--restart",), "|".join(MODES), "whether to start the app again when it ends; on-failure:5/60 allows five restarts a minute (default: no)"),
    Option("check", ("--check",), "CHECK", 'a health check: "NAME KIND [TARGET] [KEY=VALUE ...] [-- COMMAND]", for example "web http http://127.0.0.1:8080/health"', "lines"),
    Option("hook", ("--hook",), "HOOK", 'a command for a moment of the app\'s life: "MOMENT [KEY=VALUE ...] -- COMMAND", for example "stop patience=5 -- /app/leave"; moments are start, ready, stop, end and change', "lines"),
    Option("register", ("--register",), "URL", 'the directory of a registry in which the app is entered while it is ready: "etcd://HOST:PORT/PREFIX [KEY=VALUE ...]", or zookeeper://', "lines"),
    Option("watch", ("--watch",), "WATCH", 'who else is in a registry: "NAME URL [KEY=VALUE ...]", with signal=SIG for the app, or file=FILE and the hook change', "lines"),
    Option("on_unhealthy", ("--on-unhealthy",), "|".join(ON_UNHEALTHY), "what to do when a liveness check fails (default: nothing)"),
    Option("notify", ("--notify",), "", "listen to the app's sd_notify messages", "flag"),
    Option("notify_access", ("--notify-access",), "|".join(NOTIFY_ACCESS), "who is heard over sd_notify: the app's main process, its process tree, or every process of the container (default: tree)"),
    Option("http", ("--http",), "ADDRESS", "where to serve health and metrics: :PORT, IP:PORT or a path (default with checks: /run/initd/http.sock)", "list"),
    Option("statsd", ("--statsd",), "ADDRESS", "where to send metrics: HOST:PORT or unix:PATH, and dialect=plain for a relay without tags"),
    Option("termination_log", ("--termination-log",), "PATH|none", f"the file that gets a line or two about why the container ended, if it exists and is empty (default: {paths.TERMINATION_LOG}, where that is more than the exit code)"),
    Option("sleep", ("--sleep",), "SECONDS|no", "after how long without an event init falls asleep, so that it weighs almost nothing until the next one (default: 3); --no-sleep is short for no"),
    Option("log_level", ("--log-level",), "debug|info|warning|error|off", "the least that is logged: info is the life of the container, debug every step (default: warning); --quiet is short for error"),
    Option("verbose", ("-v", "--verbose"), "", "log a level more; repeatable", "flag"),
    Option("log_format", ("--log-format",), "|".join(LOG_FORMATS), "the format of log lines: json, console for people, or auto, which is console where stderr is a terminal (default: auto)"),
    Option("log_to", ("--log-to",), "stderr|PATH|fd:N|syslog|none", "where log lines go (default: stderr)"),
    Option("redact", ("--redact",), "PATTERN", "hide in every command line that is shown what the stars of this pattern stand for, such as --license=*; repeatable", "list"),
    Option("http_commands", ("--http-commands",), "", "show command lines over HTTP beyond loopback too", "flag"),
)  # fmt: skip

#: Options that print something and exit, or run nothing. They have no variables.
IMMEDIATE = (
    Option("help", ("-h", "--help"), "", "show this and exit", "flag"),
    Option(
        "list_roles",
        ("--list-roles",),
        "",
        f"show the roles of {paths.ROLES} and exit",
        "flag",
    ),
    Option(
        "pause",
        ("-P", "--pause"),
        "",
        "run no app: reap orphans and exit on INT or TERM, like a pod's pause container",
        "flag",
    ),
    Option("license", ("-l", "-L", "--license"), "", "show the license and exit", "flag"),
    Option("version", ("-V", "--version"), "", "show the version and exit", "flag"),
)
#: Short for an option and its value, or for what initd always does: most are flags of tini,
#: dumb-init and catatonit.
SHORT_FOR = {
    "-g": ("target", "group"),
    "-c": ("target", "process"),
    "--single-child": ("target", "process"),
    "--no-sleep": ("sleep", "no"),
    "-q": ("log_level", "error"),
    "--quiet": ("log_level", "error"),
    "-s": None,
}

BY_FLAG = {flag: option for option in (*OPTIONS, *IMMEDIATE) for flag in option.flags}
BY_NAME = {option.name: option for option in OPTIONS}
