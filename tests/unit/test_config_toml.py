"""The configuration file: every key, the order of sources, and what is wrong with broken ones."""

from __future__ import annotations

import json
import string
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import initd
from initd import paths
from initd.config.command_line import above, read
from initd.config.mistake import Mistakes
from initd.config.options import OPTIONS
from initd.config.resolve import resolve
from initd.config.toml import compiled
from initd.config.toml.files import read_files
from initd.config.toml.lines import line_of, lines_of
from initd.config.toml.model import OF_ITS_OWN, OPTION_OF, Configuration, Table
from initd.core.settings import Settings

REPOSITORY = Path(__file__).parents[2]
Load = Callable[..., Settings]


def load(text: str, path: Path, *argv: str, **environ: str) -> Settings:
    """The settings of a file with this text. Raises Mistakes."""
    path.write_text(text)
    line = read(["--config", str(path), *argv], environ)
    found = read_files(line)
    values = {name.encode(): value.encode() for name, value in environ.items()}
    return resolve(above(line, found.options), values, "abc", "/lib/hostname.so", found)


@pytest.fixture
def loaded(tmp_path: Path) -> Load:
    """Writes a configuration file, and reads it with these words and variables."""
    return lambda text, *argv, **environ: load(text, tmp_path / "c.toml", *argv, **environ)


# ---- what it may say ------------------------------------------------------------------


def test_the_example_says_everything_and_is_right(loaded: Load) -> None:
    """examples/initd.toml, which people copy from."""
    text = (REPOSITORY / "examples" / "initd.toml").read_text()
    found = loaded(text)
    assert found.command[0] == "nginx"
    said = set(_keys_of(tomllib.loads(text)))
    assert said >= {key for key in _keys_of_model(Configuration) if key not in _EXCLUSIVE}


#: What can't stand beside something else in one file.
_EXCLUSIVE = {"role", "app.cap_keep", "profile", "app.session", "parent_death", "app.env_files"}


def _keys_of(document: dict[str, Any]) -> list[str]:
    found = []
    for name, value in document.items():
        if isinstance(value, dict) and name not in ("check", "hooks", "profiles"):
            found += [f"{name}.{key}" for key in value]
        else:
            found.append(name)
    return found


def _keys_of_model(model: type[Table], prefix: str = "") -> list[str]:
    found = []
    for each in msgspec.structs.fields(model):
        inner = each.type
        if isinstance(inner, type) and issubclass(inner, Table):
            found += _keys_of_model(inner, f"{each.encode_name}.")
        else:
            found.append(prefix + each.encode_name)
    return found


def test_every_option_has_a_key_and_every_key_an_option() -> None:
    """But --config itself, what has no option (a command, variables, profiles), and what is a table
    (checks, hooks)."""
    keys = set(_keys_of_model(Configuration))
    assert set(OPTION_OF) <= keys
    said = {OPTION_OF.get(key, key.rpartition(".")[2]) for key in keys - set(OF_ITS_OWN)}
    assert said == {option.name for option in OPTIONS} - {"config", "check", "hook"}


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ('command = ["a", "b c"]', "command", ("a", "b c")),
        ("command = \"a 'b c' $X\"", "command", ("a", "b c", "y")),
        ("[app]\nnice = -3", "nice", -3),
        ("[app]\numask = 0o27", "umask", 0o27),
        ('[app]\numask = "027"', "umask", 0o27),
        ("[app]\noom_score_adj = 5", "oom_score_adj", 5),
        ("[app]\nno_new_privs = true", "no_new_privs", True),
        ("[app]\nno_new_privs = false", "no_new_privs", False),
        ('[app]\ncap_drop = ["CHOWN", "KILL"]', "capabilities_dropped", 1 | 1 << 5),
        ('[stop]\nsignal = "INT"', "stop_signal", 2),
        ("[stop]\nsignal = 2", "stop_signal", 2),
        ('[stop]\ntarget = "group"', "target", "group"),
        ("[stop]\ngrace = 30", "grace", 30.0),
        ('[log]\ntermination = "/x"', "termination_log", "/x"),
        ("[stop]\ngrace = 2.5", "grace", 2.5),
        ('[host]\nname = "web.example.org"', "hostname", "web.example.org"),
        ('[host]\ndomain = "example.org"', "hostname", "abc.example.org"),
        ('[log]\nformat = "console"', "log_format", "console"),
        ("[log]\nverbose = 2", "verbosity", 2),
        ("[health]\nnotify = true", "notify", True),
        ('[health]\non_unhealthy = "stop"', "on_unhealthy", "stop"),
        ('socket = "/s"', "socket", "/s"),
        ('parent_death = "TERM"', "parent_death", 15),
    ],
)
def test_a_key_is_read(loaded: Load, text: str, field: str, value: object) -> None:
    """As the flag of that name would be."""
    words = () if text.startswith("command") else ("app",)
    assert getattr(loaded(text, *words, X="y"), field) == value


