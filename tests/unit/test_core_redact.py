"""What is shown of command lines: no passwords, no tokens, nothing that somebody has named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.redact import HIDDEN, redacted, without_secrets_of_urls


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["app", "--password=hunter2"], "app --password=***"),
        (["app", "--db-password", "hunter2", "-v"], "app --db-password *** -v"),
        (["app", "--db_passwd:hunter2"], "app --db_passwd:***"),
        (["env", "API_TOKEN=hunter2", "app"], "env API_TOKEN=*** app"),
        (["java", "-Djavax.net.ssl.keyStorePassword=hunter2"], None),
        (["curl", "-H", "Authorization: Bearer hunter2"], "curl -H Authorization: ***"),
        (["curl", "-H", "Cookie: a=hunter2; b=hunter2"], "curl -H Cookie: ***"),
        (["app", "--db-password=x hunter2", "-v"], "app --db-password=*** -v"),
        (["app", "--token", "x hunter2", "-v"], "app --token *** -v"),
        (["sh", "-c", 'PASSWORD="x hunter2" app -v'], "sh -c PASSWORD=*** app -v"),
        (["sh", "-c", "API_KEY='x hunter2' app -v"], "sh -c API_KEY=*** app -v"),
        (["sh", "-c", "PASSWORD=x\\ hunter2 app -v"], "sh -c PASSWORD=*** app -v"),
        (["sh", "-c", 'curl -H "Cookie: a=x; b=hunter2" h'], 'sh -c curl -H "Cookie: *** h'),
        (["app", '{"a":1,"password":"hunter2"}'], 'app {"a":1,"password":***'),
        (["app", '--config={"password":"hunter2"}'], 'app --config={"password":***'),
        (["app", "Server=h;Password=hunter2"], "app Server=h;Password=***"),
        (["app", "--set=a=1,b=2"], "app --set=a=1,b=2"),
        (["curl", "-H", "X-Api-Key:hunter2"], "curl -H X-Api-Key:***"),
        (["app", "postgres://me:hunter2@db/x"], "app postgres://me:***@db/x"),
        (["app", "--dsn=postgres://me:hunter2@db/x"], "app --dsn=postgres://me:***@db/x"),
        (
            ["app", "https://h/p?a=1&access_token=hunter2&b=2"],
            "app https://h/p?a=1&access_token=***&b=2",
        ),
        (["sh", "-c", "exec app --password=hunter2 -v"], "sh -c exec app --password=*** -v"),
        (["sh", "-c", "exec app --secret hunter2 -v"], "sh -c exec app --secret *** -v"),
        (["app", "--password", "--verbose"], "app --password --verbose"),
        (["app", "--password"], "app --password"),
        (["app", "--port=80", "https://me@h/", "a=b"], "app --port=80 https://me@h/ a=b"),
        (["app", "redis://:hunter2@h:1"], "app redis://:***@h:1"),
        (["app", ""], "app "),
    ],
)
def test_a_value_with_a_secret_name_is_not_shown(words: list[str], shown: str | None) -> None:
    """Nor a URL's password; all else is."""
    found = " ".join(redacted(words))
    assert "hunter2" not in found
    if shown is not None:
        assert found == shown


@pytest.mark.parametrize(
    ("pattern", "word", "shown"),
    [
        ("--license=*", "--license=hunter2", "--license=***"),
        ("sk-*", "sk-hunter2", "sk-***"),
        ("*hunter2*", "a-hunter2-b", "***hunter2***"),
        ("hunter2", "hunter2", "***"),
        ("-p*", "-phunter2", "-p***"),
        ("a*b*c", "a-hunter2-b-c", "a***b***c"),
        ("--license=*", "--licence=x", "--licence=x"),
        ("ab*ba", "aba", "aba"),
    ],
)
def test_of_a_word_that_fits_a_pattern_the_stars_are_hidden(
    pattern: str, word: str, shown: str
) -> None:
    """A pattern fits a whole word, also one within a script."""
    assert redacted(["app", word], [pattern]) == ("app", shown)
    assert redacted(["sh", "-c", f"app  {word}"], [pattern])[2] == f"app  {shown}"


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("invalid 'udp://me:hunter2@h': use HOST", "invalid 'udp://me:***@h': use HOST"),
        ("no port in 'me:hunter2@h': use HOST", "no port in 'me:***@h': use HOST"),
        ("write a:: me:hunter2@h:", "write a:: me:***@h:"),
        ("'etcd://a:hunter2@h,etcd://b:hunter2@i/x'", "'etcd://a:***@h,etcd://b:***@i/x'"),
        ("'etcd://a:hunter2@h,b:hunter2@i/x'", "'etcd://a:***@i/x'"),
        ("'https://me:hun/ter2#hunter2@h/': use", "'https://me:***@h/': use"),
        ("'https://h/?token=hunter2': use HOST", "'https://h/?token=***': use HOST"),
        ("'dir:/run/a@b': no such file", "'dir:/run/a@b': no such file"),
        ("'http://h:80/a@b?x=c:d@e': use", "'http://h:80/a@b?x=c:d@e': use"),
        ("use key=value, or me@host:80", "use key=value, or me@host:80"),
    ],
)
def test_a_sentence_shows_no_password_of_what_it_quotes(sentence: str, shown: str) -> None:
    """All else of it stays, the quotes too."""
    assert without_secrets_of_urls(sentence) == shown


@given(st.lists(st.text(max_size=30), max_size=5), st.lists(st.text(max_size=5), max_size=3))
def test_any_words_can_be_shown(words: list[str], patterns: list[str]) -> None:
    """As many as there were; what has no secret in it comes through as it is."""
    assert len(redacted(words, patterns)) == len(words)


@given(st.text("abc-= /:@?&", max_size=30))
def test_a_password_is_never_shown_whatever_is_around_it(around: str) -> None:
    """Within a word, and as a word."""
    shown = " ".join(redacted([around, "--password=hunter2", f"{around} --token=hunter2"]))
    assert "hunter2" not in shown
    assert HIDDEN in shown
