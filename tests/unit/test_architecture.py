"""Who may know whom, what pid 1 may hold, and numbers that stand in two places."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import initd
from initd.config.command_line import read
from initd.config.toml.files import read_files
from initd.core.start.stage import Stage
from initd.linux import report

from .import_graph import PACKAGE, circles, imports, module_graph, room_graph

REPOSITORY = Path(__file__).parents[2]

#: What each part may import of initd: policy on the inside, the system on the outside.
MAY_KNOW: dict[str, set[str]] = {
    "core": {"core", "__version__"},
    "atomic_replace": set(),
    "files": set(),
    "paths": set(),
    "json_codec": set(),
    "libraries": set(),
    "log_line": {"json_codec"},
    "log_style": {"core", "log_line"},
    "unload": set(),
    "installed": set(),
    "linux": {"linux", "atomic_replace", "files", "installed", "paths"},
    "config": {
        *("config", "core", "atomic_replace", "files", "paths", "json_codec", "__version__"),
    },
    "init": {
        *("init", "core", "linux", "files", "installed", "libraries", "paths", "log_line"),
        *("unload", "log_style"),
        *("json_codec", "__version__"),
    },
    "monitor": {
        *("monitor", "core", "linux", "installed", "libraries", "log_line", "json_codec"),
        "log_style",
        "__version__",
    },
    "registrar": {
        *("registrar", "monitor", "core", "linux", "atomic_replace", "json_codec", "log_style"),
    },
    "cli": {
        "cli",
        "registrar",
        "config",
        "core",
        "init",
        "linux",
        "monitor",
        "secrets",
        "atomic_replace",
        "installed",
        "files",
        "paths",
        "unload",
        "json_codec",
        "log_style",
        "__version__",
    },
    "secrets": {"secrets", "core", "linux", "files", "json_codec"},
    "importer": set(),
    "program": {"cli", "importer"},
    "__main__": {"program"},
    "__init__": set(),
}
#: Beside initd, core has nothing, but a guess at a misspelt name for a person to read, and the
#: reader of constants that the build has written.
CORE_MAY_IMPORT = {"__future__"}
CORE_MAY_IMPORT_LATER = {"difflib", "marshal"}
#: What the app's start and a hundred containers would pay for (a ms, and 0.5 MB, or more each).
TOO_HEAVY = (
    "json re enum dataclasses typing argparse socket subprocess signal selectors collections"
    " functools contextlib shlex tomllib difflib threading logging asyncio psutil struct os site"
    " pathlib traceback inspect errno _socket msgspec _cffi_backend"
).split()

#: Run by verbs, in processes of their own.
CLIENTS = (
    *(
        f"cli/{name}.py"
        for name in (
            (
                "check compile control effective findings hostname link preload profiles runnable"
                " status verbs"
            ).split()
        )
    ),
    "linux/control_client.py",
    "config/planning.py",
    "linux/dynamic_loader.py",
    "linux/replaced_file.py",
    "linux/_hostname_binding.py",
)
#: Imported where there is a configuration file, and dropped again when it has been read.
OF_A_FILE = ("config/toml/model.py", "config/toml/reader.py", "config/toml/shape.py")

#: Imported to fall asleep, and to wake up.
ASLEEP = ("init/sleep/orders.py",)

#: Written by the build, from initd/profiles.
GENERATED = tuple(Path(f"core/signals/profile_{name}.py") for name in ("table", "rows", "index"))
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
each_module = pytest.mark.parametrize("path", MODULES, ids=str)


def _part(path: Path) -> str:
    return path.parts[0].removesuffix(".py")


def _tree(path: Path) -> ast.Module:
    return ast.parse((PACKAGE / path).read_text())


# ---- imports --------------------------------------------------------------------------------


@each_module
def test_imports_run_one_way(path: Path) -> None:
    """Those for type checkers and those within functions too."""
    names = set(imports(_tree(path), types=True, later=True))
    known = {name.split(".")[1] for name in names if name.startswith("initd.")}
    assert known <= MAY_KNOW[_part(path)], f"{path} knows too much"


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Not for the type checker either, and not late: what imports in a circle is one thing."""
    assert circles(module_graph()) == []


def test_no_room_imports_itself_by_way_of_others() -> None:
    """Rooms have floors: what is above knows what is below, and not the other way round."""
    assert circles(room_graph(module_graph())) == []


