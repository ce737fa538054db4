"""Watch the calls of one attempt: LangChain's models, tools and retrievers, and functions that a test has named.

LangChain tells a callback handler of each call before it is made and when it has ended. There the attempt is killed:
what it has published is the last heartbeat, nothing that it does from then on counts, and no call of it goes on.
"""

import asyncio
import sys
import threading
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.callbacks.manager import handle_event
from langchain_core.tracers.context import register_configure_hook

from langgraph_heartbeat._guard import is_running_here
from langgraph_heartbeat._journal.call_observer import Call, enclosing_kept_call, newest_run, task_namespace
from langgraph_heartbeat._journal.journal import current_journal

from ._call_gate import CallGate, KilledError
from ._call_keys import CallKeys
from ._kill_points import KillPlan, Moment
from ._turns import current_call
from ._world import Kind, ObservedCall, Site, World

KILL_TIMEOUT_SECONDS = 10.0
"""How long a call in a thread waits for the event loop to take the last heartbeat, if a node blocks the loop."""
MAX_ARGUMENTS = 60
"""Maximum number of characters of a tool's arguments in the name of its call."""

newest_kept: ContextVar[Call | None] = ContextVar("testing_newest_kept", default=None)
"""The call that the library has recorded last in this context."""
current_watch: ContextVar["CallWatch | None"] = ContextVar("testing_call_watch", default=None)

register_configure_hook(current_watch, inheritable=True)


