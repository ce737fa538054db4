"""kill -9 of a worker in whose tool node two of three tools have finished: those two are not run again."""

import asyncio
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

from temporalio.client import Client
from temporalio.worker import Worker

from . import tool_worker_process
from .one_phase import OnePhase
from .phases import until
from .test_answer_sizes import answers_in


async def test_tools_that_finished_before_a_kill_are_not_run_again(durable_client: Client, tmp_path: Path) -> None:
    queue, file = str(uuid4()), tmp_path / "begun"
    address = durable_client.service_client.config.target_host
    killed = await asyncio.create_subprocess_exec(
        sys.executable, tool_worker_process.__file__, address, queue, str(file)
    )
    async with Worker(durable_client, task_queue=queue, workflows=[OnePhase]):
        handle = await durable_client.start_workflow(OnePhase.run, 2, id=queue, task_queue=queue)

        async def has_two_results() -> bool:
            described = (await handle.describe()).raw_description.pending_activities
            payloads = [payload for each in described for payload in each.heartbeat_details.payloads]
            details: list[Any] = await durable_client.data_converter.decode(payloads) if payloads else []
            return len(details) == 2 and len(answers_in(details[1])) == 2

        await until(has_two_results)
        killed.kill()
        await killed.wait()
        async with tool_worker_process.worker(durable_client, queue, file, holds=False):
            result = await handle.result()
    contents = [message["content"] for message in result["messages"] if message["type"] == "tool"]
    assert contents == ["The page a.", "The page b.", "The page slow."]
    begun = [line.split() for line in file.read_text().splitlines()]
    assert [url for url, _ in begun] == ["a", "b", "slow", "slow"]
    keys = [key for _, key in begun]
    assert keys[2] == keys[3]
    assert len(set(keys)) == 3
