"""What LangChain tells of the calls of tools and retrievers, for the log of calls; `CallObserver` watches models."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import ToolMessage
from langchain_core.tracers.context import register_configure_hook

from .call_log import CallLog, current_call_log, ending_of
from .phase_summary import CallKind
from .records import Record

_current_watcher: ContextVar["CallWatcher | None"] = ContextVar("durable_call_watcher", default=None)

register_configure_hook(_current_watcher, inheritable=True)

TOLD_BY_LANGCHAIN = frozenset(("model", "tool", "retriever"))
"""The kinds of calls of which LangChain's callbacks tell."""

KeptCallOf = Callable[[CallKind], tuple[str, str] | None]
"""Returns the name and the identity of the kept call of this kind that begins here; None if there is none."""


class CallWatcher(BaseCallbackHandler):
    """Logs the calls of tools and retrievers, and the retries inside of models that say so."""

    run_inline = True
    # LangChain has properties here, and reads them on each event.
    ignore_llm = True  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride]
    ignore_chat_model = True  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride]
    ignore_chain = True  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride]
    ignore_custom_event = True  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride]

    def __init__(self, log: CallLog, kept_call: KeptCallOf) -> None:
        self._log, self._kept_call = log, kept_call
        self._records: dict[UUID, Record] = {}

    def on_tool_start(
        self,
        serialized: Mapping[str, Any] | None,
        input_str: str,
        *,
        run_id: UUID,
        metadata: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> None:
        del input_str
        self._begin("tool", run_id, (serialized or {}).get("name"), metadata)

    def on_tool_end(self, output: Any, *, run_id: UUID, **_: Any) -> None:
        # A tool with `handle_tool_error` answers with the message of its error.
        is_error = isinstance(output, ToolMessage) and output.status == "error"
        self._end(run_id, None, handled="ToolException" if is_error else "")

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        self._end(run_id, error)

    def on_retriever_start(
        self,
        serialized: Mapping[str, Any] | None,
        query: str,
        *,
        run_id: UUID,
        metadata: Mapping[str, Any] | None = None,
        name: str | None = None,
        **_: Any,
    ) -> None:
        del serialized, query
        self._begin("retriever", run_id, name, metadata)

    def on_retriever_end(self, documents: object, *, run_id: UUID, **_: Any) -> None:
        del documents
        self._end(run_id)

    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        self._end(run_id, error)

    def on_retry(self, retry_state: object, **_: Any) -> None:
        del retry_state
        self._log.count_retry()

    def _begin(self, kind: CallKind, run_id: UUID, name: object, metadata: Mapping[str, Any] | None) -> None:
        name, identity = str(name or f"a {kind}"), ""
        if kept := self._kept_call(kind):  # under the name and the identity by which a later attempt remembers it
            name, identity = kept
        self._records[run_id] = self._log.begin(kind, name, metadata, identity)

    def _end(self, run_id: UUID, error: BaseException | None = None, handled: str = "") -> None:
        if (record := self._records.pop(run_id, None)) is None:
            return
        if error:
            self._log.end(record, *ending_of(error))
        elif handled:
            self._log.end(record, "failed", handled)
        else:
            self._log.end(record)


Watched = tuple[Token[CallLog | None], Token[CallWatcher | None]]


def watch_calls(log: CallLog, kept_call: KeptCallOf = lambda _: None) -> Watched:
    """Log the calls of tools and retrievers that are made in the current context from now on."""
    return current_call_log.set(log), _current_watcher.set(CallWatcher(log, kept_call))


def stop_watching(watched: Watched) -> None:
    """Log in the current context as before `watch_calls`."""
    current_call_log.reset(watched[0])
    _current_watcher.reset(watched[1])
