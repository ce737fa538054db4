import pytest

from outlast.evidence.sources import Term
from outlast.graphs.reasoners.query_weights import (
    SYNONYM_SHARE,
    QueryWeights,
    WordMatches,
    add_matches,
    inverse_frequency,
    passage_frequency,
)
from tests.graphs.reasoners.made import SIZE, asked


def said(*words: str, synonyms: tuple[str, ...] = ()) -> WordMatches:
    return WordMatches(frozenset(words), frozenset(synonyms))


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    task = asked("Does the keeper light the lamp?", Term(word="lamp", frequency=40), Term(word="keeper", frequency=3))
    assert list(task.weights) == ["keeper", "light", "lamp"]
    assert task.weights["light"] > task.weights["keeper"] > task.weights["lamp"] > 0
    assert task.total_weight == sum(task.weights.values())


def test_rarity_falls_with_the_frequency_and_is_never_negative() -> None:
    weights = [inverse_frequency(frequency, SIZE) for frequency in range(1, SIZE + 1)]
    assert weights == sorted(weights, reverse=True)
    assert weights[-1] >= 0
    assert inverse_frequency(3, 10 * SIZE) > inverse_frequency(3, SIZE)


def test_a_word_that_no_passage_has_is_unknown_and_weighs_what_its_synonyms_weigh() -> None:
    task = asked("lighthouse lamp", Term(word="lighthouse", frequency=0, synonyms=("beacon",), synonyms_frequency=7))
    assert (task.unknown, task.unmatched) == (("lighthouse",), ())
    assert task.weights["lighthouse"] == inverse_frequency(7, SIZE)


def test_a_word_without_any_synonym_there_is_lost_and_weighs_nothing() -> None:
    task = asked("zeppelin lamp", Term(word="zeppelin", frequency=0))
    assert (task.unknown, task.unmatched) == (("zeppelin",), ("zeppelin",))
    assert list(task.weights) == ["lamp"]
    assert task.word_count == 2


def test_the_frequency_of_a_word_comes_before_that_of_its_synonyms() -> None:
    assert passage_frequency(Term(word="lamp", frequency=3, synonyms_frequency=9)) == 3
    assert passage_frequency(Term(word="lamp", frequency=0, synonyms_frequency=9)) == 9
    assert passage_frequency(Term(word="lamp", frequency=0)) == 0


def test_a_word_that_was_not_searched_for_is_neither_known_nor_unknown() -> None:
    task = QueryWeights("the oil of the lamp", [Term(word="lamp", frequency=1)], SIZE)
    assert (task.word_count, list(task.weights), task.unknown) == (2, ["lamp"], ())


def test_terms_of_another_question_do_not_count() -> None:
    task = QueryWeights("the lamp", [Term(word="lamp", frequency=1), Term(word="oil", frequency=0)], SIZE)
    assert (task.word_count, list(task.weights), task.unknown, task.unmatched) == (1, ["lamp"], (), ())


def test_each_word_counts_once() -> None:
    assert asked("lamp, lamp and oil").word_count == 2


def test_where_no_word_says_anything_all_are_asked_for() -> None:
    task = QueryWeights("Is it it?", [Term(word="is", frequency=1), Term(word="it", frequency=2)], SIZE)
    assert (task.word_count, list(task.weights)) == (2, ["is", "it"])


def test_a_question_without_a_word_covers_nothing() -> None:
    task = QueryWeights("?!", [], SIZE)
    assert (task.word_count, task.weights, task.coverage({})) == (0, {}, 0)


@pytest.mark.parametrize("text", ["A lamp.", "two LAMPS", "“lamp”", "lamp's"])
def test_a_word_is_said_in_any_form(text: str) -> None:
    assert asked("lamps").matches_in(text) == said("lamps")


def test_a_word_within_another_is_not_said() -> None:
    assert asked("lamp").matches_in("clamp lampoon") == said()


