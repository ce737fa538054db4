"""The graphs as phases, with their requests and results."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from langgraph_heartbeat import GraphLike, phase_activity
from pydantic import BaseModel, ConfigDict
from temporalio import activity

from bench.crash.calls import write
from bench.crash.graphs import agent, fan_out, interrupting, linear, map_reduce, nested


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


TOPIC = Request(topic="the lighthouse at Grey Point")
SHAPES = {
    "linear": Shape(linear.builder, TOPIC),
    "fan_out": Shape(fan_out.builder, TOPIC),
    "agent": Shape(agent.graph, AgentRequest(messages=[("user", "Compare the lighthouses")]), AgentAnswers),
    "nested": Shape(nested.builder, TOPIC),
    "interrupting": Shape(interrupting.builder, TOPIC),
    "map_reduce": Shape(map_reduce.builder, TOPIC),
}


async def record_attempt(_: BaseModel) -> None:
    """Log an attempt. It takes the place of the phase's context, which is made once per attempt, at its start."""
    write(event="attempt", number=activity.info().attempt)


def phases() -> list[Callable[..., Awaitable[Any]]]:
    return [
        phase_activity(name, type(shape.request), shape.result, shape.graph, record_attempt)
        for name, shape in SHAPES.items()
    ]
