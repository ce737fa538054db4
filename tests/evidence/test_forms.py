"""Forms without colons: each value belongs to the label on the line above it."""

import pytest

from outlast.evidence.facts import find_facts, find_leads
from outlast.evidence.forms import form_pairs, is_title
from outlast.evidence.lines import lines_of

FORM = "HANDOVER\nDate\n1 March 2019\nNumber of keys\nFour\nSigned by\nR. Okafor"


def pairs(text: str) -> list[tuple[str, str]]:
    return [(label.words, value.words) for label, value in form_pairs(lines_of(text))]


def test_the_lines_of_a_form_are_labels_and_values_by_turns_below_its_title() -> None:
    expected = [("Date", "1 March 2019"), ("Number of keys", "Four"), ("Signed by", "R. Okafor")]
    assert pairs(FORM) == pairs(FORM.partition("\n")[2]) == expected


@pytest.mark.parametrize("text", ["Notice period\nsix weeks", "Landlord\nMariner Estates Ltd", "Deposit\nEUR 900"])
def test_a_label_and_its_value_alone_are_a_form(text: str) -> None:
    assert pairs(text) == [tuple(text.split("\n"))]


@pytest.mark.parametrize(
    "text",
    [
        "The keeper lights the lamp\nat dusk every evening",
        "Rosa Okafor\n14 Quay Street\n4021 Norrvik\nNorway",
        "Red roses\nGrow by the wall\nWhite roses\nGrow by the sea",
        "Boots\nA coat\nTwo gloves",
        "Date:\n1 March",
        "Date\n1 March,\nPlace\nNorby",
        "Tools\n- two hammers",
        "Ebb tide\n3 m\nEbb tide\n4 m",
        "Batch      A\nB 3",
        "Date\nx = 3",
        "Where?\nIn 14 places",
    ],
)
def test_other_short_lines_are_no_form(text: str) -> None:
    assert pairs(text) == []


def test_the_label_leads_its_value_and_no_other_line() -> None:
    led = {FORM[lead.start : lead.end].strip(): lead.spans[0].text for lead in find_leads(FORM, [])}
    assert led == {"1 March 2019": "Date", "Four": "Number of keys", "R. Okafor": "Signed by"}
    assert [FORM[fact.start : fact.end] for fact in find_facts(FORM)] == ["1 March 2019", "Four", "R. Okafor"]


@pytest.mark.parametrize("line", ["Port = 3", "See [1]", "def f(x", "... and on", "It ends.", "x" * 81, "42"])
def test_no_titles(line: str) -> None:
    assert not is_title(line)
