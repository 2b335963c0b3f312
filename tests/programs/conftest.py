"""Beside other suites (INITD_TEST_BOTH) one test says what came of all of these."""

from __future__ import annotations

import os

BESIDE = bool(os.environ.get("INITD_TEST_BOTH"))
collect_ignore = ["test_programs.py" if BESIDE else "test_program_suite.py"]
