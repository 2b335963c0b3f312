"""HTML: text from outside stays text."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from initd.monitor.http.markup import Markup, escape, join, tag
from initd.monitor.http.printable import printable

texts = st.text(st.characters()) | st.text("<>&\"'`/=! scriptx\n\x1b\u202e")


class Reader(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(texts, texts)
def test_no_text_can_leave_its_element_or_attribute(text: str, value: str) -> None:
    """It is read back as it was, in one element."""
    read = Reader(tag("p", text, title=value))
    assert read.tags == [("p", {"title": printable(value)})]
    assert read.text == printable(text)


@given(texts)
def test_printable_text_is_one_line_that_changes_no_terminal(text: str) -> None:
    """And text that was harmless is as it was."""
    shown = printable(text)
    assert shown.isprintable()
    assert printable(shown) == shown


def test_what_can_not_be_printed_is_shown_as_an_escape() -> None:
    """So that a reader sees that there is something."""
    assert printable("a\nb\x1b[31m\u202e\udcff é") == "a\\nb\\x1b[31m\\u202e\\udcff é"


def test_markup_is_not_escaped_twice() -> None:
    """Elements nest."""
    inner = tag("b", "a < b")
    assert tag("p", inner, " & ", 3) == "<p><b>a &lt; b</b> &amp; 3</p>"
    assert escape(inner) is inner
    assert join(["<", inner]) == "&lt;<b>a &lt; b</b>"
    assert isinstance(join([]), Markup)


def test_attributes_are_named_as_html_names_them() -> None:
    """`class` and hyphens are no words of Python; None leaves one out."""
    meta = tag("meta", http_equiv="refresh", content=5, class_=None)
    assert meta == '<meta http-equiv="refresh" content="5">'
    assert tag("td", class_="number") == '<td class="number"></td>'
