"""The benchmarks' page: what stands in it, and that it reads as plain text too."""

from __future__ import annotations

import re
from pathlib import Path

from markdown import aligned, number, ranged
from peers import PEERS
from report import SECTIONS, page, section, stem
from results import Results
from rounds import interleaved, takes_part
from run import Size
from summary import Spread

REPOSITORY = Path(__file__).parents[2]
NOTHING = Results([], [], [], [], [], [], {}, [], 0.0, 0.0)


def test_a_table_is_aligned() -> None:
    assert aligned([["init", "ms"], ["a", "1,000.00"]]).splitlines() == [
        "| init |       ms |",
        "| ---- | -------: |",
        "| a    | 1,000.00 |",
    ]


def test_what_is_not_there_is_a_dash() -> None:
    assert number(None) == "-"
    assert ranged(None) == "-"
    assert ranged(Spread(2, 1.25, 3, 4, 9), 1) == "1.2 to 3.0"


def test_a_section_without_figures_says_so() -> None:
    assert section("Stop", "", {}) == "## Stop\n\nNot measured."


def test_a_plot_stands_before_its_table() -> None:
    text = section("Stop", "| table |", {"stop": Path("plots/stop.png")})
    assert text == "## Stop\n\n![Stop](plots/stop.png)\n\n| table |"


def test_the_page_has_all_sections_in_words_alone_where_nothing_was_measured() -> None:
    text = page({"Date": "today"}, NOTHING, Size().in_words(), [])
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert [heading for heading, _ in SECTIONS] == headings[1:-2]
    assert (headings[0], headings[-2:]) == ("Goals", ["Machine", "How it was measured"])
    assert "{" not in text, "something was not filled in"
    assert max(map(len, re.findall(r"^(?!\|).*$", text, re.MULTILINE))) <= 100


def test_the_page_that_is_kept_has_its_plots() -> None:
    text = (REPOSITORY / "docs" / "benchmarks.md").read_text()
    for heading, path in re.findall(r"^!\[(.+)\]\((.+)\)$", text, re.MULTILINE):
        assert (REPOSITORY / "docs" / path).exists(), path
        assert Path(path).stem == stem(heading)


def test_everybody_takes_part_once_a_round_in_an_order_that_changes() -> None:
    turns = list(interleaved(["a", "b", "c", "d"], 20))
    rounds = [[name for number, name in turns if number == each] for each in range(20)]
    assert all(sorted(each) == ["a", "b", "c", "d"] for each in rounds)
    assert len(set(map(tuple, rounds))) > 1


def test_each_peer_is_set_up_to_run_what_it_is_given(tmp_path: Path) -> None:
    """Whatever it is told by, its words or a file: the app's command line is in it."""
    for peer in PEERS:
        scratch = tmp_path / peer.name
        scratch.mkdir()
        words = peer.wrap(f"/bin/{peer.program}")(["/x/app", "/x/fifo"], scratch)
        told = " ".join(words) + "".join(
            path.read_text() for path in scratch.rglob("*") if path.is_file()
        )
        assert words[0] == f"/bin/{peer.program}"
        assert "/x/app /x/fifo" in told


def test_who_starts_slowly_takes_part_in_fewer_rounds_but_in_the_first() -> None:
    from contenders import Contender, no_init

    quick, slow = (Contender("x", "", no_init, slow=each) for each in (False, True))
    assert all(takes_part(quick, number) for number in range(10))
    assert [number for number in range(11) if takes_part(slow, number)] == [0, 1, 5, 10]
