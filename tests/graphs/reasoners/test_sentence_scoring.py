import random
from dataclasses import replace
from itertools import pairwise

import pytest

from outlast.evidence.report import Finding
from outlast.evidence.sources import Term
from outlast.graphs.reasoners import scored_spans, sentence_scoring
from outlast.graphs.reasoners.quotable_sentences import MIN_ROW_WORDS, QuotableSentence
from outlast.graphs.reasoners.scored_spans import (
    MAX_JOINED_CHARACTERS,
    MIN_JOINED_STRENGTH_SHARE,
    ScoredSpan,
    join_spans,
    overlap,
)
from outlast.graphs.reasoners.sentence_scoring import (
    ASIDE_FACTOR,
    HEADING_SHARE,
    MAX_GAP_CHARACTERS,
    NEIGHBOUR_SHARE,
    ROW_FACTOR,
    TITLE_SHARE,
    find_quotes,
    follows,
)
from tests.graphs.reasoners.made import asked, passage

LAMP = asked("lamp")
KEEPER_LAMP = asked("keeper lamp")
SAYS_NOTHING = "Rye bread is baked on two days a week."


def texts(found: list[Finding]) -> list[str]:
    return [finding.quote.text for finding in found]


def strength(text: str, **fields: str | float) -> float:
    """Return the strength of the sentence about the keeper or the lamp in `text`, which follows two others."""
    found = find_quotes(passage(f"{SAYS_NOTHING}\n\n{SAYS_NOTHING}\n\n{text}", **fields), KEEPER_LAMP)
    [one] = [each for each in found if text.startswith(each.quote.text)]
    return one.strength


def test_a_sentence_that_says_something_of_the_task_is_quoted() -> None:
    text = f"{SAYS_NOTHING}\n\nThe lamp is lit\nat dusk.\n\n{SAYS_NOTHING}"
    [found] = find_quotes(passage(text, title="Lights", heading="Dusk"), LAMP)
    assert found.quote.text == "The lamp is lit\nat dusk."
    assert (found.title, found.heading) == ("Lights", "Dusk")
    assert found.quote.snapshot == "a" * 64
    start = 50 + text.index("The lamp")
    assert (found.quote.start, found.quote.end) == (start, start + len(found.quote.text))


def test_nothing_is_quoted_where_nothing_is_said() -> None:
    assert find_quotes(passage(SAYS_NOTHING, score=99.0), LAMP) == []
    assert find_quotes(passage("", score=99.0), LAMP) == []


def test_a_synonym_says_something() -> None:
    task = asked("lamp", Term(word="lamp", frequency=1, synonyms=("lantern",)))
    assert texts(find_quotes(passage("The lantern is lit at dusk."), task)) == ["The lantern is lit at dusk."]


@pytest.mark.parametrize(
    "text",
    ["lamp = light(oil)\nlamp.burn()", "The lamp", ">>> lamp.light_it_now(at=dusk, with_=oil)", "Lamp Oil Prices"],
)
def test_code_and_headings_are_not_quoted(text: str) -> None:
    assert find_quotes(passage(text), LAMP) == []


def test_the_sentence_after_it_is_quoted_with_it() -> None:
    text = "The lamp is lit at dusk. A clockwork turns its lens. Rye bread is baked on Fridays."
    assert texts(find_quotes(passage(text), LAMP)) == ["The lamp is lit at dusk. A clockwork turns its lens."]


@pytest.mark.parametrize(
    "after", ["\n\nRye bread is baked on Fridays.", "\n\n    code = 1\n    more = 2\n\nRye bread is baked on Fridays."]
)
def test_what_stands_in_another_paragraph_is_not_quoted_with_it(after: str) -> None:
    assert texts(find_quotes(passage(f"The lamp is lit at dusk.{after}"), LAMP)) == ["The lamp is lit at dusk."]


def test_what_stands_behind_something_that_is_not_quoted_is_not_quoted_with_it() -> None:
    text = "The lamp is lit at dusk. Oil Prices. Rye bread is baked on Fridays."
    assert texts(find_quotes(passage(text), LAMP)) == ["The lamp is lit at dusk."]


