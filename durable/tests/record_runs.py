"""Record the histories that test_run_graph_life.py replays: `python -m durable.tests.record_runs ADDRESS`.

What names a machine is taken out. Histories that earlier code has recorded stay as they are: whoever changes what the
workflow commands adds new ones.
"""

import asyncio
import re
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

from langgraph_heartbeat import DurablePlugin
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle

from .running import begin, reached, serving
from .test_run_graph import BROKEN, dividing, letter

RECORDED = Path(__file__).parent / "recorded"
ASKED = {"graph": "letter", "input": {"text": "It floats."}}
ADA = {"question": "q1", "answer": "Ada"}


async def answered(run: WorkflowHandle[Any, Any]) -> None:
    await reached(run, lambda status: status.state == "asking")
    await run.execute_update("answer", ADA)


async def signalled(run: WorkflowHandle[Any, Any]) -> None:
    await reached(run, lambda status: status.state == "asking")
    await run.signal("answer", {"question": "q2", "answer": "Ada"})
    await run.signal("answer", ADA)


async def cancelled(run: WorkflowHandle[Any, Any]) -> None:
    await reached(run, lambda status: status.state == "asking")
    await run.cancel()


async def retried(run: WorkflowHandle[Any, Any]) -> None:
    await reached(run, lambda status: status.state == "stuck")
    BROKEN.clear()
    await run.execute_update("retry")


async def refused(run: WorkflowHandle[Any, Any]) -> None:
    pass


def without_machine(history: str) -> str:
    without_host = re.sub(r"\b\d+@[\w.-]+", "recorded", history)
    return re.sub(r'"stackTrace": ".*"', '"stackTrace": ""', without_host)


async def main(address: str) -> None:
    client = await Client.connect(address, plugins=[DurablePlugin("recorded")])
    queue = str(uuid4())
    BROKEN.add("It floats.")
    async with serving(client, queue, letter=letter, dividing=dividing):
        for steps, request in (
            (answered, ASKED),
            (signalled, ASKED),
            (cancelled, ASKED),
            (retried, {**ASKED, "graph": "dividing"}),
            (refused, {**ASKED, "graph": "lettre"}),
        ):
            run = await begin(client, queue, request)
            await steps(run)
            try:
                await run.result()
            except WorkflowFailureError as error:
                print(f"{steps.__name__}: {error.cause}")  # noqa: T201 - a program for people
            history = await run.fetch_history()
            (RECORDED / f"{steps.__name__}.json").write_text(without_machine(history.to_json()), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
