"""What C and Python have to agree on: each value stands once in C, in shim/contract.h, and is
the one that Python has."""

from __future__ import annotations

import ast
import os
import re
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from initd import paths
from initd.cli import control, drop_in, main
from initd.cli.verb_table import BY_NAME
from initd.cli.verbs import VerbFailed, parse
from initd.config import options
from initd.core import start_plan
from initd.core.drop_in import PEERS
from initd.core.health import verdict
from initd.core.hostname import rules
from initd.core.start import exit_codes, outcome, spawn_spec
from initd.init.bootstrap import adopt, bootstrap, shim
from initd.init.sleep import sleeper
from initd.linux import control_socket, environment, preloaded_hostname

HEADER = Path(__file__).parents[2] / "shim" / "contract.h"


def _defined(text: str) -> dict[str, Any]:
    """NAME: value of each `#define NAME VALUE`; several values are a tuple."""
    code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    found = re.findall(r"^#define (\w+) +(\S.*?) *$", code, re.MULTILINE)
    return {name: ast.literal_eval(value) for name, value in found}


C = _defined(HEADER.read_text())
SOCKET = next(option for option in options.OPTIONS if option.name == "socket")
#: The value that Python has.
PYTHON: dict[str, Any] = {
    "EXIT_OWN": exit_codes.EXIT_OWN,
    "EXIT_SIGNAL": outcome.exit_code_of(9) - 9,
    "OWN_VARIABLES": SOCKET.variable.removesuffix("SOCKET"),
    "SOCKET_VARIABLE": SOCKET.variable,
    "HOSTNAME_VARIABLE": preloaded_hostname.VARIABLE.decode(),
    "HOSTNAME_FILE": paths.HOSTNAME_FILE,
    "HOSTNAMES": paths.HOSTNAMES,
    "HOSTNAME_LONGEST": rules.LONGEST,
    "HOSTNAME_LONGEST_LABEL": rules.LONGEST_LABEL,
    "PEERS": tuple(PEERS),
    "HANDOVER_WOKEN": main.WOKEN,
    "ORDERS_VARIABLE": sleeper.VARIABLE.decode(),
    "PEER_OPTION": main.AS,
    "SIGNALS_OPTION": drop_in.SIGNALS,
    "HIDDEN_VARIABLES": tuple(name.decode() for name in environment.HIDDEN),
    "HIDDEN_BIT": environment.HIDDEN_BIT,
    "HEALTH_TARGETS": (verdict.LIVE, verdict.READY, verdict.STARTED),
    "PLAN_FILE": paths.START_PLAN,
    "PLAN_FORMAT": start_plan.FORMAT.decode(),
    "PLAN_LONGEST": start_plan.LONGEST,
    "PLAN_WORDS_AT_MOST": start_plan.WORDS_AT_MOST,
    "PLAN_ADDITIONS_AT_MOST": start_plan.ADDITIONS_AT_MOST,
    "SHIM_PID": shim._SHIM_PID,
    "REPORT_DESCRIPTOR": spawn_spec.REPORT_DESCRIPTOR,
    "NICEST": spawn_spec.NICEST,
}
#: These have a test of their own below.
TOLD = {
    *("SOCKET_PATH", "SOCKET_PATH_TMP", "SOCKET_PATH_SHM", "SOCKET_PATH_END"),
    *("HEALTH_VERB", "HEALTH_VERBOSE", "NO_INIT_ANSWERS", "CLOSED_UNANSWERED"),
    *("HANDOVER_OPTION", "HANDOVER_STARTED", "HANDOVER_UNUSED", "DESCRIPTORS_OPTION"),
}


def test_the_variable_of_the_orders_is_known_where_nothing_can_be_imported() -> None:
    """main.py goes back to the sleeper by itself."""
    assert main.ORDERS_VARIABLE == sleeper.VARIABLE


def test_each_value_of_the_contract_is_compared() -> None:
    """A new one has to be added to one of the two tables above."""
    assert C.keys() == PYTHON.keys() | TOLD


@pytest.mark.parametrize("name", PYTHON)
def test_c_and_python_have_the_same_value(name: str) -> None:
    """Neither can be changed alone."""
    assert C[name] == PYTHON[name]


