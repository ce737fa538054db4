import pytest

from outlast.graphs.reasoners.extractive import split_question


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("When was the lamp lit?", ["When was the lamp lit?"]),
        ("when was the lamp lit", ["When was the lamp lit?"]),
        ("  lamp oil ", ["Lamp oil?"]),
        ("Describe the lamp. ", ["Describe the lamp."]),
        ("Light the lamp!", ["Light the lamp!"]),
        ("What burns in the U.S.?", ["What burns in the U.S.?"]),
        (
            "Who lights the lamp? Who winds the clockwork? Who paints the railing?",
            ["Who lights the lamp?", "Who winds the clockwork?", "Who paints the railing?"],
        ),
    ],
)
def test_a_question_is_cut_where_another_begins(question: str, parts: list[str]) -> None:
    assert split_question(question) == parts


@pytest.mark.parametrize("between", ["? ", " and ", ", and ", "; ", ", ", " AND ", "?\n"])
def test_a_second_question_begins_after(between: str) -> None:
    parts = split_question(f"When does the ferry sail{between}WHAT does a ticket cost")
    assert parts == ["When does the ferry sail?", "WHAT does a ticket cost?"]


@pytest.mark.parametrize(
    "question",
    [
        "If I lock a row, what happens to the table?",  # the first half asks nothing
        "Given a folder of documents, how does the index grow?",
        "How do I lock a row, and is that safe for readers?",  # what "that" is, the second half does not say
        "How does the keeper clean the lamp, and when does he light it again?",
        "Who built the lighthouse, and what did their children become?",
        "When does the ferry sail, and why?",  # a word alone does not find its own subject
        "When does the ferry sail, and how often?",
        "What is the difference between oil and gas lamps?",  # nothing begins after this "and"
        "Which whatnots are in the whereabouts, whatsoever they are?",
    ],
)
def test_a_question_that_cannot_be_cut_well_stays_whole(question: str) -> None:
    assert split_question(question) == [question]


def test_a_word_that_only_begins_like_one_that_asks_begins_no_question() -> None:
    parts = split_question("When does the ferry sail? What does a ticket cost, whatsoever the weather is?")
    assert parts == ["When does the ferry sail?", "What does a ticket cost, whatsoever the weather is?"]


def test_every_part_must_stand_alone_or_none_is_cut() -> None:
    question = "When does the ferry sail? What does a ticket cost? Is it late?"
    assert split_question(question) == [question]


@pytest.mark.parametrize("question", ["", "?", " ,;?\n", "What is it?", "Is it so, and who are they?"])
def test_what_asks_for_nothing_has_no_parts(question: str) -> None:
    assert split_question(question) == []


def test_a_part_that_says_nothing_is_left_out_of_a_question_that_does() -> None:
    assert split_question("What is it? When does the ferry sail?") == ["When does the ferry sail?"]
