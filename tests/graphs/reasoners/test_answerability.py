import pytest

from outlast.evidence.report import Evidence, Finding
from outlast.evidence.sources import Term
from outlast.graphs.reasoners.answerability import (
    DUPLICATE_SIMILARITY,
    LEADING_STRENGTH_SHARE,
    MAX_COUNTED_WORDS,
    MAX_FINDINGS,
    MAX_RELATED_FINDINGS,
    MIN_STRENGTH_SHARE,
    STANDALONE_STRENGTH_SHARE,
    capitalized_words,
    choose_findings,
    drop_repeats,
    rate_evidence,
    similarity,
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


def many(count: int, strength: float, snapshot: str = "a") -> list[Finding]:
    """Return findings that share no words."""
    return [finding(f"{snapshot}{number} {snapshot}x{number}", strength, snapshot=snapshot) for number in range(count)]


def test_without_findings_there_is_no_evidence() -> None:
    assert rate_evidence(QUESTION, KNOWN, [], SIZE) is Evidence.NONE


def test_the_stronger_the_best_quote_the_stronger_the_evidence() -> None:
    seen = list(dict.fromkeys(evidence(each / 100) for each in range(101)))
    assert seen == [Evidence.NONE, Evidence.WEAK, Evidence.STRONG]


def test_the_best_quote_counts_however_many_others_there_are() -> None:
    known = [finding("The best one.", 0.0), *many(50, 0.0)]
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


def test_nothing_known_is_nothing_chosen() -> None:
    assert choose_findings([]) == ([], [])


def test_what_is_far_weaker_than_the_best_is_left_out() -> None:
    best, weak, weaker = (
        finding("alpha", 0.8),
        finding("beta", 0.8 * MIN_STRENGTH_SHARE + 0.01),
        finding("gamma", 0.8 * MIN_STRENGTH_SHARE - 0.01),
    )
    assert choose_findings([best, weak, weaker]) == ([best, weak], [])


def test_a_weaker_quote_of_another_document_is_only_related() -> None:
    best = finding("alpha", 0.8, snapshot="a")
    near = finding("beta", 0.8 * STANDALONE_STRENGTH_SHARE + 0.01, snapshot="b")
    own = finding("gamma", 0.8 * STANDALONE_STRENGTH_SHARE - 0.01, snapshot="a")
    other = finding("delta", 0.8 * STANDALONE_STRENGTH_SHARE - 0.01, snapshot="c")
    assert choose_findings([best, near, own, other]) == ([best, near, own], [other])


def test_a_document_with_a_leading_quote_may_add_weaker_ones() -> None:
    best = finding("alpha", 0.8, snapshot="a")
    leading, behind = (finding("beta", 0.8 * LEADING_STRENGTH_SHARE + by, snapshot="b") for by in (0.01, -0.01))
    weaker = finding("gamma", 0.8 * STANDALONE_STRENGTH_SHARE - 0.01, snapshot="b")
    assert choose_findings([best, leading, weaker]) == ([best, leading, weaker], [])
    assert choose_findings([best, behind, weaker]) == ([best, behind], [weaker])


def test_there_are_few_related_ones_the_best_of_them() -> None:
    best, others = (
        finding("alpha", 0.8),
        many(MAX_RELATED_FINDINGS + 3, 0.8 * (MIN_STRENGTH_SHARE + STANDALONE_STRENGTH_SHARE) / 2, "b"),
    )
    assert choose_findings([best, *others]) == ([best], others[:MAX_RELATED_FINDINGS])


def test_there_are_not_too_many_findings() -> None:
    known = many(MAX_FINDINGS + 5, 0.8)
    assert choose_findings(known) == (known[:MAX_FINDINGS], [])


def test_what_repeats_a_stronger_one_is_left_out() -> None:
    lamp = "The keeper lights the lamp of the tower at dusk every day."
    stronger, repeated = finding(lamp, 0.8), finding(lamp.replace("lights", "lighted").replace("day", "evening"), 0.7)
    other = finding("Rye bread is baked on two days of the week.", 0.6)
    assert drop_repeats([stronger, repeated, other]) == [stronger, other]


def test_the_bound_of_what_says_the_same() -> None:
    def text(shared: int, own: str) -> str:
        return " ".join([*VOCABULARY[:shared], *(f"{own}{number}" for number in range(10 - shared))])

    common = next(count for count in range(10) if count / (20 - count) > DUPLICATE_SIMILARITY)
    first = finding(text(10, ""), 0.8)
    assert drop_repeats([first, finding(text(common, "b"), 0.7)]) == [first]
    apart = finding(text(common - 1, "b"), 0.7)
    assert drop_repeats([first, apart]) == [first, apart]


def test_the_same_words_in_another_document_stay() -> None:
    here = finding("The keeper lights\nthe lamp.", 0.8, snapshot="a")
    there = finding("The keeper  lights the lamp.", 0.7, snapshot="b")
    assert drop_repeats([here, there]) == [here, there]


def test_what_nearly_repeats_two_that_are_the_same_is_left_out() -> None:
    lamp = "The keeper of the tower lights the lamp every evening at dusk"
    same = [finding(lamp, 0.8, snapshot=snapshot) for snapshot in "ab"]
    assert drop_repeats([*same, finding(f"{lamp} alone", 0.7, snapshot="c")]) == same


def test_the_same_words_of_another_document_stay_where_there_is_no_room_for_others() -> None:
    known = many(MAX_FINDINGS, 0.8)
    same = known[0].model_copy(update={"quote": known[0].quote.model_copy(update={"snapshot": "b" * 64})})
    assert drop_repeats([*known, same, finding("quite another", 0.1)]) == [*known, same]


def test_similarity_is_the_share_of_words_in_common() -> None:
    assert similarity({"a", "b", "c"}, {"b", "c", "d"}) == 0.5
    assert similarity({"a"}, {"a"}) == 1
    assert similarity({"a"}, {"b"}) == 0
    assert similarity(set(), set()) == 0
