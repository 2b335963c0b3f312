"""What tini is asked beside, from its --help, its README and what it is seen to do."""

from __future__ import annotations

from .common_cases import BACK_AT_WORK, COMMON, FAULTS, ONE_OF_EACH, sh
from .side import APP, Case

TINI = [
    *COMMON,
    *(
        Case(f"{words or 'no word'}: what it says", words.split(), ends=ends)
        for words, ends in {
            "": "exit 1",
            "--": "exit 1",
            "-v": "exit 1",
            "-h": "exit 0",
            "-h -- true": "exit 0",
            "-l": "exit 0",
            "--version": "exit 0",
            "--version -- true": "exit 1",
            "-v --version": "exit 1",
            "--help": "exit 1",
            "-x": "exit 1",
            "-x -- true": "exit 1",
            "-hx": "exit 0",
            "-gx": "exit 1",
            "-e": "exit 1",
            "-e -- true": "exit 1",
            "-e 256 -- true": "exit 1",
            "-e -1 -- true": "exit 1",
            "-e abc -- true": "exit 1",
            "-e 3x -- true": "exit 1",
            "-p": "exit 1",
            "-p FOO -- true": "exit 1",
            "-p TERM -- true": "exit 1",
            "-p 15 -- true": "exit 1",
            "-p sigterm -- true": "exit 1",
            "-p SIGTERM -- true": "exit 0",
            "-p SIGRTMIN -- true": "exit 1",
            "-v -- no-such-program": "exit 127",
            "-vvv -- no-such-program": "exit 127",
            "-s -- true": "exit 0",
            "-vvv -- true": "exit 0",
            "-vv -- false": "exit 1",
            "-v -v -v -- true": "exit 0",
            "-vvvvv -- true": "exit 0",
            "-wgsv -- true": "exit 0",
            "-gs -p SIGKILL -e 1 -- false": "exit 0",
        }.items()
    ),
    *(
        Case(
            f"-e: {' '.join(words)}, then exit {code}",
            [*words, "--", *sh(f"exit {code}")],
            ends=ends,
        )
        for words, code, ends in [
            (["-e", "3"], 3, "exit 0"),
            (["-e3"], 3, "exit 0"),
            (["-e", "3"], 4, "exit 4"),
            (["-e", "3", "-e", "5"], 5, "exit 0"),
            (["-e", "3", "-e", "5"], 3, "exit 0"),
            (["-e", "0"], 0, "exit 0"),
            (["-e", "255"], 255, "exit 0"),
            (["-ge", "255"], 255, "exit 0"),
            (["-e", "0x10"], 16, ""),
            (["-e", " 3"], 3, ""),
            (["-e", "+3"], 3, ""),
        ]
    ),
    Case("-e 143: death by TERM is success", ["-e", "143", "--", APP], ["app raise TERM"]),
    Case(
        "-e 15 does not mean death by TERM",
        ["-e", "15", "--", APP],
        ["app raise TERM"],
        ends="exit 143",
    ),
    Case(
        "-e 127 is for a command that is not found, too",
        ["-e", "127", "--", "no-such-program"],
        ends="",
    ),
    *(
        Case(
            f"{how}: {name} to the app's group",
            [*words, "--", APP],
            [*ONE_OF_EACH, f"signal init {name}", f"await app {name}", f"await worker {name}"],
            env=env,
            shows={"worker got": name, "team got": "", "loner got": ""},
        )
        for how, words, env in [
            ("-g", ["-g"], {}),
            ("TINI_KILL_PROCESS_GROUP", [], {"TINI_KILL_PROCESS_GROUP": "1"}),
        ]
        for name in ("TERM", "USR1", "WINCH", "CONT", "RTMIN+2")
    ),
    *(
        Case(
            f"TINI_KILL_PROCESS_GROUP={value!r}",
            ["--", APP],
            ["app fork worker", "signal init TERM", "await app TERM"],
            env={"TINI_KILL_PROCESS_GROUP": value},
        )
        for value in ("", "0", "no")
    ),
    Case(
        "without -g: the app alone",
        ["--", APP],
        ["app fork worker", "signal init TERM", "await app TERM"],
        shows={"worker got": ""},
    ),
    *(
        Case(f"TINI_VERBOSITY={value!r}", ["--", "true"], env={"TINI_VERBOSITY": value}, ends="")
        for value in ("0", "1", "2", "3", "9", "-1", "", "many")
    ),
    Case("TINI_VERBOSITY and -v add up", ["-v", "--", "true"], env={"TINI_VERBOSITY": "2"}),
    Case(
        "TINI_VERBOSITY=0 hides the warning",
        ["--", "true"],
        env={"TINI_VERBOSITY": "0"},
        pid_1=False,
    ),
    Case(
        "TINI_VERBOSITY=0 does not hide what is fatal",
        ["--", "no-such-program"],
        env={"TINI_VERBOSITY": "0"},
        ends="exit 127",
    ),
    *(
        Case(f"-vvv: {name}", ["-vvv", "--", APP], [f"signal init {name}", f"await app {name}"])
        for name in ("TERM", "USR1", "WINCH", "CONT", "RTMIN+2")
    ),
    *(
        Case(
            f"-vv: death by {name}",
            ["-vv", "--", APP],
            [f"app raise {name}"],
            ends="",
        )
        for name in ("TERM", "KILL", "SEGV", "RTMIN")
    ),
    Case(
        "-vvv: an orphan is reaped",
        ["-vvv", "--", APP],
        ["app orphan lost", "tell lost exit 3", "state lost gone", *BACK_AT_WORK],
    ),
    Case(
        "-w: an orphan is reaped",
        ["-w", "--", APP],
        ["app orphan lost", "tell lost exit 3", "state lost gone"],
    ),
    Case(
        "-w: an orphan that was killed",
        ["-w", "--", APP],
        ["app orphan lost", "kill lost", "state lost gone"],
    ),
    Case("-w: nothing to warn of", ["-w", "--", "true"]),
    *(
        Case(
            f"not pid 1, {how}: an orphan",
            [*words, "--", APP],
            ["app orphan lost", "look lost", "tell lost exit 3", "state lost gone"],
            env=env,
            pid_1=False,
            shows={"lost parent (2)": parent},
        )
        for how, words, env, parent in [
            ("no subreaper", [], {}, "stage"),
            ("-s", ["-s"], {}, "init"),
            ("TINI_SUBREAPER", [], {"TINI_SUBREAPER": "1"}, "init"),
            ("TINI_SUBREAPER empty", [], {"TINI_SUBREAPER": ""}, "init"),
            ("TINI_SUBREAPER=0", [], {"TINI_SUBREAPER": "0"}, "init"),
            ("-s -w", ["-s", "-w"], {}, "init"),
        ]
    ),
    Case(
        "-s -g -vvv, not pid 1",
        ["-s", "-g", "-vvv", "--", APP],
        ["app fork worker", "signal init TERM", "await worker TERM"],
        pid_1=False,
    ),
    *(
        Case(
            f"-p SIG{name}: its parent is killed",
            ["-p", f"SIG{name}", "--", APP],
            ["kill between", f"await app {name}"],
            pid_1=False,
            stage=["-m"],
            shows={"app got": name},
        )
        for name in ("TERM", "USR1", "HUP", "WINCH")
    ),
    Case(
        "-p SIGKILL: its parent is killed",
        ["-p", "SIGKILL", "--", APP],
        ["kill between", "end"],
        pid_1=False,
        stage=["-m"],
        ends="signal 9",
    ),
    Case(
        "without -p its parent's end is nothing",
        ["--", APP],
        ["kill between", "state between gone", "signal init USR1", "await app USR1"],
        pid_1=False,
        stage=["-m"],
        shows={"app got": "USR1"},
    ),
    *(
        Case(
            f"{name} is not the app's",
            ["--", APP],
            [f"signal init {name} RTMAX", "await app RTMAX"],
            shows={"app got": "RTMAX"},
        )
        for name in ("TTIN", "TTOU")
    ),
    Case(
        "TSTP reaches the app",
        ["--", APP],
        ["signal init TSTP RTMAX", "await app RTMAX"],
        shows={"app got": "TSTP RTMAX"},
    ),
    Case(
        "TSTP with -g",
        ["-g", "--", APP],
        ["app fork worker", "signal init TSTP RTMAX", "await worker RTMAX"],
    ),
    *(
        Case(
            f"{name} sent to pid 1 is not the app's",
            ["--", APP],
            [f"signal init {name} RTMAX", "await app RTMAX"],
            shows={"app got": "RTMAX"},
        )
        for name in FAULTS
    ),
    Case(
        "-g: Ctrl-C on a terminal",
        ["-g", "--", APP],
        ["app fork worker", "type ^C", "await app INT"],
        tty=True,
    ),
]
