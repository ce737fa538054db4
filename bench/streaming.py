"""Measure what reaches a client of a phase that streams: `python -m bench.streaming [RUNS [KILLS]]`.

- First token: the time from when a model yields its first token in the worker to when `follow` yields it in a client,
  for an activity and for a phase of a workflow, by the interval between heartbeats.
- Kills: the worker is killed at a random moment, and another one goes on. The client's text is compared with what the
  model says: each word once, none missing. In half of the runs the model says something else after the kill, and the
  client has to be told what to discard.

Workers are processes of their own, beside a dev server.
"""

import asyncio
import random
import sys
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langgraph.graph import START, MessagesState, StateGraph
from langgraph_heartbeat import CallJournal, DurablePlugin, StreamEvent, follow, phase_activity
from langgraph_heartbeat._publishing.pace import LOCAL_INTERVAL, REMOTE_INTERVAL
from pydantic import BaseModel
from temporalio import workflow
from temporalio.client import ActivityHandle, Client, WorkflowHandle
from temporalio.worker import Worker

from bench.processes import server

RUNS, KILLS = 50, 20
WORDS = 40
WORD_SECONDS = 0.02
STEPS = 3
LIMITS: dict[str, Any] = {
    "start_to_close_timeout": timedelta(minutes=5),
    "heartbeat_timeout": timedelta(seconds=15),
}
SHORT_LIMITS = {**LIMITS, "heartbeat_timeout": timedelta(seconds=2)}
"""For kills, after which the next attempt begins when the heartbeat timeout is over."""
INTERVALS = (LOCAL_INTERVAL, timedelta(seconds=0.2), REMOTE_INTERVAL)
TELL_TIME = "tell the time"


class Talk(BaseModel):
    messages: list[Any] = []


class Speaker(BaseChatModel):
    """A model that streams numbered words with its variant, or the time at which it yields each word."""

    variant: str

    @property
    def _llm_type(self) -> str:
        return "speaker"

    def _generate(self, *_: Any, **__: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=" ".join(words_of(self.variant))))])

    async def _astream(self, *_: Any, **__: Any) -> AsyncIterator[ChatGenerationChunk]:
        await asyncio.sleep(random.uniform(0.1, 0.4))  # noqa: S311
        for word in words_of(self.variant):
            said = str(time.time()) if self.variant == TELL_TIME else word
            yield ChatGenerationChunk(message=AIMessageChunk(content=f"{said} "))
            await asyncio.sleep(WORD_SECONDS)


def words_of(variant: str) -> list[str]:
    """Return the words of an answer; another variant differs after the first words."""
    return [f"{number}{variant if number > WORDS // 8 else ''}" for number in range(1, WORDS + 1)]


def speaking(variant: str, steps: int) -> StateGraph[Any, Any, Any, Any]:
    model = Speaker(variant=variant, cache=CallJournal())

    async def answer(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await model.ainvoke(state["messages"] or "Count.")]}

    nodes = [(f"answer_{number}", answer) for number in range(1, steps + 1)]
    return StateGraph(MessagesState).add_sequence(nodes).add_edge(START, "answer_1")


@workflow.defn(sandboxed=False)
class OneTalk:
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_activity("talk", args=[Talk()], **LIMITS)


async def work(address: str, queue: str, variant: str, steps: str, interval_seconds: str) -> None:
    plugin = DurablePlugin("bench", interval=timedelta(seconds=float(interval_seconds)))
    client = await Client.connect(address, plugins=[plugin])
    run = phase_activity("talk", Talk, Talk, speaking(variant, int(steps)), stream=("messages",))
    async with Worker(client, task_queue=queue, workflows=[OneTalk], activities=[run]):
        await asyncio.Event().wait()


@asynccontextmanager
async def worker(
    address: str, queue: str, variant: str, steps: int, interval: timedelta = LOCAL_INTERVAL
) -> AsyncGenerator[None]:
    """Run a worker in a process of its own, and kill it at the end of the block."""
    options = [address, queue, variant, str(steps), str(interval.total_seconds())]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.streaming", "work", *options)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def start(client: Client, queue: str, limits: dict[str, Any]) -> ActivityHandle[Any]:
    return await client.start_activity("talk", args=[Talk()], id=str(uuid4()), task_queue=queue, **limits)


