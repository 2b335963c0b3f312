"""The monitor: probes, sd_notify, HTTP, metrics; a process of its own, without rights."""
