"""The stream writer by which a graph says in its own words what it is doing: `get_stream_writer()({"status": "..."})`.

LangGraph's stream of custom events does not tell which task wrote one. So the run context carries a writer that is
called in the context of the task. Plain texts are left alone, because most graphs that write texts write the parts of
an answer, and whatever stands in a heartbeat is read by people.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph._internal._constants import CONFIG_KEY_RUNTIME, CONFIG_KEY_STREAM
from langgraph.pregel.protocol import StreamProtocol
from langgraph.runtime import Runtime
from langgraph.store.base import BaseStore

from .call_log import place_of
from .doing import task_of

STATUS = "status"


def with_status_writer(
    config: RunnableConfig, store: BaseStore | None, note: Callable[[str, str], None]
) -> RunnableConfig:
    """Return the config of a run of a graph that calls `note(task, status)` on the event loop for what it writes.

    A stream writer in the config is called as before. `store` is that of the graph.
    """
    loop = asyncio.get_running_loop()
    configurable = config.get("configurable", {})
    runtime: Runtime[Any] = configurable.get(CONFIG_KEY_RUNTIME) or Runtime(store=store)
    write_too = runtime.stream_writer

    def write(event: Any) -> None:
        write_too(event)
        status: object = cast("dict[Any, Any]", event).get(STATUS) if type(event) is dict else None
        if isinstance(status, str):
            with suppress(RuntimeError):  # a thread that outlives its attempt, and the loop of its worker
                loop.call_soon_threadsafe(note, task_of(place_of({})[0]), status)

    own = {
        # Without a stream around it, LangGraph gives a graph a writer of its own that does nothing.
        CONFIG_KEY_STREAM: configurable.get(CONFIG_KEY_STREAM) or StreamProtocol(lambda _: None, set()),
        CONFIG_KEY_RUNTIME: runtime.override(stream_writer=write),
    }
    return {**config, "configurable": {**configurable, **own}}
