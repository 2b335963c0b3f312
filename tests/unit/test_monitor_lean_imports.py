"""What the monitor leaves out of the libraries that it imports; each in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import initd
from initd.monitor.lean_imports import StandIns

#: As the monitor imports: without `site`, so that nobody has imported anything before.
_BEGIN = f"""
import sys
sys.path.append({str(Path(initd.__file__).parents[1])!r})
from initd.core.health.check import Check
from initd.monitor.lean_imports import import_asyncio, import_prometheus_client, import_structlog
def check(target):
    return Check("web", "http", ("readiness",), target)
"""


def printed(program: str) -> str:
    """What this prints, in one line."""
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _BEGIN + program],
        capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


@pytest.mark.parametrize(
    ("checks", "imported"),
    [("", False), ("check('http://a/')", False), ("check('https://a/')", True)],
)
def test_asyncio_comes_with_ssl_where_a_check_needs_it(checks: str, imported: bool) -> None:
    """OpenSSL is 1.3 MB in every container."""
    program = f"import_asyncio([{checks}]); import initd.monitor.main"
    assert printed(f"{program}; print('ssl' in sys.modules)") == str(imported)


def test_ssl_can_be_imported_later() -> None:
    """It has been left out of asyncio, and of nothing else."""
    program = "import_asyncio([]); import ssl; print(ssl.create_default_context().check_hostname)"
    assert printed(program) == "True"


def test_structlog_comes_without_rich(tmp_path: Path) -> None:
    """An app's image has it often, and its traceback printer is 5 MB in every container."""
    (tmp_path / "rich").mkdir()
    (tmp_path / "rich" / "__init__.py").write_text("")
    program = f"sys.path.append({str(tmp_path)!r}); import_structlog()\n"
    assert printed(f"{program}print('rich' in sys.modules)") == "False"
    assert printed(f"{program}import rich; print('rich' in sys.modules)") == "True"


def test_metrics_bring_no_server_and_no_client_in() -> None:
    """prometheus_client has some of its own, for which it imports 3 MB."""
    program = "import_asyncio([]); import_prometheus_client(); import initd.monitor.exposition\n"
    names = "http.server http.client email ssl wsgiref.simple_server socketserver urllib.parse"
    assert printed(f"{program}print({set(names.split())} & set(sys.modules))") == "set()"


def test_metrics_read_as_those_of_the_whole_library() -> None:
    """Text and OpenMetrics, of a metric with a label that must be escaped."""
    make = """
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.exposition import choose_encoder
registry = CollectorRegistry()
Gauge("g", "help", ["label"], registry=registry).labels('"').set(1)
print([choose_encoder(accept)[0](registry) for accept in ("", "application/openmetrics-text")])
"""
    assert printed("import_prometheus_client()" + make) == printed(make)


def test_a_library_that_needs_more_is_imported_whole(tmp_path: Path) -> None:
    """A later version may look at once into what has a stand-in."""
    library = tmp_path / "prometheus_client.py"
    library.write_text("import ssl; version = ssl.OPENSSL_VERSION_INFO[0]")
    program = f"sys.path.insert(0, {str(tmp_path)!r}); import_prometheus_client()\n"
    assert printed(f"{program}print(sys.modules['prometheus_client'].version > 0)") == "True"


def test_a_module_that_is_there_is_left_in_place() -> None:
    """Whoever imported it uses it."""
    with StandIns("subprocess"):
        assert sys.modules["subprocess"] is subprocess


def test_a_stand_in_does_to_derive_from() -> None:
    """Every name is a class."""
    with StandIns("initd_nothing"):
        from initd_nothing import Server  # type: ignore[import-not-found]

        class Derived(Server):  # type: ignore[misc]
            pass

        assert isinstance(Derived(), Server)
    assert "initd_nothing" not in sys.modules


def test_an_error_leaves_no_stand_in_behind() -> None:
    """Else what is imported later would get it."""
    with pytest.raises(ZeroDivisionError), StandIns("initd_nothing"):
        raise ZeroDivisionError
    assert "initd_nothing" not in sys.modules
