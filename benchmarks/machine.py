"""The machine and the day, in words for the report."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path


def describe_machine() -> dict[str, str]:
    """What a reader has to know before comparing figures."""
    return {
        "Date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "Processor": f"{processor()}, {os.cpu_count()} cores",
        "Memory": f"{memory_gib():.1f} GiB",
        "Kernel": f"{platform.system()} {platform.release()}",
        "System": platform.freedesktop_os_release().get("PRETTY_NAME", "unknown"),
        "Load average at the start": f"{os.getloadavg()[0]:.2f}",
    }


def processor() -> str:
    """The model as the kernel names it; not every architecture has one."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.machine()


def memory_gib() -> float:
    """All of the machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