def test_a_row_follows_no_sentence() -> None:
    text = "It is lit. | lamp |"
    one, other = (
        QuotableSentence(start, end, text[start:end], LAMP.matches_in("")) for start, end in ((0, 10), (11, 19))
    )
    assert follows(text, one, other)
    assert not follows(text, one, replace(other, is_row=True))


@pytest.mark.parametrize(
    "leaning",
    ["It lights the lamp.", "This is why the lamp burns.", "However, no lamp was lit.", "Therefore the lamp burns."],
)
def test_a_sentence_that_leans_back_is_quoted_with_the_one_before(leaning: str) -> None:
    before = "A clockwork is wound by hand."
    assert texts(find_quotes(passage(f"{before} {leaning}"), LAMP)) == [f"{before} {leaning}"]
    assert texts(find_quotes(passage(f"{before}\n\n{leaning}"), LAMP)) == [leaning]


@pytest.mark.parametrize(
    "standing", ["The lamp is lit at dusk.", "Items of the lamp are kept.", "Thistles hide the lamp."]
)
def test_a_sentence_that_stands_alone_is_quoted_without_the_one_before(standing: str) -> None:
    assert texts(find_quotes(passage(f"A clockwork is wound by hand. {standing}"), LAMP)) == [standing]


@pytest.mark.parametrize(
    "text",
    [
        ":lamp: /lamp/ n. What the keeper of a tower climbs to each evening.",
        "Lamp, the. What the keeper of a tower climbs to each evening.",
        "1.4 The lamp. What the keeper of a tower climbs to each evening.",
        "- Lamp. What the keeper of a tower climbs to each evening.",
    ],
)
def test_a_title_on_the_line_of_a_sentence_is_quoted_with_it(text: str) -> None:
    [found] = find_quotes(passage(f"{SAYS_NOTHING}\n\n{text}\n\n{SAYS_NOTHING}"), LAMP)
    assert found.quote.text in text
    assert "amp" in found.quote.text
    assert found.quote.text.endswith("each evening.")


@pytest.mark.parametrize("text", [f"Lamp.\n{SAYS_NOTHING}", f"The oil is kept in the yard. Lamp. {SAYS_NOTHING}"])
def test_what_is_no_title_on_the_line_of_a_sentence_is_not_quoted_with_it(text: str) -> None:
    assert not any(SAYS_NOTHING in found for found in texts(find_quotes(passage(text), LAMP)))


def test_a_footnote_mark_is_not_part_of_the_sentence() -> None:
    [found] = find_quotes(passage("[12] The lamp is lit at dusk."), LAMP)
    assert found.quote.text == "The lamp is lit at dusk."
    assert found.quote.start == 50 + len("[12] ")


TABLE = """\
+---------+------------------------------------------+
| what    | says                                     |
+=========+==========================================+
| lamp    | It is lit by the keeper every evening    |
+---------+------------------------------------------+
| bread   | It is baked by the baker every morning   |
+---------+------------------------------------------+"""


def test_a_row_of_a_table_is_quoted_alone() -> None:
    row = "| lamp    | It is lit by the keeper every evening    |"
    assert texts(find_quotes(passage(f"{TABLE}\n\n{SAYS_NOTHING}"), LAMP)) == [row]
    assert texts(find_quotes(passage(f"The oil is in cans.\n\n{TABLE}"), LAMP)) == [row]


def test_a_row_of_few_words_is_a_fact_which_counts_less_for_what_it_lacks() -> None:
    words = " ".join(["word"] * (MIN_ROW_WORDS - 2))
    [long] = find_quotes(passage(f"| lamp | {words} word | 1871 |"), KEEPER_LAMP)
    [short] = find_quotes(passage(f"| lamp | {words} | 1871 |"), KEEPER_LAMP)
    assert short.quote.text == f"| lamp | {words} | 1871 |"
    assert short.strength < 0.6 * long.strength


def test_a_row_weighs_less_than_a_sentence() -> None:
    sentence = strength("The lamp is lit by the keeper.")
    row = strength("| lamp | it is lit by the keeper | 1 |")
    assert row == pytest.approx(ROW_FACTOR * sentence, abs=1e-4)
    assert 0 < ROW_FACTOR < 1


