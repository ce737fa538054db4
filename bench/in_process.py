"""The baseline: the same graphs in this process, one after the other, with nothing between them."""

import asyncio
from typing import Any

from langgraph.graph import StateGraph

from evidence.report import Draft, Findings
from graphs import investigate, plan, verify, write
from graphs.reasoners.extractive import ExtractiveReasoner
from orchestration.messages import Investigation
from tools.library import Library
from tools.snapshots import Snapshots


async def answer(question: str, library: Library, snapshots: Snapshots) -> Draft:
    """What `outlast research` does between its gates. All tasks of the plan in parallel."""
    reasoner = ExtractiveReasoner()
    planned = await end_of(plan.builder, {"question": question, "notes": []}, plan.Resources(reasoner, library))
    requests = [Investigation(task=task, collection=library.collection.id) for task in planned["tasks"]]
    investigated = await asyncio.gather(*(investigation(request, reasoner, library) for request in requests))
    writing = {"question": question, "investigated": investigated}
    written = await end_of(write.builder, writing, write.Resources(reasoner))
    drafted = {"draft": written["sections"]}
    verified = await end_of(verify.builder, drafted, verify.Resources(reasoner, snapshots))
    return Draft(sections=tuple(verified["sections"]), dropped=tuple(verified["dropped"]))


async def investigation(request: Investigation, reasoner: ExtractiveReasoner, library: Library) -> Findings:
    start = {"task": request.task, "searches": request.searches}
    state = await end_of(investigate.builder, start, investigate.Resources(reasoner, library))
    return Findings(
        task=request.task,
        findings=tuple(state["findings"]),
        queries=tuple(state["queries"]),
        read=tuple(state["read"]),
    )


async def end_of(builder: StateGraph[Any, Any, Any, Any], start: dict[str, Any], resources: object) -> dict[str, Any]:
    """The state in which the graph ends."""
    return await builder.compile().ainvoke(start, context=resources)
