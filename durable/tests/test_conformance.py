"""LangGraph's own conformance suite, over a saver that serialises and restores everything before each read."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import CheckpointTuple
from langgraph.checkpoint.conformance import checkpointer_test, validate
from langgraph.checkpoint.conformance.report import CapabilityReport, ProgressCallbacks
from langgraph_heartbeat._journal.journal import Journal
from langgraph_heartbeat._publishing.coalescer import Coalescer
from langgraph_heartbeat._publishing.envelope import seal, unseal
from langgraph_heartbeat._saver.saver import HeartbeatSaver

FINGERPRINT = b"conformance     "

TIME_TRAVEL = {
    "get_tuple/test_get_tuple_specific_checkpoint_id",
    "list/test_list_all",
    "list/test_list_before",
    "list/test_list_by_thread",
    "list/test_list_combined_thread_and_filter",
    "list/test_list_limit",
    "list/test_list_limit_plus_before",
    "list/test_list_metadata_custom_keys",
    "list/test_list_metadata_filter_single_key",
    "list/test_list_metadata_filter_step",
    "list/test_list_ordering",
    "put/test_put_incremental_channel_update",
    "put/test_put_multiple_checkpoints_same_thread",
}
"""Tests that read a checkpoint which has a successor. A resume never does, and a heartbeat has no room for it."""


class ThroughBytes(HeartbeatSaver):
    """A saver whose reads are answered by a new saver that is restored from its sealed content."""

    def _successor(self) -> HeartbeatSaver:
        publisher = Coalescer(lambda: None, timedelta(0))
        successor = HeartbeatSaver(publisher, Journal(publisher))
        successor.restore(unseal(seal(self.content(), FINGERPRINT), FINGERPRINT))
        return successor

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        return self._successor().get_tuple(config)

    def list(self, config: RunnableConfig | None, **options: Any) -> Iterator[CheckpointTuple]:
        return self._successor().list(config, **options)


async def conformance(*, forget: bool) -> tuple[CapabilityReport, set[str], set[str]]:
    """Return the report, the tests that passed, and the tests that failed."""
    passed: set[str] = set()
    failed: set[str] = set()

    @checkpointer_test(name="HeartbeatSaver")
    async def saver() -> AsyncIterator[HeartbeatSaver]:
        publisher = Coalescer(lambda: None, timedelta(0))
        yield ThroughBytes(publisher, Journal(publisher), forget=forget)

    def note(capability: str, test: str, ok: bool, _: str | None) -> None:
        (passed if ok else failed).add(f"{capability}/{test}")

    report = await validate(saver, progress=ProgressCallbacks(on_test_result=note))
    return report, passed, failed


async def test_with_its_history_it_is_a_checkpointer_like_any_other() -> None:
    report, passed, failed = await conformance(forget=False)
    assert failed == set()
    assert len(passed) == 58
    assert report.passed_all_base()


async def test_forgetting_costs_time_travel_and_nothing_else() -> None:
    _, passed, failed = await conformance(forget=True)
    assert failed == TIME_TRAVEL
    assert len(passed) == 58 - len(TIME_TRAVEL)
