import pytest

from outlast.evidence.sources import Term
from outlast.evidence.words import content_words
from outlast.graphs.reasoners.query_weights import QueryWeights


@pytest.mark.parametrize(
    ("question", "unknown"),
    [
        ("What begins on 2023-04-01?", ("begins", "2023")),
        ("What ends on 31.03.2026?", ("ends", "2026")),
        ("What ended on 1 April 2023?", ("ended", "2023")),
        ("Does the contract begin in July 2023?", ("contract", "begin", "2023")),
        ("Did the meeting begin at 14:30 on Tuesday?", ("meeting", "begin")),
        ("Was the fee 5,000 EUR?", ("fee", "5", "000")),
        ("Were 25 applicants of berth 250 waived?", ("applicants", "berth", "250", "waived")),
        ("What did April Vance sign on May 3?", ("april", "vance", "sign")),
        ("Who sold 31 boats for 04 kroner?", ("sold", "boats", "04")),
    ],
)
def test_what_documents_may_write_otherwise_is_not_told_as_words_that_no_document_contains(
    question: str, unknown: tuple[str, ...]
) -> None:
    terms = [
        Term(word=word, frequency=0, spellings=(), synonyms=(), synonyms_frequency=0)
        for word in content_words(question)
    ]
    assert QueryWeights(question, terms, 10).absent == unknown