def test_a_spelling_is_the_word_itself() -> None:
    task = asked("color", Term(word="color", frequency=1, spellings=("colour",), synonyms=("paint",)))
    assert task.matches_in("Colours fade.") == said("color")
    assert task.matches_in("Paints fade.") == said(synonyms=("color",))


def test_a_word_and_its_synonym_are_the_word() -> None:
    task = asked("lamp", Term(word="lamp", frequency=1, synonyms=("light",)))
    assert task.matches_in("The lamp gives light.") == said("lamp")


@pytest.mark.parametrize(
    ("text", "is_said"),
    [
        ("It runs out.", True),
        ("Run\n out of oil", True),
        ("Running out", True),
        ("Out it runs.", False),
        ("It runs far out.", False),
        ("It overruns out there.", False),
        ("It runs outside.", False),
    ],
)
def test_a_phrase_is_said_where_its_words_follow_each_other(text: str, is_said: bool) -> None:
    task = asked("exhaust", Term(word="exhaust", frequency=1, synonyms=("run out",)))
    assert task.matches_in(text) == said(synonyms=("exhaust",) if is_said else ())


def test_a_synonym_without_a_word_in_it_is_never_said() -> None:
    task = asked("equal", Term(word="equal", frequency=1, synonyms=("==",)))
    assert task.matches_in("a == b") == task.matches_in("==") == task.matches_in("") == said()


def test_a_lost_word_is_not_said_whatever_the_text() -> None:
    assert asked("zeppelin", Term(word="zeppelin", frequency=0)).matches_in("A zeppelin!") == said()


def test_coverage_is_the_share_of_the_weight() -> None:
    task = asked("keeper lamp", Term(word="lamp", frequency=40))
    heavy, light = task.weights["keeper"] / task.total_weight, task.weights["lamp"] / task.total_weight
    assert task.coverage({"keeper": 1, "lamp": 1}) == pytest.approx(1)
    assert task.coverage({"keeper": 1}) == pytest.approx(heavy)
    assert task.coverage({"lamp": 0.5}) == pytest.approx(light / 2)
    assert task.coverage({}) == 0


def test_a_word_counts_as_much_as_the_best_place_where_it_is_said() -> None:
    shares: dict[str, float] = {}
    add_matches(shares, said("lamp"), 0.3)
    assert shares == {"lamp": 0.3}
    add_matches(shares, said("lamp", "oil"), 0.7)
    add_matches(shares, said("lamp"), 0.5)
    assert shares == {"lamp": 0.7, "oil": 0.7}


def test_a_synonym_counts_less_than_the_word() -> None:
    shares: dict[str, float] = {}
    add_matches(shares, said(synonyms=("lamp",)), 0.8)
    assert shares == {"lamp": pytest.approx(0.8 * SYNONYM_SHARE)}
    assert 0 < SYNONYM_SHARE < 1
    add_matches(shares, said(synonyms=("lamp",)), 0.1)
    assert shares == {"lamp": pytest.approx(0.8 * SYNONYM_SHARE)}
    add_matches(shares, said("lamp"), 0.8)
    assert shares == {"lamp": 0.8}


def test_a_number_says_what_an_amount_is_asked_by() -> None:
    high = asked("How high is the deposit?", Term(word="high", frequency=0, synonyms=("tall",), synonyms_frequency=3))
    assert high.unknown == ()
    assert high.matches_in("Deposit: 1800 EUR").words == {"deposit", "high"}
    assert high.matches_in("Deposit: none of it").words == {"deposit", "high"}
    assert high.matches_in("Deposit: paid").words == {"deposit"}


def test_a_word_that_documents_have_is_said_by_a_value_only_in_part() -> None:
    dated = asked("What is the due date?")
    matches = dated.matches_in("Amount due: 78.50 EUR")
    assert (matches.words, matches.synonyms) == ({"due"}, {"date"})
    assert dated.matches_in("Due date: 9 May").words == {"due", "date"}


def test_a_number_of_the_question_is_one_of_its_words() -> None:
    assert asked("What is the amount due of invoice 1043?").numbers == ("1043",)