@pytest.mark.parametrize(
    "pointing",
    [
        "See also the chapter on the keeper's lamp.",
        "The keeper's lamp is described in section 4.",
        "The keeper of the lamp: see\nsection 4.",
    ],
)
def test_a_sentence_that_points_elsewhere_weighs_less(pointing: str) -> None:
    plain = strength("The keeper minds the lamp, as I see.")
    assert strength(pointing) == pytest.approx(ASIDE_FACTOR * plain, abs=1e-4)
    assert 0 < ASIDE_FACTOR < 1


@pytest.mark.parametrize(
    "change", ["New in version 3: the keeper has a lamp.", "Changed since\nrelease 2: the keeper has a lamp."]
)
def test_a_note_on_what_has_changed_weighs_less(change: str) -> None:
    assert strength(change) == pytest.approx(ASIDE_FACTOR * strength("The keeper now has a lamp."), abs=1e-4)
    assert strength("What is new in version 3: the keeper's lamp.") == strength("The keeper now has a lamp.")


def test_a_sentence_that_says_more_of_the_task_is_stronger() -> None:
    assert strength("The keeper lights the lamp.") > strength("The keeper winds the clock.") > 0


def test_a_sentence_of_a_better_passage_is_stronger_up_to_a_bound() -> None:
    scores = [strength("The keeper winds the clock.", score=score) for score in (0.0, 1.0, 2.0, 1e6, 1e9)]
    assert scores[0] < scores[1] < scores[2] < scores[3] == scores[4] < 1


def test_a_word_counts_less_the_farther_from_the_sentence_it_is_said() -> None:
    text = "The keeper winds the clock."
    said = strength("The keeper lights a lamp.")
    nearby = {
        HEADING_SHARE: strength(text, heading="Of the lamp"),
        NEIGHBOUR_SHARE: strength(f"{text} Oil for the lamp stands near."),
        TITLE_SHARE: strength(text, title="The lamp"),
    }
    nowhere = strength(text)
    for share, there in nearby.items():
        assert nowhere < there < said
        assert (there - nowhere) / (said - nowhere) == pytest.approx(share, abs=0.01)
    assert strength(text, uri="far/old-lamp.txt") == nearby[TITLE_SHARE]
    assert strength(text, uri="lamp/old.txt") == nowhere


def test_the_first_sentence_of_a_passage_is_stronger() -> None:
    lamps = "The lamp is lit at dusk."
    [first] = find_quotes(passage(f"{lamps}\n\n{SAYS_NOTHING}"), LAMP)
    [second] = find_quotes(passage(f"{SAYS_NOTHING}\n\n{lamps}"), LAMP)
    assert first.strength > second.strength


def test_the_first_sentences_below_a_heading_that_asks_answer_it_whatever_their_words() -> None:
    answer, more, other = "Pour in oil.", "Then turn the brass screw to the left.", "Rye bread is baked on Fridays."
    text = f"{answer} {more}\n\n{other}"
    text = text.replace("Pour in oil.", "Pour the oil into the can.")
    [found] = find_quotes(passage(text, heading="How the keeper fills the lamp"), KEEPER_LAMP)
    assert found.quote.text == f"Pour the oil into the can. {more}"
    [titled] = find_quotes(passage(text, title="How the keeper fills the lamp"), KEEPER_LAMP)
    assert titled.quote == found.quote
    assert find_quotes(passage(text, heading="How it is filled"), KEEPER_LAMP) == []


def test_two_sentences_below_a_heading_answer_it_and_no_more() -> None:
    sentences = ("Pour the oil into the can.", "Turn the brass screw to the left.", "Wait until the wick is wet.")
    [found] = find_quotes(passage("\n\n".join(sentences), heading="How the keeper fills the lamp"), KEEPER_LAMP)
    assert found.quote.text == "\n\n".join(sentences[:2])


def test_a_heading_that_says_little_of_the_task_is_not_answered() -> None:
    task = asked("keeper lamp clockwork lens", Term(word="lamp", frequency=90))
    assert find_quotes(passage("Pour the oil into the can.", heading="The lamp"), task) == []


