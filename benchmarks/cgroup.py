"""What the kernel counts for a container as a whole, with what has ended in it."""

from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


def cpu_ns(pid: int) -> int:
    """Processor time of the group that the process is in, since the group was made."""
    groups = groups_of(pid)
    if "cpuacct" in groups:
        return int((groups["cpuacct"] / "cpuacct.usage").read_text())
    lines = (groups[""] / "cpu.stat").read_text().splitlines()
    return 1000 * int(dict(line.split() for line in lines)["usage_usec"])


def groups_of(pid: int) -> dict[str, Path]:
    """Directory by controller: cgroup v1's, and version 2's under the empty name."""
    found: dict[str, Path] = {}
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            found[controller] = ROOT / controller / path.lstrip("/")
    return found
