"""The workload's host name: where it comes from, and how it is made to resolve."""

from __future__ import annotations

HOSTS_FILE = "/etc/hosts"
