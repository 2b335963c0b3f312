"""What the monitor's memory is made of: what each library adds to an interpreter.

Read from within, by what belongs to no file (smaps_rollup, Anonymous): the interpreter's own
objects, and the pages of libraries that were written to.
"""

import subprocess
from pathlib import Path

from rounds import Progress
from workshop import Workshop

# In the order in which the monitor imports; what two libraries need counts for the first.
PARTS = {
    "the interpreter": "pass",
    "what pid 1 has imported": "import initd.init.start, initd.init.monitor_link",
    "the monitor's loop, log and prober": "import initd.monitor.main",
    "probes: process, exec, tcp": (
        "import initd.monitor.probe.exec, initd.monitor.probe.process; "
        "import initd.monitor.probe.connection"
    ),
    "a listener for HTTP": "import initd.monitor.http.server, initd.monitor.metrics",
    "at the first request": "import initd.monitor.http.connection, initd.monitor.http.site",
    "at the first scrape": (
        "import initd.core.metrics.exposition, initd.core.metrics.samples, initd.monitor.tree"
    ),
    "at the first look at the page or /status": (
        "import initd.monitor.http.status_page, initd.monitor.http.snapshot"
    ),
    "h11, at a request out of the ordinary": "import initd.monitor.http.any_requests",
}
READ = """\
import sys
sys.path.append(sys.argv[1])
import gc
gc.disable()
def held():
    with open("/proc/self/smaps_rollup", "rb", buffering=0) as file:
        text = file.read()
    return int(text[text.index(b"Anonymous:") + 10 :].split()[0])
held()
for line in sys.argv[2:]:
    exec(line)
    print(held())
"""


def measure_imports(
    workshop: Workshop, initd: Path | None, rounds: int, progress: Progress
) -> dict[str, list[int]]:
    """KiB that each part adds, one for each round; nothing where initd does not take part."""
    if initd is None or not initd.exists():
        return {}
    progress("imports")
    added: dict[str, list[int]] = {part: [] for part in PARTS}
    command = [str(workshop.python), "-I", "-S", "-c", READ, library_of(initd), *PARTS.values()]
    for _ in range(rounds):
        ran = subprocess.run(command, check=True, capture_output=True, text=True)
        before = 0
        for part, held in zip(PARTS, map(int, ran.stdout.split()), strict=True):
            added[part].append(held - before)
            before = held
    return added


def library_of(initd: Path) -> str:
    """The directory that holds the package and its libraries."""
    question = "import sysconfig; print(sysconfig.get_path('purelib'))"
    asked = [str(initd.resolve().parent / "python3"), "-I", "-c", question]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
