"""Flags and variables: read into raw text, each with its source."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.config.command_line import CommandLine, RawValue, read
from initd.config.mistake import AT_MOST, Mistake
from initd.config.options import BY_FLAG, IMMEDIATE, OPTIONS, Option

NOTHING: Mapping[str, str] = {}
valued = st.sampled_from([option for option in OPTIONS if option.kind != "flag"])
any_option = st.sampled_from([*OPTIONS, *IMMEDIATE])
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


def _given(*argv: str, **environ: str) -> dict[str, list[tuple[str, str]]]:
    line = read(argv, environ)
    assert line.mistakes == ()
    return {name: [(raw.text, raw.source) for raw in raws] for name, raws in line.options.items()}


def _one_mistake(*argv: str) -> Mistake:
    (mistake,) = read(argv, NOTHING).mistakes
    return mistake


# ---- where the command begins ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "command"),
    [
        ("app -v --x", "app -v --x"),
        ("-- app", "app"),
        ("-- -v", "-v"),
        ("-- -- app", "-- app"),
        ("-v -- app -- x", "app -- x"),
        ("-v app -v", "app -v"),
        ("-r HUP:0 app", "app"),
        ("--rewrite=HUP:0 app", "app"),
        ("- app", "- app"),
        ("", ""),
        ("--", ""),
    ],
)
def test_the_command_begins_at_the_first_word_without_a_dash(argv: str, command: str) -> None:
    """Or behind `--`; a lone `-` is a word."""
    line = read(argv.split(), NOTHING)
    assert (line.command, line.mistakes) == (tuple(command.split()), ())


@given(st.lists(words))
def test_behind_two_hyphens_nothing_is_looked_at(command: list[str]) -> None:
    """The command comes through as it is."""
    assert read(["--", *command], NOTHING) == CommandLine({}, tuple(command), ())


# ---- how an option can be written -----------------------------------------------------------


@given(valued, words)
def test_a_value_is_the_next_word_or_stands_behind_an_equals_sign(
    option: Option, value: str
) -> None:
    """For each flag of each option that takes one, whatever the value looks like."""
    for flag in option.flags:
        expected = CommandLine({option.name: (RawValue(value, flag),)}, ("app",), ())
        assert read([flag, value, "app"], NOTHING) == expected
        if flag.startswith("--"):
            assert read([f"{flag}={value}", "app"], NOTHING) == expected


def test_a_short_flag_may_stand_together_with_its_value() -> None:
    """As tini and dumb-init have it."""
    assert _given("-rTERM:QUIT", "app") == {"rewrite": [("TERM:QUIT", "-r")]}


def test_short_flags_may_stand_together() -> None:
    """-vv is -v twice; one with a value ends the row."""
    assert _given("-vv", "app") == {"verbose": [("", "-v"), ("", "-v")]}
    assert _given("-vrHUP:0") == {"verbose": [("", "-v")], "rewrite": [("HUP:0", "-r")]}
    assert _given("-vr", "HUP:0") == {"verbose": [("", "-v")], "rewrite": [("HUP:0", "-r")]}


def test_every_mention_is_kept_in_its_order() -> None:
    """For a list each counts, for all else the last one does."""
    assert _given("--user", "a", "-r", "1:2", "--user=b", "--rewrite", "3:4") == {
        "user": [("a", "--user"), ("b", "--user")],
        "rewrite": [("1:2", "-r"), ("3:4", "--rewrite")],
    }


def test_help_and_version_are_heard() -> None:
    """Also next to what is wrong."""
    for flag, name in (("--help", "help"), ("-h", "help"), ("--version", "version")):
        assert name in read([flag, "--nonsense"], NOTHING).options


# ---- variables ------------------------------------------------------------------------------


@given(valued, st.text("abcXYZ019:.=/-", min_size=1))
def test_every_option_has_a_variable(option: Option, value: str) -> None:
    """INITD_ and its name, which is the source."""
    variable = "INITD_" + option.flags[-1].removeprefix("--").replace("-", "_").upper()
    assert _given("app", **{variable: value}) == {option.name: [(value, variable)]}


@pytest.mark.parametrize(
    ("variable", "right"),
    [
        ("INITD_RESTAT=always", "INITD_RESTART?"),
        ("INITD_STOPPLAN=QUIT", "INITD_STOP_PLAN?"),
        ("INITD_Stop_Plan=QUIT", "INITD_STOP_PLAN?"),
        ("INITD_CHECKS=web tcp 127.0.0.1:80", "INITD_CHECK?"),
        ("INITD_HOSTNAM=web.example.com", "INITD_HOSTNAME?"),
        ("INITD_UNHEALTHY=restart", "INITD_ON_UNHEALTHY?"),
        ("INITD_ENVFILE=/env", "INITD_ENV_FILE?"),
        ("INITD_NO_SLEEP=1", "INITD_SLEEP=no?"),
        ("INITD_SECRET=files", "INITD_SECRETS?"),
    ],
)
def test_a_misspelt_variable_is_a_mistake_like_a_misspelt_flag(variable: str, right: str) -> None:
    """With what would be right; only the names that are nearest."""
    name, _, value = variable.partition("=")
    line = read(["app"], {name: value})
    expected = f"unknown variable, which sets nothing: did you mean {right}"
    assert [(each.where, each.what) for each in line.mistakes] == [(name, expected)]


@pytest.mark.parametrize(
    ("variable", "hint"),
    [
        ("INITD_DEBUG=1", "`initd --help` lists the options, whose variables begin so"),
        ("INITD_GRACE_PERIOD=30", "did you mean INITD_GRACE?"),
        ("INITD_PORT=8080", "`initd --help` lists the options, whose variables begin so"),
    ],
)
def test_an_unknown_variable_that_may_be_somebody_elses_is_a_warning(
    variable: str, hint: str
) -> None:
    """The image may have it for its own scripts; it sets nothing all the same."""
    name, _, value = variable.partition("=")
    line = read(["app"], {name: value})
    assert line.mistakes == ()
    assert [str(each) for each in line.warnings] == [
        f"initd: {name}: unknown variable, which sets nothing: {hint}"
    ]


def test_no_more_are_told_of_than_a_person_mends_at_once() -> None:
    """Each takes a search for the nearest option."""
    many = {f"INITD_X{number}": "x" for number in range(10_000)}
    assert len(read(["app"], many).warnings) == AT_MOST


def test_what_engines_inject_and_what_is_empty_is_left_alone() -> None:
    """For a service called initd, and in a Compose file that passes on what is not there."""
    injected = {
        "INITD_SERVICE_HOST": "10.0.0.1",
        "INITD_PORT": "tcp://10.0.0.1:80",
        "INITD_PORT_80_TCP_ADDR": "10.0.0.1",
        "INITD_VERSION": "1.2.3",
        "INITD_ORDERS": "5",
        "INITD_RESTAT": "",
    }
    assert read(["app"], injected) == CommandLine({}, ("app",), ())


def test_a_flag_wins_over_the_variable_as_a_whole() -> None:
    """For lists too: what the image says is replaced and not added to."""
    assert _given("--rewrite", "HUP:0", "--user=b", INITD_REWRITE="TERM:QUIT", INITD_USER="a") == {
        "rewrite": [("HUP:0", "--rewrite")],
        "user": [("b", "--user")],
    }


def test_a_list_in_a_variable_is_separated_by_commas_or_blanks() -> None:
    """INITD_REWRITE="HUP:0, TERM:QUIT"."""
    variable = "INITD_REWRITE"
    for text in ("HUP:0,TERM:QUIT", "HUP:0 TERM:QUIT", " HUP:0 ,\tTERM:QUIT,"):
        assert _given(INITD_REWRITE=text) == {
            "rewrite": [("HUP:0", variable), ("TERM:QUIT", variable)]
        }


@pytest.mark.parametrize(("text", "count"), [("0", 0), ("1", 1), ("3", 3), ("yes", 1), ("true", 1)])
def test_a_counted_flag_is_a_number_in_its_variable(text: str, count: int) -> None:
    """INITD_VERBOSE=2 is -vv."""
    assert len(_given(INITD_VERBOSE=text)["verbose"]) == count


@pytest.mark.parametrize("text", ["no", "false", "off"])
def test_a_flag_can_be_denied_in_its_variable(text: str) -> None:
    """INITD_SESSION=false gives the app no session."""
    assert not _given(INITD_SESSION=text).get("session")


@pytest.mark.parametrize("text", ["1000000000000", "9" * 30, "9" * 5000])
def test_a_number_beyond_all_reason_costs_neither_memory_nor_the_start(text: str) -> None:
    """A mistake, or as much as there is: never an exception."""
    line = read(["app"], {"INITD_VERBOSE": text})
    assert line.mistakes or len(line.options["verbose"]) < 1000


def test_an_empty_variable_is_none() -> None:
    """`-e INITD_USER=` in a compose file takes the image's value back."""
    assert _given(INITD_USER="", INITD_REWRITE="", INITD_VERBOSE="") == {}


