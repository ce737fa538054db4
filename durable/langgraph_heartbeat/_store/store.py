"""LangGraph's store in a phase: `get_store()` and `runtime.store` of its nodes.

Puts belong to the task that makes them. The task sees them, and so do the tasks inside it; others see them once it has
finished. They become part of the checkpoint in the same change as the task's writes, and are dropped if it fails: so a
task that runs again after a crash begins without them, and a put under a new key is there once.

The user's store lies behind. It is read where nothing was put here, and `StoreFlush` writes to it.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.store.base import BaseStore, Op, PutOp, Result, TTLConfig, validate_op_namespace

from langgraph_heartbeat._journal.call_observer import calls_of_context
from langgraph_heartbeat._serialising.serialising import StrictSerializer, only_known_types

from .needs import Got, Needs, together
from .reads import Reader, is_database
from .rows import Key, Row, Rows, decode, encode, over, row_of
from .tasks import (
    Checkpoints,
    FinishedPuts,
    IsSaved,
    Place,
    TaskPuts,
    current_place,
    enclosing,
    is_around,
    is_inside,
    place_in,
    up_to_task,
    without_number,
)


def require_base_store(store: Any) -> BaseStore | None:
    """Return `store` if it is LangGraph's; raise `TypeError` if it is another one, such as a `CheckpointStore`."""
    if store is None or isinstance(store, BaseStore):
        return store
    raise TypeError(
        f"store= is LangGraph's store, which the nodes of the graph use: a BaseStore, not a {type(store).__name__}. "
        "A CheckpointStore, for checkpoints that are too large for a heartbeat, goes to "
        "phase_activity(..., checkpoints=...)."
    )