def test_variables_of_the_file_are_the_apps(loaded: Load) -> None:
    """Over those of the container, as with --env-file."""
    found = loaded('[app.env]\nCOLOUR = "blue"\nN = 5', "app", COLOUR="red")
    assert (found.environ[b"COLOUR"], found.environ[b"N"]) == (b"blue", b"5")


def test_a_check_is_the_same_as_on_the_command_line(loaded: Load) -> None:
    """One validation, one value."""
    text = """
    [check.web]
    kind = "http"
    target = "http://h:80/x?a=b"
    role = ["readiness", "liveness"]
    status = [200, "300-399"]
    period = 5
    body = "all, is well"
    [check.db]
    kind = "exec"
    command = ["pg_isready", "-h", "a b"]
    """
    web = "web http http://h:80/x?a=b role=readiness,liveness status=200,300-399 period=5"
    flags = ("--check", f"{web} 'body=all, is well'", "--check", "db exec -- pg_isready -h 'a b'")
    assert loaded(text, "app").checks == loaded("", *flags, "app").checks
    with pytest.raises(Mistakes, match=r"check\.web\.target: "):  # as in a URL on the command line
        loaded(text.replace("a=b", "a=b c"), "app")


def test_a_profile_of_ones_own_is_recognised_before_those_of_init(loaded: Load) -> None:
    """By its patterns, and by name; with conditions."""
    text = """
    [profiles.ours]
    match = ["nginx", "serve*"]
    stop = "INT:5 TERM"
    target = "group"
    clean = [7]
    when = [{ env = "SLOW", stop = "USR1" }]
    """
    found = loaded(text, "nginx")
    assert (found.profile and found.profile.name, found.target) == ("ours", "group")
    assert found.clean_codes == (7,)
    assert loaded(text, "serve-it", SLOW="1").stop_plan[0].signal == 10
    assert loaded(text, "--profile", "ours", "x").stop_plan[0].signal == 2


# ---- the order of sources -------------------------------------------------------------


def test_a_flag_wins_over_a_variable_over_the_file(loaded: Load) -> None:
    """And each value knows where it is from."""
    text = "[app]\nnice = 1\n"
    assert loaded(text, "app").nice == 1
    assert loaded(text, "app").origins["nice"].endswith("c.toml:2, app.nice")
    assert loaded(text, "app", INITD_NICE="2").nice == 2
    assert loaded(text, "--nice", "3", "app", INITD_NICE="2").nice == 3


def test_a_command_behind_the_options_wins_over_the_files(loaded: Load) -> None:
    """And a role that is asked for with a flag."""
    assert loaded('command = "x"', "y").command == ("y",)


def test_of_two_files_the_images_own_wins_key_by_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """/container/initd.toml over /etc/initd.toml."""
    own, etc = tmp_path / "own.toml", tmp_path / "etc.toml"
    own.write_text("[app]\nnice = 1\n[check.a]\nkind = 'process'\n")
    etc.write_text("[app]\nnice = 2\nchdir = '/srv'\n[check.b]\nkind = 'process'\n")
    monkeypatch.setattr(paths, "CONFIGURATION_FILES", (str(own), str(etc)))
    line = read(["app"], {})
    found = read_files(line)
    result = resolve(above(line, found.options), {}, "abc", "/lib/hostname.so", found)
    assert (result.nice, result.directory) == (1, "/srv")
    assert {check.name for check in result.checks} == {"a", "b"}
    assert result.origins["chdir"].startswith(str(etc))


