"""What a container tells of its own name: the kernel's, two files, the environment."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from initd.core.hostname.files import FullName

HOSTS = "/etc/hosts"
RESOLV_CONF = "/etc/resolv.conf"
MOUNTS = "/proc/self/mountinfo"


class ContainerFacts:
    """`kernel` is uname's name; `read` gives a file's text, empty where there is none, and
    is called at most once for each file, and not before somebody asks."""

    def __init__(
        self, kernel: str, environ: Mapping[bytes, bytes], read: Callable[[str], str]
    ) -> None:
        self.kernel = kernel
        self.short = kernel.partition(".")[0]
        self._environ = environ
        self._read = read
        self._texts: dict[str, str] = {}

    def variable(self, name: str) -> str | None:
        """One of the app's environment."""
        value = self._environ.get(name.encode(errors="surrogateescape"))
        return value.decode(errors="surrogateescape") if value is not None else None

    def full_names(self) -> list[FullName]:
        """The container's short name with a domain, as /etc/hosts has it."""
        hosts = self._text(HOSTS)
        if not self.short or f"{self.short}.".lower() not in hosts.lower():
            return []  # most containers' start: no parser is loaded
        from initd.core.hostname.files import full_names

        return full_names(hosts, self.short)

    def own_name(self) -> FullName | None:
        """The first of them that is the container's own."""
        return next((each for each in self.full_names() if each.own), None)

    def hosts_are_engines(self) -> bool:
        """Whether an engine has written /etc/hosts: it mounts that file, as nobody else does."""
        from initd.core.hostname.hosts_line import is_mounted

        return is_mounted(self._text(MOUNTS).encode(errors="replace"))

    def search_list(self) -> tuple[str, ...]:
        """The resolver's."""
        from initd.core.hostname.files import search_list

        return search_list(self._text(RESOLV_CONF))

    def _text(self, path: str) -> str:
        if path not in self._texts:
            self._texts[path] = self._read(path)
        return self._texts[path]