def test_a_sentence_under_the_heading_that_it_answers_is_stronger() -> None:
    task = asked("keeper lamp clockwork")
    text = "The keeper lights the lamp by clockwork."
    plain, under = (
        find_quotes(passage(text, heading=heading), task)[0].strength for heading in ("Dusk", "Keeper and lamp")
    )
    assert under > plain


def test_quotes_come_best_first_and_those_that_touch_are_one() -> None:
    far = "\n\n".join([SAYS_NOTHING] * 4)
    text = f"The keeper sleeps by day.\n\n{far}\n\nThe keeper lights the lamp. The lamp is lit at dusk."
    found = find_quotes(passage(text), KEEPER_LAMP)
    assert texts(found) == ["The keeper lights the lamp. The lamp is lit at dusk.", "The keeper sleeps by day."]
    assert found[0].strength > found[1].strength


def test_a_short_sentence_between_two_that_are_quoted_is_quoted_too() -> None:
    text = "The lamp is lit.\n\nIt is so at dusk.\n\nThe lamp is old and made of brass."
    assert texts(find_quotes(passage(text), LAMP)) == [text]
    apart = text.replace("at dusk", f"at dusk {'and dawn ' * (MAX_GAP_CHARACTERS // 9 + 1)}")
    assert len(find_quotes(passage(apart), LAMP)) == 2


def test_of_two_spans_that_touch_the_weaker_makes_the_stronger_longer() -> None:
    strong, weak = ScoredSpan(100, 200, 0.5), ScoredSpan(150, 250, 0.5 * MIN_JOINED_STRENGTH_SHARE)
    text = "x" * 1000
    assert join_spans(text, strong, weak) == ScoredSpan(100, 250, 0.5)
    assert join_spans(text, strong, ScoredSpan(50, 120, 0.4)) == ScoredSpan(50, 200, 0.5)
    assert join_spans(text, strong, ScoredSpan(150, 250, 0.5 * MIN_JOINED_STRENGTH_SHARE - 0.01)) is None
    assert join_spans(text, strong, ScoredSpan(150, 100 + MAX_JOINED_CHARACTERS, 0.5)) == ScoredSpan(
        100, 100 + MAX_JOINED_CHARACTERS, 0.5
    )
    assert join_spans(text, strong, ScoredSpan(150, 101 + MAX_JOINED_CHARACTERS, 0.5)) is None


@pytest.mark.parametrize(
    "text",
    [
        "1. The lamp is lit at dusk.\n2. The lamp is filled with oil at noon.",
        "- The lamp is lit at dusk.\n- The lamp is filled with oil at noon.",
        "The lamp is lit at dusk.\n\nOil\n\nThe lamp is filled with oil at noon.",
    ],
)
def test_items_of_a_list_and_what_stands_below_another_title_are_quoted_each_for_itself(text: str) -> None:
    assert sorted(texts(find_quotes(passage(text), LAMP))) == [
        "The lamp is filled with oil at noon.",
        "The lamp is lit at dusk.",
    ]


def test_an_item_of_a_list_does_not_follow_another_one() -> None:
    text = "1. The lamp is lit at dusk.\n2. Rye bread is baked on Fridays."
    assert texts(find_quotes(passage(text), LAMP)) == ["The lamp is lit at dusk."]


def test_a_long_row_is_quoted_alone() -> None:
    rows = "lamp | it is lit by the keeper every evening\nold lamp | it is lit by the keeper every winter"
    found = find_quotes(passage(f"what | says | more\n{rows}".replace(" | it", " | x | it")), LAMP)
    assert all("\n" not in each.quote.text for each in found)
    assert len(found) == 2


