#!/usr/bin/python3
"""Runs shell commands, given as a JSON object of name to command; prints, as one more, for
each what it wrote and what of the library it was bound to.

The loader writes down what it binds where LD_DEBUG asks it to (ld.so(8)), into a file for
each process; a musl program's loader and a program without a loader write none.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

BOUND = re.compile(r"to \S*/hostname\.so \[0\]: normal symbol `(\w+)'")


def ask(command: str) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        debug = {"LD_DEBUG": "bindings", "LD_DEBUG_OUTPUT": f"{folder}/of"}
        done = subprocess.run(
            ["sh", "-c", command],
            env=os.environ | debug,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
        )
        written = "".join(path.read_text(errors="replace") for path in Path(folder).iterdir())
    return {
        "code": done.returncode,
        "out": done.stdout.strip(),
        "err": done.stderr.strip(),
        "bound": sorted(set(BOUND.findall(written))),
    }


print(json.dumps({name: ask(command) for name, command in json.loads(sys.argv[1]).items()}))
