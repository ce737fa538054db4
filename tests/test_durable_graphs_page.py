"""docs/durable-graphs.md: each of its snippets is a whole program, and runs."""

import re
from pathlib import Path

import pytest

from durable.tests.examples import python_blocks, run_example
from outlast.orchestration.embedded.dev_server import Ports

PAGE = Path(__file__).parents[1] / "docs" / "durable-graphs.md"
SNIPPETS = python_blocks(PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("snippet", SNIPPETS, ids=[re.findall(r"class (\w+)", each)[-1] for each in SNIPPETS])
def test_a_snippet_runs_as_it_stands(snippet: str, ports: Ports, tmp_path: Path) -> None:
    told = run_example(snippet, tmp_path, ports.address)
    assert ("In 1871." in told) == ("main()" in snippet)


def test_the_page_shows_an_agent_steering_and_figures() -> None:
    assert len(SNIPPETS) == 3
