"""The options that `durable` passes to `phase_activity`, so that editors and type checkers know them."""

from collections.abc import Sequence

from langgraph.store.base import BaseStore
from typing_extensions import TypedDict

from ._failures import AsFailure
from ._node_code.on_change import OnChange
from ._progress_metrics import MetricsOf
from ._publishing.claim_check import CheckpointStore
from ._requests import Durability
from ._stream.streaming import StreamedMode


class PhaseOptions(TypedDict, total=False):
    """The options of `phase_activity` that do not depend on the types of a phase; its docstring describes them."""

    as_failure: AsFailure
    types: Sequence[type]
    durability: Durability
    on_change: OnChange | None
    recursion_limit: int | None
    parallel: int
    checkpoints: CheckpointStore | None
    store: BaseStore | None
    progress: MetricsOf | None
    call_log: bool | int
    stream: Sequence[StreamedMode]
