"""The graphs that `make crash` kills."""

import subprocess
import sys

import pytest
from langgraph_heartbeat import phase_activity

from bench.commands import REPOSITORY
from bench.crash.graphs import breakpoints
from bench.crash.shapes import SHAPES, Answers, Request, phases


def test_each_graph_is_a_phase() -> None:
    assert len(phases()) == len(SHAPES)


def test_no_phase_is_made_of_a_graph_with_a_static_breakpoint() -> None:
    with pytest.raises(ValueError, match=r"static breakpoints .* publish"):
        phase_activity("letter", Request, Answers, breakpoints.stopping)


def test_the_library_has_what_each_mutation_takes_away() -> None:
    """In another process: a library that has lost all of it is of no use to other tests."""
    code = "from bench.crash.mutations import MUTATIONS, mutate\nfor each in MUTATIONS: mutate(each)"
    subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=True, timeout=60)
