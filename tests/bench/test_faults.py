"""What `make faults` finds wrong: each of its targets is missed by something."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from temporalio.exceptions import ApplicationError

from bench.faults.campaign import Campaign
from bench.faults.crew import Kill
from bench.faults.judging import Spent, errors_in, find_uncounted, sums
from bench.faults.run import RunEnding, failed_ending
from bench.faults.summary import complaints, passed, summary
from outlast.evidence.report import Claim, Report
from outlast.evidence.sources import Quote
from outlast.evidence.usage import ModelUsage, Usage
from tests.evidence.reports import report
from tests.servers.world.ledger import Call
from tests.servers.world.reading import in_other_words
from tests.servers.world.world import World

KILL = Kill(sent=100.0, gone=100.5)
LATER = Kill(sent=105.0, gone=105.5)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(seed=2, count=1) as world:
        yield world


def claim(quoted: str, text: str) -> Claim:
    return Claim(text=text, quotes=(Quote(snapshot="a" * 64, start=0, end=len(quoted), text=quoted),))


def reported(world: World, *texts: str, tokens: int = 130, calls: int = 2) -> Report:
    said = world.topics[0].sentences()[0]
    usage = Usage.of([ModelUsage(model="openai:world", calls=calls, input_tokens=tokens)])
    made = report(claim(said, in_other_words(said)), *(claim(text, text) for text in texts))
    return made.model_copy(update={"usage": usage})


def campaign(world: World, *, again: int = 3) -> Campaign:
    """One run, whose calls are made three times undisturbed, and `again` times more or less so with faults."""
    name = world.topics[0].name
    search = Call(name, "search", "tavily", 20.0, 21.0)
    faulty = Call(name, "search", "tavily", 20.0, 21.0, "500")
    paid = [
        Call(name, "model", "Copies", 10.0, 11.0, input_tokens=100),
        Call(name, "model", "Choice", 99.0, 99.8, input_tokens=30),
        Call(name, "model", "Choice", 99.0, 99.8, "reset"),
        Call(name, "page", "history", 1.0, 2.0),
    ]
    ended = RunEnding(name, 9.0, reported(world))
    return Campaign(world, [ended], [*paid, *[faulty] * again], [ended], [*paid[:2], search], [])


def test_a_campaign_that_holds_passes(world: World) -> None:
    figures = summary(campaign(world, again=2))
    assert (figures["runs"], figures["reports"], figures["calls"], figures["call_ratio"]) == (1, 1, 5, 1.667)
    assert passed(figures)
    assert list(complaints(campaign(world))) == []


def test_too_many_calls_miss_the_target(world: World) -> None:
    figures = summary(campaign(world, again=3))
    assert figures["call_ratio"] == 2.0
    assert not passed(figures)
    assert passed({**figures, "kills": 3})
    assert not passed({**figures, "call_ratio": 0.0})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (RunEnding("Abc", 300.0, reason="still at write", is_stuck=True), "stuck"),
        (RunEnding("Abc", 3.0, reason="KeyError: 'x'", explained=False), "unexplained"),
    ],
)
def test_a_run_that_ends_badly_misses_a_target(world: World, wrong: RunEnding, said: str) -> None:
    made = replace(campaign(world, again=1), ended=[wrong])
    assert summary(made)[said] == 1
    assert not passed(summary(made))
    (line,) = complaints(made)
    assert wrong.reason in line


def test_a_reason_that_people_can_read_is_no_failure_of_the_campaign(world: World) -> None:
    ours = ApplicationError("plan: The model gave no JSON. Use another.", type="Permanent")
    made = replace(campaign(world, again=1), ended=[failed_ending("Abc", 3.0, ours)])
    assert passed(summary(made))
    assert failed_ending("Abc", 3.0, ApplicationError("boom", type="KeyError")).explained is False
    assert failed_ending("Abc", 3.0, None).explained is False


def test_what_nobody_in_the_world_says_is_found_in_a_report(world: World) -> None:
    sentence = world.topics[0].sentences()[0]
    assert errors_in(reported(world, sentence), world) == []
    wrong = "The server has a bad day."
    made = replace(campaign(world, again=1), ended=[RunEnding(world.topics[0].name, 9.0, reported(world, wrong))])
    assert summary(made)["error_findings"] == 1
    assert not passed(summary(made))
    assert wrong in "".join(complaints(made))


def test_a_usage_that_is_not_what_was_answered_is_found(world: World) -> None:
    made = campaign(world, again=1)
    short = RunEnding(made.ended[0].topic, 9.0, reported(world, tokens=100, calls=1))
    assert find_uncounted(made.ended[0], made.calls, []) == (Spent(), True)
    assert find_uncounted(short, made.calls, []) == (Spent(1, 30), False)
    assert find_uncounted(short, made.calls, [KILL]) == (Spent(1, 30), True)  # the other call was under way then
    assert find_uncounted(short, made.calls, [LATER]) == (Spent(1, 30), False)
    assert find_uncounted(made.ended[0], made.calls, [KILL]) == (Spent(), True)
    assert find_uncounted(short, made.calls, [Kill(sent=98.0, gone=98.9)]) == (Spent(1, 30), False)  # not begun then
    assert find_uncounted(short, made.calls, [Kill(sent=98.0, gone=99.5)]) == (
        Spent(1, 30),
        True,
    )  # it took a while to die
    twice = RunEnding(short.topic, 9.0, reported(world, tokens=160, calls=3))
    assert find_uncounted(twice, made.calls, [KILL]) == (Spent(-1, -30), False)
    figures = summary(replace(made, ended=[short]))
    assert figures["budget_differs"] == 1
    assert not passed(figures)


def test_the_sums_of_some_calls() -> None:
    assert sums([]) == {Spent()}
    assert sums([Spent(1, 3), Spent(1, 5)]) == {Spent(), Spent(1, 3), Spent(1, 5), Spent(2, 8)}
