import pytest

from outlast.evidence.facts import find_facts, find_leads, leads_of
from outlast.evidence.lists import end_of_what_follows
from outlast.evidence.sources import Table


def facts(text: str) -> list[str]:
    return [text[fact.start : fact.end] for fact in find_facts(text)]


def led(text: str, part: str, tables: tuple[Table, ...] = ()) -> tuple[list[str], list[str]]:
    """Return the leads that a part of a text needs, and those that are perhaps its title."""
    at = text.index(part)
    needed, titles = leads_of((at, at + len(part)), find_leads(text, tables))
    return [span.text for lead in needed for span in lead.spans], [span.text for lead in titles for span in lead.spans]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Deposit: 1800 EUR\nNotice: six weeks", ["Deposit: 1800 EUR", "Notice: six weeks"]),
        ("- Deposit: 1800 EUR\n- Landlord: Harbour of Norby", ["Deposit: 1800 EUR", "Landlord: Harbour of Norby"]),
        ("**Deposit:** 1800 EUR", ["**Deposit:** 1800 EUR"]),
        ("Name: Ada; Born: 1815; Town: London", ["Name: Ada; Born: 1815; Town: London"]),
        ("Name of the vessel:\nGrey Heron", ["Name of the vessel:\nGrey Heron"]),
        (
            "From: Ada <ada@example.org>\nTo: Ben <ben@example.org>",
            ["From: Ada <ada@example.org>", "To: Ben <ben@example.org>"],
        ),
        ("1. 500 g flour\n2. 350 ml water", ["1. 500 g flour", "2. 350 ml water"]),
        ("| Sund | 6 |\n|------|---|\n| Vik | 7 |", ["| Sund | 6 |", "| Vik | 7 |"]),
        ("Mon 08:15 Norby\nTue 09:15 Sund", ["Mon 08:15 Norby", "Tue 09:15 Sund"]),
        ("Bredde: 4,5 m", ["Bredde: 4,5 m"]),
    ],
)
def test_short_facts(text: str, expected: list[str]) -> None:
    assert facts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Deposit:",
        "Deposit",
        "See https://example.org/a",
        'Traceback (most recent call last):\n  File "a.py", line 3, in f\nValueError: Deposit',
        ">>> deposit = 1800\n>>> print(deposit)",
        "for row in rows:\n    total: int = 0",
        "boats went out in 1903\nand came back again",
        "| |\n| 6 | |",
    ],
)
def test_no_facts(text: str) -> None:
    assert facts(text) == []


def test_a_row_of_names_over_rows_of_numbers_is_no_fact() -> None:
    assert facts("Land | Full day Half day\nAustria | 41 | 27\nJapan | 52 | 35") == [
        "Austria | 41 | 27",
        "Japan | 52 | 35",
    ]
    assert len(facts("Customer | Club\nDate | 3 May\nDue | 4 June")) == 3


def test_a_row_needs_the_rows_that_name_its_columns() -> None:
    text = "Rates\n\nHarbour | Summer | Winter\nHarbour | night | night\nNorby | 8 | 5\nSund | 9 | 6\n\nEnd."
    names, more = text.index("Harbour"), text.index("Harbour | night")
    table = Table(start=names, end=text.index("\n\nEnd"), headers=((names, more - 1), (more, text.index("\nNorby"))))
    assert led(text, "Sund | 9 | 6", (table,))[0] == ["Harbour | Summer | Winter", "Harbour | night | night"]
    assert led(text, "End.", (table,))[0] == []


@pytest.mark.parametrize(
    ("text", "row", "header"),
    [
        ("| Harbour | Night |\n|:--|--:|\n| Sund | 6 |", "| Sund | 6 |", "| Harbour | Night |"),
        ("Harbour | Night\n--------+------\nSund | 6\n(1 row)", "Sund | 6", "Harbour | Night"),
        ("+---+---+\n| A | B |\n+===+===+\n| 1 | 2 |\n+---+---+", "| 1 | 2 |", "| A | B |"),
        ("+---+---+\n| A | B |\n+---+---+\n| 1 | 2 |\n+---+---+", "| 1 | 2 |", "| A | B |"),
        ("=====  =====\nA      B\n=====  =====\n1      2\n=====  =====", "1      2", "A      B"),
    ],
)
def test_the_header_of_a_table_in_plain_text_is_told_by_its_rule(text: str, row: str, header: str) -> None:
    assert led(f"Before.\n\n{text}\n\nAfter.", row)[0] == [header]
    assert led(f"Before.\n\n{text}\n\nAfter | here.", "After | here.")[0] == []


@pytest.mark.parametrize(
    ("table", "row", "header"),
    [
        (
            "Country | Day | Hotel\nAustria | 41 | 110\nDenmark | 75 | 183",
            "Denmark | 75 | 183",
            ["Country | Day | Hotel"],
        ),
        ("Item | Quantity | Amount\nCable | 2 | 371.00", "Cable | 2 | 371.00", ["Item | Quantity | Amount"]),
        ("Years | Days\n0 to 4 | 25\n5 to 9 | 27", "5 to 9 | 27", ["Years | Days"]),
        ("Customer | Club\nDate | 3 May\nDue | 4 June", "Due | 4 June", []),
        ("Country | Day 1 | Hotel\nAustria | 41 | 110", "Austria | 41 | 110", []),
        ("Country | Day | Hotel\nAustria | 41 | 110\nOther 40 | 100", "Austria | 41 | 110", []),
        ("Country | Day | Hotel\nAustria | high | low", "Austria | high | low", []),
    ],
)
def test_the_header_of_rows_without_a_rule_has_names_over_numbers(table: str, row: str, header: list[str]) -> None:
    assert led(f"Before.\n\n{table}\n\nAfter.", row)[0] == header


