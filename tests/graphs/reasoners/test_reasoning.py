import pytest

from outlast.graphs.reasoners.reasoning import INSTEAD, needed_reasoning
from tests.graphs.reasoners.made import asked

BOATS = "How many boats are there?"


def stated(question: str, text: str) -> bool:
    reasoning = needed_reasoning(question, asked(question))
    assert reasoning is not None
    return reasoning.is_stated_in(text)


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        (BOATS, "to count"),
        ("How many of the boats have a keel?", "to count"),
        ("Which of these do NOT need a licence?", "to sort out what does not apply"),
        ("Which harbours don't have a crane?", "to sort out what does not apply"),
        ("Which harbours have no crane?", "to sort out what does not apply"),
        ("Compare the two leases.", "to compare"),
        ("Please compare Norby with Sund", "to compare"),
        ("How does Norby compare with Sund?", "to compare"),
        ("What is the sum of all rents?", "to calculate"),
        ("What was the average catch?", "to calculate"),
        ("How much are rent and deposit in total?", "to calculate"),
        ("How much is 12 * 3?", "to calculate"),
        ("Which harbour had the largest catch?", "to find the largest or smallest of several"),
        ("In which harbour was the lowest catch?", "to find the largest or smallest of several"),
    ],
)
def test_what_a_question_asks_for(question: str, asks: str) -> None:
    reasoning = needed_reasoning(question, asked(question))
    assert reasoning is not None
    assert reasoning.asks == asks
    assert reasoning.refusal.startswith(f"This question asks {asks}, which needs a model, and no quote")
    assert reasoning.refusal.endswith(f" Set OUTLAST_MODEL, or {INSTEAD[asks]}.")


@pytest.mark.parametrize(
    "question",
    [
        "When was the lighthouse built?",
        "How high is the deposit?",
        "What does the lamp mean to the keeper?",
        "What is the difference between the two lamps?",
        "What is the fastest way to load many rows?",
        "Why is nan not equal to itself?",
        "How do I avoid a deadlock?",
        "Can I use most of the tools?",
        "Does the ferry not sail on Sundays?",
        "What happens if I do nothing?",
        "What time does the first ferry leave?",
    ],
)
def test_questions_that_a_quote_may_answer(question: str) -> None:
    assert needed_reasoning(question, asked(question)) is None


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (BOATS, "The harbour has 13 boats."),
        (BOATS, "There are thirteen large boats in the harbour."),
        (BOATS, "Harbour: Norby; Year: 2020; Boats: 13"),
        (BOATS, "The number of boats is 13."),
        ("How many cells did the culture hold?", "The culture held 10^6 cells in each millilitre."),
        ("How many rows can a table have?", "The maximum number of rows in a table of this kind is 2^64."),
        ("How many cubic metres does the reservoir hold?", "The reservoir holds 12,000 m³."),
        ("How many times a day does the ferry cross?", "It crosses twice a day."),
        ("How many days of notice are needed?", "The notice is six weeks."),
        ("Which harbours do not have a crane?", "Vik has no crane."),
        ("How does Norby compare with Sund?", "Norby is larger than Sund."),
        ("What is the total of the invoice?", "Total: 64.20 EUR"),
        ("What was the average catch?", "The mean catch was 12 tonnes."),
        ("Which harbour had the largest catch?", "The largest catch was landed at Norby."),
    ],
)
def test_a_quote_that_states_the_result(question: str, text: str) -> None:
    assert stated(question, text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (BOATS, "The boats lie at the pier."),
        (BOATS, "Boat 13 lies at the pier."),
        (BOATS, "In 1903 boats were built of wood."),
        (BOATS, "Boat: Heron; Length: 12"),
        ("Which of these do not need a licence?", "Rowing boats do not need one."),
        ("Which harbours do not have a crane?", "Norby has a crane."),
        ("Compare Norby with Sund.", "Norby is larger than Sund."),
        ("What is the total of the invoices?", "Amount due: 64.20 EUR"),
        ("What was the average catch?", "Catch: 12"),
        ("What is 12 + 3?", "12 + 3 is 15."),
        ("Which harbour had the largest catch?", "Norby landed 98 tonnes."),
    ],
)
def test_a_quote_that_does_not(question: str, text: str) -> None:
    assert not stated(question, text)