async def latencies(client: Client, address: str, runs: int, interval: timedelta, *, in_workflow: bool) -> str:
    """Return a row: how long the first tokens took."""
    queue, seconds = str(uuid4()), list[float]()
    async with worker(address, queue, TELL_TIME, 1, interval):
        for _ in range(runs):
            handle: ActivityHandle[Any] | WorkflowHandle[Any, Any] = (
                await client.start_workflow(OneTalk.run, id=str(uuid4()), task_queue=queue)
                if in_workflow
                else await start(client, queue, LIMITS)
            )
            first = True
            async for event in follow(handle):
                if event.mode == "messages" and first:
                    seconds.append(time.time() - float(event.data[0].text))
                    first = False
    kind = "a phase of a workflow" if in_workflow else "an activity"
    return f"{interval.total_seconds():6.2f} s, {kind:22}: {row(seconds)}"


def row(seconds: Sequence[float]) -> str:
    p95 = quantiles(seconds, n=20)[-1]
    figures = (median(seconds), p95, max(seconds))
    return "median {:.0f} ms, p95 {:.0f} ms, at most {:.0f} ms".format(*(each * 1000 for each in figures))


class Text:
    """What a client shows: the words of each step, in the order in which they came."""

    def __init__(self) -> None:
        self.words: defaultdict[str, list[str]] = defaultdict(list)
        self.steps: dict[str, int] = {}
        self.restarted = self.lost = self.delivered = self.last = 0

    def show(self, event: StreamEvent) -> None:
        self.last = max(self.last, event.number)
        if event.mode == "restarted":
            self.restarted += 1
            self.words.pop(event.task, None)
        elif event.mode == "lost":
            self.lost += event.data or 1
        else:
            self.delivered += 1
            self.steps[event.task] = event.step
            self.words[event.task].append(event.data[0].text.strip())

    def by_step(self) -> list[list[str]]:
        shown = sorted(self.words, key=self.steps.__getitem__)
        return [[word for word in self.words[task] if word] for task in shown]


async def killed(client: Client, address: str, variant: str) -> Text:
    """Kill a worker once while a client follows its phase; the next worker's model says `variant`."""
    queue, text = str(uuid4()), Text()

    async def show_all(handle: ActivityHandle[Any]) -> None:
        async for event in follow(handle):
            text.show(event)

    async with asyncio.timeout(120):
        async with worker(address, queue, "", STEPS):
            showing = asyncio.create_task(show_all(await start(client, queue, SHORT_LIMITS)))
            while not text.delivered:  # noqa: ASYNC110 - the moment is counted from here
                await asyncio.sleep(0.005)
            await asyncio.sleep(random.uniform(0, STEPS * WORDS * WORD_SECONDS))  # noqa: S311
        async with worker(address, queue, variant, STEPS):
            await showing
    return text


def is_exact(text: Text, variant: str) -> bool:
    """Return whether each step shows the words of one attempt, each once: of the first, or of the second."""
    whole = [words_of(""), words_of(variant)]
    return len(text.words) == STEPS and all(words in whole for words in text.by_step()) and not text.lost


async def kills(client: Client, address: str, count: int) -> None:
    for variant, name in (("", "The model says the same again"), ("b", "The model says something else")):
        texts = [await killed(client, address, variant) for _ in range(count // 2)]
        exact = sum(is_exact(text, variant) for text in texts)
        dropped = sum(text.last - text.delivered for text in texts)
        restarted, lost = sum(text.restarted for text in texts), sum(text.lost for text in texts)
        told = f"{dropped} events of {sum(text.last for text in texts)} not shown, {restarted} restarts, {lost} lost"
        print(f"{name}: {exact} of {len(texts)} texts are exact ({told})", flush=True)


async def measure(runs: int, count: int) -> None:
    with TemporaryDirectory() as folder:
        async with server(Path(folder)) as up:
            address = up.settings["TEMPORAL_ADDRESS"]
            client = await Client.connect(address, plugins=[DurablePlugin("bench")])
            print(f"The first token of {runs} answers at the client, by the interval between heartbeats:")
            for interval in INTERVALS:
                for in_workflow in (False, True):
                    print(await latencies(client, address, runs, interval, in_workflow=in_workflow), flush=True)
            print(f"\nKilled at a random moment, {STEPS} answers of {WORDS} words:")
            await kills(client, address, count)


if __name__ == "__main__":
    if sys.argv[1:2] == ["work"]:
        asyncio.run(work(*sys.argv[2:7]))
    else:
        chosen = [int(each) for each in sys.argv[1:3]]
        asyncio.run(measure(*(chosen + [RUNS, KILLS][len(chosen) :])))
