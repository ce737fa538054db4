"""The summary of a phase as text: one line, Markdown, and the lines of its log."""

from datetime import UTC, datetime

import pytest
from langgraph_heartbeat._call_log.phase_summary import (
    CallGroup,
    LoggedCall,
    PhaseSummary,
    duration,
    plain_markdown,
    summary_field,
)
from pydantic import BaseModel

MODEL = CallGroup(
    kind="model", name="gpt-5-mini", node="write", calls=12, tokens_in=30_000, tokens_out=4_567, seconds=81
)
TOOL = CallGroup(kind="tool", name="search_web", node="research", calls=5, failed=1, made_again=2, seconds=12.34)
SUMMARY = PhaseSummary(
    calls=12, tokens=34_567, attempts=2, steps=9, seconds=93.2, retries=1, groups=(MODEL, TOOL), left_out=3
)


def test_one_line_says_how_much_and_what_went_wrong() -> None:
    assert SUMMARY.line() == (
        "12 model calls, 5 tool calls, 34,567 tokens, 2 attempts, 93 s, "
        "1 call retried, 2 calls made again after a crash"
    )
    assert PhaseSummary(seconds=0.31).line() == "0 model calls, 1 attempt, 0.3 s"


def test_markdown_has_a_list_of_models_and_tools_by_node() -> None:
    assert SUMMARY.markdown().splitlines()[1:] == [
        "",
        "- write: model gpt-5-mini 12 times, 81 s, 34,567 tokens",
        "- research: tool search\\_web 5 times, 12 s, 1 failed, 2 made again",
    ]
    assert PhaseSummary(seconds=1).markdown() == "0 model calls, 1 attempt, 1.0 s."


def test_markdown_stays_small_and_has_no_markup_of_names() -> None:
    groups = tuple(CallGroup(kind="tool", name=f"![a](http://b)<i>{i}", calls=2) for i in range(100))
    text = PhaseSummary(groups=groups).markdown()
    assert text.splitlines()[-1] == "- 160 calls of other models and tools"
    assert "![" not in text
    assert "<i>" not in text.replace("\\<i\\>", "")
    assert plain_markdown("`a_b`") == "\\`a\\_b\\`"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (93.2, "93 s"), (725, "12 min 5 s"), (12_000, "3 h 20 min")],
)
def test_times_have_two_units_at_most(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_call_is_one_line() -> None:
    at = datetime(2026, 3, 1, 14, 3, 12, tzinfo=UTC)
    failed = LoggedCall(at=at, seconds=3, kind="tool", name="t", attempt=1, outcome="failed", error="TimeoutError")
    assert failed.line() == "14:03:12 UTC, attempt 1: tool t failed (TimeoutError), 3.0 s"
    lost = LoggedCall(at=at, kind="model", name="m", node="n", attempt=1, outcome="unfinished", made_again=True)
    assert lost.line() == "14:03:12 UTC, attempt 1: n: model m unfinished, made again"


def test_json_leaves_out_what_is_empty_and_code_of_today_reads_that_of_tomorrow() -> None:
    assert "log" not in PhaseSummary().model_dump(mode="json")
    assert PhaseSummary.model_validate({**SUMMARY.model_dump(mode="json"), "usd": 1}) == SUMMARY


def test_the_field_of_a_result_is_found_by_its_type() -> None:
    class Plain(BaseModel):
        summary: str

    class Required(BaseModel):
        text: str
        done: PhaseSummary

    class Optional(BaseModel):
        done: PhaseSummary | None = None

    class Listed(BaseModel):
        done: list[PhaseSummary]

    assert [summary_field(each) for each in (Plain, Required, Optional, Listed)] == ["", "done", "done", ""]
