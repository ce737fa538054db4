"""The workflows of the peers on a server: the whole graph is one activity, or each node is one."""

from dataclasses import dataclass
from datetime import timedelta

from temporalio import workflow
from temporalio.langgraph import graph

from bench.durability.work import RECURSION_LIMIT, Result, Start, result_of

GRAPH = "graph"
ACTIVITY_TIMEOUT = timedelta(minutes=10)


@dataclass
class Terms:
    heartbeat_seconds: float = 30
    channel: str = "out"


@workflow.defn
class Whole:
    @workflow.run
    async def run(self, terms: Terms) -> Result:
        return await workflow.execute_activity(
            GRAPH,
            Start(),
            result_type=Result,
            start_to_close_timeout=ACTIVITY_TIMEOUT,
            heartbeat_timeout=timedelta(seconds=terms.heartbeat_seconds),
        )


@workflow.defn
class ByNode:
    @workflow.run
    async def run(self, terms: Terms) -> Result:
        compiled = graph(GRAPH).compile()
        start = Start().model_dump(include={terms.channel})
        return result_of(await compiled.ainvoke(start, {"recursion_limit": RECURSION_LIMIT}))
