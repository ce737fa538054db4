"""Stop the asynchronous calls of a dead attempt, before they are made and after they have been answered."""

import asyncio
from contextvars import ContextVar
from typing import Any, Protocol
from uuid import UUID

from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.tracers.context import register_configure_hook

from langgraph_heartbeat._guard import is_running_here

_current_gate: ContextVar["CallGate | None"] = ContextVar("testing_call_gate", default=None)

register_configure_hook(_current_gate, inheritable=True)


class KilledError(asyncio.CancelledError):
    """The process of this attempt is dead. Nothing catches it that does not catch the end of a task, too."""


class Watching(Protocol):
    """What knows whether an attempt is dead."""

    def link(self, run_id: UUID) -> None:
        """Connect the call of a model with what the library knows of it; its own observer has been told of it now."""

    def require_alive(self) -> None:
        """Raise `KilledError` if the attempt is dead."""


class CallGate(AsyncCallbackHandler):
    """Lets no asynchronous call of a dead attempt go on. LangChain awaits it beside others, after the watch."""

    # LangChain has properties here, and reads them on each event.
    ignore_chain = True  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride]
    ignore_retry = True  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride]
    ignore_custom_event = True  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride]

    def __init__(self, watch: Watching) -> None:
        self._watch, self._loop = watch, asyncio.get_running_loop()

    def activate(self) -> None:
        """Stop the calls that are made in the current context from now on."""
        _current_gate.set(self)

    async def on_chat_model_start(self, *_: Any, run_id: UUID, **__: Any) -> None:
        self._watch.link(run_id)
        await self._stop()

    async def _stop(self, *_: Any, **__: Any) -> None:
        if is_running_here(self._loop):  # LangChain runs it elsewhere for synchronous calls, which the watch stops
            self._watch.require_alive()

    on_llm_start = on_llm_end = on_llm_error = _stop
    on_tool_start = on_tool_end = on_tool_error = _stop
    on_retriever_start = on_retriever_end = on_retriever_error = _stop
