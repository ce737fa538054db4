"""The program of the README runs unchanged, and after kill -9 only the call in flight is made again."""

import asyncio
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest
from temporalio.client import Client

from .examples import LEAVING, SERVER, python_blocks

README = Path(__file__).parents[1] / "README.md"
CALL = re.compile(r"asking a model for chapter (\d)")
RESULT = "{'chapters': ['What happened in chapter 1.', 'What happened in chapter 2.', 'What happened in chapter 3.']}"


def program() -> str:
    (code,) = python_blocks(README.read_text(encoding="utf-8"))
    return code


def test_what_makes_the_graph_durable_is_twelve_lines() -> None:
    _, durable_lines = program().split("# or any graph of yours\n")
    assert len([line for line in durable_lines.splitlines() if line.strip()]) <= 12


@pytest.mark.parametrize("python", [sys.executable], ids=["here"])
async def test_killed_in_the_middle_it_goes_on_and_repeats_the_call_in_flight_alone(
    python: str, address: str, client: Client, tmp_path: Path
) -> None:
    await kill_and_run_again(python, address, client, tmp_path, queue="stories")


async def kill_and_run_again(
    python: str, address: str, client: Client, folder: Path, *, queue: str, environment: Mapping[str, str] | None = None
) -> None:
    """Run the program, kill it in its second call, run it again, and count its calls in its output."""
    code = program().replace(SERVER, address).replace("stories", queue).replace('id="story"', f'id="{queue}"')
    path = folder / "story.py"
    path.write_text(code + LEAVING, encoding="utf-8")
    said = folder / "said"

    def start() -> "subprocess.Popen[bytes]":
        with said.open("ab") as output:
            return subprocess.Popen(
                [python, str(path)], stdout=output, stderr=output, cwd=folder, env=environment and dict(environment)
            )

    first = start()
    try:
        await until(lambda: stands_at(client, queue, step=2, calls=2, said=said), first, said)
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    second = start()
    try:
        status = await asyncio.wait_for(asyncio.to_thread(second.wait), 60)
    finally:
        second.kill()
    assert status == 0, told_in(said)
    assert told_in(said).splitlines()[-1] == RESULT
    assert Counter(calls_in(said)) == {"1": 1, "2": 2, "3": 1}


def told_in(said: Path) -> str:
    return said.read_text(encoding="utf-8")


def calls_in(said: Path) -> list[str]:
    return CALL.findall(told_in(said))


async def stands_at(client: Client, workflow_id: str, *, step: int, calls: int, said: Path) -> bool:
    """Return whether the server has the checkpoint of that step and so many calls have begun."""
    if len(calls_in(said)) != calls:
        return False
    described = await client.get_workflow_handle(workflow_id).describe()
    (pending,) = described.raw_description.pending_activities
    details = await client.data_converter.decode(pending.heartbeat_details.payloads)
    return bool(details) and details[0]["step"] >= step


async def until(reached: Callable[[], Awaitable[bool]], process: "subprocess.Popen[bytes]", said: Path) -> None:
    async with asyncio.timeout(60):
        while not await reached():
            assert process.poll() is None, told_in(said)
            await asyncio.sleep(0.02)
