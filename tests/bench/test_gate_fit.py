"""Fitting the gate of answers, on questions whose features are made."""

import random

import numpy as np
import pytest

from bench.eval.corpora import FITTED_CORPORA, UNSEEN_CORPORA
from bench.eval.gate_fit import (
    MAX_CORPUS_WEIGHT,
    WRONG,
    WRONG_CORPUS_WEIGHT,
    Asked,
    Example,
    fit_gate,
    fit_logistic,
    report,
    weights_of,
)
from bench.eval.questions import FITTED, UNSEEN, read_questions
from bench.eval.scoring import plain
from bench.eval.small_corpora import SMALL_CORPORA
from outlast.graphs.reasoners.answerability import Features

WEAK = 0.4


def example(corpus: str, strength: float, *, answerable: bool, kind: str = "plain") -> Example:
    features = Features(
        strength=strength,
        lost=0.0,
        unknown_name=0.0,
        words=1.5,
        coverage=strength,
        coverage_by_size=7.0 * strength,
        size=7.0,
        lacks_value=0.0,
    )
    return Example(Asked("?", corpus, answerable, kind), features, right=answerable, right_if_refused=False)


def training() -> list[Example]:
    """Return questions of four corpora. The stronger its best quote, the more often one is answered."""
    chance = random.Random(3)
    return [
        example(f"corpus {number % 4}", strength := chance.uniform(0.3, 1.0), answerable=chance.random() < strength**2)
        for number in range(400)
    ]


def test_a_regression_finds_the_odds_that_made_its_outcomes() -> None:
    chance = np.random.default_rng(5)
    rows = chance.normal(size=(20_000, 2)) * [1.0, 5.0]
    outcomes = (chance.random(20_000) < 1 / (1 + np.exp(-(0.5 + 2.0 * rows[:, 0] - 0.3 * rows[:, 1])))).astype(float)
    assert fit_logistic(rows, outcomes, np.ones(20_000), 0.0) == pytest.approx([0.5, 2.0, -0.3], abs=0.1)


def test_a_feature_that_never_differs_counts_nothing() -> None:
    rows = np.array([[0.0, 1.0], [1.0, 1.0], [0.0, 1.0], [1.0, 1.0]])
    assert fit_logistic(rows, np.array([0.0, 1.0, 1.0, 0.0]), np.ones(4), 1.0)[2] == pytest.approx(0.0)


def test_a_fitted_gate_passes_what_is_strong() -> None:
    gate = fit_gate(training(), WEAK)
    weak, strong = (example("x", strength, answerable=True).features for strength in (0.35, 0.95))
    assert gate.answer_probability(weak) < WEAK < gate.answer_probability(strong)
    assert gate.quoted.probability(weak) < gate.quoted.probability(strong)


def test_no_corpus_outweighs_the_others_and_other_documents_count_less() -> None:
    one = [example("a", 0.5, answerable=False, kind=f"{WRONG}, plain"), example("a", 0.5, answerable=True)]
    assert weights_of(one).tolist() == [WRONG_CORPUS_WEIGHT, 1.0]
    many = [example("b", 0.5, answerable=True) for _ in range(200)]
    assert weights_of([*one, *many])[2:].sum() == pytest.approx(MAX_CORPUS_WEIGHT)


def test_the_report_judges_each_corpus_by_a_gate_that_did_not_see_it() -> None:
    seen, hidden = training(), [example("hidden", 0.4, answerable=True) for _ in range(20)]
    lines = report([*seen, *hidden], WEAK).splitlines()
    assert lines[0].startswith("held out: area under the curve 0.")
    [refused] = [line for line in lines if line.startswith("plain, answerable")]
    # At the highest threshold the hidden corpus, whose weak quotes all are answers, is refused: it taught nothing.
    assert float(refused.split()[-1]) > 0.2


def test_nothing_is_fitted_to_what_is_reported() -> None:
    fitted, unseen = read_questions(FITTED), read_questions(UNSEEN)
    assert {question.corpus for question in fitted} == set(FITTED_CORPORA)
    assert not set(FITTED_CORPORA) & set(UNSEEN_CORPORA)
    wordings = {text for question in unseen for text in (question.question, question.question_plain)}
    assert not wordings & {text for question in fitted for text in (question.question, question.question_plain)}


def test_the_small_folders_have_the_answers_to_their_questions() -> None:
    asked = [question for question in read_questions(FITTED) if question.corpus in SMALL_CORPORA]
    assert sum(question.unanswerable for question in asked) >= 30
    for question in asked:
        for facet in question.gold:
            texts = [plain(SMALL_CORPORA[question.corpus][file]) for file in facet.files]
            assert all(any(plain(gold) in text for gold in facet.must_contain) for text in texts), question.id