def test_other_variables_are_not_inits() -> None:
    """Nor are those of --help and --version."""
    assert (
        _given(USER="me", INITD_HELP="1", INITD_VERSION="1", INITD_NOPE="1", initd_user="x") == {}
    )


# ---- mistakes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flag", "nearest"),
    [
        ("--stop-pln", "--stop-plan"),
        ("--rewrit", "--rewrite"),
        ("--usr", "--user"),
        ("--hostnam", "--hostname"),
        ("--env_file", "--env-file"),
    ],
)
def test_an_unknown_flag_is_answered_with_the_nearest(flag: str, nearest: str) -> None:
    """With or without a value."""
    for word in (flag, f"{flag}=x"):
        assert _one_mistake(word, "--", "app") == Mistake(
            flag, f"unknown option: did you mean {nearest}?"
        )


def test_a_flag_that_resembles_none_is_answered_with_where_to_look() -> None:
    """No wild guess."""
    assert _one_mistake("--qqqqqq").what == "unknown option: see initd --help"


def test_a_missing_value_is_named() -> None:
    """At the end of the line."""
    assert str(_one_mistake("--user")) == "initd: --user: needs a value: NAME[:GROUP]"
    assert _one_mistake("-r").where == "-r"


def test_a_flag_that_takes_no_value_says_so() -> None:
    """--verbose=2 is not -vv."""
    assert str(_one_mistake("--verbose=2")) == "initd: --verbose: takes no value, got '2'"


