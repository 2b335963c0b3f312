"""What a container knows about its own name: the kernel's, two files, the environment."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from initd.core.hostname.files import FullName

HOSTS_FILE = "/etc/hosts"
RESOLV_CONF = "/etc/resolv.conf"
MOUNTS = "/proc/self/mountinfo"


class ContainerFacts:
    """`kernel_hostname` is uname's name, `short_hostname` its part before the first dot.
    `read` returns a file's text, empty where there is none; it is called at most once for
    each file, and only when the file is needed."""

    def __init__(
        self, kernel_hostname: str, environ: Mapping[bytes, bytes], read: Callable[[str], str]
    ) -> None:
        self.kernel_hostname = kernel_hostname
        self.short_hostname = kernel_hostname.partition(".")[0]
        self._environ = environ
        self._read = read
        self._texts: dict[str, str] = {}

    def variable(self, name: str) -> str | None:
        """One variable of the app's environment."""
        value = self._environ.get(name.encode(errors="surrogateescape"))
        return value.decode(errors="surrogateescape") if value is not None else None

    def full_names(self) -> list[FullName]:
        """The names in /etc/hosts that are the short name with a domain."""
        hosts = self._text(HOSTS_FILE)
        short = self.short_hostname
        if not short or f"{short}.".lower() not in hosts.lower():
            return []  # true of most containers: their start loads no parser
        from initd.core.hostname.files import full_names

        return full_names(hosts, short)

    def own_full_name(self) -> FullName | None:
        """The first of them that is the container's own."""
        return next((each for each in self.full_names() if each.is_own), None)

    def is_hosts_file_mounted(self) -> bool:
        """Whether a container engine wrote /etc/hosts: only engines mount that file."""
        from initd.core.hostname.hosts_line import is_mounted

        return is_mounted(HOSTS_FILE, self._text(MOUNTS).encode(errors="replace"))

    def search_list(self) -> tuple[str, ...]:
        """The resolver's."""
        from initd.core.hostname.files import search_list

        return search_list(self._text(RESOLV_CONF))

    def _text(self, path: str) -> str:
        if path not in self._texts:
            self._texts[path] = self._read(path)
        return self._texts[path]
