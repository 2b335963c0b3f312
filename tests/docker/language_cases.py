"""Programs that are asked for the host name, and what each is to say.

test_languages.py asks them; docs/hostnames.md shows this table, and
tests/unit/test_hostnames_md.py holds it to it.
"""

from __future__ import annotations

from dataclasses import dataclass

#: The kernel's name in the container, and the one that initd is told.
SHORT = "web1"
FQDN = "web1.example.org"
#: In place of a name: nothing but an error.
FAILS = "fails"


@dataclass(frozen=True)
class Case:
    """`call` is the question as people know it, `command` asks it in the container's shell.

    `symbol` is the function of the library that the program is bound to; empty where there is
    none. `why_short` is empty where the answer is the full name. `unresolved` is what becomes
    of it where that name does not resolve.
    """

    program: str
    call: str
    command: str
    symbol: str
    why_short: str = ""
    unresolved: str = ""

    @property
    def sees(self) -> str:
        return SHORT if self.why_short else FQDN


def _python(module: str, expression: str) -> str:
    return f"python3 -c 'import {module}; print({expression})'"


def _java(expression: str) -> str:
    """Rhino is something to run for a runtime that has no compiler."""
    shell = "org.mozilla.javascript.tools.shell.Main"
    return f"java -cp /usr/share/java/js.jar {shell} -e 'print({expression})'"


def _erlang(expression: str) -> str:
    return f"erl -noshell -eval 'io:put_chars({expression}), halt().'"


_BY_HAND = (
    "name = ctypes.create_string_buffer(256);"
    ' ctypes.CDLL("libc.so.6").gethostname(name, 256); print(name.value.decode())'
)
_ITSELF = "it makes the system call itself"
_NO_LOADER = "no loader, so nothing is preloaded"
FIRST_PART = "the part before the dot is what it is to show"

CASES = [
    Case("ruby", "Socket.gethostname", "ruby -rsocket -e 'puts Socket.gethostname'", "gethostname"),
    Case("ruby", "Etc.uname", "ruby -retc -e 'puts Etc.uname[:nodename]'", "uname"),
    Case("python", "socket.gethostname", _python("socket", "socket.gethostname()"), "gethostname"),
    Case("python", "socket.getfqdn", _python("socket", "socket.getfqdn()"), "gethostname"),
    Case("python", "os.uname", _python("os", "os.uname().nodename"), "uname"),
    Case("python", "platform.node", _python("platform", "platform.node()"), "uname"),
    Case("node", "os.hostname", "node -p 'os.hostname()'", "gethostname"),
    Case("perl", "Sys::Hostname", "perl -MSys::Hostname -e 'print hostname'", "gethostname"),
    Case("perl", "POSIX::uname", "perl -MPOSIX -e 'print((POSIX::uname)[1])'", "uname"),
    Case("php", "gethostname", "php -r 'echo gethostname();'", "gethostname"),
    Case("php", "php_uname", "php -r 'echo php_uname(\"n\");'", "uname"),
    Case(
        "java",
        "InetAddress.getLocalHost",
        _java("java.net.InetAddress.getLocalHost().getHostName()"),
        "gethostname",
        unresolved=FAILS,
    ),
    Case("erlang", "net_adm:localhost", _erlang("net_adm:localhost()"), "gethostname"),
    Case(
        "tcl",
        "info hostname",
        "echo 'puts [info hostname]' | tclsh",
        "uname",
        unresolved=SHORT,
    ),
    Case("bash", "$HOSTNAME", "bash -c 'echo $HOSTNAME'", "gethostname"),
    Case(
        "bash",
        "$HOSTNAME, set by itself",
        "env -u HOSTNAME bash -c 'echo $HOSTNAME'",
        "gethostname",
    ),
    Case("sh", "$HOSTNAME", "echo $HOSTNAME", ""),
    Case("hostname", "hostname", "hostname", "gethostname"),
    Case("hostname", "hostname -f", "hostname -f", "gethostname", unresolved=FAILS),
    Case("uname", "uname -n", "uname -n", "uname"),
    Case("busybox", "uname -n", "busybox uname -n", "uname"),
    Case("busybox", "hostname", "busybox hostname", "uname"),
    Case("nginx", "$hostname", "/languages/nginx.sh", "gethostname"),
    Case("C", "gethostname", "/compiled/glibc gethostname", "gethostname"),
    Case("C", "uname", "/compiled/glibc uname", "uname"),
    Case("C, fortified", "gethostname", "/compiled/fortified 256", "__gethostname_chk"),
    Case("C with musl", "gethostname", "/compiled/musl gethostname", "gethostname"),
    Case("C with musl", "uname", "/compiled/musl uname", "uname"),
    Case("hostname", "hostname -s", "hostname -s", "gethostname", FIRST_PART),
    Case(
        "erlang",
        "inet:gethostname",
        _erlang("element(2, inet:gethostname())"),
        "gethostname",
        FIRST_PART,
    ),
    Case("Go", "os.Hostname", "/compiled/go-static", "", _NO_LOADER),
    Case("Go with cgo", "os.Hostname", "/compiled/go-cgo", "", _ITSELF),
    Case("C, static", "gethostname", "/compiled/glibc-static gethostname", "", _NO_LOADER),
    Case("C, static", "uname", "/compiled/glibc-static uname", "", _NO_LOADER),
    Case(
        "php",
        "posix_uname",
        "php -r 'echo posix_uname()[\"nodename\"];'",
        "",
        "its extensions look into the C library first (RTLD_DEEPBIND)",
    ),
    Case(
        "python",
        'ctypes.CDLL("libc.so.6")',
        f"python3 -c 'import ctypes; {_BY_HAND}'",
        "",
        "a library opened by its name is asked itself",
    ),
    Case(
        "any",
        "/proc/sys/kernel/hostname",
        "cat /proc/sys/kernel/hostname",
        "",
        "it is the kernel's own",
    ),
]
