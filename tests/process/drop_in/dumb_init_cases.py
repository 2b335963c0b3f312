"""What dumb-init is asked beside, from its --help, its README and what it is seen to do."""

from __future__ import annotations

from .common_cases import BACK_AT_WORK, COMMON, FAULTS, ONE_OF_EACH, STOPS, sh
from .side import APP, Case

DUMB_INIT = [
    *COMMON,
    *(
        Case(f"{words or 'no word'}: what it says", words.split(), ends=ends)
        for words, ends in {
            "": "exit 1",
            "--": "exit 1",
            "-v": "exit 1",
            "-c": "exit 1",
            "-h": "exit 0",
            "--help": "exit 0",
            "-h true": "exit 0",
            "--hel": "exit 0",
            "-V": "exit 0",
            "--version": "exit 0",
            "--ver": "exit 1",
            "--vers": "exit 0",
            "-x": "exit 1",
            "--no-such-flag true": "exit 1",
            "--help=yes": "exit 1",
            "-r": "exit 1",
            "--rewrite": "exit 1",
            "-r foo true": "exit 1",
            "-r 15 true": "exit 1",
            "-r 15: true": "exit 1",
            "-r :15 true": "exit 1",
            "-r TERM:INT true": "exit 1",
            "-r 15:32 true": "exit 1",
            "-r 32:15 true": "exit 1",
            "-r 0:15 true": "exit 1",
            "-r -1:15 true": "exit 1",
            "-r 15:-1 true": "exit 1",
            "-r 15:3:2 true": "exit 0",
            "-r 15:3x true": "exit 0",
            "-r 15:0 true": "exit 0",
            "-r 34:35 true": "exit 1",
            "-cv true": "exit 0",
            "-cr 15:3 false": "exit 1",
            "-c -- no-such-program": "exit 2",
            "-v no-such-program": "exit 2",
        }.items()
    ),
    *(
        Case(
            f"{how}: who gets {name}",
            [*words, "--", APP],
            [*ONE_OF_EACH, f"signal init {name}", f"await app {name}"],
            env=env,
            shows={"worker got": "" if alone else name, "team got": "", "loner got": ""},
        )
        for how, words, env, alone in [
            ("-c", ["-c"], {}, True),
            ("--single-child", ["--single-child"], {}, True),
            ("--single", ["--single"], {}, True),
            ("DUMB_INIT_SETSID=0", [], {"DUMB_INIT_SETSID": "0"}, True),
            ("DUMB_INIT_SETSID=1", [], {"DUMB_INIT_SETSID": "1"}, False),
            ("DUMB_INIT_SETSID empty", [], {"DUMB_INIT_SETSID": ""}, False),
            ("DUMB_INIT_SETSID=no", [], {"DUMB_INIT_SETSID": "no"}, False),
            ("DUMB_INIT_SETSID=1 and -c", ["-c"], {"DUMB_INIT_SETSID": "1"}, True),
        ]
        for name in ("TERM", "USR2")
    ),
    *(
        Case(
            f"{' '.join(words)}: {sent} comes as {', '.join(got) or 'nothing'}",
            [*words, "--", APP],
            [f"signal init {sent} RTMAX", "await app RTMAX"],
            shows={"app got": " ".join([*got, "RTMAX"])},
        )
        for words, sent, got in [
            (["-r", "15:3"], "TERM", ["QUIT"]),
            (["-r15:3"], "TERM", ["QUIT"]),
            (["--rewrite", "15:3"], "TERM", ["QUIT"]),
            (["--rewrite=15:3"], "TERM", ["QUIT"]),
            (["-r", "15:3"], "INT", ["INT"]),
            (["-r", "15:0"], "TERM", []),
            (["-r", "15:3", "-r", "3:15"], "TERM", ["QUIT"]),
            (["-r", "15:3", "-r", "3:15"], "QUIT", ["TERM"]),
            (["-r", "15:3", "-r", "15:10"], "TERM", ["USR1"]),
            (["-r", "1:12"], "HUP", ["USR2"]),
            (["-r", "28:18"], "WINCH", ["CONT"]),
            (["-c", "-r", "15:2"], "TERM", ["INT"]),
            (["-r", " 15:3"], "TERM", ["QUIT"]),
            (["-r", "11:10"], "SEGV", ["USR1"]),
        ]
    ),
    Case(
        "-r 15:9 kills the whole group",
        ["-r", "15:9", "--", APP],
        ["app fork worker", "app session loner", "signal init TERM", "end"],
        pid_1=False,
        ends="exit 137",
    ),
    Case(
        "-r is for the group as well",
        ["-r", "15:3", "--", APP],
        ["app fork worker", "signal init TERM", "await worker QUIT"],
    ),
    Case(
        "the TERM at the end is rewritten, too",
        ["-r", "15:10", "--", APP],
        ["app fork worker", "app exit 0"],
        pid_1=False,
    ),
    *(
        Case(
            f"{name}: all of the group stop, init too, and CONT brings all back",
            ["--", APP],
            [
                "app fork worker",
                "app session loner",
                f"signal init {name}",
                "await init stopped",
                "state app T",
                "state worker T",
                "signal init CONT",
                "await init continued",
                "await app CONT",
                "await worker CONT",
            ],
            pid_1=pid_1,
        )
        for name in STOPS
        for pid_1 in (False,)
    ),
    *(
        Case(
            f"-c {name}: as it is, and init stops itself",
            ["-c", "--", APP],
            [
                f"signal init {name}",
                "await init stopped",
                f"await app {name}",
                "signal init CONT",
                "await init continued",
                "await app CONT",
            ],
            pid_1=False,
        )
        for name in STOPS
    ),
    *(
        Case(
            f"-r {number}:{number}: {name} as it is, and init stops itself",
            ["-r", f"{number}:{number}", "--", APP],
            [
                f"signal init {name}",
                "await init stopped",
                f"await app {name}",
                "signal init CONT",
                "await init continued",
                "await app CONT",
            ],
            pid_1=False,
        )
        for name, number in (("TSTP", 20), ("TTIN", 21), ("TTOU", 22))
    ),
    Case(
        "-r 20:0: TSTP to nobody, and init stops itself",
        ["-r", "20:0", "--", APP],
        [
            "signal init TSTP",
            "await init stopped",
            "signal init CONT",
            "await init continued",
            "await app CONT",
        ],
        pid_1=False,
    ),
    Case(
        "TSTP twice",
        ["--", APP],
        [
            "signal init TSTP",
            "await init stopped",
            "state app T",
            "signal init CONT",
            "await init continued",
            "await app CONT",
            "signal init TSTP",
            "await init stopped",
            "state app T",
            "signal init CONT",
            "await init continued",
            "await app CONT",
        ],
        pid_1=False,
    ),
    Case(
        "pid 1 can't stop itself: the app stops",
        ["--", APP],
        # The SIGSTOP that it sends itself, in vain, takes back a SIGCONT that is there already.
        ["signal init TSTP", "state app T", "idle", "signal init CONT", "await app CONT"],
    ),
    *(
        Case(f"pid 1, -c: {name}", ["-c", "--", APP], [f"signal init {name}", f"await app {name}"])
        for name in STOPS
    ),
    *(
        Case(
            f"{name} is forwarded too",
            ["--", APP],
            [f"signal init {name} RTMAX", "await app RTMAX"],
            shows={"app got": f"{name} RTMAX"},
        )
        for name in FAULTS
    ),
    *(
        Case(
            f"{how}: its debug lines",
            [*words, "sh", "-c", "exit 3"],
            env=env,
            ends="exit 3",
            child_writes_too=True,
        )
        for how, words, env in [
            ("-v", ["-v"], {}),
            ("--verbose", ["--verbose"], {}),
            ("DUMB_INIT_DEBUG=1", [], {"DUMB_INIT_DEBUG": "1"}),
            ("DUMB_INIT_DEBUG=0", [], {"DUMB_INIT_DEBUG": "0"}),
            ("DUMB_INIT_DEBUG empty", [], {"DUMB_INIT_DEBUG": ""}),
            ("DUMB_INIT_DEBUG=yes", [], {"DUMB_INIT_DEBUG": "yes"}),
            ("-v -c", ["-v", "-c"], {}),
        ]
    ),
    *(
        Case(
            f"-v: {' '.join(words)} {sent}",
            ["-v", *words, "--", APP],
            [f"signal init {sent}", f"await app {got}"],
            child_writes_too=True,
        )
        for words, sent, got in [
            ([], "TERM", "TERM"),
            (["-r", "15:3"], "TERM", "QUIT"),
            (["-c"], "USR1", "USR1"),
            ([], "RTMIN+2", "RTMIN+2"),
        ]
    ),
    Case(
        "-v: a signal that is dropped",
        ["-v", "-r", "15:0", "--", APP],
        ["signal init TERM RTMAX", "await app RTMAX"],
        child_writes_too=True,
    ),
    Case(
        "-v: an orphan is reaped",
        ["-v", "--", APP],
        ["app orphan lost", "tell lost exit 3", "state lost gone", *BACK_AT_WORK],
        child_writes_too=True,
    ),
    Case(
        "-v: an orphan that was killed",
        ["-v", "--", APP],
        ["app orphan lost", "kill lost", "state lost gone", *BACK_AT_WORK],
        child_writes_too=True,
    ),
    Case(
        "-v: death by a signal",
        ["-v", "--", APP],
        ["app raise SEGV"],
        ends="exit 139",
        child_writes_too=True,
    ),
    Case(
        "-v: TSTP",
        ["-v", "--", APP],
        [
            "signal init TSTP",
            "await init stopped",
            "state app T",
            "told",
            "signal init CONT",
            "await init continued",
            "await app CONT",
            "idle",  # or its SIGCHLD is read with what comes next, and then told last
            *BACK_AT_WORK,
        ],
        pid_1=False,
        child_writes_too=True,
    ),
    Case(
        "-v on a terminal",
        ["-v", "--", *sh("exit 3")],
        tty=True,
        ends="exit 3",
        child_writes_too=True,
    ),
    Case(
        "on a terminal, -c",
        ["-c", "--", APP],
        ["idle", "look init", "type ^C", "await app INT"],
        tty=True,
        coalesced=True,
    ),
    Case(
        "not pid 1: an orphan is not its own",
        ["--", APP],
        ["app orphan lost", "look lost"],
        pid_1=False,
        shows={"lost parent (2)": "stage"},
    ),
    Case(
        "who is left with -c when the app ends",
        ["-c", "--", APP],
        [*ONE_OF_EACH, "app exit 3"],
        pid_1=False,
        ends="exit 3",
    ),
    Case("one within another", ["-c", "--", "{init}", "-c", "--", *sh("exit 5")], ends="exit 5"),
    Case("CHLD ignored by who started it", sh("exit 6"), stage=["-i", "17"], ends="exit 6"),
    Case("CONT alone", ["--", APP], ["signal init CONT", "await app CONT"], pid_1=False),
]
