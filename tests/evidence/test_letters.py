"""Letters and digits that readers take for the same are the same for search."""

import unicodedata

import pytest

from outlast.evidence.letters import ZEROS, fold_letters
from outlast.evidence.words import content_words, index_terms


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("so\u00adftware", "software"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("10⁶ and x¹²", "10^6 and x^12"),
        ("H₂O", "H2O"),
        ("١٢٣ ۴۵ ९", "123 45 9"),
        ("Œuvre, Ærø, Łódź", "OEuvre, AEro, Lódź"),
        ("ﬁne", "fine"),
        ("محمّد", "محمد"),
        ("דָּוִד", "דוד"),
        ("plain text", "plain text"),
        ("e\u0301", "é"),
    ],
)
def test_one_form_of_each_letter(text: str, folded: str) -> None:
    assert fold_letters(text) == folded
    assert fold_letters(folded) == folded
    assert index_terms(text) == index_terms(folded)


def test_the_zeros_are_all_those_of_the_first_plane() -> None:
    zeros = [chr(code) for code in range(128, 0x10000) if unicodedata.decimal(chr(code), None) == 0]
    assert list(ZEROS) == zeros


@pytest.mark.parametrize(
    ("question", "content"),
    [
        ("Hvornår blev fyret bygget?", ["fyret", "bygget"]),
        ("Milloin majakka rakennettiin?", ["majakka", "rakennettiin"]),
        ("Kiedy zbudowano latarnię?", ["zbudowano", "latarnię"]),
        ("Kdy byl postaven maják?", ["postaven", "maják"]),
        ("Deniz feneri ne zaman yapıldı?", ["deniz", "feneri", "yapıldı"]),
        ("Πότε χτίστηκε ο φάρος;", ["χτίστηκε", "φάροσ"]),
        ("متى بني الفنار؟", ["بني", "الفنار"]),
        ("מתי נבנה המגדלור?", ["נבנה", "המגדלור"]),
        ("Коли збудували маяк?", ["збудували", "маяк"]),
    ],
)
def test_words_that_ask_are_no_words_of_the_subject(question: str, content: list[str]) -> None:
    assert content_words(question) == content


@pytest.mark.parametrize(
    ("question", "content"),
    [
        ("What is AT&T?", ["at"]),
        ("What does the WHO recommend?", ["who", "recommend"]),
        ("What is NOT allowed?", ["allowed"]),
        ("WHO IS AT THE DOOR?", ["door"]),
        ("Who is at the door?", ["door"]),
    ],
)
def test_names_that_look_like_stop_words(question: str, content: list[str]) -> None:
    assert content_words(question) == content
