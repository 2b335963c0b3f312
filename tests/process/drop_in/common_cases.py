"""What all three are asked: ends, signals, starts that fail, what is inherited, orphans, terminals.

A row is a sentence, what stands behind the program's name, and the steps; side.py has the
words of steps. `ends` and `shows` are what the peer is documented or known to do: they hold
the real one to it, so that no row passes by showing nothing. All else is compared.
"""

from __future__ import annotations

from .side import APP, Case, number_of

#: Ends a process that has not made arrangements.
FATAL = [
    *("HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT".split()),
    *("XCPU XFSZ VTALRM PROF IO PWR SYS RTMIN RTMAX".split()),
]
#: What an engine, a person or a program may send to an init, and is the app's business.
FORWARDED = [
    *("HUP INT QUIT USR1 USR2 PIPE ALRM TERM STKFLT CONT URG XCPU XFSZ VTALRM PROF".split()),
    *("WINCH IO PWR RTMIN RTMIN+3 RTMIN+15".split()),
]
FAULTS = "ILL TRAP ABRT BUS FPE SEGV SYS".split()
STOPS = "TSTP TTIN TTOU".split()

ONE_OF_EACH = ("app fork worker", "app group team", "app session loner", "app orphan lost")
#: Init has done what it had to do and waits again: two ends would else be one SIGCHLD, or two.
BACK_AT_WORK = ("signal init WINCH", "await app WINCH", "idle")


def print_arguments(*words: str) -> list[str]:
    return ["printf", "[%s]\\n", *words]


def sh(script: str) -> list[str]:
    return ["sh", "-c", script]


EXITS = [
    Case(f"exit {code} is exit {code}", ["--", *sh(f"exit {code}")], ends=f"exit {code}")
    for code in (0, 1, 2, 42, 125, 126, 127, 128, 143, 255)
]
DEATHS = [
    Case(
        f"killed by {name} is 128 and its number",
        ["--", APP],
        [f"app raise {name}"],
        ends=f"exit {128 + number_of(name)}",
    )
    for name in FATAL
]
#: RTMAX comes last of all that is pending: once it is there, so is what was sent before.
SIGNALS = [
    Case(
        f"{name} reaches the app",
        ["--", APP],
        [f"signal init {name} RTMAX", "await app RTMAX"],
        shows={"app got": f"{name} RTMAX"},
    )
    for name in FORWARDED
]
ARRIVALS = [
    Case(
        f"who gets {name}, with a worker, a group and a session of the app's about",
        ["--", APP],
        [*ONE_OF_EACH, f"signal init {name}", f"await app {name}"],
    )
    for name in ("HUP", "INT", "TERM", "USR1", "WINCH", "RTMIN+1")
]

