"""The graphs that `make crash` kills."""

import pytest
from langgraph_heartbeat import phase_activity

from bench.crash.graphs import breakpoints
from bench.crash.shapes import SHAPES, Answers, Request, phases


def test_each_graph_is_a_phase() -> None:
    assert len(phases()) == len(SHAPES)


def test_no_phase_is_made_of_a_graph_with_a_static_breakpoint() -> None:
    with pytest.raises(ValueError, match=r"static breakpoints .* publish"):
        phase_activity("letter", Request, Answers, breakpoints.stopping)