@pytest.mark.parametrize("path", [path for path in MODULES if path not in GENERATED], ids=str)
def test_a_module_is_short_enough_to_read_in_one_sitting(path: Path) -> None:
    """400 lines, code and comments."""
    assert len((PACKAGE / path).read_text().splitlines()) <= 400


@each_module
def test_every_module_is_of_a_known_part(path: Path) -> None:
    """A new part says here what it may know."""
    assert _part(path) in MAY_KNOW


@pytest.mark.parametrize("path", [path for path in MODULES if _part(path) == "core"], ids=str)
def test_core_touches_nothing_of_the_system(path: Path) -> None:
    """No process, no file, no clock: the standard library is not even imported."""
    tree = _tree(path)
    at_once = {name for name in imports(tree, types=False, later=False) if "initd" not in name}
    ever = {name for name in imports(tree, types=False, later=True) if "initd" not in name}
    assert at_once <= CORE_MAY_IMPORT
    assert ever <= CORE_MAY_IMPORT | CORE_MAY_IMPORT_LATER


# ---- what pid 1 holds -----------------------------------------------------------------------

#: All that happens before the app is spawned, as the launcher starts it; then START.
_UP_TO_START = """
import gc, sys
gc.disable()  # as program.py does
sys.path.append({site!r})
from initd.cli.main import main
from initd.init import start
from initd.init.bootstrap import bootstrap
bootstrap.begin = lambda settings, shim, load_reader: None
start.start = lambda settings, shim, load_monitor, begun: 0
code = main({argv!r})
{then}
print(code, *sorted(sys.modules), file=sys.stderr)
"""


def _modules_of_pid_1(*argv: str, then: str = "") -> set[str]:
    """What a fresh interpreter has imported when it would spawn the shim."""
    program = _UP_TO_START.format(site=str(PACKAGE.parent), argv=list(argv), then=then)
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program],
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    )
    code, *modules = ran.stderr.split()
    assert code == "0", ran.stderr
    return set(modules)


@pytest.mark.parametrize(
    "argv",
    [
        ["--", "app"],
        ["bundle", "exec", "sidekiq"],
        ["-vv", "--rewrite=TERM:QUIT", "--target=group", "--log-format=console", "app"],
        ["--check=web http http://h/", "--check=app process rss=1G", "app"],
        ["--stop-plan=QUIT:5 KILL", "--user=0:0", "--umask=022", "--chdir=/", "app"],
        ["--limit=core=0", "--env-file=/dev/null", "--hostname=web.example.org", "app"],
        ["--hostname={hostname}.{domain}", "--domain={env:LC_ALL}", "app"],
        ["--as", "/sbin/tini", "-vvv", "-e", "143", "-g", "--", "app"],
        ["--as", "docker-init", "--", "sidekiq"],
        ["--as", "dumb-init", "-v", "-r", "15:3", "app"],
        ["--as", "catatonit", "-g", "--", "app"],
    ],
    ids=" ".join,
)
def test_the_way_to_the_app_imports_nothing_heavy(argv: list[str]) -> None:
    """Built-in modules, slots and tuples; see what an import costs in docs."""
    modules = _modules_of_pid_1(*argv)
    assert "initd.init.kernel" in modules, "the whole of pid 1 is there"
    assert modules.isdisjoint(TOO_HEAVY), sorted(modules.intersection(TOO_HEAVY))


def test_under_its_own_name_initd_knows_nothing_of_the_inits_that_it_stands_in_for() -> None:
    """And under the name of one it knows that one alone."""
    about = ("initd.core.drop_in", "initd.cli.drop_in", "initd.init.log.peer_log")
    assert not [name for name in _modules_of_pid_1("--", "app") if name.startswith(about)]
    as_tini = _modules_of_pid_1("--as", "tini", "--", "app")
    assert "initd.core.drop_in.tini" in as_tini
    assert as_tini.isdisjoint({"initd.core.drop_in.dumb_init", "initd.core.drop_in.catatonit"})


#: What looks through a command line, aims a stop, follows a successor or tells others of it.
SELDOM = (
    *("core.signals.profile", "core.signals.unwrap", "core.signals.wrapped"),
    *("core.signals.condition", "core.signals.shell_command", "core.signals.aim"),
    *("core.signals.found", "core.signals.wrappers", "core.signals.fit", "core.life.taking_aim"),
    *("core.life.succession", "core.life.successor", "core.life.termination", "core.monitor"),
    *("init.aimed", "init.left_behind", "init.waits", "linux.process_look", "linux.pid_file"),
)


