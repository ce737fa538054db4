"""Attempts in this process, for tests: a killed attempt leaves only the bytes of its saver and its journal."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.store.base import BaseStore
from langgraph_heartbeat._call_log.call_log import CallLog
from langgraph_heartbeat._graphs import GraphLike, compile_graph, types_of, with_saver
from langgraph_heartbeat._journal.journal import Journal
from langgraph_heartbeat._publishing.blocks import Blocks
from langgraph_heartbeat._publishing.coalescer import Coalescer
from langgraph_heartbeat._publishing.envelope import Draft, Envelope, fingerprint_of
from langgraph_heartbeat._saver.saver import HeartbeatSaver
from langgraph_heartbeat._serialising.serialising import StrictSerializer
from langgraph_heartbeat._store.store import HeartbeatStore

CONFIG: RunnableConfig = {"configurable": {"thread_id": "T"}, "recursion_limit": 100}


class Noting(HeartbeatSaver):
    """Sets an event when enough tasks have been saved."""

    def when_saved(self, tasks: int, tell: Callable[[], None], namespace: str = "") -> None:
        """Count the tasks in namespaces that begin with `namespace`; a subgraph has its own."""
        self._awaited, self._tell, self._inside = tasks, tell, namespace

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        await super().aput_writes(config, writes, task_id, task_path)
        if not hasattr(self, "_awaited") or "__start__" in task_path:
            return
        namespace = config["configurable"]["checkpoint_ns"]
        if namespace.startswith(self._inside) if self._inside else not namespace:
            self._awaited -= 1
            if self._awaited == 0:
                self._tell()


class Attempt:
    """One attempt at `graph`, which continues from the bytes that the attempt before published."""

    def __init__(
        self,
        graph: GraphLike,
        last: bytes = b"",
        types: Iterable[type] = (),
        behind: BaseStore | None = None,
        log_entries: int = 0,
    ) -> None:
        bare = compile_graph(graph)
        self._fingerprint = fingerprint_of(bare, "phase")
        self._blocks = Blocks()
        self._publisher = Coalescer(self._publish, timedelta(0))
        known = set(types_of(bare, types))
        self.log = CallLog(entries=log_entries, changed=self._note_call)
        self.journal = Journal(self._publisher, types=known, log=self.log)
        self.store = HeartbeatStore(behind, StrictSerializer(known))
        self.saver = Noting(self._publisher, self.journal, known, store=self.store)
        self.graph = with_saver(bare, self.saver, self.store)
        self.published = last
        self._resumed = bool(last)
        if last:
            content = Envelope(last, self._fingerprint).content(self._blocks)
            self.saver.restore(content["saver"])
            self.journal.restore(content["journal"])
            self.log.restore(content["calls"])

    def _publish(self) -> None:
        content = {
            "saver": self.saver.content(),
            "journal": self.journal.content(),
            "calls": self.log.content(),
        }
        self.published = Draft(content, self._fingerprint, self._blocks).seal()

    def _note_call(self) -> None:
        with self._publisher.change():
            pass

    async def run(self, given: Any = None) -> Any:
        """Run to the end, in a context of its own; everything is published, also after an error."""
        try:
            return await asyncio.create_task(self._run(given))
        finally:
            self._publisher.flush()

    async def _run(self, given: Any) -> Any:
        self.journal.activate()
        start = None if self._resumed else given
        return await self.graph.ainvoke(start, CONFIG, durability="sync")

    @asynccontextmanager
    async def killed(self, given: Any, reached: asyncio.Event) -> AsyncGenerator[None]:
        """Run until `reached` is set, publish nothing after that, and cancel the rest at the end of the block."""
        running = asyncio.create_task(self._run(given))
        waiting = asyncio.create_task(reached.wait())
        await asyncio.wait([running, waiting], return_when=asyncio.FIRST_COMPLETED, timeout=60)
        waiting.cancel()
        assert reached.is_set(), running.exception() if running.done() else "the point was not reached"
        self._publisher.flush()
        self._publisher.close()
        try:
            yield
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def kill_at(self, reached: asyncio.Event, given: Any) -> bytes:
        """Return the published bytes of an attempt that was killed when `reached` was set."""
        async with self.killed(given, reached):
            return self.published

    def namespaces(self) -> set[str]:
        return {namespace for namespace, checkpoints in self.saver.storage["T"].items() if checkpoints}


class Trace:
    """Records what nodes did, and where the first attempt waits for ever."""

    def __init__(self, stop_at: str = "") -> None:
        self.done: list[str] = []
        self.reached = asyncio.Event()
        self._stop_at = stop_at

    async def __call__(self, label: str) -> None:
        if label == self._stop_at and not self.reached.is_set():
            self.reached.set()
            await asyncio.Event().wait()
        self.done.append(label)

    def counts(self) -> Counter[str]:
        return Counter(self.done)
