"""Rows are found and quoted with the rows that name their columns, also far below them."""

import pytest

from outlast.evidence.report import Finding
from outlast.evidence.sources import Heading, Source, Table, sha256
from outlast.graphs.reasoners.query_weights import QueryWeights
from outlast.graphs.reasoners.sentence_scoring import find_quotes
from outlast.tools.retrieval.passage_index import build_memory_index
from outlast.tools.retrieval.passage_search import PassageSearch
from outlast.tools.retrieval.thesaurus.synonyms import Thesaurus

HEADERS = "Harbour | Summer | Summer | Winter | Winter\nHarbour | day | night | day | night"
MANY = "\n".join(f"Port{number} | {number} | {number + 1} | {number + 2} | {number + 3}" for number in range(200, 400))
SMALL = f"Rates\n\n{HEADERS}\nNorby | 12 | 8 | 9 | 5\nSund | 14 | 9 | 10 | 6"
LARGE = f"Rates\n\n{HEADERS}\n{MANY}\nSund | 14 | 9 | 10 | 6"


def best(text: str, question: str) -> Finding | None:
    first, second = text.index("Harbour"), text.index("Harbour | day")
    headers = ((first, second - 1), (second, first + len(HEADERS)))
    source = Source(
        uri="rates.html",
        title="Rates",
        media_type="text/html",
        snapshot=sha256(text),
        headings=(Heading(start=0, end=5, level=1),),
        tables=(Table(start=first, end=len(text), headers=headers),),
        bytes_sha256="",
        extractor="",
    )
    search = PassageSearch(*build_memory_index([(source, text)]), Thesaurus([]))
    result = search.search([question])
    query = QueryWeights(question, result.terms, result.size)
    found = [finding for passage in result.passages for finding in find_quotes(passage, query)]
    search.close()
    return max(found, key=lambda finding: finding.strength, default=None)


@pytest.mark.parametrize("text", [SMALL, LARGE])
def test_a_value_is_found_by_its_row_and_column_and_shown_with_both(text: str) -> None:
    found = best(text, "What is the winter night rate at Sund?")
    assert found is not None
    assert found.quote.shown == "Harbour: Sund; Summer day: 14; Summer night: 9; Winter day: 10; Winter night: 6"
    assert [text[span.start : span.end] for span in found.quote.spans] == [span.text for span in found.quote.spans]
    assert [span.text for span in found.quote.lead] == HEADERS.splitlines()


def test_the_header_itself_is_no_answer() -> None:
    found = best(SMALL, "What is the winter night rate at Vik?")
    assert found is None or not found.quote.text.startswith("Harbour")
