import pytest

from outlast.evidence.report import Evidence
from outlast.evidence.sources import Term
from outlast.graphs.reasoners.answerability import (
    GATE_BY_WORDS,
    GATE_WITH_ENCODER,
    MAX_COUNTED_WORDS,
    Rating,
    capitalized_words,
    features_of,
    logistic,
    rate,
)
from outlast.graphs.reasoners.query_weights import QueryWeights
from tests.graphs.reasoners.made import SIZE, asked, finding

QUESTION = "When does the keeper light the lamp of the zeppelin?"
KNOWN = asked(QUESTION)
ZEPPELIN = Term(word="zeppelin", frequency=0)
LOST = asked(QUESTION, ZEPPELIN)
REPLACED = asked(QUESTION, ZEPPELIN.model_copy(update={"synonyms": ("airship",), "synonyms_frequency": 1}))

BEST = "The keeper lights the lamp."

VOCABULARY = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau phi".split()
)


def evidence(strength: float, task: QueryWeights = KNOWN, question: str = QUESTION, size: int = SIZE) -> Evidence:
    return rate(question, task, [finding(BEST, strength), finding("Another.", 0.0)], size).evidence


def needed(task: QueryWeights = KNOWN, question: str = QUESTION, size: int = SIZE) -> int:
    """Return the minimum strength for evidence, in steps of a thousandth; more than 1 if none suffices."""
    return next(
        (each for each in range(2000) if evidence(each / 1000, task, question, size) is not Evidence.NONE), 2000
    )


def test_without_findings_there_is_no_evidence() -> None:
    assert rate(QUESTION, KNOWN, [], SIZE) == Rating(Evidence.NONE, 0.0)


def test_the_stronger_the_best_quote_the_stronger_the_evidence() -> None:
    seen = list(dict.fromkeys(evidence(each / 100) for each in range(101)))
    assert seen == [Evidence.NONE, Evidence.WEAK, Evidence.STRONG]


def test_the_best_quote_counts_however_many_others_there_are() -> None:
    known = [finding("The best one.", 0.0), *(finding(f"Another {number}.", 0.0) for number in range(50))]
    assert rate(QUESTION, KNOWN, known, SIZE).evidence is Evidence.NONE


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


def test_more_words_find_less_by_chance_up_to_a_bound() -> None:
    tasks = [asked(" ".join(VOCABULARY[:count])) for count in range(1, MAX_COUNTED_WORDS + 4)]
    strengths = [needed(task, "") for task in tasks]
    rising = strengths[:MAX_COUNTED_WORDS]
    assert rising == sorted(set(rising), reverse=True)
    assert set(strengths[MAX_COUNTED_WORDS:]) == {strengths[MAX_COUNTED_WORDS - 1]}


@pytest.mark.parametrize("size", [0, 1])
def test_a_collection_of_nearly_nothing(size: int) -> None:
    assert evidence(0.0, asked("zeppelin", ZEPPELIN, size=size), "zeppelin", size) is Evidence.NONE
    assert rate("", QueryWeights("", [], size), [finding("A.", 0.0)], size).evidence is Evidence.NONE


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


def likely(*cosines: float, strength: float = 0.4) -> Rating:
    """Rate quotes that an encoder has compared with the question."""
    found = [
        finding(f"{BEST} {number}", strength).model_copy(update={"cosine": each}) for number, each in enumerate(cosines)
    ]
    return rate(QUESTION, asked(QUESTION, size=5000), found, 5000)


def test_the_nearer_the_meaning_the_surer_is_an_answer() -> None:
    confidences = [likely(cosine, cosine, cosine).confidence for cosine in (0.0, 0.3, 0.5, 0.7, 0.9)]
    assert confidences == sorted(set(confidences))
    assert likely(0.9, 0.9, 0.9).evidence is Evidence.STRONG
    assert likely(0.0, 0.0, 0.0).evidence is Evidence.NONE


def test_the_nearest_quotes_count_whatever_their_order() -> None:
    assert likely(0.1, 0.6, 0.2, 0.5) == likely(0.6, 0.5, 0.2, 0.1)


def test_confidence_rises_with_strength_and_is_a_probability() -> None:
    confidences = [rate(QUESTION, KNOWN, [finding(QUESTION, each / 20)], SIZE).confidence for each in range(21)]
    assert confidences == sorted(confidences)
    assert 0.0 <= confidences[0] < 0.3
    assert 0.7 < confidences[-1] <= 1.0


def test_words_of_the_question_in_a_quote_or_above_it_cover_it() -> None:
    def coverage(text: str, **above: str) -> float:
        return features_of(QUESTION, KNOWN, [finding(text, **above)], SIZE).coverage

    whole = coverage("When the keeper lights the lamp of the zeppelin.")
    assert whole == pytest.approx(1.0)
    assert coverage("The keeper lights it.", heading="The lamp", title="Zeppelin") == pytest.approx(whole)
    assert 0.0 < coverage("The keeper lights it.") < whole
    assert coverage("Nothing of it.") == 0.0


def test_words_that_no_document_has_lower_the_coverage() -> None:
    quote = finding("The keeper lights the lamp.")
    assert features_of(QUESTION, LOST, [quote], SIZE).coverage < 1.0


def test_each_gate_asks_for_what_its_way_knows() -> None:
    assert (GATE_BY_WORDS.cosine, GATE_BY_WORDS.mean_cosine) == (0.0, 0.0)
    assert GATE_WITH_ENCODER.cosine + GATE_WITH_ENCODER.mean_cosine > 0.0
    assert min(GATE_BY_WORDS.strength, GATE_WITH_ENCODER.strength) > 0.0
    assert max(GATE_BY_WORDS.lost, GATE_WITH_ENCODER.lost, GATE_BY_WORDS.unknown_name) < 0.0


def test_no_odds_are_too_large() -> None:
    assert logistic(-1e9) == pytest.approx(0.0)
    assert logistic(1e9) == pytest.approx(1.0)
    assert logistic(0.0) == 0.5
