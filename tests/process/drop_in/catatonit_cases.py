"""What catatonit is asked beside, from its -h, its README and what it is seen to do."""

from __future__ import annotations

from .common_cases import COMMON, FAULTS, ONE_OF_EACH, STOPS
from .side import APP, Case

CATATONIT = [
    *COMMON,
    *(
        Case(f"{words or 'no word'}: what it says", words.split(), ends=ends)
        for words, ends in {
            "": "exit 1",
            "--": "exit 1",
            "-g": "exit 1",
            "-h": "exit 0",
            "-h true": "exit 0",
            "--help": "exit 1",
            "-L": "exit 0",
            "-V": "exit 0",
            "--version": "exit 0",
            "--vers": "exit 0",
            "-x": "exit 1",
            "-v true": "exit 1",
            "-s true": "exit 1",
            "-p true": "exit 1",
            "--no-such-flag": "exit 1",
            "-gh": "exit 0",
            "-gx true": "exit 1",
            "-g false": "exit 1",
            "-g -- false": "exit 1",
            "-g -- no-such-program": "exit 1",
        }.items()
    ),
    *(
        Case(
            f"-g: {name} to the app's group",
            ["-g", "--", APP],
            [*ONE_OF_EACH, f"signal init {name}", f"await app {name}", f"await worker {name}"],
            shows={"worker got": name, "team got": "", "loner got": ""},
        )
        for name in ("TERM", "USR1", "WINCH", "CONT", "RTMIN+2")
    ),
    *(
        Case(
            f"{' '.join(['-P', *words])}{'' if pid_1 else ', not pid 1'}: {name}",
            ["-P", *words],
            ["paused", f"signal init {name}", *more],
            ends=ends,
            pid_1=pid_1,
        )
        for words, name, more, ends, pid_1 in [
            ([], "INT", ["end"], "exit 0", True),
            ([], "TERM", ["end"], "exit 0", True),
            ([], "TERM", ["end"], "exit 0", False),
            ([], "USR1", ["signal init INT", "end"], "exit 0", True),
            ([], "HUP", ["signal init INT", "end"], "exit 0", True),
            (["true"], "INT", ["end"], "exit 0", True),
            (["-g"], "INT", ["end"], "exit 0", True),
        ]
    ),
    *(
        Case(
            f"{name}: what the app gets",
            ["--", APP],
            [f"signal init {name} RTMAX", "await app RTMAX"],
        )
        for name in (*STOPS, *FAULTS)
    ),
    Case(
        "not pid 1: an orphan is its own",
        ["--", APP],
        ["app orphan lost", "look lost", "tell lost exit 3", "state lost gone"],
        pid_1=False,
        shows={"lost parent (2)": "init"},
    ),
    Case(
        "-g on a terminal",
        ["-g", "--", APP],
        ["app fork worker", "type ^C", "await app INT"],
        tty=True,
    ),
]
