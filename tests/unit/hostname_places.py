"""Containers, as what engines and kubelets write tells of them."""

from __future__ import annotations

from initd.core.hostname.container import HOSTS_FILE, MOUNTS, RESOLV_CONF, ContainerFacts

DOCKER = """\
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
172.17.0.2\tweb1.example.org web1
"""
KUBERNETES = """\
# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
10.244.0.5\tweb-0.nginx.shop.svc.cluster.local\tweb-0

# Entries added by HostAliases.
10.1.2.3\tweb-0.elsewhere.example.org
"""
POD = ("shop.svc.cluster.local", "svc.cluster.local", "cluster.local")
POD_RESOLV_CONF = f"nameserver 10.96.0.10\nsearch {' '.join(POD)} node.example.net\n"


#: As the kernel shows what engines mount (proc(5)), and what a whole machine has.
ENGINES = "620 610 8:1 /c/hosts /etc/hosts rw,relatime - ext4 /dev/sda1 rw\n"
MACHINES = "21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"


def known(
    kernel: str = "web1",
    hosts: str = "",
    resolv_conf: str = "",
    mounts: str = ENGINES,
    **environ: str,
) -> ContainerFacts:
    """A container that tells this of itself."""
    texts = {HOSTS_FILE: hosts, RESOLV_CONF: resolv_conf, MOUNTS: mounts}
    given = {name.encode(): value.encode() for name, value in environ.items()}
    return ContainerFacts(kernel, given, texts.__getitem__)
