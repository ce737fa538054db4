import pytest

from outlast.evidence.report import Evidence
from outlast.evidence.sources import Term
from outlast.graphs.reasoners.answerability import (
    FEW_PASSAGES,
    GATE_BY_WORDS,
    GATE_WITH_ENCODER,
    MAX_COUNTED_WORDS,
    MIN_STRENGTH_AMONG_FEW,
    Gate,
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

BEST = "The keeper lights the lamp at dusk."

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
    quote = "The keeper sleeps till dusk."
    ratings = [rate(QUESTION, KNOWN, [finding(quote, each / 100)], SIZE) for each in range(101)]
    seen = list(dict.fromkeys(rating.evidence for rating in ratings))
    assert seen == [Evidence.NONE, Evidence.WEAK, Evidence.STRONG]


def test_the_best_quote_counts_however_many_others_there_are() -> None:
    known = [finding("The best one of today.", 0.0), *(finding(f"Another {number}.", 0.0) for number in range(50))]
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
    above = [each for each in rising if each]
    assert above == sorted(set(above), reverse=True)
    assert len(above) > 3
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
    quote = f"{QUESTION} At dusk."
    confidences = [rate(QUESTION, KNOWN, [finding(quote, each / 20)], SIZE).confidence for each in range(21)]
    assert confidences == sorted(confidences)
    assert 0.0 <= confidences[0] < 0.5
    assert 0.7 < confidences[-1] <= 1.0


def test_words_of_the_question_in_a_quote_or_above_it_cover_it() -> None:
    def coverage(text: str, **above: str) -> float:
        return features_of(QUESTION, KNOWN, [finding(text, **above)], SIZE).coverage

    whole = coverage("When the keeper lights the lamp of the zeppelin.")
    assert whole == pytest.approx(1.0)
    assert whole > coverage("The keeper lights the lamp.", heading="Zeppelin")
    assert coverage("The keeper lights the lamp.", heading="Zeppelin") > coverage(
        "The keeper lights the lamp.", title="Zeppelin"
    )
    assert coverage("The keeper lights the lamp.", title="Zeppelin") > coverage("The keeper lights the lamp.") > 0.0
    assert coverage("Nothing of it.") == 0.0


def test_words_that_no_document_has_lower_the_coverage() -> None:
    quote = finding("The keeper lights the lamp.")
    assert features_of(QUESTION, LOST, [quote], SIZE).coverage < 1.0


@pytest.mark.parametrize("gate", [GATE_BY_WORDS, GATE_WITH_ENCODER])
def test_both_probabilities_of_a_gate_rise_and_fall_with_the_same_features(gate: Gate) -> None:
    for coefficients in (gate.answered, gate.quoted):
        assert min(coefficients.strength, coefficients.coverage_by_size, coefficients.words) > 0.0
        assert max(coefficients.lost, coefficients.unknown_name, coefficients.lacks_value) < 0.0


def test_among_few_passages_a_weak_quote_answers_nothing_however_much_of_the_question_it_has() -> None:
    def found(strength: float, size: int) -> Evidence:
        return rate(QUESTION, KNOWN, [finding(f"{QUESTION} At dusk.", strength)], size).evidence

    assert found(MIN_STRENGTH_AMONG_FEW - 0.01, FEW_PASSAGES) is Evidence.NONE
    assert found(MIN_STRENGTH_AMONG_FEW, FEW_PASSAGES) is not Evidence.NONE
    assert found(MIN_STRENGTH_AMONG_FEW - 0.01, FEW_PASSAGES + 1) is not Evidence.NONE


def test_only_the_gate_with_an_encoder_asks_for_meaning() -> None:
    for by_words, with_encoder in zip(GATE_BY_WORDS[:2], GATE_WITH_ENCODER[:2], strict=True):
        assert (by_words.cosine, by_words.mean_cosine) == (0.0, 0.0)
        assert with_encoder.cosine + with_encoder.mean_cosine > 0.0


def test_a_few_passages_are_judged_by_the_same_gate_as_many() -> None:
    assert evidence(0.9, size=2) is Evidence.STRONG
    lost = asked(QUESTION, ZEPPELIN, size=2)
    assert rate(QUESTION, lost, [finding("At dusk he sleeps.", 0.3)], 2).evidence is Evidence.NONE


@pytest.mark.parametrize(
    ("question", "lacking", "having"),
    [
        ("When is the lamp lit?", "The lamp is lit.", "The lamp is lit at dusk."),
        ("How many lamps are there?", "There are lamps.", "There are three lamps."),
        ("What does the lamp cost?", "The lamp has 3 wicks.", "The lamp: 30 EUR."),
        ("What does the lamp cost?", "The lamp costs too much.", "The lamp costs 30."),
        ("Was kostet die Lampe?", "Die Lampe hat 3 Dochte.", "Die Lampe kostet 30 Euro."),
        ("How old is the keeper?", "The keeper has 3 lamps.", "The keeper was born in 1850."),
    ],
)
def test_a_value_that_is_asked_for_and_not_said_asks_for_a_better_quote(
    question: str, lacking: str, having: str
) -> None:
    query = asked(question)
    assert features_of(question, query, [finding(lacking)], SIZE).lacks_value == 1.0
    assert features_of(question, query, [finding(having)], SIZE).lacks_value == 0.0
    assert features_of(question, query, [finding(lacking), finding(having, 0.1)], SIZE).lacks_value == 0.0


def test_without_a_value_asked_for_none_is_lacking() -> None:
    question = "Why does the keeper light the lamp?"
    assert features_of(question, asked(question), [finding("The lamp.")], SIZE).lacks_value == 0.0


def test_no_odds_are_too_large() -> None:
    assert logistic(-1e9) == pytest.approx(0.0)
    assert logistic(1e9) == pytest.approx(1.0)
    assert logistic(0.0) == 0.5


@pytest.mark.parametrize(
    ("question", "expected"),
    [("Does the keeper light the lamp of the zeppelin?", Evidence.WEAK), (QUESTION, Evidence.STRONG)],
)
def test_whether_something_holds_is_left_open_by_a_word_that_no_document_has(question: str, expected: Evidence) -> None:
    known = Evidence.STRONG
    assert evidence(1.0, asked(question), question) is known
    assert evidence(1.0, asked(question, ZEPPELIN), question) is expected
