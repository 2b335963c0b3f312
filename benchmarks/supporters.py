"""What /proc says about an init and the processes that it keeps for itself (a shim, say)."""

from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
# Of pages that belong to no file the part of each: such a page is shared within one container at
# most. Private_Dirty would count none of those that a monitor has from pid 1, by its fork.
PRIVATE = ("Private_Clean", "Private_Hugetlb", "Pss_Anon", "SwapPss")


@dataclass(frozen=True)
class Activity:
    """Counters since the start of the processes."""

    voluntary: int
    involuntary: int
    cpu_ns: int
    cpu_ticks: int


@dataclass(frozen=True)
class Memory:
    """KiB, summed over the processes."""

    private: int
    """What would be free without them: also what they share with each other since a fork."""
    pss: int
    rss: int
    parts: list[tuple[str, int]]
    """The same of each process, with its name: a page that two of them share is half in each."""


def supporters(init_pid: int, app: Path) -> list[int]:
    """The host pids of everything in init's pid namespace except the app itself."""
    namespace = namespace_of(init_pid)
    return [pid for pid in all_pids() if in_support(pid, namespace, app)]


def by_namespace() -> dict[Path, list[int]]:
    """Every process that is visible here, by its pid namespace: one look at /proc for all."""
    found: dict[Path, list[int]] = {}
    for pid in all_pids():
        try:
            found.setdefault(namespace_of(pid), []).append(pid)
        except OSError:  # it has just ended
            continue
    return found


def namespace_of(pid: int) -> Path:
    """What names the process's pid namespace."""
    return (PROC / str(pid) / "ns" / "pid").readlink()


def all_pids() -> list[int]:
    """Every process that is visible here."""
    return sorted(int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())


def in_support(pid: int, namespace: Path, app: Path) -> bool:
    """Whether the process is of that namespace and runs something other than the app."""
    try:
        if namespace_of(pid) != namespace:
            return False
        return (PROC / str(pid) / "exe").readlink() != app
    except OSError:  # a process of somebody else, or one that has just ended
        return False


def activity(pids: list[int]) -> Activity:
    """The counters of these processes, all threads, added up."""
    tasks = [task for pid in pids for task in (PROC / str(pid) / "task").iterdir()]
    statuses = [fields(task / "status") for task in tasks]
    return Activity(
        voluntary=sum(status["voluntary_ctxt_switches"] for status in statuses),
        involuntary=sum(status["nonvoluntary_ctxt_switches"] for status in statuses),
        cpu_ns=sum(int((task / "schedstat").read_text().split()[0]) for task in tasks),
        cpu_ticks=sum(ticks(task) for task in tasks),
    )


def activities(pids: list[int]) -> dict[str, Activity]:
    """The counters of each process, by the name that the kernel has for it."""
    return {name_of(pid): activity([pid]) for pid in pids}


def name_of(pid: int) -> str:
    """As `ps -o comm` has it."""
    return (PROC / str(pid) / "comm").read_text().strip()


def ticks(task: Path) -> int:
    """User and system time in clock ticks."""
    # The command's name is in brackets and may hold anything: count from behind it.
    after_name = (task / "stat").read_text().rpartition(")")[2].split()
    return int(after_name[11]) + int(after_name[12])


def memory(pids: list[int]) -> Memory:
    """What these processes hold."""
    rollups = [fields(PROC / str(pid) / "smaps_rollup") for pid in pids]
    privates = [sum(rollup.get(key, 0) for key in PRIVATE) for rollup in rollups]
    names = [name_of(pid) for pid in pids]
    return Memory(
        private=sum(privates),
        pss=sum(rollup["Pss"] for rollup in rollups),
        rss=sum(rollup["Rss"] for rollup in rollups),
        parts=list(zip(names, privates, strict=True)),
    )


def fields(file: Path) -> dict[str, int]:
    """The lines `Key: number ...` of a file in /proc."""
    pairs = (line.partition(":") for line in file.read_text().splitlines())
    words = {key: value.split() for key, _, value in pairs}
    return {key: int(value[0]) for key, value in words.items() if value and value[0].isdigit()}
