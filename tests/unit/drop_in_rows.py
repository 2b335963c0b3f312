"""Which tests hold which row of docs/drop-in.md, by the row's first cell.

A text is a case of the side by side (tests/process/drop_in), which runs the real program too;
a name is a test of initd alone.
"""

from __future__ import annotations

ROWS: dict[str, dict[str, tuple[str, ...]]] = {
    "tini": {
        "`--`": (
            "-- may be left out",
            "-- left out before a command with flags",
            "test_tini_permutes_unless_posix_forbids_it",
        ),
        "`-p SIGNAL`": (
            "-p SIGTERM: its parent is killed",
            "-p SIGKILL: its parent is killed",
            "-p TERM -- true: what it says",
        ),
        "`-s`": (
            "not pid 1, -s: an orphan",
            "not pid 1, no subreaper: an orphan",
        ),
        "`-v`": (
            "-vvv -- true: what it says",
            "-vvvvv -- true: what it says",
        ),
        "`-w`": (
            "-w: an orphan is reaped",
            "-w: nothing to warn of",
        ),
        "`-g`": (
            "-g: TERM to the app's group",
            "without -g: the app alone",
        ),
        "`-e CODE`": (
            "-e: -e 3 -e 5, then exit 5",
            "-e 143: death by TERM is success",
            "-e 256 -- true: what it says",
        ),
        "`-l`": ("-l: what it says",),
        "`-h`": (
            "-h: what it says",
            "test_help_has_each_flag_and_variable",
        ),
        "`--version`": (
            "--version: what it says",
            "--version -- true: what it says",
        ),
        "`TINI_SUBREAPER`": (
            "not pid 1, TINI_SUBREAPER=0: an orphan",
            "not pid 1, TINI_SUBREAPER empty: an orphan",
        ),
        "`TINI_KILL_PROCESS_GROUP`": (
            "TINI_KILL_PROCESS_GROUP='no'",
            "TINI_KILL_PROCESS_GROUP: TERM to the app's group",
        ),
        "`TINI_VERBOSITY`": (
            "TINI_VERBOSITY='3'",
            "TINI_VERBOSITY and -v add up",
            "TINI_VERBOSITY=0 hides the warning",
        ),
        "not pid 1, and not a subreaper": (
            "not pid 1",
            "not pid 1, no subreaper: an orphan",
        ),
        "the app ends": (
            "exit 42 is exit 42",
            "killed by SEGV is 128 and its number",
            "not found in PATH",
            "a directory",
        ),
        "fork is refused": ("test_a_fork_that_is_refused_is_the_end",),
        "processes that outlive the app": ("who is left when the app ends outside of a container",),
        "process group": (
            "on a terminal: who owns it",
            "a group that takes the terminal",
        ),
        "TTIN, TTOU, CHLD and signals of faults": (
            "TTIN is not the app's",
            "TSTP reaches the app",
            "SEGV sent to pid 1 is not the app's",
        ),
        "a bad flag": (
            "-x: what it says",
            "-e -- true: what it says",
        ),
    },
    "dumb-init": {
        "`--`": (
            "flags behind the command are the command's",
            "only the first -- is its own",
        ),
        "`-c`, `--single-child`": (
            "-c: who gets TERM",
            "--single-child: who gets USR2",
        ),
        "`-r s:r`, `--rewrite s:r`": (
            "-r 15:3: TERM comes as QUIT",
            "-r 15:0: TERM comes as nothing",
            "-r TERM:INT true: what it says",
        ),
        "`-v`, `--verbose`": (
            "-v: its debug lines",
            "-v: TSTP",
        ),
        "`-h`, `--help`": (
            "--help: what it says",
            "test_help_has_each_flag_and_variable",
        ),
        "`-V`, `--version`": (
            "-V: what it says",
            "--vers: what it says",
        ),
        "`DUMB_INIT_SETSID`": (
            "DUMB_INIT_SETSID=0: who gets TERM",
            "DUMB_INIT_SETSID=no: who gets TERM",
        ),
        "`DUMB_INIT_DEBUG`": (
            "DUMB_INIT_DEBUG=1: its debug lines",
            "DUMB_INIT_DEBUG=yes: its debug lines",
        ),
        "session": ("who gets TERM, with a worker, a group and a session of the app's about",),
        "TSTP, TTIN, TTOU": (
            "TSTP: all of the group stop, init too, and CONT brings all back",
            "pid 1 can't stop itself: the app stops",
        ),
        "the same with `-c` or a rewrite": (
            "-c TSTP: as it is, and init stops itself",
            "-r 20:0: TSTP to nobody, and init stops itself",
        ),
        "terminal": (
            "-v on a terminal",
            "on a terminal: who owns it",
        ),
        "working directory": (
            "where init itself is",
            "test_dumb_init_starts_the_app_anew_where_it_was",
        ),
        "other signals": (
            "SEGV is forwarded too",
            "RTMIN+3 reaches the app",
        ),
        "the app ends": (
            "who is left when the app ends outside of a container",
            "the TERM at the end is rewritten, too",
        ),
        "the command cannot be executed": (
            "not found in PATH",
            "a file that is not executable",
        ),
        "fork is refused": ("test_a_fork_that_is_refused_is_the_end",),
        "orphans outside a container": ("not pid 1: an orphan is not its own",),
        "a bad flag": (
            "-x: what it says",
            "--ver: what it says",
        ),
    },
    "catatonit": {
        "`--`": (
            "-- left out before a command with flags",
            "-g -- false: what it says",
        ),
        "`-g`": ("-g: TERM to the app's group",),
        "`-P`": (
            "-P: INT",
            "-P: TERM",
            "-P: HUP",
            "test_catatonit_pauses_without_a_python",
        ),
        "`-V`, `--version`": (
            "-V: what it says",
            "--vers: what it says",
        ),
        "`-L`": ("-L: what it says",),
        "`-h`": (
            "-h: what it says",
            "test_help_has_each_flag_and_variable",
        ),
        "`LISTEN_PID`": (
            "descriptors that were open, as socket activation needs them",
            "test_a_variable_that_names_init_names_the_app",
        ),
        "TSTP, TTIN, TTOU, CHLD and signals of faults": (
            "TSTP: what the app gets",
            "SEGV: what the app gets",
        ),
        "process group": (
            "on a terminal: who owns it",
            "-g on a terminal",
        ),
        "the app ends": (
            "killed by TERM is 128 and its number",
            "not found in PATH",
        ),
        "fork is refused": ("test_a_fork_that_is_refused_is_the_end",),
        "not pid 1": ("not pid 1: an orphan is its own",),
        "a bad flag": (
            "-x: what it says",
            "no word: what it says",
        ),
    },
}
#: What the page says of all three, below the tables.
OF_ALL = (
    "descriptors that were open, as socket activation needs them",
    "the environment",
    "HUP ignored, as by nohup",
    "a text without #! is run by sh, as execvp has it",
)
#: Behind single sentences of "What differs".
OF_DIFFERENCES = (
    "test_the_app_waits_for_little_more_under_each_name",
    "test_the_app_gets_what_the_container_was_given",
    "test_a_variable_that_names_init_names_the_app",
    "test_what_is_closed_is_dev_null",
    "test_a_full_stdout_holds_nothing_up",
)
