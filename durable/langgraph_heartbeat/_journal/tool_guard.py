"""Ask the guard before each tool call, as the journal does before each model call.

A step's tools begin together. A worker that was frozen just before would otherwise begin all of them when it continues,
although another worker has its phase: the next question would be that of the next step.
"""

import asyncio
from contextvars import ContextVar
from typing import Any

from langchain_core.callbacks import AsyncCallbackHandler, BaseCallbackHandler
from langchain_core.tracers.context import register_configure_hook

from langgraph_heartbeat._guard import Guard, is_running_here

_loop_guard: ContextVar["LoopToolGuard | None"] = ContextVar("durable_loop_tool_guard", default=None)
_thread_guard: ContextVar["ThreadToolGuard | None"] = ContextVar("durable_thread_tool_guard", default=None)

register_configure_hook(_loop_guard, inheritable=True)
register_configure_hook(_thread_guard, inheritable=True)


class OnlyTools:
    """What is common to handlers that LangChain shall not tell of anything but tools, and whose errors end the call."""

    raise_error = True
    run_inline = True
    # LangChain has properties here, and reads them on each event.
    ignore_llm = True
    ignore_chat_model = True
    ignore_chain = True
    ignore_retriever = True
    ignore_retry = True
    ignore_custom_event = True

    def __init__(self, guard: Guard, loop: asyncio.AbstractEventLoop) -> None:
        self._guard, self._loop = guard, loop


class LoopToolGuard(OnlyTools, AsyncCallbackHandler):  # pyright: ignore[reportIncompatibleMethodOverride, reportIncompatibleVariableOverride, reportUnsafeMultipleInheritance]
    """Asks before the tools that are called on the event loop. LangChain swallows its errors in threads."""

    async def on_tool_start(self, *_: Any, **__: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        if is_running_here(self._loop):
            await self._guard()


class ThreadToolGuard(OnlyTools, BaseCallbackHandler):  # pyright: ignore[reportIncompatibleMethodOverride, reportIncompatibleVariableOverride, reportUnsafeMultipleInheritance]
    """Asks before the tools that sync nodes call in their threads."""

    def on_tool_start(self, *_: Any, **__: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        self._guard.wait(self._loop)


def guard_tools(guard: Guard, loop: asyncio.AbstractEventLoop) -> None:
    """Ask this guard before each tool that is called in the current context from now on."""
    _loop_guard.set(LoopToolGuard(guard, loop))
    _thread_guard.set(ThreadToolGuard(guard, loop))
