import random
import re

import pytest

from outlast.evidence.sources import Quote, Span
from outlast.evidence.wording import same_wording, shown_text, split_cells

HEADERS = ("Harbour | Summer | Summer | Winter | Winter", "Harbour | day | night | day | night")


@pytest.mark.parametrize(
    ("leads", "text", "shown"),
    [
        ((), "The lamp\nis  lit.", "The lamp is lit."),
        ((), "Sund | 14 | 9", "Sund | 14 | 9"),
        (
            HEADERS,
            "Sund | 14 | 9 | 10 | 6",
            "Harbour: Sund; Summer day: 14; Summer night: 9; Winter day: 10; Winter night: 6",
        ),
        (HEADERS[:1], "Sund | | 9 | | 6", "Harbour: Sund; Summer: 9; Winter: 6"),
        ((" | Year",), "Norby | 2020", "Norby; Year: 2020"),
        (("Harbour | Year | Boats",), " | 2020 | ", "Year: 2020"),
        (("Harbour | Year",), "| 2020", "Year: 2020"),
        (("| Harbour | Year",), "| Norby | 2020", "Harbour: Norby; Year: 2020"),
        (("| Harbour | Night |",), "| Sund    |     6 |", "Harbour: Sund; Night: 6"),
        (("Line      First    Last",), "Hospital  06:32    23:02", "Line: Hospital; First: 06:32; Last: 23:02"),
        (("| A | B |\n| a | b |",), "| 1 | 2 |\n| one | |", "A a: 1 one; B b: 2"),
        ((r"| Sign | Meaning |",), r"| \| | or |", r"Sign: \|; Meaning: or"),
        (("Harbour | Night",), "Sund | 6 | closed", "Harbour | Night: Sund | 6 | closed"),
        (("The fee includes:",), "- water", "The fee includes: water"),
        (("The fee\nincludes:",), "2. water", "The fee includes: 2. water"),
        (("Invoice 1043",), "Amount due: 64.20 EUR", "Invoice 1043: Amount due: 64.20 EUR"),
        (("How high is it?",), "1800 EUR", "How high is it? 1800 EUR"),
        (("Rates:", "Harbour | Night"), "Sund | 6", "Rates: Harbour: Sund; Night: 6"),
    ],
)
def test_the_spans_of_a_quote_are_shown_as_one_line(leads: tuple[str, ...], text: str, shown: str) -> None:
    assert shown_text(leads, text) == shown


def test_every_word_that_is_shown_is_in_the_spans() -> None:
    chooser = random.Random(7)
    parts = ["Sund", "6", " | ", "|", ":", "\n", "  ", "- ", "Winter night", ".", "?", "\t", r"\|", "1. "]
    for _ in range(3_000):
        texts = ["".join(chooser.choices(parts, k=chooser.randint(1, 9))) for _ in range(chooser.randint(1, 4))]
        shown = shown_text(texts[:-1], texts[-1])
        assert set(re.findall(r"\w+", shown)) <= set(re.findall(r"\w+", " ".join(texts)))
        assert set(re.findall(r"\w+", texts[-1])) <= set(re.findall(r"\w+", shown))


def test_a_text_without_bars_and_gaps_is_one_cell() -> None:
    assert split_cells("Winter night") == ["Winter night"]
    assert split_cells("a\nb  c") == ["a\nb  c"]


def test_a_quote_shows_its_spans_and_one_without_a_lead_is_written_as_before() -> None:
    header = Span(start=0, end=15, text="Harbour | Night")
    quote = Quote(snapshot="a" * 64, start=20, end=28, text="Sund | 6", lead=(header,))
    assert quote.shown == "Harbour: Sund; Night: 6"
    assert [span.text for span in quote.spans] == ["Harbour | Night", "Sund | 6"]
    assert Quote.model_validate_json(quote.model_dump_json()) == quote
    assert "lead" not in quote.model_copy(update={"lead": ()}).model_dump()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The lamp is lit.", "the  Lamp\nis lit"),
        ('He said "no".', "He said “no”."),
        ("the keeper's lamp", "the keeper’s lamp"),
        ("1871–1903", "1871-1903"),
    ],
)
def test_what_says_the_same_in_the_same_words(one: str, other: str) -> None:
    assert same_wording(one) == same_wording(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("x < 5", "x > 5"), ("10²", "102"), ("-5 degrees", "5 degrees"), ("1.5", "15"), ("resign", "re-sign")],
)
def test_what_does_not(one: str, other: str) -> None:
    assert same_wording(one) != same_wording(other)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "The rent includes:\n\n- water\n- the stairs\n\nIt is due.",
            "The rent includes: water; the stairs; It is due.",
        ),
        ("Bring:\n1. boots\n2. a coat", "Bring: 1. boots 2. a coat"),
        ("- Boots are needed.\n- So is a coat.", "- Boots are needed. - So is a coat."),
        ("> from 3 June it leaves at\n> 7:40 instead", "from 3 June it leaves at 7:40 instead"),
        (">> Who asks?\n> I do.", "Who asks? I do."),
        (">>> 1 + 1\n2", ">>> 1 + 1 2"),
        ("The patch:\n\n- old = 1\n+ new = 2", "The patch: - old = 1 + new = 2"),
        ("x > 5\ny", "x > 5 y"),
        ("Due date | 2024-03-05", "Due date: 2024-03-05"),
        ("Solvent      methanol, 500 mL", "Solvent: methanol, 500 mL"),
        ("2024 | 5", "2024 | 5"),
        ("The lamp  is lit", "The lamp is lit"),
        ("a | b | c", "a | b | c"),
    ],
)
def test_the_marks_of_lines_are_not_shown(text: str, shown: str) -> None:
    assert shown_text([], text) == shown
