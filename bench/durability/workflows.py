"""The workflows of the peers on a server whose whole graph is one activity, and what every workflow is given."""

from dataclasses import dataclass
from datetime import timedelta

from temporalio import workflow

from bench.durability.work import Result, request_with

GRAPH = "graph"
ACTIVITY_TIMEOUT = timedelta(minutes=10)


@dataclass
class Terms:
    heartbeat_seconds: float = 30
    channel: str = "out"
    given: int = 0


@workflow.defn
class Whole:
    @workflow.run
    async def run(self, terms: Terms) -> Result:
        return await workflow.execute_activity(
            GRAPH,
            request_with(terms.given),
            result_type=Result,
            start_to_close_timeout=ACTIVITY_TIMEOUT,
            heartbeat_timeout=timedelta(seconds=terms.heartbeat_seconds),
        )
