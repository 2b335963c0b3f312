"""The words of a role's command: what a shell would make of them, or a refusal."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from initd.core.shell_words import split_quoted, split_words

#: UNSET is in no environment.
NOTHING: dict[str, str] = {}
ENVIRON = {
    "HOME": "/home",
    "WORD": "word",
    "TWO": "two words",
    "BLANKS": " a  b ",
    "EMPTY": "",
    "STAR": "*'\"\\$WORD",
}


def _words_of_sh(text: str, environ: Mapping[str, str], directory: Path) -> list[str]:
    """What /bin/sh, with globs off, passes to a command."""
    script = 'show() { printf "%s\\0" "$@"; }\nshow end ' + text
    ran = subprocess.run(
        ["/bin/sh", "-fc", script, "sh"],
        env={"PATH": "/nowhere", **environ},
        cwd=directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    assert ran.stderr == b""
    return ran.stdout.decode().split("\0")[1:-1]


# ---- the subset that is supported -----------------------------------------------------------

plain = st.text("abcXYZ019_./:=,+@%^-é", min_size=1, max_size=6)
quotable = st.text("ab $#'*;|&<>()`\\~\n\t", max_size=6)
single_quoted = quotable.map(lambda text: "'" + text.replace("'", "") + "'")
escaped = st.sampled_from(list("\\\"'$ #*;|&<>()`~a?[")).map(lambda char: "\\" + char)
expansion = st.builds(
    lambda name, form: form.replace("N", name),
    st.sampled_from([*ENVIRON, "UNSET"]),
    st.sampled_from(["${N}", "${N:-a default}", "${N-default}", "${N:-}", "${N-}"]),
)
in_double_quotes = st.lists(
    expansion
    | st.sampled_from([r"\$", r"\"", r"\\", r"\`", r"\a", "\\\n"])
    | plain
    | st.text("a '#*;|&<>()~\n", max_size=4),
    max_size=4,
).map(lambda parts: '"' + "".join(parts) + '"')
blanks = st.sampled_from([" ", "  ", "\t", " \\\n "])
supported = st.lists(
    plain | single_quoted | escaped | expansion | in_double_quotes | blanks, max_size=8
).map("".join)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(supported)
@example("unicorn -c '/etc/my app/unicorn.rb' -E \"${WORD:-production}\" -p $UNSET$WORD")
@example('${EMPTY:-a default}${EMPTY-b} "${EMPTY:-a default}" ${UNSET:-c}${UNSET-d}')
@example("$BLANKS$BLANKS\"$BLANKS\"''$EMPTY")
def test_the_supported_part_of_the_language_is_never_refused_and_means_what_sh_means(
    tmp_path: Path, text: str
) -> None:
    """Quotes, escapes, joined lines, variables, their defaults, and field splitting."""
    assert split_words(text, ENVIRON.get) == _words_of_sh(text, ENVIRON, tmp_path)


def _assert_as_sh_or_refused(text: str, directory: Path) -> None:
    try:
        words = split_words(text, ENVIRON.get)
    except ValueError:
        return
    assert words == _words_of_sh(text, ENVIRON, directory)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(st.text("ab =-:\\'\"${}#~*!01@WORDEMPTY", max_size=12))
def test_any_text_means_what_sh_means_or_is_refused(tmp_path: Path, text: str) -> None:
    """A role must not quietly run with other words than a person would expect."""
    _assert_as_sh_or_refused(text, tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        *("$EMPTY#a", "$TWO#a", "$EMPTY*", "\\ #a", "a\\\n#b", "\\\n#a", "a=~/b", "~/a", "~"),
        *("$1", "$$", "$#", "$@", "$'a'", "a{b,c}", "!", "{ a }"),
        *("${UNSET:-$WORD}", '${UNSET:-"a b"}', "${UNSET:-'a b'}", "${UNSET:-a\\b}"),
        *("${UNSET:-~}", "${UNSET:-`a`}", '"${UNSET:-"a"}"', "\"${UNSET:-'a'}\"", "${WORD:-}}"),
    ],
)
def test_where_a_shell_is_full_of_surprises_they_are_its_own_or_refused(
    tmp_path: Path, text: str
) -> None:
    """Comments after an empty variable, tildes, parameters, quotes within defaults."""
    _assert_as_sh_or_refused(text, tmp_path)


@given(st.lists(st.text(st.characters(exclude_characters="'", exclude_categories=["Cs"]))))
def test_quoted_words_come_back_as_they_are(words: list[str]) -> None:
    """Whatever is in them."""
    assert split_words(" ".join(f"'{word}'" for word in words), NOTHING.get) == words


@given(st.text())
def test_any_text_is_words_or_a_value_error(text: str) -> None:
    """Nothing else comes out."""
    try:
        words = split_words(text, ENVIRON.get)
    except ValueError:
        return
    assert all(isinstance(word, str) for word in words)


# ---- by example -----------------------------------------------------------------------------


def test_a_newline_ends_a_word_and_not_the_command() -> None:
    """The one difference from a shell: a role is one command, however it is laid out."""
    assert split_words("a\nb", NOTHING.get) == ["a", "b"]


def test_a_comment_begins_with_a_word_and_not_within_one() -> None:
    """`a#b` is a word."""
    assert split_words("a#b '#c' d #e f", NOTHING.get) == ["a#b", "#c", "d"]


def test_an_unset_variable_is_nothing_and_a_quoted_one_an_empty_word() -> None:
    """POSIX field splitting."""
    assert split_words('a $UNSET "$UNSET" b', NOTHING.get) == ["a", "", "b"]


def test_a_variable_with_blanks_becomes_words_unless_quoted() -> None:
    """So a role may say $OPTIONS."""
    assert split_words('$TWO "$TWO"', ENVIRON.get) == ["two", "words", "two words"]


def test_what_a_variable_holds_is_not_read_again() -> None:
    """Quotes, backslashes and dollars in values are plain characters."""
    assert split_words("$STAR", ENVIRON.get) == ["*'\"\\$WORD"]


def test_a_star_within_a_word_is_itself() -> None:
    """`rake resque:work QUEUE=*` says what it means."""
    assert split_words("rake resque:work QUEUE=*", NOTHING.get) == [
        "rake",
        "resque:work",
        "QUEUE=*",
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a | b", r"'\|' needs a shell: quote it, or write sh -c"),
        ("a && b", "'&' needs a shell"),
        ("a; b", "';' needs a shell"),
        ("a > /dev/null", "'>' needs a shell"),
        ("a 2>&1", "'>' needs a shell"),
        ("a < b", "'<' needs a shell"),
        ("(a)", r"'\(' needs a shell"),
        ("a `b`", "'`' needs a shell"),
        ('a "`b`"', "'`' needs a shell"),
        ("a $(b)", r"'\$\(' needs a shell"),
        ('a "$(b)"', r"'\$\(' needs a shell"),
        ("a *.rb", r"'\*' needs a shell"),
        ("a ?.rb", r"'\?' needs a shell"),
        ("a [ab].rb", r"'\[' needs a shell"),
        ("${NAME", r"an opening \$\{ has no closing \}"),
        ("${}", r"can't expand '\$\{\}' without a shell"),
        ("${#NAME}", r"can't expand '\$\{#NAME\}' without a shell"),
        ("${NAME:=x}", "can't expand .* without a shell"),
        ("${NAME%x}", "can't expand .* without a shell"),
        ("${NAME:-${OTHER}}", "."),
        ("${9}", "can't expand .* without a shell"),
        ("'a", "an opening ' has no closing '"),
        ('"a', 'an opening " has no closing "'),
        ('"a\\', 'an opening " has no closing "'),
    ],
)
def test_what_only_a_shell_can_do_is_refused_by_name(text: str, sentence: str) -> None:
    """With the way out in the sentence."""
    with pytest.raises(ValueError, match=sentence):
        split_words(text, NOTHING.get)


# ---- without a shell in mind ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("http://h/?a=b&c=$d;e(f)", ["http://h/?a=b&c=$d;e(f)"]),
        ("# is *.no ~ comment | here", ["#", "is", "*.no", "~", "comment", "|", "here"]),
        ("'a b' \"c 'd' $e `f`\" g\\ h", ["a b", "c 'd' $e `f`", "g h"]),
        ("${X} '' $", ["${X}", "", "$"]),
    ],
)
def test_with_quotes_alone_all_else_is_itself(text: str, words: list[str]) -> None:
    """What a check's line is split by: URLs and patterns stand as they are."""
    assert split_quoted(text) == words


@pytest.mark.parametrize("text", ["'a", '"a', '"a\\"'])
def test_a_quote_must_be_closed_without_a_shell_too(text: str) -> None:
    """It is a mistake, not the rest of the line."""
    with pytest.raises(ValueError, match=r"an opening . has no closing "):
        split_quoted(text)


@given(st.text("ab $#'\"\\*&?~`\n", max_size=12))
def test_quotes_mean_what_they_mean_to_shlex(text: str) -> None:
    """Where both read it, but for what is escaped within double quotes: there we go by POSIX."""
    try:
        ours = split_quoted(text.replace("\\", ""))
    except ValueError:
        ours = None
    try:
        theirs = shlex.split(text.replace("\\", ""))
    except ValueError:
        theirs = None
    assert ours == theirs
