"""Words that documents write apart, or together, are found, and never called absent."""

import pytest

from outlast.tools.retrieval.spacing import written_apart, written_together


def standing_in(text: str):
    return lambda phrase: f" {phrase} " in f" {text} "


@pytest.mark.parametrize(
    ("word", "text", "apart"),
    [
        ("postwar", "the post war rules", "post war"),
        ("1800", "rent 1 800 eur", "1 800"),
        ("12345678", "total 12 345 678 kr", "12 345 678"),
        ("de89370400440532013000", "iban de89 3704 0044 0532 0130 00", "de89 3704 0044 0532 0130 00"),
        ("ab1234x", "part ab 1234 x", "ab 1234 x"),
        ("oneil", "zoe o neil pays", "o neil"),
        ("reelected", "she was re elected", "re elected"),
        ("overtime", "paid over time", None),
        ("another", "an other", None),
        ("1800", "18 00 and 1 700", "18 00"),
        ("19", "1 9", None),
        ("lighthouse", "house light", None),
        ("契約", "契 約", None),
    ],
)
def test_apart(word: str, text: str, apart: str | None) -> None:
    assert written_apart(word, standing_in(text)) == apart


@pytest.mark.parametrize(
    ("word", "question", "text", "together"),
    [
        ("mail", "Who uses e-mail?", "by email only", "email"),
        ("345", "What is 12,345,678 for?", "total 12345678 kr", "12345678"),
        ("44", "Whose is 22 33 44 55?", "phone 22334455", "22334455"),
        ("war", "What are post-war rules?", "postwar rules", "postwar"),
        ("war", "What is war? Peace?", "warpeace", None),
        ("war", "What of war (peace)?", "warpeace", None),
    ],
)
def test_together(word: str, question: str, text: str, together: str | None) -> None:
    assert written_together(word, question, standing_in(text)) == together


def test_a_word_without_end_takes_few_looks() -> None:
    looks: list[str] = []

    def everything(phrase: str) -> bool:
        looks.append(phrase)
        return not phrase.endswith("9")

    assert written_apart("1" * 39 + "9", everything) is None
    assert len(looks) <= 200