class HeartbeatStore(BaseStore):
    """The store of one attempt; the attempt's saver carries its content."""

    def __init__(
        self,
        behind: BaseStore | None,
        serializer: StrictSerializer,
    ) -> None:
        self.behind = behind
        self.supports_ttl = behind is not None and behind.supports_ttl
        self.ttl_config: TTLConfig | None = behind.ttl_config if behind is not None else None
        self._serializer = serializer
        self.change: Callable[[], AbstractContextManager[None]] = nullcontext
        """Entered around changes that the checkpoint has to carry; the saver sets it."""
        self._lock = threading.RLock()  # taken after the lock of `change`, never before it
        self._open: dict[str, TaskPuts] = {}  # by the namespace of the task
        self._finished: set[str] = set()  # tasks; a thread of one may still put
        self._waiting: list[FinishedPuts] = []
        self._shared: Rows = {}
        """What every task sees."""
        self._committed: Rows = {}
        """What the checkpoint carries."""
        self._number = 0

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        steps = self._answer(list(ops))
        try:
            needs = next(steps)
            while True:
                needs = steps.send(self._serve(needs))
        except StopIteration as done:
            return cast("list[Result]", done.value)

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        steps = self._answer(list(ops))
        try:
            needs = next(steps)
            while True:
                needs = steps.send(await self._aserve(needs))
        except StopIteration as done:
            return cast("list[Result]", done.value)

    def _serve(self, needs: Needs) -> Got:
        embeddings: Any = getattr(self.behind, "embeddings", None)
        return Got(
            self.behind.batch(needs.ops) if needs.ops and self.behind is not None else [],
            embeddings.embed_documents(needs.texts) if needs.texts else [],
            [embeddings.embed_query(query) for query in needs.queries],
        )

    async def _aserve(self, needs: Needs) -> Got:
        embeddings: Any = getattr(self.behind, "embeddings", None)
        return Got(
            await self.behind.abatch(needs.ops) if needs.ops and self.behind is not None else [],
            await embeddings.aembed_documents(needs.texts) if needs.texts else [],
            [await embeddings.aembed_query(query) for query in needs.queries],
        )

    def _answer(self, ops: Sequence[Op]) -> Any:
        """Answer a batch, whose reads come before its puts; yield what that needs of the store behind."""
        place = current_place()
        if is_database(self.behind):
            for op in ops:
                validate_op_namespace(op)
        puts = {(op.namespace, op.key): op for op in ops if isinstance(op, PutOp)}
        rows = {key: self._row_of(op) for key, op in puts.items()}
        for call in calls_of_context.get() if puts else ():
            if call.under_way:
                call.puts.extend(puts.values())
        reads = [(index, op) for index, op in enumerate(ops) if not isinstance(op, PutOp)]
        results: list[Any] = [None] * len(ops)
        if reads:
            # Before the store behind is asked: a flush may move rows there meanwhile, and they would be in neither.
            reader = Reader(self._seen_from(place), self.behind, self._serializer)
            answers = yield from together([reader.read(op) for _, op in reads])
            for (index, _), answer in zip(reads, answers, strict=True):
                results[index] = answer
        if rows:
            self._put(place, rows)
        return results

    def _row_of(self, op: PutOp) -> Row:
        with self._lock:
            self._number += 1
            number = self._number
        return row_of(op, number, self._serializer, json_only=is_database(self.behind))

    def _put(self, place: Place, rows: Rows) -> None:
        task = place.task
        with self._lock:
            if task and task not in self._finished:
                self._finish_earlier_steps(place)
                puts = self._puts_of(place)
                if puts is not None:
                    below = self._seen_from(place)
                    for key, row in rows.items():
                        puts.rows[key] = over(below.get(key), row)
                return
        with self.change(), self._lock:  # nothing will put it again
            for key, row in rows.items():
                self._shared[key] = over(self._shared.get(key), row)
                self._committed[key] = self._shared[key]

    def _puts_of(self, place: Place) -> TaskPuts | None:
        """Return the puts of the task that runs here; None if it runs in a try that was given up."""
        puts = self._open.get(place.namespace)
        if puts is None:
            puts = self._open[place.namespace] = TaskPuts(place)
        elif puts.is_from_before(place):
            return None
        elif puts.place.trial is not place.trial:
            puts = self._begin_again(puts, place)
        return puts

    def _begin_again(self, puts: TaskPuts, place: Place) -> TaskPuts:
        """Drop the puts of a try that was given up, and of what ran in it, because the task runs again."""
        for namespace in [each for each in self._open if is_inside(each, place.namespace)]:
            del self._open[namespace]
        again = self._open[place.namespace] = TaskPuts(place, past_trials=[*puts.past_trials, puts.place.trial])
        return again

    def subgraph_started(self, config: RunnableConfig) -> None:
        """Note in which try the task around a subgraph runs; the tasks of the subgraph do not know it."""
        place = place_in(config)
        place = replace(place, namespace=without_number(place.namespace))
        with self._lock:
            puts = self._open.get(place.namespace)
            if puts is not None and puts.place.trial is not place.trial and not puts.is_from_before(place):
                self._begin_again(puts, place)

    def _seen_from(self, place: Place) -> Rows:
        """Return the rows that a task sees: the shared ones, and over them its own and those of the tasks around it."""
        with self._lock:
            self._finish_earlier_steps(place)
            rows = dict(self._shared)
            for namespace in enclosing(place.namespace):
                puts = self._open.get(namespace)
                if puts is None or (namespace == place.namespace and puts.place.trial is not place.trial):
                    continue
                rows |= puts.rows
            return rows

    def _finish_earlier_steps(self, place: Place) -> None:
        """Finish the tasks of the steps before: with `durability="exit"` nobody else says that they have finished."""
        for puts in list(self._open.values()):
            current = place.checkpoints.get(puts.place.graph)
            began = puts.place.checkpoints.get(puts.place.graph)
            if current is not None and began is not None and began < current:
                self._finish(puts.place.namespace, puts.place.checkpoints)
        for waiting in self._waiting:
            for graph, began in waiting.needed.items():
                if began < place.checkpoints.get(graph, ""):  # so has the task in which it ran, with its subgraph
                    around = {each: id_ for each, id_ in waiting.needed.items() if is_around(each, graph)}
                    waiting.needed = {**around, graph: began}
                    break

    def _finish(self, namespace: str, needed: Checkpoints) -> None:
        """Share the puts of a task and of the tasks inside it."""
        ended = [each for each in self._open if each == namespace or is_inside(each, namespace)]
        rows = Rows()
        for inner in ended:
            for key, row in self._open.pop(inner).rows.items():
                if key not in rows or rows[key].number < row.number:
                    rows[key] = row
        for key, row in rows.items():
            self._shared[key] = over(self._shared.get(key), row)
        finished = {key: self._shared[key] for key in rows}
        for waiting in self._waiting:
            if is_inside(waiting.namespace, namespace):  # what ran inside will not be looked at again
                waiting.needed = needed
        self._waiting.append(FinishedPuts(namespace, needed, finished))

    def _commit(self, is_saved: IsSaved) -> None:
        for waiting in list(self._waiting):
            if not all(is_saved(namespace, checkpoint) for namespace, checkpoint in waiting.needed.items()):
                continue
            self._waiting.remove(waiting)
            for key, row in waiting.rows.items():
                if key not in self._committed or self._committed[key].number < row.number:
                    self._committed[key] = row

    def task_finished(self, task: str, needed: Checkpoints, is_saved: IsSaved) -> None:
        """Commit what a task has put, in the change that saves its writes."""
        with self._lock:
            self._finished.add(task)
            ours = {each.place.namespace for each in self._open.values()} | {each.namespace for each in self._waiting}
            for namespace in sorted({up_to_task(each, task) for each in ours} - {""}):
                self._finish(namespace, needed)
            self._commit(is_saved)

    def task_failed(self, task: str) -> None:
        """Drop what a task has put, and what unfinished tasks inside it have."""
        with self._lock:
            for namespace, puts in list(self._open.items()):
                if namespace == up_to_task(namespace, task):
                    puts.give_up()
                elif up_to_task(namespace, task):
                    del self._open[namespace]

    def checkpoint_saved(self, graph: str, checkpoint: str, is_saved: IsSaved) -> None:
        """Commit what tasks of earlier steps have put."""
        with self._lock:
            self._finish_earlier_steps(Place(graph, {graph: checkpoint}))
            self._commit(is_saved)

    def content(self) -> list[bytes]:
        """Return what a checkpoint carries."""
        with self._lock:
            return [encode(key, row) for key, row in self._committed.items()]

    def restore(self, content: Iterable[bytes]) -> None:
        """Load the `content` of an earlier attempt; raise `ValueError` if it cannot be decoded."""
        with self._lock:
            self._committed = self.decoded(content)
            self._shared = dict(self._committed)
            self._number = max((row.number for row in self._committed.values()), default=0)

    def decoded(self, content: Iterable[bytes]) -> Rows:
        with only_known_types():
            return dict(decode(each, self._serializer) for each in content)

    def copy_of_content(self) -> tuple[Rows, Rows]:
        with self._lock:
            return dict(self._committed), dict(self._shared)

    def reinstate(self, committed: Rows, shared: Rows) -> None:
        """Set the content to what it was before a change that was refused."""
        with self._lock:
            self._committed, self._shared = committed, shared

    def numbers(self) -> set[int]:
        """Return the numbers of the rows that the checkpoint carries."""
        with self._lock:
            return {row.number for row in self._committed.values()}

    @property
    def size_bytes(self) -> int:
        """The size of the values that the checkpoint carries."""
        with self._lock:
            return sum(len(row.stored[1]) for row in self._committed.values() if row.stored)

    def forget(self, written: Mapping[Key, int]) -> None:
        """Forget rows, by their numbers, that the store behind has now, unless they were put again meanwhile."""
        with self.change(), self._lock:
            for key, number in written.items():
                for rows in (self._committed, self._shared):
                    if key in rows and rows[key].number == number:
                        del rows[key]