def test_a_start_of_somebodys_own_program_imports_nothing_that_only_some_need() -> None:
    """Neither before it nor for the loop: the index of profiles says that nobody knows it."""
    ever = "from initd.init import loop, kernel, start; from initd.core import supervisor"
    names = {name.removeprefix("initd.") for name in _modules_of_pid_1("app", then=ever)}
    assert "core.life.aftermath" in names
    assert not [name for name in names if name.startswith(SELDOM)]


def test_a_known_program_that_nothing_stands_in_front_of_needs_no_wrappers() -> None:
    """One row is read, and none of the tables about what runs another program."""
    program = _UP_TO_START.format(
        site=str(PACKAGE.parent), argv=["nginx", "-g", "daemon off;"], then=""
    ).replace(
        "code = main", "from initd.cli import main as m; m.unload_modules = print\ncode = main"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True
    )
    names = ran.stderr.split()
    assert "initd.core.signals.profile_rows" in names
    assert not {"initd.core.signals.wrapped", "initd.core.signals.condition"}.intersection(names)


@pytest.mark.parametrize(
    "argv",
    [
        ["app"],
        ["--profile=nginx", "--user=0", "--limit=core=0", "app"],
        ["--check=web http http://h/", "--check=app process", "app"],
    ],
    ids=" ".join,
)
def test_what_read_the_configuration_is_gone_before_the_loop_comes(argv: list[str]) -> None:
    """A hundred containers would keep it for ever; not one function of it is left."""
    then = """
kept = {each.__module__ for each in gc.get_objects() if type(each) is type(main)}
sys.modules.update((f'left of {name}', None) for name in kept if name)
"""
    spent = (
        *("config", "cli.sources", "cli.verb_table"),
        *("core.signals.profile", "core.signals.known", "core.signals.unwrap", "core.hostname"),
        *("core.signals.wrapped", "core.signals.condition"),
        "core.health.kinds",
    )
    names = {name.removeprefix("left of ") for name in _modules_of_pid_1(*argv, then=then)}
    assert "initd.init.loop" in names
    assert not [name for name in names if name.removeprefix("initd.").startswith(spent)]


def test_the_app_waits_for_no_part_of_init_that_it_does_not_need(tmp_path: Path) -> None:
    """Decisions, loop, log and JSON are imported while it starts."""
    program = f"""
import sys
sys.path.append({str(PACKAGE.parent)!r})
from initd.cli.main import main
from initd.init.bootstrap import bootstrap
def start(shim, spec, secrets):
    print(*sys.modules, file=sys.stderr)
    raise SystemExit
bootstrap._start = start
main(['--socket', {str(tmp_path / "socket")!r}, 'app'])
"""
    command = [sys.executable, "-I", "-S", "-c", program]
    ran = subprocess.run(command, capture_output=True, text=True)
    names = {name for name in ran.stderr.split() if name.startswith("initd")}
    assert "initd.init.bootstrap.bootstrap" in names
    late = (
        "core.life.events core.life.actions core.life.supervisor init.start init.loop init.kernel"
    )
    late += " init.log.log json_codec"
    assert names.isdisjoint(f"initd.{name}" for name in late.split()), ran.stderr


def test_what_makes_a_name_resolve_is_gone_again_before_the_app_starts() -> None:
    """A name that resolves, so that nothing is written here."""
    then = """
from initd.init.bootstrap.hostname import publish_hostname
before = set(sys.modules)
publish_hostname('localhost', True, {}, None)
assert set(sys.modules) == before, set(sys.modules) - before
kept = {each.__module__ for each in gc.get_objects() if type(each) is type(main)}
gone = {'initd.init.bootstrap.resolvable_hostname', 'initd.core.hostname.hosts_line'}
assert gone.isdisjoint(kept)
"""
    assert "initd.init.loop" in _modules_of_pid_1("app", then=then)


def test_a_compiled_configuration_file_brings_nothing_heavy_in(tmp_path: Path) -> None:
    """`initd check` has left it there: a hundred lines cost a start no more than none."""
    path = tmp_path / "initd.toml"
    tables = [f"[profiles.p{n}]\nmatch = ['p{n}']\nstop = 'INT:5 TERM'\n" for n in range(25)]
    path.write_text("[app]\nnice = 3\n[stop]\nplan = 'QUIT:5'\n" + "\n".join(tables))
    assert len(path.read_text().splitlines()) >= 100
    assert "tomllib" in _modules_of_pid_1("--config", str(path), "p7")
    line = read(["--config", str(path), "p7"], {})
    read_files(line, compiling=True)
    modules = _modules_of_pid_1("--config", str(path), "p7")
    assert modules.isdisjoint(TOO_HEAVY), sorted(modules.intersection(TOO_HEAVY))


