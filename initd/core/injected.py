"""Variables that begin as initd's do, and that others set: they are left alone.

Where a service is called initd, Kubernetes sets INITD_SERVICE_HOST, INITD_SERVICE_PORT_HTTP,
INITD_PORT=tcp://10.0.0.1:80, INITD_PORT_80_TCP_ADDR and their like in every pod of the namespace
("Accessing the Service", environment variables), and so did `docker run --link`. INITD_VERSION is
what Dockerfiles call the version that they fetch. The launcher judges the same way
(shim/plan_conditions.c); tests/process/test_plan_reader.py compares the two.
"""

from __future__ import annotations


def is_injected(name: str, value: str) -> bool:
    """`name` is without the INITD_ that it begins with."""
    rest = "_" + name
    if name == "VERSION" or rest.endswith("_SERVICE_HOST"):
        return True
    if "_SERVICE_PORT_" in f"{rest}_":
        return True
    if rest.endswith("_PORT") and "://" in value:
        return True
    return any(f"_PORT_{digit}" in rest for digit in "0123456789")