class CallWatch(BaseCallbackHandler):
    """Watches the calls of an attempt, and calls `die()` where `plan` kills it."""

    run_inline = True  # in the context of the call, where a model finds whose turn it is

    def __init__(self, world: World, plan: KillPlan, die: Callable[[], None], activity: int) -> None:
        self._world, self._plan, self._die, self._activity = world, plan, die, activity
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._keys = CallKeys()
        self._calls: dict[UUID, ObservedCall] = {}
        self._unrecorded: list[ObservedCall] = []
        """The calls that had not been recorded when they ended: in a moment they are."""
        self._dying_after: ObservedCall | None = None
        """The call after which the attempt is killed as soon as the library has recorded its result."""
        self.is_dead = False

    def activate(self) -> None:
        """Watch the calls that are made in the current context from now on."""
        current_watch.set(self)
        CallGate(self).activate()

    def kill(self) -> None:
        """Let this attempt die: nothing that it does from now on counts."""
        with self._lock:
            was_dead, self.is_dead = self.is_dead, True
        if not was_dead:
            for call in list(self._calls.values()):
                if call.has_answer:  # LangChain has not told of it yet, but the journal has published it
                    self._world.finish(call)
            for call in self._unrecorded:
                if call.is_unrecorded:
                    self._world.take_back(call)
            self._die()

    def require_alive(self) -> None:
        if self.is_dead:
            raise KilledError

    def link(self, run_id: UUID) -> None:
        """Connect a call of a model with what the library knows of it."""
        if call := self._calls.get(run_id):
            call.run = newest_run()

    # What LangChain tells

    def on_chain_start(
        self, serialized: Any, inputs: Any, *, metadata: Mapping[str, Any] | None = None, **_: Any
    ) -> None:
        """Learn the place of a task: its step, its node, and its number among those that were sent.

        Here the attempt may be killed: what was before this step is saved, and nothing of it has begun.
        """
        del serialized, inputs
        known = metadata or {}
        namespace, step = known.get("langgraph_checkpoint_ns", ""), known.get("langgraph_step")
        if step is not None and namespace and "|" not in namespace:
            self._world.begin_step(self._activity, step)
            with self._lock:
                is_at_step = not self.is_dead and self._plan.is_at_step(self._activity, step)
            if is_at_step:
                self._publish_and_kill()
        self._keys.learn_place(known)
        self.require_alive()

    def on_chat_model_start(
        self,
        serialized: Mapping[str, Any] | None,
        messages: object,
        *,
        run_id: UUID,
        metadata: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> None:
        del messages
        current_call.set(self._begin_run(run_id, "model", name_of_model(serialized), "", metadata or {}))
        self._stop_sync_call()

    def on_llm_start(
        self,
        serialized: Mapping[str, Any] | None,
        prompts: object,
        *,
        run_id: UUID,
        metadata: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> None:
        del prompts
        self._begin_run(run_id, "model", name_of_model(serialized), "", metadata or {})
        self._stop_sync_call()

    def on_tool_start(
        self,
        serialized: Mapping[str, Any] | None,
        input_str: str,
        *,
        run_id: UUID,
        metadata: Mapping[str, Any] | None = None,
        inputs: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> None:
        name = str((serialized or {}).get("name", "a tool"))
        self._begin_run(run_id, "tool", name, arguments_text(inputs, input_str), metadata or {})
        self._stop_sync_call()

    def on_retriever_start(
        self,
        serialized: Mapping[str, Any] | None,
        query: str,
        *,
        run_id: UUID,
        metadata: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> None:
        self._begin_run(run_id, "retriever", name_of_model(serialized), repr(query)[:MAX_ARGUMENTS], metadata or {})
        self._stop_sync_call()

    def on_llm_end(self, response: Any, *, run_id: UUID, **_: Any) -> None:
        del response
        self._end_run(run_id)
        self._stop_sync_call()

    def on_tool_end(self, output: Any, *, run_id: UUID, **_: Any) -> None:
        del output
        self._end_run(run_id)
        self._stop_sync_call()

    def on_retriever_end(self, documents: Any, *, run_id: UUID, **_: Any) -> None:
        del documents
        self._end_run(run_id)
        self._stop_sync_call()

    def on_llm_error(self, *_: Any, run_id: UUID, **__: Any) -> None:
        self._fail_run(run_id)
        self._stop_sync_call()

    def on_tool_error(self, *_: Any, run_id: UUID, **__: Any) -> None:
        self._fail_run(run_id)
        self._stop_sync_call()

    def on_retriever_error(self, *_: Any, run_id: UUID, **__: Any) -> None:
        self._fail_run(run_id)
        self._stop_sync_call()

    # What is made of it

    def begin(self, kind: Kind, name: str, arguments: str, metadata: Mapping[str, Any]) -> ObservedCall | None:
        """Begin a call; None if the attempt is dead. It may be killed before the call: then the call must not go on."""
        if self._dying_after:
            self._publish_and_kill()  # the result was not recorded: it may not be one that can be kept
        if self.is_dead:
            return None
        self._keys.learn_place(metadata)
        namespace = metadata.get("langgraph_checkpoint_ns") or task_namespace()
        key = self._keys.next(namespace, kind, name)
        node = str(metadata.get("langgraph_node") or namespace.rpartition("|")[2].partition(":")[0])
        site = Site(node, metadata.get("langgraph_step"), name if kind == "model" else f"{name}({arguments})")
        call = ObservedCall(self._world, key, self._world.failures[key], site)
        if (kept := enclosing_kept_call()) and kind != "model" and kept.run.model == name:
            call.kept = kept
        if (journal := current_journal.get()) is not None:
            journal.when_kept = self._on_kept
        self._world.begin(call)
        self._kill_if_planned("before", call)
        return call

    def end(self, call: ObservedCall) -> None:
        """End a call. The attempt may be killed after it."""
        if self.is_dead:
            return
        self._world.end(call)
        if not call.was_remembered:
            self._world.finish(call)
            if call.is_unrecorded:
                self._unrecorded.append(call)
        self._kill_if_planned("after", call)

    def fail(self, call: ObservedCall) -> None:
        """Note that a call raised. Its ordinal goes to the next one, which is its repetition."""
        if self.is_dead:
            return
        self._world.fail(call)
        self._keys.give_back(call.key)

    def _stop_sync_call(self) -> None:
        """Raise `KilledError` in a synchronous call of a dead attempt; the gate stops the others.

        Here, LangChain awaits several handlers in a row, and one that raised would leave the others without an await.
        """
        if self.is_dead and sys._getframe(2).f_code is handle_event.__code__:  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            raise KilledError

    def _begin_run(
        self, run_id: UUID, kind: Kind, name: str, arguments: str, metadata: Mapping[str, Any]
    ) -> ObservedCall | None:
        call = self.begin(kind, name, arguments, metadata)
        if call:
            self._calls[run_id] = call
        return call

    def _end_run(self, run_id: UUID) -> None:
        if call := self._calls.pop(run_id, None):
            self.end(call)

    def _fail_run(self, run_id: UUID) -> None:
        if call := self._calls.pop(run_id, None):
            self.fail(call)

    def _kill_if_planned(self, moment: Moment, call: ObservedCall) -> None:
        with self._lock:
            if self.is_dead or not self._plan.is_at(moment, call):
                return
        if moment == "after" and call.is_unrecorded:
            self._dying_after = call
        else:
            self._publish_and_kill()

    def _on_kept(self, kept: Call) -> None:
        """Note that the library has recorded a call; kill the attempt if it dies after this one."""
        newest_kept.set(kept)
        if self._dying_after and self._dying_after.kept is kept:
            self._publish_and_kill()
            self.require_alive()

    def _publish_and_kill(self) -> None:
        journal = current_journal.get()

        def kill() -> None:
            if journal is not None and not self.is_dead:
                journal.flush()  # the heartbeat that would have left by now
            self.kill()

        if is_running_here(self._loop):
            kill()
        else:
            self._run_on_loop(kill)

    def _run_on_loop(self, kill: Callable[[], None]) -> None:
        done = threading.Event()

        def kill_and_tell() -> None:
            try:
                kill()
            finally:
                done.set()

        self._loop.call_soon_threadsafe(kill_and_tell)
        if not done.wait(KILL_TIMEOUT_SECONDS):  # a node blocks the loop, perhaps until this very thread ends
            self.kill()


def name_of_model(serialized: Mapping[str, Any] | None) -> str:
    return str(((serialized or {}).get("id") or ["a model"])[-1])


def arguments_text(inputs: Mapping[str, Any] | None, text: str) -> str:
    given = ", ".join(f"{name}={value!r}" for name, value in inputs.items()) if inputs else text
    return given if len(given) <= MAX_ARGUMENTS else f"{given[:MAX_ARGUMENTS]}..."
