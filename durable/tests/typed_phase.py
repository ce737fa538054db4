"""A workflow with one phase, for the type checker: its request and result are models."""

from datetime import timedelta
from decimal import Decimal

from pydantic import BaseModel
from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from langgraph_heartbeat.workflow import Paused


class Asked(BaseModel):
    words: int


class Written(BaseModel):
    text: str
    took: timedelta
    usd: Decimal


@workflow.defn
class Typed:
    @workflow.run
    async def run(self, asked: Asked) -> Written | Paused:
        return await workflow.execute_activity(
            "phase",
            args=[asked, None],
            result_type=Written | Paused,
            start_to_close_timeout=timedelta(minutes=1),
            heartbeat_timeout=timedelta(seconds=15),
        )
