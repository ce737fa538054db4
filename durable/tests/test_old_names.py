"""A checkpoint whose types have been moved since: their old names are unknown to every worker now."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from operator import add
from types import ModuleType
from typing import Annotated, Any, TypedDict
from uuid import uuid4

import pytest
from langgraph.graph import START, StateGraph
from langgraph.types import interrupt
from langgraph_heartbeat import Paused, Resume
from pydantic import BaseModel
from temporalio.client import Client

from .phases import Outcome, phase_worker, start


class Noted(BaseModel):
    text: str


class Wanted(BaseModel):
    pass


class State(TypedDict, total=False):
    notes: Annotated[list[Noted], add]
    out: list[str]


def graph(made: list[str]) -> StateGraph[Any, Any, Any, Any]:
    async def note(_: State) -> dict[str, Any]:
        made.append("note")
        return {"notes": [Noted(text="a day's work")]}

    async def ask(state: State) -> dict[str, Any]:
        return {"out": [*(each.text for each in state["notes"]), interrupt("May I?")]}

    builder = StateGraph(State)
    builder.add_node(note)
    builder.add_node(ask)
    builder.add_edge(START, "note")
    builder.add_edge("note", "ask")
    return builder


@asynccontextmanager
async def working(client: Client, made: list[str]) -> AsyncIterator[str]:
    queue = str(uuid4())
    async with phase_worker(client, queue, graph(made), Wanted):
        yield queue


@pytest.mark.parametrize("module", ["tools.store.notes", "orchestration.durable.steering", "evidence.notes"])
async def test_the_phase_starts_afresh_and_says_why(
    client: Client, module: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made: list[str] = []
    with monkeypatch.context() as before:
        flat = ModuleType(module)
        flat.__dict__["Noted"] = Noted
        before.setitem(sys.modules, module, flat)
        before.setattr(Noted, "__module__", module)
        async with working(client, made) as queue:
            paused = await (await start(client, queue, {})).result()
    assert isinstance(paused, Paused)
    answers = {question.id: "yes" for question in paused.questions}

    async with working(client, made) as queue:
        handle = await start(client, queue, {}, Resume(checkpoint=paused.checkpoint, answers=answers))
        again = await handle.result()
    assert isinstance(again, Paused), "an answer to a question of before answers no new one"
    assert made == ["note", "note"]
    assert (
        f"starts from the beginning: its checkpoint cannot be used, it holds a {module}.Noted, which is not registered"
        in caplog.text
    )

    # With types that were not renamed, the same phase continues, and repeats nothing.
    async with working(client, made) as queue:
        answers = {question.id: "yes" for question in again.questions}
        done = await (await start(client, queue, {}, Resume(checkpoint=again.checkpoint, answers=answers))).result()
    assert isinstance(done, Outcome)
    assert done.out == ["a day's work", "yes"]
    assert made == ["note", "note"]