def test_an_item_needs_the_sentence_that_introduces_its_list() -> None:
    text = "Read this. The fee\nincludes:\n\n- water\n- two\n  lines\n\n- power\n\nAnd so on."
    for item in ("water", "two", "power"):
        assert led(text, item)[0] == ["The fee\nincludes:"]
    assert led(text, "And so on.")[0] == []


def test_lists_inside_lists_need_both_sentences() -> None:
    text = "The tenant must not:\n- keep on board:\n  - dogs\n  - goats\n- light fires"
    assert led(text, "goats")[0] == ["The tenant must not:", "keep on board:"]
    assert led(text, "light fires")[0] == ["The tenant must not:"]


@pytest.mark.parametrize(
    "after",
    [
        "8. Termination. You may not copy it.",
        "2. Waiver. Affirmer waives all of it.",
        "Other terms are void.",
        "  Other terms are void.",
        "## Termination",
    ],
)
def test_a_list_ends_before_what_is_no_item_of_it(after: str) -> None:
    text = f"You may add the following:\n\n    a) a warranty\n\n    b) a notice\n\n    c) a name\n\n{after}"
    assert led(text, "a name")[0] == ["You may add the following:"]
    assert led(text, after.strip("# ").removeprefix("8. ").removeprefix("2. "))[0] == []


def test_a_list_in_roman_numerals_ends_before_the_next_number() -> None:
    text = "1. Rights include the following:\n\ni. to copy\nii. to sell\n\nv. to lend\n\n2. Waiver. All is waived."
    assert led(text, "to lend")[0] == led(text, "to copy")[0] != []
    assert led(text, "All is waived.")[0] == []


def test_a_list_inside_a_list_without_indentation_belongs_to_it() -> None:
    text = "Bring the following:\n1. boots\na) of leather\nb) with laces\n2. a coat\n"
    for item in ("boots", "of leather", "with laces", "a coat"):
        assert led(text, item)[0] == ["Bring the following:"]


def test_a_heading_ends_a_list() -> None:
    text = "Bring the following:\n\n- boots\n\nCome early\n\n- at six"
    at = text.index("Come early")
    leads = find_leads(text, [], [(at, at + 10)])
    assert [lead.end for lead in leads if not lead.is_optional] == [text.index("boots") + 5]


def test_a_short_line_above_may_be_a_title_up_to_the_next_one() -> None:
    text = "Invoice 1042\n\nWork was done.\n\nAmount due: 78.50 EUR\n\nInvoice 1043\n\nAmount due: 64.20 EUR"
    assert led(text, "Amount due: 78.50 EUR") == ([], ["Invoice 1042"])
    assert led(text, "Amount due: 64.20 EUR") == ([], ["Invoice 1043"])


def test_a_question_stands_over_the_paragraph_below_it() -> None:
    text = "Where can I park?\nBehind the shed.\n\nIt is dark."
    assert led(text, "Behind the shed.") == ([], ["Where can I park?"])
    assert led(text, "It is dark.") == ([], [])


def test_a_value_of_a_long_record_needs_the_name_of_the_record() -> None:
    text = f"Code: 17; Country: Norland; {'; '.join(f'{year}: {year + 7}' for year in range(1960, 2021))}"
    assert led(text, "1987: 1994")[0] == ["Country: Norland"]
    assert "1987: 1994" in facts(text)


@pytest.mark.parametrize(
    ("text", "follows"),
    [
        ("Bring:\n\n- boots\n- a coat\n\nCome early.", "\n\n- boots\n- a coat"),
        ("Type:\n\n    make\n    make install\n\nDone.", "\n\n    make\n    make install"),
        ("It says:\n\nKeep out of here.\n\nDone.", "\n\nKeep out of here."),
        ("Nothing follows:", ""),
        (f"Bring:\n- boots\n- {'x' * 80}", "\n- boots"),
    ],
)
def test_what_a_colon_announces(text: str, follows: str) -> None:
    start = text.index(":") + 1
    assert text[start : end_of_what_follows(text, start, 60)] == follows


@pytest.mark.parametrize(
    "text",
    [
        "a:\n- b\n" * 20_000,
        "Title\n\n" * 20_000,
        "+---+---+\n" * 20_000,
        "==== ====\n" * 20_000,
        "| a | b |\n" * 20_000,
        " " * 200_000 + "|",
        ("- " * 20_000 + ":\n") * 5,
        "a: b; " * 30_000,
        "- a:\n  " * 20_000,
    ],
)
def test_the_time_is_linear_on_hostile_texts(text: str) -> None:
    """A quadratic step would take minutes."""
    assert all(0 <= lead.start <= lead.end <= len(text) for lead in find_leads(text, ()))
    assert all(fact.end <= len(text) for fact in find_facts(text))


def facts_in(text: str) -> list[str]:
    return [text[fact.start : fact.end] for fact in find_facts(text)]


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("押金：1800元\n房东：诺比港\n", ["押金：1800元", "房东：诺比港"]),
        ("Rent ........ 900 EUR a month\n", ["Rent ........ 900 EUR a month"]),
        ("Rent . . . . . 900 EUR\n", ["Rent . . . . . 900 EUR"]),
        ("Loyer\u00a0: 900 EUR\n", ["Loyer\u00a0: 900 EUR"]),
        ("total = price(berth) + fee\nx = y[1]\n", []),
    ],
)
def test_keys_and_values_have_other_separators_too(text: str, facts: list[str]) -> None:
    assert facts_in(text) == facts