@pytest.mark.parametrize(
    ("what", "then"),
    [
        ("a request", 'json_codec.decode(\'{"verb": "status"}\')'),
        ("an answer", "json_codec.encode({'a': [1, 2.5, None, 'é']})"),
        ("what is no JSON at all", "refused('nonsense')"),
        ("JSON that breaks off", "refused('{\"verb\":')"),
        ("JSON without a colon", "refused('{\"verb\" 1}')"),
        ("a string with a bad escape", "refused(r'\"\\x\"')"),
        ("JSON with more behind it", "refused('{} x')"),
    ],
    ids=lambda each: each[:30],
)
def test_what_comes_over_the_control_socket_brings_nothing_heavy_in(what: str, then: str) -> None:
    """A client must not be able to make pid 1 grow for ever."""
    then = f"""
from initd import json_codec
def refused(text):
    try:
        json_codec.decode(text)
    except Exception:
        return  # which one is test_wire's business
    raise SystemExit('taken: ' + text)
{then}
"""
    modules = _modules_of_pid_1("app", then=then)
    assert modules.isdisjoint(TOO_HEAVY), (what, sorted(modules.intersection(TOO_HEAVY)))


@each_module
def test_no_module_of_pid_1_imports_something_heavy_at_once(path: Path) -> None:
    """The verbs may: they are clients, and short-lived. So may the monitor, the registrar, and
    what reads secrets, processes of their own."""
    processes = ("monitor", "registrar", "secrets")
    if str(path) in (*CLIENTS, *OF_A_FILE, *ASLEEP) or _part(path) in processes:
        return
    names = set(imports(_tree(path), types=False, later=False))
    # For a Python without `_json`, and for an editable install: not where it costs.
    names -= {"json_codec.py": {"json"}, "program.py": {"site"}}.get(path.name, set())
    assert names.isdisjoint(TOO_HEAVY)


# ---- numbers that stand twice ---------------------------------------------------------------


def _numbers_in(header: str, prefix: str) -> dict[str, int]:
    found = re.findall(rf"\b{prefix}_([A-Z_]+)\s*=\s*(\d+)", header)
    return {name: int(number) for name, number in found}


@pytest.fixture(scope="module")
def header() -> str:
    """shim/report.h."""
    return (REPOSITORY / "shim" / "report.h").read_text()


def test_the_shims_reports_are_the_numbers_that_init_reads(header: str) -> None:
    """shim/report.h and initd/linux/report.py."""
    names = "STARTED FAILED EXITED STOPPED CONTINUED INTERRUPTED".split()
    assert _numbers_in(header, "REPORT") == {name: getattr(report, name) for name in names}


def test_the_shims_stages_are_the_numbers_that_core_knows(header: str) -> None:
    """shim/report.h and initd/core/start/stage.py."""
    stages = {name: value for name, value in vars(Stage).items() if name.isupper()}
    assert _numbers_in(header, "STAGE") == stages


def test_a_report_is_three_integers_of_32_bits(header: str) -> None:
    """And init reads records of that size."""
    body = re.search(r"struct report \{(.*?)\}", header, re.DOTALL)
    assert body is not None
    fields = re.findall(r"(\w+) \w+;", body.group(1))
    assert fields == ["int32_t"] * 3
    assert len(fields) * 4 == report._RECORD


def test_the_options_of_the_shim_are_those_that_core_writes() -> None:
    """Each letter of shim_argv has a case in shim/options.c."""
    source = (REPOSITORY / "shim" / "options.c").read_text()
    read = set(re.findall(r"case '(\w)':", source))
    written = set(
        re.findall(r'"-(\w)"', (PACKAGE / "core" / "start" / "spawn_spec.py").read_text())
    )
    assert written == read


def test_the_versions_are_one() -> None:
    """The wheel's and the package's."""
    from importlib.metadata import version

    assert version("initd-runtime") == initd.__version__


def test_the_installed_package_is_what_is_tested() -> None:
    """The source tree has no compiled parts: a test against it would prove little."""
    assert PACKAGE != REPOSITORY / "initd"
    assert json.dumps([(PACKAGE / "native" / "ppidshim").is_file()]) == "[true]"
