"""kazoo, imported without what the registrar makes no use of."""

from __future__ import annotations

import subprocess
import sys

#: Run in an interpreter of its own: what has been imported here would be there already.
_IMPORT = """
import sys
from initd.registrar import kazoo_alone
{before}
made = kazoo_alone.kazoo_client()
client = made("127.0.0.1:1")
"""


def _after(checks: str, before: str = "") -> None:
    script = _IMPORT.format(before=before) + checks
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_is_not_used_is_not_loaded() -> None:
    """Neither the recipes and what they import, nor the large modules of the standard library."""
    _after("""
for name in ("ssl", "logging", "inspect", "ast", "uuid", "json", "kazoo.recipe.lock"):
    assert name not in sys.modules, name
""")


def test_whoever_imports_one_of_them_later_gets_the_real_one() -> None:
    """etcd with TLS beside ZooKeeper, for one."""
    _after("""
import ssl, logging, inspect
assert ssl.create_default_context and logging.Handler and inspect.signature
from kazoo.recipe.lock import Lock
assert Lock.acquire
""")


def test_what_is_loaded_already_is_used() -> None:
    """A stand-in replaces nothing."""
    _after(
        "from kazoo.handlers import utils\nassert utils.ssl is ssl",
        before="import ssl",
    )


def test_a_kazoo_that_needs_more_gets_all() -> None:
    """It costs memory, and works."""
    _after(
        "from kazoo.handlers import utils\nassert utils.ssl.create_default_context",
        before="kazoo_alone._stand_ins = lambda: {'ssl': kazoo_alone._module('ssl'),"
        " 'inspect': kazoo_alone._module('inspect'),"
        " 'logging': kazoo_alone._module('logging')}",
    )


def test_kazoo_without_its_own_log_has_nothing_to_say() -> None:
    """Its modules' loggers take whatever is said to them."""
    _after("""
from kazoo.handlers import threading
threading.log.exception("Exception in worker %s", 1)
threading.log.debug("more", exc_info=True)
""")
