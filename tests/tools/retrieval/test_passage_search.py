"""The share of documents in the scores of their passages. Tests of search results: test_library.py, test_web.py."""

from outlast.tools.retrieval.passage_search import score_documents


def test_a_document_is_measured_by_its_three_best_passages():
    assert score_documents([("a", 4.0), ("b", 2.0)]) == {"a": 1.0, "b": 0.5}
    assert score_documents([("a", 2.0), ("a", 4.0)]) == {"a": 1.0}
    shares = score_documents([("a", 4.0), ("a", 4.0), ("a", 4.0), ("b", 4.0), ("b", 4.0), ("c", 4.0)])
    assert shares["a"] == 1.0 > shares["b"] > shares["c"] > 0.5
    assert score_documents([("a", 1.0), ("a", 4.0), ("b", 4.0)])["b"] == 4 / (4 + 0.5 * 1)  # the best one counts fully
    many = score_documents([*(("a", 1.0) for _ in range(99)), ("b", 2.0)])
    assert many["b"] == 1.0  # a long document gains nothing by its length
    assert score_documents([]) == {}
    assert score_documents([("a", 0.0)]) == {"a": 0.0}
