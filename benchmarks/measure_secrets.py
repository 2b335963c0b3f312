"""What secrets add to the start and to the memory of initd.

    python3 benchmarks/measure_secrets.py --initd "$(command -v initd)" --write docs/secrets.md

The same initd without secrets, with thirty from a directory, and with thirty from an EJSON file;
rounds are interleaved, figures are medians.
"""

import argparse
import base64
import json
import sys
from pathlib import Path
from statistics import median

from container import ContainerError
from contenders import NONE, Contender, no_init, prefixed
from markdown import write_between
from measure_memory import measure_memory
from measure_start import measure_starts
from nacl.public import Box, PrivateKey
from workshop import Workshop, open_workshop, real_interpreter

BEGIN = "<!-- made by benchmarks/measure_secrets.py -->"
END = "<!-- end of what is measured -->"
BARE, FILES, EJSON = "no secrets", "30 from a directory", "30 from an EJSON file"
SECRETS = 30
#: Milliseconds more for an EJSON file: PyNaCl's import alone takes 20 to 36.
GOAL_MS = 60
#: KiB of pid 1 that stay, for restarts and reloads.
GOAL_KIB = 128


def main() -> int:
    """Measure, print, and write what was asked for."""
    options = arguments()
    with open_workshop(real_interpreter(options.initd)) as workshop:
        contenders = contenders_of(workshop, options.initd)
        starts = measure_starts(workshop, contenders, options.rounds, lambda _: None)
        memory = measure_memory(workshop, contenders[1:], options.memory_rounds, lambda _: None)
    alone = median(starts[NONE])
    start_ms = {name: (median(took) - alone) / 1e6 for name, took in starts.items()}
    private = {name: median(each.private for each in held) for name, held in memory.items()}
    table = figures(start_ms, private)
    print(table)
    if options.write:
        write_between(options.write, BEGIN, END, table.strip())
    return 0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure what secrets cost.")
    parser.add_argument("--initd", type=Path, required=True, metavar="PATH")
    parser.add_argument("--write", type=Path, metavar="FILE", help="the page with the table")
    parser.add_argument("--rounds", type=int, default=60, help="starts of each (60)")
    parser.add_argument("--memory-rounds", type=int, default=5, help="readings of each (5)")
    return parser.parse_args()


def contenders_of(workshop: Workshop, initd: Path) -> list[Contender]:
    """The app alone, and initd three times."""
    program, place = str(initd.resolve()), workshop.scratch()
    files, keys = place / "files", place / "keys"
    for folder in (files, keys):
        folder.mkdir()
    for number in range(SECRETS):
        (files / f"SECRET_{number}").write_text(f"value {number}\n")
    key = PrivateKey.generate()
    (keys / bytes(key.public_key).hex()).write_text(bytes(key).hex())
    (place / "app.ejson").write_text(ejson(key))
    of_ejson = ("--secrets", f"ejson:{place}/app.ejson", "--ejson-keydir", str(keys))
    return [
        Contender(NONE, "", no_init),
        Contender(BARE, "", prefixed(program, "--")),
        Contender(FILES, "", prefixed(program, "--secrets", f"dir:{files}", "--")),
        Contender(EJSON, "", prefixed(program, *of_ejson, "--")),
    ]


def ejson(key: PrivateKey) -> str:
    """A file of so many secrets."""
    one_time = PrivateKey.generate()
    box = Box(one_time, key.public_key)

    def sealed(text: str) -> str:
        made = box.encrypt(text.encode())
        parts = (bytes(one_time.public_key), made.nonce, made.ciphertext)
        return f"EJ[1:{':'.join(base64.b64encode(part).decode() for part in parts)}]"

    environment = {f"SECRET_{number}": sealed(f"value {number}") for number in range(SECRETS)}
    public = bytes(key.public_key).hex()
    return json.dumps({"_public_key": public, "environment": environment}, indent=1)


def figures(start_ms: dict[str, float], private: dict[str, float]) -> str:
    """A row for each, with what it adds to the first."""
    rows = ["| initd with | time to app, ms | more | private, KiB | more |",
            "|---|---:|---:|---:|---:|"]  # fmt: skip
    for name, kib in private.items():
        later, larger = start_ms[name] - start_ms[BARE], kib - private[BARE]
        rows.append(f"| {name} | {start_ms[name]:.1f} | {later:.1f} | {kib:,.0f} | {larger:,.0f} |")
    later, larger = (each[EJSON] - each[BARE] for each in (start_ms, private))
    verdicts = [
        f"- {_verdict(later, GOAL_MS)}: the app starts at most {GOAL_MS} ms later",
        f"- {_verdict(larger, GOAL_KIB)}: pid 1 keeps at most {GOAL_KIB} KiB more, the code that"
        " reads them again",
    ]
    return "\n".join([*rows, "", *verdicts, ""])


def _verdict(got: float, limit: float) -> str:
    return "reached" if got <= limit else "MISSED"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ContainerError as error:
        sys.exit(f"benchmark: {error}")