def test_no_other_file_repeats_a_place_or_a_name() -> None:
    """The other C files include the contract."""
    texts = [value for value in C.values() if isinstance(value, str) and len(value) > 8]
    files = [*HEADER.parent.glob("*.[ch]"), *(HEADER.parents[1] / "preload").glob("*.[ch]")]
    for file in set(files) - {HEADER}:
        code = re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.DOTALL)
        assert [text for text in texts if f'"{text}' in code] == [], file.name


_USER_PLACES = ("SOCKET_PATH_TMP", "SOCKET_PATH_SHM")


def test_the_control_socket_is_looked_for_where_it_is_bound() -> None:
    """Of some user, best place first."""
    uid = 54321
    made = [f"{C[start]}{uid}{C['SOCKET_PATH_END']}" for start in _USER_PLACES]
    assert [C["SOCKET_PATH"], *made] == list(control_socket.default_paths(uid))


def test_health_and_its_words_are_known_to_python() -> None:
    """The verb, and the options that are left to Python to explain when they are wrong."""
    assert C["HEALTH_VERB"] in BY_NAME
    words = [f"--{word}" for word in (*C["HEALTH_TARGETS"], C["HEALTH_VERBOSE"])]
    for word in words:
        with pytest.raises(VerbFailed) as left:
            control.health(parse(BY_NAME["health"], [word]))
        assert word not in str(left.value)
        with pytest.raises(VerbFailed, match=f"{word}x"):
            parse(BY_NAME["health"], [word + "x"])


def _read_and_close(server: socket.socket) -> None:
    connection, _ = server.accept()
    connection.recv(4096)
    connection.close()


def test_who_does_not_answer_is_told_of_in_the_same_words(tmp_path: Path) -> None:
    """By the launcher for `initd health`, and by the verbs in Python."""
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        silent = threading.Thread(target=_read_and_close, args=[server])
        silent.start()
        with pytest.raises(control.NoAnswer) as told:
            control.ask(parse(BY_NAME["status"], ["--socket", path]), {"verb": "status"})
        silent.join()
    assert str(told.value) == f"{C['NO_INIT_ANSWERS']}{path}: {C['CLOSED_UNANSWERED']}"


def test_python_understands_what_the_launcher_hands_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """-X initd=started:REPORTS:SHIM:TERMINAL:PLAN, perhaps with :CONTROL:ADDED behind, or
    initd=unused:REASON."""
    option, equals = C["HANDOVER_OPTION"][:-1], C["HANDOVER_OPTION"][-1]
    assert equals == "="
    reading, writing = os.pipe()
    monkeypatch.setitem(sys._xoptions, option, f"{C['HANDOVER_STARTED']}{reading}:5:1:2")
    adopted, reason = adopt.adopt_planned_shim()
    assert adopted is not None
    assert (adopted.pid, adopted.terminal, adopted.plan, reason) == (5, True, 2, "")
    assert (adopted.control, adopted.added) == (-1, False)
    named = f"{C['HANDOVER_STARTED']}{reading}:5:1:2:{writing}:1"
    monkeypatch.setitem(sys._xoptions, option, named)
    os.set_inheritable(writing, True)
    adopted, _ = adopt.adopt_planned_shim()
    assert adopted is not None
    assert (adopted.control, adopted.added, os.get_inheritable(writing)) == (writing, True, False)
    os.close(reading)
    os.close(writing)
    monkeypatch.setitem(sys._xoptions, option, f"{C['HANDOVER_UNUSED']}PORT is set")
    assert adopt.adopt_planned_shim() == (None, "PORT is set")


def test_python_understands_which_descriptors_are_the_apps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """-X initd_descriptors=3,4,77; without it there are none."""
    option, equals = C["DESCRIPTORS_OPTION"][:-1], C["DESCRIPTORS_OPTION"][-1]
    assert equals == "="
    assert bootstrap._inherited_descriptors() == ()
    monkeypatch.setitem(sys._xoptions, option, "3,4,77")
    assert bootstrap._inherited_descriptors() == (3, 4, 77)