def test_a_span_is_joined_to_the_one_with_which_it_shares_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence joins the span it touches, and not the strongest one near it."""
    spans = [ScoredSpan(0, 100, 0.9), ScoredSpan(150, 250, 0.6), ScoredSpan(110, 160, 0.59)]
    monkeypatch.setattr(scored_spans, "MAX_JOINED_CHARACTERS", 200)  # too little to join all three
    monkeypatch.setattr(sentence_scoring, "score_sentences", lambda *_: iter(spans))
    found = find_quotes(passage("x" * 300), LAMP)
    assert [(each.quote.start - 50, each.quote.end - 50) for each in found] == [(0, 100), (110, 250)]


def test_what_two_spans_share() -> None:
    assert (
        overlap(ScoredSpan(0, 10, 1), ScoredSpan(4, 20, 1)) == overlap(ScoredSpan(4, 20, 1), ScoredSpan(0, 10, 1)) == 6
    )
    assert overlap(ScoredSpan(0, 10, 1), ScoredSpan(10, 20, 1)) == 0
    assert overlap(ScoredSpan(0, 10, 1), ScoredSpan(15, 20, 1)) == -5
    assert overlap(ScoredSpan(0, 10, 1), ScoredSpan(2, 5, 1)) == 3


WORDS = ("keeper", "lamp", "clockwork", "rye", "bread", "oil", "dusk", "the", "is", "of", "brass")
OPENINGS = ("It", "The keeper", "A lamp", "This", "See also", "Rye bread", "[3] The lamp", "However,")
BETWEEN = (
    " ",
    " ",
    " ",
    "\n",
    "\n\n",
    "\n\n| lamp | it is lit by the keeper | 1 |\n| oil | kept in cans by hand | 2 |\n\n",
)


def written(chance: random.Random) -> str:
    text = ""
    while len(text) < chance.choice((200, 800)):
        words = " ".join(chance.choice(WORDS) for _ in range(chance.choice((4, 12, 30))))
        text += f"{chance.choice(OPENINGS)} {words}.{chance.choice(BETWEEN)}"
    return text.strip()


@pytest.mark.parametrize("seed", range(300))
def test_quotes_are_verbatim_apart_and_between_nothing_and_all(seed: int) -> None:
    chance = random.Random(seed)
    read = passage(written(chance), score=chance.uniform(0, 9), heading=chance.choice(("", "Keeper and lamp")))
    found = find_quotes(read, asked("keeper lamp clockwork"))
    assert found
    for each in found:
        start, end = each.quote.start - read.start, each.quote.end - read.start
        assert each.quote.text == read.text[start:end] == read.text[start:end].strip()
        assert 0 < each.strength <= 1
    assert all(one.strength >= other.strength for one, other in pairwise(found))
    in_order = sorted(found, key=lambda each: each.quote.start)
    assert all(one.quote.end <= other.quote.start for one, other in pairwise(in_order))


def test_what_only_asks_is_weaker_than_what_says() -> None:
    assert strength("Could we buy a lamp for the pier?") < strength("We could buy a lamp for the pier.")
    assert strength("Where is the lamp? It is on the pier.") == strength("There is the lamp. It is on the pier.")


def test_the_mail_that_is_answered_is_weaker_than_the_mail_itself() -> None:
    assert strength("> The lamp is lit at dusk.") < strength("The lamp is lit at dusk.")


def test_named_values_that_close_a_paragraph_are_quoted_with_it() -> None:
    text = "The lamp is moved to the pier. This will cost 40 EUR in all. For: Dahl, Moe. Against: Vik."
    [found] = find_quotes(passage(f"{text}\n\nBread: rye"), LAMP)
    assert found.quote.text == text
    [found] = find_quotes(passage("- The lamp is moved to the pier.\n- Bread: rye"), LAMP)
    assert found.quote.text == "The lamp is moved to the pier."


def test_what_is_about_another_number_is_weaker() -> None:
    query = asked("What changed for the lamp in version 2.0.0?")
    text = "The lamp is lit at dusk and put out at dawn."

    def strength_below(heading: str) -> float:
        [found] = find_quotes(passage(text, heading=heading), query)
        return found.strength

    assert strength_below("2.1.0 (2024-05-02)") < 0.6 * strength_below("2.0.0 (2023-11-20)")
    assert strength_below("2.0.0 (2023-11-20)") > strength_below("Changes")
    assert strength_below("Version 3") < 0.6 * strength_below("Version 2.0.0")


@pytest.mark.parametrize("limit", ["Not on Sundays.", "Except in August.", "Nicht am Sonntag.", "Otherwise it is off."])
def test_what_limits_a_sentence_is_quoted_with_it(limit: str) -> None:
    text = f"The lamp is lit at dusk. {limit} Rye bread is baked on Fridays."
    [quoted] = texts(find_quotes(passage(text), LAMP))
    assert quoted == f"The lamp is lit at dusk. {limit}"
