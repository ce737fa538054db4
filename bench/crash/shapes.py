"""The graphs as phases, with their requests, their results, and how each run of them must end."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from langgraph.store.base import BaseStore
from langgraph_heartbeat import GraphLike, phase_activity
from pydantic import BaseModel, ConfigDict

from bench.crash.calls import attempt_here, write
from bench.crash.file_store import FileStore
from bench.crash.graphs import (
    agent,
    breakpoints,
    deep_agent,
    deep_research,
    fan_out,
    gathered,
    interrupting,
    linear,
    map_reduce,
    memory,
    nested,
    raising_parser,
    raising_router,
    react,
    structured,
    supervisor,
    swarm,
    two_questions,
)
from bench.crash.limits import MAX_PAID_BEFORE_STUCK


class Request(BaseModel):
    topic: str
    answers: list[str] = []


class Answers(BaseModel):
    answers: list[str]


class AgentRequest(BaseModel):
    messages: list[tuple[str, str]]


class AgentMessage(BaseModel):
    """A message without its id, which is different in each run."""

    model_config = ConfigDict(from_attributes=True)
    type: str
    content: str


class AgentAnswers(BaseModel):
    messages: list[AgentMessage]


@dataclass(frozen=True)
class Shape:
    graph: GraphLike
    request: BaseModel
    result: type[BaseModel] = Answers
    ends: str = ""
    """The type of the failure with which a run must end; empty if it must end with a result."""
    limits: Mapping[str, int] = field(default_factory=dict[str, int])
    """How often a call may be made, by its label."""
    store: BaseStore | None = None
    """The user's store behind the phase; its content is a part of the result."""


TOPIC = Request(topic="the lighthouse at Grey Point")
USER = AgentRequest(messages=[("user", "Compare the lighthouses")])
SHAPES = {
    "linear": Shape(linear.builder, TOPIC),
    "fan_out": Shape(fan_out.builder, TOPIC),
    "nested": Shape(nested.builder, TOPIC),
    "gathered": Shape(gathered.builder, TOPIC),
    "map_reduce": Shape(map_reduce.builder, TOPIC),
    "structured": Shape(structured.builder, TOPIC),
    "memory": Shape(memory.builder, TOPIC),
    "memory_in_store": Shape(memory.builder, TOPIC, store=FileStore()),
    "interrupting": Shape(interrupting.builder, TOPIC),
    "two_questions": Shape(two_questions.builder, TOPIC),
    "raising_router": Shape(raising_router.builder, TOPIC),
    "raising_parser": Shape(
        raising_parser.builder, TOPIC, ends="Stuck", limits={raising_parser.GRADING: MAX_PAID_BEFORE_STUCK}
    ),
    "breakpoint": Shape(breakpoints.builder, TOPIC, ends="Breakpoint"),
    "agent": Shape(agent.graph, USER, AgentAnswers),
    "react": Shape(react.builder, USER, AgentAnswers),
    "deep_agent": Shape(deep_agent.graph, USER, AgentAnswers),
    "deep_research": Shape(deep_research.builder, TOPIC),
    "swarm": Shape(swarm.builder, USER, AgentAnswers),
    "supervisor": Shape(supervisor.builder, USER, AgentAnswers),
}


async def record_attempt(_: BaseModel) -> None:
    """Log an attempt. It takes the place of the phase's context, which is made once per attempt, at its start."""
    write(event="attempt", **attempt_here())


def phases() -> list[Callable[..., Awaitable[Any]]]:
    return [
        phase_activity(name, type(shape.request), shape.result, shape.graph, record_attempt, store=shape.store)
        for name, shape in SHAPES.items()
    ]
