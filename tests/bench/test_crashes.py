"""Ten graphs in the shapes of LangGraph's documentation give the same result wherever a crash comes."""

import pytest
from langgraph_heartbeat.testing import crashes

from bench.ten_graphs import TEN


@pytest.mark.parametrize("name", TEN)
async def test_no_crash_changes_the_result(name: str) -> None:
    shape = TEN[name]
    report = await crashes(shape.make(), shape.given, answers=shape.answers, key=shape.key)
    report.check()
    assert len(report.kills) >= 2 * len(report.calls)