def test_all_mistakes_are_kept() -> None:
    """A person mends them in one go."""
    line = read(["--nope", "-x", "--session=1", "--user"], NOTHING)
    assert [mistake.where for mistake in line.mistakes] == ["--nope", "-x", "--session", "--user"]


@given(
    st.lists(words | any_option.flatmap(lambda each: st.sampled_from(each.flags))),
    st.dictionaries(st.sampled_from([option.variable for option in OPTIONS]), words),
)
def test_any_words_and_variables_are_read(argv: list[str], environ: dict[str, str]) -> None:
    """Nothing raises, and every source is a flag or a variable that was there."""
    line = read(argv, environ)
    for name, raws in line.options.items():
        assert {raw.source for raw in raws} <= set(BY_FLAG) | set(environ), name
    assert argv[len(argv) - len(line.command) :] == list(line.command)


# ---- the table of options -------------------------------------------------------------------


def test_no_flag_means_two_options() -> None:
    """Nor do two options share a name."""
    options = [*OPTIONS, *IMMEDIATE]
    assert len(BY_FLAG) == sum(len(option.flags) for option in options)
    assert len({option.name for option in options}) == len(options)


@pytest.mark.parametrize("option", [*OPTIONS, *IMMEDIATE], ids=lambda option: option.name)
def test_an_option_is_described(option: Option) -> None:
    """A kind, a long flag of its name, a metavar exactly where there is a value, help."""
    assert option.kind in ("value", "flag", "list", "lines")
    assert option.flags[-1] == "--" + option.name.replace("_", "-")
    assert bool(option.metavar) == (option.kind != "flag")
    assert option.help


def test_the_options_of_the_contract_are_there() -> None:
    """Other tests and people's images depend on them."""
    flags = (
        "-r --rewrite --profile --stop-plan --target --user --chdir --umask --env-file --hostname"
        " --domain --socket --role -v --verbose --log-format --version --help"
    )
    assert set(flags.split()) <= set(BY_FLAG)