STARTING = [
    Case("not found in PATH", ["--", "no-such-program"], ends=""),
    Case("not found by its path", ["--", "/no/such/program"], ends=""),
    Case("a directory", ["--", "/etc"], ends=""),
    Case("a file that is not executable", ["--", "/etc/passwd"], ends=""),
    Case("a path through a file", ["--", "/etc/passwd/more"], ends=""),
    Case("an empty word as the command", ["--", ""], ends=""),
    Case("a name that is too long", ["--", "x" * 300], ends=""),
    Case(
        "a text without #! is run by sh, as execvp has it",
        ["--", "{files}/text", "a", "b c"],
        ends="exit 7",
        files={"text": 'echo "$#" "$2"; exit 7\n'},
    ),
    Case(
        "an executable that is not a program at all",
        ["--", "{files}/junk"],
        ends="",
        files={"junk": "\x7fELF\x01\x02\x03"},
    ),
    Case("an empty executable", ["--", "{files}/empty"], ends="", files={"empty": ""}),
    Case(
        "a script whose interpreter is not there",
        ["--", "{files}/script"],
        ends="",
        files={"script": "#!/no/such/interpreter\n"},
    ),
    Case(
        "a directory of that name stands before it in PATH",
        ["--", "true"],
        ends="exit 0",
        env={"PATH": "{files}:/usr/bin:/bin"},
        files={"true/inner": ""},
    ),
    Case("no PATH at all", ["--", "true"], env={"PATH": None}),
    Case("an empty PATH", ["--", "true"], env={"PATH": ""}, ends=""),
    Case("-- may be left out", ["pwd"]),
    Case("-- left out before a command with flags", sh("exit 4"), ends=""),
    Case("only the first -- is its own", ["--", *print_arguments("--", "-x")]),
    Case("flags behind the command are the command's", print_arguments("-h", "--version"), ends=""),
    Case("a command that begins with a dash", ["--", "-x"], ends=""),
    Case("arguments with spaces, newlines and nothing", ["--", *print_arguments("a b", "\n", "")]),
    Case("arguments that are no UTF-8", ["--", *print_arguments("\udcff\udc80")]),
    Case("2,000 arguments", ["--", *sh("echo $#"), *("x" * 2000)]),
    Case("an argument of 100,000 bytes", ["--", *sh("echo ${#1}"), "sh", "x" * 100_000]),
]
INHERITED = [
    Case("the environment", ["--", "env"], env={"A": "1", "HOME": "/x", "LC_ALL": "POSIX"}),
    Case("the environment without a locale", ["--", "env"], env={"LANG": None}),
    Case("variables that are no UTF-8", ["--", "env"], env={"A": "\udcff"}),
    Case("the working directory", ["--", "pwd"]),
    Case(
        "identity, capabilities, privileges",
        [
            "--",
            "grep",
            "-E",
            "^(Uid|Gid|Groups|Cap|NoNewPrivs|Umask|Seccomp):",
            "/proc/self/status",
        ],
    ),
    Case("limits and niceness", ["--", *sh("ulimit -a; nice; cat /proc/self/oom_score_adj")]),
    Case("stdin is passed through", ["--", "cat"], stdin=b"some\nlines\n"),
    Case("stdout and stderr are the app's own", ["--", *sh("echo out; echo err >&2")]),
    Case(
        "descriptors that were open, as socket activation needs them",
        ["--", *sh("for fd in 3 4 7 9; do [ -e /proc/self/fd/$fd ] && echo $fd; done; :")],
        stage=["-d", "3", "-d", "7"],
    ),
    Case("HUP ignored, as by nohup", ["--", APP], stage=["-i", "1"]),
    Case("TTOU and TTIN ignored", ["--", APP], stage=["-i", "21", "-i", "22"]),
    Case("PIPE and USR1 ignored", ["--", APP], stage=["-i", "13", "-i", "10"]),
    Case("USR1 and RTMIN blocked", ["--", APP], stage=["-b", "10", "-b", "34"]),
]
AROUND = [
    Case("not pid 1", ["--", APP], ["signal init TERM", "await app TERM"], pid_1=False),
    Case("not pid 1 nor a session's leader", ["--", APP], ["look app"], pid_1=False, session=False),
    Case("not pid 1: exit code", ["--", *sh("exit 9")], pid_1=False, ends="exit 9"),
    Case("not pid 1: death by a signal", ["--", *sh("kill -9 $$")], pid_1=False, ends="exit 137"),
    Case("where init itself is", ["--", APP], [*BACK_AT_WORK, "look init", "look app"]),
    Case(
        "an orphan is init's, and reaped",
        ["--", APP],
        ["app orphan lost", "look lost", "tell lost exit 3", "state lost gone"],
        shows={"lost parent (2)": "init"},
    ),
    Case(
        "ten orphans that end at once are all reaped",
        ["--", APP],
        [
            *(f"app orphan lost{number}" for number in range(10)),
            *(f"tell lost{number} exit 0" for number in range(10)),
            *(f"state lost{number} gone" for number in range(10)),
        ],
    ),
    Case(
        "an orphan of an orphan",
        ["--", APP],
        [
            "app orphan a",
            "tell a orphan b",
            "kill a",
            "state a gone",
            "look b",
            "kill b",
            "state b gone",
        ],
    ),
    Case(
        "who is left when the app ends outside of a container",
        ["--", APP],
        [*ONE_OF_EACH, "app exit 3"],
        pid_1=False,
        ends="exit 3",
    ),
    Case(
        "two signals, one after the other",
        ["--", APP],
        ["signal init USR2", "await app USR2", "signal init USR1", "await app USR1"],
        shows={"app got": "USR2 USR1"},
    ),
    Case(
        "a real-time signal three times is three signals",
        ["--", APP],
        ["signal init RTMIN RTMIN RTMIN RTMAX", "await app RTMAX"],
        shows={"app got": "RTMIN RTMIN RTMIN RTMAX"},
    ),
    Case(
        "CHLD from outside changes nothing",
        ["--", APP],
        ["signal init CHLD RTMAX", "await app RTMAX"],
        shows={"app got": "RTMAX"},
    ),
    Case(
        "the app is stopped and continued, init stays",
        ["--", APP],
        [
            "signal app STOP",
            "state app T",
            "signal app CONT",
            "await app CONT",
            "signal init TERM",
            "await app TERM",
        ],
        ends="exit 0",
    ),
    Case(
        "KILL ends the app, not by way of init",
        ["--", APP],
        ["kill app"],
        ends="exit 137",
    ),
    Case(
        "TERM ends an app that made no arrangements",
        ["--", APP],
        ["app default TERM", "signal init TERM", "end"],
        ends="exit 143",
    ),
    Case(
        "INT ends an app that made no arrangements",
        ["--", APP],
        ["app default INT", "signal init INT", "end"],
        ends="exit 130",
    ),
    Case(
        "TERM sent from within",
        ["--", APP],
        ["app send-1 TERM", "await app TERM"],
        shows={"app got": "TERM"},
    ),
    Case(
        "four signals at once come in the order of their numbers",
        ["--", APP],
        ["signal init HUP USR1 USR2 TERM RTMAX", "await app RTMAX"],
        shows={"app got": "HUP USR1 USR2 TERM RTMAX"},
    ),
    Case(
        "TERM a second time",
        ["--", APP],
        ["signal init TERM", "await app TERM", "signal init TERM", "await app TERM"],
        shows={"app got": "TERM TERM"},
    ),
    Case(
        "an app that leaves its work to a child: its end is the end",
        ["--", *sh("sleep 1000 & exit 4")],
        ends="exit 4",
    ),
    Case(
        "init is killed, outside of a container",
        ["--", APP],
        ["app fork worker", "kill init", "end"],
        pid_1=False,
        ends="signal 9",
        shows={"app outlives init": "yes, runs"},
    ),
    Case(
        "init is killed as pid 1",
        ["--", APP],
        ["app fork worker", "kill init", "end"],
        ends="signal 9",
    ),
    Case(
        "a session of the app's own making",
        ["--", *sh("exec setsid --wait sh -c 'exit 8'")],
        ends="exit 8",
    ),
]
TERMINALS = [
    Case("on a terminal: who owns it", ["--", APP], ["idle", "look app", "look init"], tty=True),
    Case("Ctrl-C", ["--", APP], ["app fork worker", "type ^C", "await app INT"], tty=True),
    Case("Ctrl-\\", ["--", APP], ["type ^\\", "await app QUIT"], tty=True),
    Case(
        "a group that takes the terminal",
        ["--", APP],
        ["app group job", "tell job front", "look app", "type ^C", "await job INT"],
        tty=True,
    ),
    Case("a new size", ["--", APP], ["resize", "await app WINCH"], tty=True),
    Case("HUP on a terminal", ["--", APP], ["signal init HUP RTMAX", "await app RTMAX"], tty=True),
    Case(
        "CONT on a terminal", ["--", APP], ["signal init CONT RTMAX", "await app RTMAX"], tty=True
    ),
    Case(
        "it hangs up",
        ["--", APP],
        ["hangup", "signal init RTMAX", "await app RTMAX"],
        tty=True,
        coalesced=True,
    ),
    Case("the app sees a terminal", ["--", *sh("test -t 0 && test -t 1 && test -t 2")], tty=True),
    Case("stty is as it was", ["--", "stty", "-a"], tty=True),
    Case("a word is typed", ["--", *sh("read -r word; echo got $word")], ["type word\n"], tty=True),
]


COMMON = [
    *(*EXITS, *DEATHS, *SIGNALS, *ARRIVALS),
    *(*STARTING, *INHERITED, *AROUND, *TERMINALS),
]
