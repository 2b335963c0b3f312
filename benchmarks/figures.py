"""One number of a row, where there is one: what tables, goals and plots are made from."""

from measure_probes import MONITOR
from summary import Row


def start_ms(row: Row) -> float | None:
    return row.start_ms.median if row.start_ms else None


def start_p99_ms(row: Row) -> float | None:
    return row.start_ms.p99 if row.start_ms else None


def signal_us(row: Row) -> float | None:
    return row.signal_us.median if row.signal_us else None


def signal_p99_us(row: Row) -> float | None:
    return row.signal_us.p99 if row.signal_us else None


def stop_ms(row: Row) -> float | None:
    return row.stop_ms.median if row.stop_ms else None


def stop_p99_ms(row: Row) -> float | None:
    return row.stop_ms.p99 if row.stop_ms else None


def reap_ms(row: Row) -> float | None:
    return row.storm.cpu_ms if row.storm else None


def most_zombies(row: Row) -> float | None:
    return row.storm.most if row.storm else None


def given_up(row: Row) -> float | None:
    """Zombies that were still there when the patience was at its end."""
    return row.storm.left if row.storm else None


def left_after_a_second(row: Row) -> float | None:
    """Zombies, one second after the storm: none, or at least one."""
    if row.storm is None:
        return None
    in_time = row.storm.clean_ms is not None and row.storm.clean_ms <= 1000
    return 0 if in_time else max(row.storm.left, 1)


def wakeups(row: Row) -> float | None:
    return row.rest.wakeups if row.rest else None


def rest_cpu_ms(row: Row) -> float | None:
    return row.rest.cpu_us / 1e3 if row.rest else None


def private_kib(row: Row) -> float | None:
    return row.memory.private_kib.median if row.memory else None


def pss_kib(row: Row) -> float | None:
    return row.memory.pss_kib if row.memory else None


def rss_kib(row: Row) -> float | None:
    return row.memory.rss_kib if row.memory else None


def processes(row: Row) -> float | None:
    return len(row.memory.parts) if row.memory else None


def monitor_mb(row: Row) -> float | None:
    """Private to the monitor's process alone."""
    kib = dict(row.memory.parts).get(MONITOR) if row.memory else None
    return kib * 1024 / 1e6 if kib is not None else None
