from outlast.evidence.report import Finding
from outlast.evidence.sources import Span
from outlast.graphs.reasoners.repeats import (
    DUPLICATE_SIMILARITY,
    LEADING_STRENGTH_SHARE,
    MAX_FINDINGS,
    MAX_RELATED_FINDINGS,
    MIN_STRENGTH_SHARE,
    STANDALONE_STRENGTH_SHARE,
    choose_findings,
    drop_repeats,
    similarity,
)
from tests.graphs.reasoners.made import finding

VOCABULARY = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau phi".split()
)


def many(count: int, strength: float, snapshot: str = "a") -> list[Finding]:
    """Return findings that share no words."""
    return [finding(f"{snapshot}{number} {snapshot}x{number}", strength, snapshot=snapshot) for number in range(count)]


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


def test_the_same_sentence_in_other_case_or_with_another_stop_is_the_same() -> None:
    here = finding("The keeper lights the lamp.", 0.8, snapshot="a")
    there = finding("the Keeper lights\nthe lamp", 0.7, snapshot="b")
    assert drop_repeats([here, there]) == [here, there]


def test_a_sentence_inside_one_that_was_chosen_is_not_said_twice() -> None:
    whole = finding("The keeper lights the lamp. It burns until the sun stands over the pier and boats go out.", 0.8)
    assert drop_repeats([whole, finding("The keeper lights the lamp.", 0.7, snapshot="b")]) == [whole]
    assert drop_repeats([whole, finding("The keeper lights the lamp.", 0.7)]) == [whole]


def test_of_a_longer_quote_in_another_document_only_the_same_words_stay() -> None:
    words, more = "The keeper lights the lamp.", "It burns until the sun stands over the pier and all boats are out."
    here, there = finding(words, 0.8), finding(f"Twice. {words} {more}", 0.7, snapshot="b", start=100)
    kept, cut = drop_repeats([here, there])
    assert kept == here
    assert (cut.quote.text, cut.quote.start, cut.quote.end) == (words, 107, 107 + len(words))
    longer = finding(f"{words} {more}", 0.7, start=100)
    assert drop_repeats([here, longer]) == [here]


def test_a_part_of_a_word_is_no_part_of_a_sentence() -> None:
    cat, cats = finding("the cat", 0.8), finding("the cats of the harbour sleep on warm ropes", 0.7)
    assert drop_repeats([cat, cats]) == [cat, cats]


def test_rows_that_differ_in_a_number_alone_are_no_repeats() -> None:
    header = (Span(start=0, end=39, text="Harbour | Year | Boats | Landed in tonnes"),)

    def row(text: str) -> Finding:
        made = finding(text, 0.8, start=100)
        return made.model_copy(update={"quote": made.quote.model_copy(update={"lead": header})})

    rows = [row("Norby | 2020 | 12 | 98"), row("Norby | 2021 | 12 | 98")]
    assert drop_repeats(rows) == rows


def test_similarity_is_the_share_of_words_in_common() -> None:
    assert similarity({"a", "b", "c"}, {"b", "c", "d"}) == 0.5
    assert similarity({"a"}, {"a"}) == 1
    assert similarity({"a"}, {"b"}) == 0
    assert similarity(set(), set()) == 0
