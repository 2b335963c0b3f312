"""A verb's words: sorted, refused, or answered with what the verb takes."""

from __future__ import annotations

import pytest

from initd.cli.help import verb_help
from initd.cli.verb_table import BY_NAME, VERBS, Verb
from initd.cli.verbs import VerbFailed, parse, run_verb


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
@pytest.mark.parametrize("word", ["-h", "--help"])
def test_every_verb_says_what_it_takes(
    verb: Verb, word: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked for it, it does nothing else."""
    monkeypatch.setattr("initd.cli.verbs._signal.pthread_sigmask", lambda how, mask: set())
    monkeypatch.setattr("initd.cli.verbs._signal.signal", lambda number, handler: None)
    assert run_verb(verb, [word]) == 0
    said = capsys.readouterr()
    assert said.out == verb_help(verb)
    assert said.err == ""
    assert said.out.startswith(f"Usage: {verb.synopsis}\n")
    assert all(flag.name in said.out and flag.help in said.out for flag in verb.flags)


@pytest.mark.parametrize(
    ("verb", "words", "message"),
    [
        ("status", ["--jsn"], "unknown option '--jsn': see initd --help"),
        ("status", ["--json", "--json"], "--json is given twice"),
        ("status", ["--json=1"], "--json takes no value, got '1'"),
        ("status", ["--socket"], "--socket needs a value: PATH"),
        ("stop", ["now"], "unexpected argument 'now': see initd --help"),
        ("signal", [], "expected one signal, such as HUP"),
        ("signal", ["HUP", "INT"], "expected one signal, such as HUP"),
    ],
)
def test_words_that_a_verb_does_not_take_are_refused(
    verb: str, words: list[str], message: str
) -> None:
    """With 125, as all mistakes."""
    with pytest.raises(VerbFailed) as refused:
        parse(BY_NAME[verb], words)
    assert str(refused.value) == message
    assert refused.value.code == 125
