import pytest

from outlast.evidence.report import Evidence
from outlast.evidence.sources import Term
from outlast.graphs.reasoners.answerability import (
    MAX_COUNTED_WORDS,
    capitalized_words,
    rate_evidence,
)
from outlast.graphs.reasoners.query_weights import QueryWeights
from tests.graphs.reasoners.made import SIZE, asked, finding

QUESTION = "When does the keeper light the lamp of the zeppelin?"
KNOWN = asked(QUESTION)
ZEPPELIN = Term(word="zeppelin", frequency=0)
LOST = asked(QUESTION, ZEPPELIN)
REPLACED = asked(QUESTION, ZEPPELIN.model_copy(update={"synonyms": ("airship",), "synonyms_frequency": 1}))

VOCABULARY = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau phi".split()
)


def evidence(strength: float, task: QueryWeights = KNOWN, question: str = QUESTION, size: int = SIZE) -> Evidence:
    return rate_evidence(question, task, [finding("The best one.", strength), finding("Another.", 0.0)], size)


def needed(task: QueryWeights = KNOWN, question: str = QUESTION, size: int = SIZE) -> int:
    """Return the minimum strength for evidence, in steps of a thousandth; more than 1 if none suffices."""
    return next(
        (each for each in range(2000) if evidence(each / 1000, task, question, size) is not Evidence.NONE), 2000
    )


def test_without_findings_there_is_no_evidence() -> None:
    assert rate_evidence(QUESTION, KNOWN, [], SIZE) is Evidence.NONE


def test_the_stronger_the_best_quote_the_stronger_the_evidence() -> None:
    seen = list(dict.fromkeys(evidence(each / 100) for each in range(101)))
    assert seen == [Evidence.NONE, Evidence.WEAK, Evidence.STRONG]


def test_the_best_quote_counts_however_many_others_there_are() -> None:
    known = [finding("The best one.", 0.0), *(finding(f"Another {number}.", 0.0) for number in range(50))]
    assert rate_evidence(QUESTION, KNOWN, known, SIZE) is Evidence.NONE


def test_a_word_that_no_document_has_asks_for_a_better_quote() -> None:
    assert needed(LOST) > needed(KNOWN)
    both = asked(QUESTION, ZEPPELIN, Term(word="keeper", frequency=0))
    assert needed(both) > needed(LOST)


def test_a_word_of_which_a_document_has_a_synonym_is_not_lost() -> None:
    assert needed(REPLACED) == needed(KNOWN)


def test_a_name_that_no_document_has_asks_for_a_better_quote_than_another_word() -> None:
    named = QUESTION.replace("zeppelin", "Zeppelin")
    assert needed(LOST, named) > needed(LOST)
    assert needed(REPLACED, named) > needed(REPLACED)
    assert needed(KNOWN, named) == needed(KNOWN)


def test_a_word_weighs_more_among_the_lost_the_fewer_others_there_are() -> None:
    few = asked("lamp zeppelin", ZEPPELIN)
    few.word_count = LOST.word_count  # as if it had as many words, which count by themselves
    assert needed(few) > needed(LOST)


def test_more_passages_find_more_by_chance() -> None:
    assert needed(size=100 * SIZE) > needed(size=SIZE)


def test_more_words_find_less_by_chance_up_to_a_bound() -> None:
    tasks = [asked(" ".join(VOCABULARY[:count])) for count in range(1, MAX_COUNTED_WORDS + 4)]
    strengths = [needed(task, "") for task in tasks]
    rising = strengths[:MAX_COUNTED_WORDS]
    assert rising == sorted(set(rising), reverse=True)
    assert set(strengths[MAX_COUNTED_WORDS:]) == {strengths[MAX_COUNTED_WORDS - 1]}


@pytest.mark.parametrize("size", [0, 1])
def test_a_collection_of_nearly_nothing(size: int) -> None:
    assert evidence(0.0, asked("zeppelin", ZEPPELIN, size=size), "zeppelin", size) is Evidence.NONE
    assert rate_evidence("", QueryWeights("", [], size), [finding("A.", 0.0)], size) is Evidence.NONE


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When was the lighthouse at Grey Point built?", {"grey", "point"}),
        ("Lighthouses burn oil.", set()),  # a sentence begins so
        ("What did SQLite and R do?", {"sqlite"}),  # a letter alone may be anything
        ("Is it said that The Keeper Is here?", {"keeper"}),
        ("Где построен Маяк?", {"маяк"}),
        ("", set()),
        ("?!", set()),
    ],
)
def test_names_are_the_words_with_a_capital_inside(question: str, expected: set[str]) -> None:
    assert capitalized_words(question) == expected
