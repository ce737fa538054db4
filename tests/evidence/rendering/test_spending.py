"""What a run spent, in lines and tables."""

from outlast.evidence.budget import Budget
from outlast.evidence.rendering.spending import format_budget, format_usage, run_lines, usage_tables
from outlast.evidence.report import PhaseUsage
from outlast.evidence.usage import ModelUsage, Usage
from tests.evidence.reports import EXECUTED, claim, from_the_web, report


def test_a_run_without_models_and_web() -> None:
    told = report(claim(EXECUTED))
    assert list(run_lines(told))[-1] == "Model calls 0, tokens 0, cost 0.0000 USD"
    assert list(usage_tables(told)) == []
    assert format_usage(told.usage) == ""


def test_a_run_with_both_and_a_budget() -> None:
    assert list(run_lines(from_the_web()))[-3:] == [
        "Model calls 6, tokens 31,500, cost 0.1234 USD (no known price for 3 calls)",
        "Web searches 5, pages read 12",
        "Budget: 2.5 USD, 100,000 tokens, 20 searches, 600 s",
    ]


def test_what_was_spent_by_phase_and_by_model() -> None:
    phases, models = usage_tables(from_the_web())
    assert phases.columns == ("phase", "calls", "tokens", "cost", "searches", "pages")
    assert phases.rows == (
        ("plan", "1", "1,000", "0.0200 USD", "0", "0"),
        ("investigate", "5", "30,500", "at least 0.1034 USD", "5", "12"),
    )
    assert models.columns == ("model", "calls", "tokens in", "tokens out", "cost")
    assert models.rows == (
        ("<own>", "3", "20,000", "0", "unknown"),
        ("big", "3", "10,900", "600", "0.1234 USD"),
    )


def test_without_the_web_there_are_no_columns_for_it() -> None:
    usage = Usage.of([ModelUsage(model="big", calls=1, input_tokens=2, output_tokens=3, usd=0.5)])
    told = report(claim(EXECUTED)).model_copy(update={"phases": (PhaseUsage(phase="plan", usage=usage),)})
    [phases] = usage_tables(told)
    assert phases.columns == ("phase", "calls", "tokens", "cost")
    assert phases.rows == (("plan", "1", "5", "0.5000 USD"),)


def test_all_of_it_on_one_line() -> None:
    assert format_usage(Usage.of([ModelUsage(model="big", calls=1, input_tokens=1, usd=0.25)])) == (
        "1 call, 1 token, cost 0.2500 USD"
    )
    assert format_usage(Usage(searches=1, pages=1)) == "1 search, 1 page read"
    assert format_usage(Usage(searches=0, pages=2)) == "0 searches, 2 pages read"


def test_the_limits_that_are_set() -> None:
    assert format_budget(Budget()) == ""
    assert format_budget(Budget(usd=0.005, calls=7, seconds=0)) == "0.005 USD, 7 calls, 0 s"
