"""Words as search and ranking use them."""

import sys
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from outlast.evidence.stop_words import STOP_WORDS_BY_LANGUAGE, language_of_question
from outlast.evidence.words import ALGORITHMS, Stems, content_words, index_terms, stem, stems_of, words


@pytest.fixture
def hasty() -> Iterator[None]:
    """Make threads switch as often as possible."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("hasty")
def test_words_are_stemmed_the_same_in_many_threads_at_once() -> None:
    words = [f"{beginning}{ending}" for beginning in "abcdefgh" for ending in ("ationalities", "ing", "fulness", "ies")]
    wanted = Stems("en")
    shared = Stems("en")
    with ThreadPoolExecutor(8) as threads:
        stems = list(threads.map(shared.__missing__, words * 40))
    assert stems == [wanted[word] for word in words * 40]


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", ("keepers", "keeper", "keeping")),
        ("de", ("kündigungsfristen", "kündigungsfrist")),
        ("fr", ("locataires", "locataire")),
        ("es", ("contratos", "contrato")),
        ("it", ("contratti", "contratto")),
        ("nl", ("huurders", "huurder")),
        ("pt", ("inquilinos", "inquilino")),
        ("ru", ("залога", "залог", "залогом")),
        ("sv", ("hyresgästerna", "hyresgäst")),
    ],
)
def test_the_forms_of_a_word_have_one_stem_in_their_language(language: str, forms: tuple[str, ...]) -> None:
    if language == "en":
        assert stem(forms[0]) == stem(forms[1])
    else:
        assert len({stem(form, language) for form in forms}) == 1


def test_every_language_with_an_algorithm_has_one_that_exists() -> None:
    assert all(stem("abc", language) for language in ALGORITHMS)
    assert stem("keepers", "xx") == stem("keepers", "") == stem("keepers")


def test_accents_make_no_difference_and_neither_does_how_they_are_written() -> None:
    assert stem("dépôt", "fr") == stem("depot", "fr") == "depot"
    assert list(words(unicodedata.normalize("NFD", "Dépôt Straße"))) == ["dépôt", "strasse"]


def test_vowel_signs_do_not_cut_a_word() -> None:
    assert list(words("हिन्दी में किराया")) == ["हिन्दी", "में", "किराया"]


def test_the_parts_of_a_name_with_underscores_are_terms() -> None:
    assert list(index_terms("Set work_mem")) == ["set", "work", "mem"]
    assert stems_of("work_mem") == ("work_mem",)


@pytest.mark.parametrize(
    ("question", "language", "asked"),
    [
        ("How high is the deposit?", "en", ["high", "deposit"]),
        ("Wie hoch ist die Kaution?", "de", ["kaution"]),
        ("Was kostet der Stellplatz?", "de", ["kostet", "stellplatz"]),
        ("Quel est le montant du dépôt de garantie ?", "fr", ["montant", "dépôt", "garantie"]),
        ("¿Cuánto es la fianza?", "es", ["fianza"]),
        ("Quanto è la cauzione?", "it", ["cauzione"]),
        ("Hoe hoog is de borg?", "nl", ["borg"]),
        ("Qual é o valor da caução?", "pt", ["valor", "caução"]),
        ("Сколько составляет залог?", "ru", ["составляет", "залог"]),
        ("Hur hög är depositionen?", "sv", ["depositionen"]),
        ("Kaution?", "en", ["kaution"]),
        ("Why does the die break?", "en", ["die", "break"]),
    ],
)
def test_a_question_is_asked_without_the_small_words_of_its_language(
    question: str, language: str, asked: list[str]
) -> None:
    assert language_of_question(question) == language
    assert content_words(question) == asked


def test_stop_words_are_written_as_words_are_compared() -> None:
    for language, stop_words in STOP_WORDS_BY_LANGUAGE.items():
        assert {word for word in stop_words if list(words(word)) != [word]} == set(), language
