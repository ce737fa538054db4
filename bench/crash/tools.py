"""Calls other than a model's: the same look-up as a `@task`, as an agent's tool, and as a direct call."""

import asyncio

from langchain_core.tools import tool
from langgraph.func import task

from bench.crash.calls import answer, call, seconds_of


@task
async def look_up(subject: str) -> str:
    """Look up a subject in a task, whose result LangGraph remembers."""
    label = f"Look up {subject}"
    with call("task", label) as name:
        await asyncio.sleep(seconds_of(label))
    return answer(label, name)


@tool
async def search(query: str) -> str:
    """Search for something."""
    label = f"Search {query}"
    with call("node", label) as name:
        await asyncio.sleep(seconds_of(label))
    return answer(label, name)


@tool
async def weigh(query: str) -> str:
    """Weigh something."""
    label = f"Weigh {query}"
    with call("node", label) as name:
        await asyncio.sleep(seconds_of(label))
    return answer(label, name)


async def ask_the_archive(subject: str) -> str:
    """Make a direct call, which nothing remembers while its node is unfinished. Its answer is always the same."""
    label = f"Archive {subject}"
    with call("hand", label):
        await asyncio.sleep(seconds_of(label))
    return label
