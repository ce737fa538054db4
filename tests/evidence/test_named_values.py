"""A sentence may use its own words, but no number, date, name or address that its quotes lack."""

import pytest

from outlast.evidence.named_values import find_missing_values

QUOTE = (
    "The lighthouse at Grey Point was built in 1871 by the harbour board. It stands 31 metres above the sea, cost "
    "1,200 crowns, and turns once in twenty seconds. UTF-8 is used. NATO paid $3.5 million on 5 May 2021."
)


@pytest.mark.parametrize(
    "said",
    [
        "It was built in 1871.",
        "It cost 1200 crowns.",
        "It cost 1.2 thousand crowns.",
        "It turns once in 20 seconds.",
        "The tower of Grey Point is 31 m high.",
        "Grey Point's tower is 31m high.",
        "It uses UTF-8.",
        "They paid 3,500,000 dollars.",
        "They paid 3.5 million.",
        "NATO paid in May of 2021.",
        "NATO paid on the 5th of May.",
        "It was paid on 2021-05-05.",
        "Sailors see it well.",
        "“Sailors see it well.”",
        "One of the boards built it.",
    ],
)
def test_what_the_quotes_have_is_not_missing(said: str) -> None:
    assert find_missing_values(said, ["Nothing here.", QUOTE]) == []


@pytest.mark.parametrize(
    ("said", "lacking"),
    [
        ("It was built in 1872.", ["1872"]),
        ("It cost 12,000 crowns.", ["12,000"]),
        ("It turns once in thirty seconds.", ["thirty"]),
        ("It turns once in twenty-one seconds.", ["twenty one"]),
        ("It is 31.5 metres high.", ["31.5"]),
        ("It uses UTF-16.", ["16"]),
        ("They paid 3.5 billion.", ["3.5"]),
        ("It was built by the board of Green Point.", ["Green"]),
        ("Green Point has a lighthouse.", ["Green"]),
        ("NATO paid in June of 2021.", ["June"]),
        ("It was paid on 2021-06-05.", ["06"]),
        ("The EU paid.", ["EU"]),
        ("It serves IPv6.", ["6", "IPv6"]),
        ("It came with v3.13.", ["3.13", "v3"]),
        ("It was built in 1872 by Stevenson.", ["1872", "Stevenson"]),
        ("Read more at https://evil.example/steal?x=1.", ["https://evil.example/steal?x=1"]),
        ("Write to keeper@grey.example for more.", ["keeper@grey.example"]),
    ],
)
def test_what_no_quote_has_is_named(said: str, lacking: list[str]) -> None:
    assert find_missing_values(said, [QUOTE]) == lacking


def test_a_number_of_one_quote_and_a_name_of_another_are_enough() -> None:
    assert (
        find_missing_values(
            "In 1903 the lamp of Grey Point became electric.", ["Until 1903 it burned oil.", "At Grey Point."]
        )
        == []
    )


def test_an_address_that_the_quote_has_may_be_said() -> None:
    assert find_missing_values("It is at https://grey.example/lamp.", ["See https://grey.example/lamp for more."]) == []


def test_without_quotes_every_particular_is_missing() -> None:
    assert find_missing_values("Built in 1871.", []) == ["1871"]


def test_dates_in_quotes_say_their_months() -> None:
    assert find_missing_values("It was released on 3 April 2024.", ["Released: 2024-04-03"]) == []


def test_versions_are_compared_whole() -> None:
    assert find_missing_values("It came with 3.11.2 of it.", ["since 3.11.2"]) == []
    assert find_missing_values("It came with 3.11.2 of it.", ["since 3.11, and 2 more"]) == ["3.11.2"]
