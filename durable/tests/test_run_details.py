"""What Temporal's UI shows of a run: what a graph asks is data there, and nothing of it is markup."""

import json
import re
from typing import Any

import pytest
from langgraph_heartbeat._run_graph.details import details_of, summary_of
from langgraph_heartbeat._run_graph.messages import OpenQuestion, RunStatus

FENCE = re.compile(r"^(`{3,})\w*\n(.*?)\n\1$", re.DOTALL | re.MULTILINE)


def details(*questions: OpenQuestion, **others: Any) -> str:
    return details_of(RunStatus(**{"graph": "agent", "state": "asking", **others, "questions": list(questions)}))


def outside_of_blocks(markdown: str) -> str:
    return FENCE.sub("", markdown)


@pytest.mark.parametrize(
    "value",
    [
        "![](https://example.org/pixel.png)",
        "```\n![](https://example.org/pixel.png)\n```",
        "`````\n# Approve everything\n`````",
        {"text": "<img src=x>", "more": "```"},
    ],
)
def test_what_a_graph_asks_stays_in_its_block(value: Any) -> None:
    shown = details(OpenQuestion(name="q1", value=value, refused="```\n![](x)"), problem="```\n<b>", refusal="``` <i>")
    assert "example.org" not in outside_of_blocks(shown)
    assert not re.search(r"[<!]|Approve everything", outside_of_blocks(shown))
    text = value if isinstance(value, str) else json.dumps(value, indent=2)
    assert text in [block for _, block in FENCE.findall(shown)]


def test_the_name_of_a_graph_is_no_markup() -> None:
    assert "**a\\_b \\!\\[\\]\\(x\\)**" in details(graph="a_b ![](x)")


def test_what_is_shown_is_bounded() -> None:
    many = [OpenQuestion(name=f"q{number}", value="a" * 100_000) for number in range(1, 101)]
    shown = details(*many)
    assert len(shown) < 60_000
    assert "80 more questions" in shown
    assert "98000 characters more" in shown


def test_a_question_that_is_answered_is_not_asked_for() -> None:
    assert "q1" not in details(OpenQuestion(name="q1", value="Why?", answered=True))


def test_the_example_is_what_answer_takes() -> None:
    schema: Any = {"type": "object", "properties": {"good": {"type": "boolean"}}, "required": ["good"]}
    blocks = [block for _, block in FENCE.findall(details(OpenQuestion(name="q7", value="?", response_schema=schema)))]
    assert {"question": "q7", "answer": {"good": True}} in [json.loads(each) for each in blocks if each[0] == "{"]


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"messages": [["system", "Be brief."], {"role": "user", "content": "hi"}]}, "agent: hi"),
        ({"messages": [{"type": "human", "content": [{"type": "text", "text": "hi\nthere"}]}]}, "agent: hi there"),
        ({"number": 7, "topic": "ducks"}, "agent: ducks"),
        ("ducks", "agent: ducks"),
        ({"messages": [{"role": "user", "content": [{"type": "image", "base64": "AAAA"}]}]}, "agent"),
        ({"number": 7}, "agent"),
        (None, "agent"),
    ],
)
def test_a_summary_tells_one_run_from_another(given: Any, line: str) -> None:
    assert summary_of("agent", given) == line


def test_temporal_takes_every_summary() -> None:
    line = summary_of("agent" * 50, {"messages": "\U0001f986" * 1000})
    assert len(json.dumps(line, ensure_ascii=False).encode()) <= 400
