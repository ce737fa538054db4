"""Measure what the log of calls costs a step: `python -m bench.call_log`.

The same phase runs without a log and with `call_log=True`, in turn: a chain of steps, each with a model call and a tool
call. It prints the median time of a step, the CPU time of the worker for it, and the heartbeats of a run; the last
column is what the log adds. With free calls the log is measured against LangGraph and heartbeats alone; with calls of
50 ms, which is fast for a model, against what a step of an agent is at least.
"""

import asyncio
import operator
import time
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated, Any, TypedDict
from uuid import uuid4

from langchain_core.language_models import FakeListChatModel
from langchain_core.tools import tool
from langgraph.graph import START, StateGraph
from langgraph_heartbeat import CallJournal, DurablePlugin, phase_activity
from pydantic import BaseModel
from temporalio.client import Client
from temporalio.worker import Worker

from bench.heartbeats import text
from bench.processes import server

ANSWER_CHARACTERS = 1024
FREE, FAST = (0.0, 300, 15), (0.05, 40, 5)
"""The seconds of a call, the steps of a run, and the runs of each kind."""


class Request(BaseModel):
    pass


class Result(BaseModel):
    out: list[str]


class State(TypedDict):
    out: Annotated[list[str], operator.add]


class Measured(BaseModel):
    """The figures of one run."""

    step_milliseconds: float
    cpu_milliseconds: float
    heartbeats: int


@tool
async def look_up(word: str) -> str:
    """Look a word up."""
    return word


def chain(seconds: float, steps: int) -> StateGraph[Any, Any, Any, Any]:
    """Return a graph of so many steps, each with a call of a model that takes so many seconds, and one of a tool."""
    sleep = seconds or None
    model = FakeListChatModel(responses=[text()[:ANSWER_CHARACTERS]], sleep=sleep, cache=CallJournal())

    async def step(state: State) -> dict[str, Any]:
        answer = await model.ainvoke(f"question {len(state['out'])}")
        await look_up.ainvoke({"word": "lighthouse"})
        return {"out": [answer.text[:100]]}

    def go_on(state: State) -> str:
        return "step" if len(state["out"]) < steps else "__end__"

    return StateGraph(State).add_node(step).add_edge(START, "step").add_conditional_edges("step", go_on)


async def measure(client: Client, seconds: float, steps: int, *, call_log: bool) -> Measured:
    """Return the figures of one run."""
    queue = str(uuid4())
    run = phase_activity("chain", Request, Result, chain(seconds, steps), call_log=call_log)
    async with Worker(client, task_queue=queue, activities=[run], plugins=[DurablePlugin("bench")]):
        began, used = time.perf_counter(), time.process_time()
        handle = await client.start_activity(
            run,
            args=[Request(), None],
            id=queue,
            task_queue=queue,
            start_to_close_timeout=timedelta(minutes=10),
            heartbeat_timeout=timedelta(seconds=15),
        )
        await handle.result()
        took, used = time.perf_counter() - began, time.process_time() - used
    described = await handle.describe(include_heartbeat_details=True)
    details = await client.data_converter.decode(described.raw_info.heartbeat_details.payloads)
    return Measured(
        step_milliseconds=took / steps * 1000, cpu_milliseconds=used / steps * 1000, heartbeats=details[0]["beats"]
    )


async def compare(client: Client, seconds: float, steps: int, runs: int) -> str:
    """Return rows with the medians of runs without a log and with one, which take turns."""
    for call_log in (False, True):
        await measure(client, seconds, steps, call_log=call_log)  # to be warm
    measured: dict[bool, list[Measured]] = {False: [], True: []}
    for number in range(runs):
        for call_log in (False, True) if number % 2 else (True, False):
            measured[call_log].append(await measure(client, seconds, steps, call_log=call_log))
    rows = [f"{steps} steps, each with a model call of {seconds * 1000:.0f} ms and a tool call, {runs} runs (medians):"]
    for name in Measured.model_fields:
        without, logged = (median(getattr(each, name) for each in measured[kind]) for kind in (False, True))
        rows.append(f"  {name:18} {without:8.3f} without, {logged:8.3f} with a log: {logged / without - 1:+.1%}")
    return "\n".join(rows)


async def main() -> None:
    with TemporaryDirectory() as folder:
        async with server(Path(folder)) as up:
            for seconds, steps, runs in (FREE, FAST):
                print(await compare(up.client, seconds, steps, runs), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
