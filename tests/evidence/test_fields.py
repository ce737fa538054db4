"""Named values: lines with a key, records of several, and settings of programs."""

import pytest

from outlast.evidence.facts import find_facts
from outlast.evidence.fields import is_record, key_and_value


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Deposit: 1800 EUR", ("Deposit", "1800 EUR")),
        ("**Landlord:** Mariner Estates", ("Landlord", "Mariner Estates")),
        ("Notice period = six weeks", ("Notice period", "six weeks")),
        ("借主：佐藤花子", ("借主", "佐藤花子")),
        ("Deposit:", None),
        ("x=3", None),
        ("Name: Ada; Born: 1815", None),
        ("print(a): b", ("print(a)", "b")),
        ("ValueError: Deposit", None),
    ],
)
def test_the_key_and_the_value_of_a_line(line: str, expected: tuple[str, str] | None) -> None:
    assert key_and_value(line) == expected


@pytest.mark.parametrize(
    "line", ["Name: Ada; Born: 1815", "Norby; harbour master: Eva Lund; depth (m): 6.5", "a: 1; b: ; c: 3;"]
)
def test_records(line: str) -> None:
    assert is_record(line)


@pytest.mark.parametrize(
    "line",
    ["Deposit: 1800 EUR", "It rained; the boats stayed: nobody went out; all slept", "Bring: boots; a coat", "a; b: 2"],
)
def test_no_records(line: str) -> None:
    assert not is_record(line)


def facts(text: str) -> list[str]:
    return [text[fact.start : fact.end] for fact in find_facts(text)]


def test_a_key_may_have_an_equals_sign_and_a_full_width_colon() -> None:
    assert facts("Deposit: EUR 4,350\nNotice period = six weeks") == ["Deposit: EUR 4,350", "Notice period = six weeks"]
    assert facts("貸主：海辺不動産\n借主：佐藤花子") == ["貸主：海辺不動産", "借主：佐藤花子"]


def test_a_record_without_a_name_for_its_first_value_is_a_fact() -> None:
    text = "Grey Point; harbour master: Moira Kane; depth (m): 9.2"
    assert facts(text) == [text]


def test_settings_are_facts_and_other_statements_are_not() -> None:
    text = '[server]\nport = 8642\nhost = "0.0.0.0"  # all\nlimit = compute(3)\nx = 1'
    assert facts(text) == ["port = 8642", 'host = "0.0.0.0"  # all']