def test_a_rewrite_of_the_stop_signal_and_a_plan_in_one_file_contradict(loaded: Load) -> None:
    """As two flags do; a flag beats the file."""
    text = '[signals]\nrewrite = { TERM = "QUIT" }\n[stop]\nplan = "INT"\n'
    with pytest.raises(Mistakes, match="keep one"):
        loaded(text, "app")
    assert loaded(text, "--stop-plan", "HUP", "app").stop_plan[0].signal == 1


# ---- broken files ---------------------------------------------------------------------

#: Text, then line, key and a part of the sentence for each mistake.
BROKEN = [
    ("a = \n", [(1, "", "column 5: Invalid value")]),
    ("\n[stop\n", [(2, "", "column 6")]),
    ('x = "\n', [(1, "", "column 6")]),
    ("[stop]\nplan = 'A'\nplan = 'B'\n", [(3, "", "Cannot overwrite")]),
    ("comand = 'x'", [(1, "comand", "did you mean command?")]),
    ("\n\nzzz = 1", [(3, "zzz", "unknown key: use one such as ")]),
    ("[stop]\nplna = 'QUIT'", [(2, "stop.plna", "did you mean plan?")]),
    ("stop.plna = 'QUIT'", [(1, "stop.plna", "did you mean plan?")]),
    ("[stpo]\nplan = 'QUIT'", [(1, "stpo", "did you mean stop?")]),
    ("[stop]\nplan = 5", [(2, "stop.plan", "expected text in quotes, got 5")]),
    ("stop = 5", [(1, "stop", "expected a table, got 5")]),
    ("[stop]\nplan = 'QIUT:5'", [(2, "stop.plan", "unknown signal 'QIUT': did you mean QUIT?")]),
    ("[stop]\n# so\n\nplan = '''QUIT\nTERM'''", [(4, "stop.plan", "waits for ever")]),
    ("[stop]\ntarget = 'groop'", [(2, "stop.target", "did you mean group?")]),
    ("[app]\nnice = 'high'", [(2, "app.nice", "expected a whole number, got 'high'")]),
    ("[app]\nnice = 20",
     [(2, "app.nice", "invalid nice value '20': expected a number from -20 to 19")]),
    ("[app]\nuser = 'nobdy-x'", [(2, "app.user", "unknown user 'nobdy-x': not in /etc/passwd")]),
    ("[app]\numask = 27", [(2, "app.umask", "27 is a decimal number, which is 033 in octal digits:"
      " write '027', or 0o27")]),
    ("app = { umask = 22 }", [(1, "app.umask", "22 is a decimal number, which is 026")]),
    ("[app]\numask = '8'", [(2, "app.umask", "invalid umask '8': use octal digits")]),
    ("[app]\nlimits = { nofiles = 1 }",
     [(2, "app.limits.nofiles", "unknown limit 'nofiles': did you mean nofile")]),
    ("[app.limits]\ncore = 0\nnofile = 1.5",
     [(3, "app.limits.nofile", "expected text in quotes or a whole number, got 1.5")]),
    ("[app]\ncap_drop = ['NET_ROW']", [(2, "app.cap_drop", "did you mean NET_RAW?")]),
    ("[app]\nenv_files = ['/nope']", [(2, "app.env_files", "/nope: No such file")]),
    ("[app]\nenv_files = [\n 'a',\n 3]",
     [(4, "app.env_files.1", "expected text in quotes, got 3")]),
    ("[signals]\nrewrite = { HPU = 0 }", [(2, "signals.rewrite.HPU", "did you mean HUP?")]),
    ("[signals.rewrite]\nHUP = 0\nTERM = [1]",
     [(3, "signals.rewrite.TERM", "expected text in quotes or a whole number, got [1]")]),
    ("restart = 'allways'",
     [(1, "restart", "restart mode 'allways': use no, on-failure or always")]),
    ("profile = 'ngnix'", [(1, "profile", "did you mean nginx?")]),
    ("[check.web]\nkind = 'htpp'\ntarget = 'x'", [(2, "check.web.kind", "did you mean http?")]),
    ("[check.web]\ntarget = 'x'", [(1, "check.web", "the key kind is missing")]),
    ("[check.web]\nkind = 'http'\ntarget = 'http://h/'\nperiod = '5'",
     [(4, "check.web.period", "expected a number, got '5'")]),
    ("[check.web]\nkind = 'tcp'\ntarget = 'h:1'\nrol = 'x'",
     [(4, "check.web.rol", "did you mean role?")]),
    ("check = 5", [(1, "check", "needs names: [check.NAME]")]),
    ("[check]\nweb = 5", [(2, "check.web", "needs a table")]),
    ("[profiles.x]\nstop = 'TERM'", [(1, "profiles.x", "the key match is missing")]),
    ("[profiles.x]\nmatch = ['x']\nstop = 'NOPE'",
     [(3, "profiles.x.stop", "unknown signal 'NOPE'")]),
    ("[profiles.x]\nmatch = ['x']\nwhen = [{ stop = 'A', evn = 'B' }]",
     [(3, "profiles.x.when.0.evn", "did you mean env?")]),
    ("[health]\nhttp = ['nowhere']", [(2, "health.http", "invalid address 'nowhere'")]),
    ("[metrics]\nstatsd = 'nowhere'", [(2, "metrics.statsd", "nowhere")]),
    ("[log]\nformat = 'xml'\nverbose = 'much'",
     [(3, "log.verbose", "expected a whole number, got 'much'"),
      (2, "log.format", "unknown log format 'xml'")]),
    ("command = 'x'\nrole = 'web'", [(1, "command", "there is a role too: keep one of them"),
                                     (2, "role", "/container/roles.json: No such file")]),
    ("command = 'a | b'", [(1, "command", "needs a shell")]),
    ("command = ' '", [(1, "command", "is empty: name a program")]),
    ('command = ["a\\u0000"]', [(1, "command.0", "contains a NUL character")]),
    ("x = " + "[" * 3000, [(0, "", "nests lists or tables too deeply")]),
    ("\nx = " + "9" * 5000, [(2, "", "more than 64 bits")]),
    ("[app]\nnice = 0x" + "f" * 5000, [(2, "app.nice", "more than 64 bits")]),
    ("[app]\nnice = 1979-05-27", [(2, "app.nice", "expected a whole number, got 1979-05-27")]),
    ("[app.env]\n'A=B' = 'x'\n'' = 'x'", [(2, 'app.env."A=B"', "invalid name of a variable"),
                                         (3, 'app.env.""', "invalid name of a variable")]),
    ("'a`b' = 1", [(1, '"a`b"', "unknown key")]),
    ('"a\\nb" = 1', [(1, '"a\\nb"', "unknown key")]),
    ("[app.env]\n\"a\\\"b\" = 'x'\n[stop]\nplna = 1", [(4, "stop.plna", "did you mean plan?")]),
    ("log.verbose = -1", [(1, "log.verbose", "expected a number from 0 to 9, got -1")]),
    ("[check.web]\nkind = 'tcp'\ntarget = 'h:1'\nperiod = 0\nrole = ['x']",
     [(4, "check.web.period", "expected seconds from 0.1"), (5, "check.web.role", "unknown role")]),
    ("[check.web]\nkind = 'tcp'\ntarget = 'period=5'", [(3, "check.web.target", "no port")]),
    ("[check.web]\nkind = 'process'\ntarget = 'x'", [(3, "check.web.target", "takes no target")]),
    ("".join(f"[check.c{number}]\nkind = 'process'\n" for number in range(33)),
     [(1, "check", "too many checks: 33, at most 32 are allowed")]),
    ("[profiles.x]\nmatch = ['']\nquick = 'HPU'\nclean = [300]",
     [(2, "profiles.x.match", "needs at least one glob"),
      (3, "profiles.x.quick", "did you mean HUP?"),
      (4, "profiles.x.clean", "invalid exit code 300: expected 1 to 255")]),
    ("[profiles.x]\nmatch = ['x']\nwhen = [\n  { stop = 'QUIT' },\n  { env = 'A', stop = 'NO' }]",
     [(4, "profiles.x.when.0", "needs a condition: env, no_env"),
      (5, "profiles.x.when.1.stop", "unknown signal 'NO'")]),
    ("[profiles.none]\nmatch = ['x']", [(1, "profiles.none", "invalid name 'none'")]),
    ("[host]\nname = 'a+b'", [(2, "host.name", "letters, digits and inner hyphens")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), BROKEN, ids=[text[:40] for text, _ in BROKEN])
def test_a_broken_file_is_told_by_line_and_key(
    tmp_path: Path, text: str, expected: list[tuple[int, str, str]]
) -> None:
    """What was found, what is allowed, the nearest right spelling; every mistake of it."""
    path = tmp_path / "c.toml"
    words = () if "command" in text and "comand" not in text else ("app",)
    with pytest.raises(Mistakes) as raised:
        load(text, path, *words)
    found = [each for each in raised.value.found if each.where.startswith(str(path))]
    for (line, key, sentence), mistake in zip(expected, found, strict=False):
        place = f"{path}:{line}" if line else str(path)  # too deep to say where
        where = f"{place}, {key}" if key else place
        assert (mistake.where, sentence in mistake.what) == (where, True), mistake
    assert len(found) == len(expected), found


def test_all_mistakes_of_a_file_are_listed(loaded: Load) -> None:
    """Not the first one only, and those of flags beside them."""
    text = "rolle = 'x'\n[app]\nnice = 'a'\numask = '9'\n[check.x]\nkind = 'y'\n"
    with pytest.raises(Mistakes) as raised:
        loaded(text, "--target", "x", "app")
    assert len(raised.value.found) == 5


def test_a_byte_order_mark_does_not_belong_to_the_first_key(loaded: Load) -> None:
    """Editors on Windows leave one."""
    assert loaded("\ufeffcommand = 'x'").command == ("x",)


def test_a_file_without_an_end_is_refused() -> None:
    """/dev/zero would fill the memory of pid 1."""
    (mistake,) = read_files(read(["--config", "/dev/zero", "app"], {})).mistakes
    zero = "/dev/zero is not a regular file: give the path of one"
    assert (mistake.where, mistake.what) == ("--config", zero)


def test_a_default_place_below_a_file_counts_as_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """/container may be anything."""
    (tmp_path / "container").write_text("")
    monkeypatch.setattr(paths, "CONFIGURATION_FILES", (str(tmp_path / "container" / "initd.toml"),))
    assert not read_files(read(["app"], {})).mistakes


def test_a_file_in_another_encoding_is_named_with_the_line(tmp_path: Path) -> None:
    """Not a traceback."""
    path = tmp_path / "c.toml"
    path.write_bytes(b"a = 1\nb = '\xff'\n")
    line = read(["--config", str(path), "app"], {})
    (mistake,) = read_files(line).mistakes
    assert (mistake.where, mistake.what) == (f"{path}:2", "is not valid UTF-8")


# ---- any configuration ----------------------------------------------------------------

_names = st.sampled_from(
    [*_keys_of_model(Configuration), "check.web.kind", "profiles.p.match", "x"]
)
_values = st.sampled_from(
    ['"QUIT:5 TERM"', '"group"', '"x"', "5", "-1", "1.5", "true", "[]", '["a", "b"]', "{}",
     '{ HUP = 0, TERM = "QUIT" }', '{ nofile = 64 }', '"http"', "1979-05-27", "'''\na\n'''",
     '"no"', '"always:3"', '"0"', '["ALL"]', "[[1]]", "0o22"]
)  # fmt: skip
_statements = st.builds(lambda name, value: f"{name} = {value}", _names, _values)
_texts = st.lists(_statements | st.text(string.printable, max_size=20), max_size=8).map("\n".join)
_flags = st.lists(
    st.sampled_from(["--nice", "3", "--target=all", "-r", "TERM:0", "--stop-plan=A", "--", "-v"]),
    max_size=4,
)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_texts, _flags, st.dictionaries(st.sampled_from(["INITD_NICE", "INITD_CHECK"]), _values))
def test_any_configuration_is_settings_or_a_list_of_mistakes(
    tmp_path: Path, text: str, flags: list[str], environ: dict[str, str]
) -> None:
    """A thousand of them, never anything else."""
    found: Settings | Mistakes
    try:
        found = load(text, tmp_path / "c.toml", *flags, "app", **environ)
    except Mistakes as mistakes:
        found = mistakes
    if isinstance(found, Mistakes):
        assert found.found
        assert all(each.where and each.what for each in found.found)
        assert all("\n" not in str(each) for each in found.found)
    else:
        assert found.command
        assert found.stop_plan


