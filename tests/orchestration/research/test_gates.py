import types
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from temporalio import workflow

from outlast.orchestration.research.gates import Gates


@types.coroutine
def waits_for_ever(*_: object, **__: object) -> Iterator[None]:
    yield


def test_a_gate_that_its_worker_forgets_asks_nothing_of_temporal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that drops a run from its memory closes the coroutine outside of the workflow's event loop."""
    monkeypatch.setattr(workflow, "now", lambda: datetime(2026, 1, 31, tzinfo=UTC))
    monkeypatch.setattr(workflow, "wait_condition", waits_for_ever)
    gates = Gates()
    waiting = gates.wait(gates.open_gate("plan"))
    waiting.send(None)
    monkeypatch.undo()  # from here on the time raises, as everything of the workflow does outside of its loop
    waiting.close()