# ---- lines ----------------------------------------------------------------------------

LINED = '''\
a = 1 # one = 2
"b.c" . d = """
x = 1
""" # still
[t]
e = [ # list
  "]", "#",
]
f.g = { h = 1, i = "}" }
[[u.v]]
w = 'a\\'
[[u.v]]
w = """a\\"""""
[u.v.x]
y = 5
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("a",), 1), (("b.c", "d"), 2), (("t",), 5), (("t", "e"), 6), (("t", "f", "g"), 9),
        (("t", "e", 0), 7), (("t", "e", 1), 7),
        (("t", "f", "g", "h"), 9), (("u", "v", 0), 10), (("u", "v", 0, "w"), 11),
        (("u", "v", 1, "w"), 13), (("u", "v", 1, "x", "y"), 15), (("nowhere",), 1),
    ],
)  # fmt: skip
def test_the_line_of_a_key(path: tuple[object, ...], line: int) -> None:
    """Tables, arrays of tables, quoted and dotted keys, values of several lines."""
    tomllib.loads(LINED)
    assert line_of(lines_of(LINED), path) == line


# ---- the schema -----------------------------------------------------------------------


def test_the_schema_is_that_of_the_model() -> None:
    """initd/config.schema.json is generated: `make schema`."""
    shipped = json.loads((Path(initd.__file__).parent / "config.schema.json").read_text())
    assert shipped == msgspec.json.schema(Configuration)


def test_the_schema_takes_the_example_and_refuses_a_misspelt_key() -> None:
    """As an editor would."""
    import jsonschema  # a second of a processor, which not every worker needs to spend

    schema = json.loads((REPOSITORY / "initd" / "config.schema.json").read_text())
    document = tomllib.loads((REPOSITORY / "examples" / "initd.toml").read_text())
    jsonschema.validate(document, schema)
    document["stop"]["plna"] = "QUIT"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)


# ---- compiled -------------------------------------------------------------------------


def test_what_is_compiled_is_what_was_read(tmp_path: Path) -> None:
    """For the example, which says everything; and the text of the file decides."""
    path = tmp_path / "initd.toml"
    text = (REPOSITORY / "examples" / "initd.toml").read_bytes()
    path.write_bytes(text)
    line = read(["--config", str(path)], {})
    found = read_files(line, compiling=True)
    assert compiled.load(str(path), text) == found == read_files(line)
    assert compiled.load(str(path), text + b"\n") is None
    (tmp_path / "initd.toml.compiled").write_text("{}")
    assert read_files(line) == found


def test_a_file_with_mistakes_is_not_compiled(tmp_path: Path) -> None:
    """Nor is what has no name of its own, such as /dev/stdin."""
    path = tmp_path / "initd.toml"
    path.write_text("zzz = 1")
    assert read_files(read(["--config", str(path)], {}), compiling=True).mistakes
    assert [each.name for each in tmp_path.iterdir()] == ["initd.toml"]
    (tmp_path / "stdin").write_text("")
    line = read(["--config", str(tmp_path / "stdin")], {})
    assert not read_files(line, compiling=True).mistakes
    assert not (tmp_path / "stdin.compiled").exists()
