"""The log of a phase's calls: of models, tools, retrievers and embeddings, over all its attempts.

It travels in the checkpoint. Of each call it has when, where and how it ended, and never what was asked or answered.
Calls are counted by node and model or tool. Those of tasks that have not finished are also known one by one: the next
attempt may make them once more, because what they answered is lost unless a journal has it. With room for `entries`,
the newest calls of finished tasks stay in the log.

A call is recognised in a later attempt by its task, its kind and name, and its ordinal among such calls of the task, or
by its identity, if the journal gives it one. A call that failed gives its ordinal to the next one, its repetition.
"""

import asyncio
import hashlib
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, cast

from langgraph._internal._constants import CONFIG_KEY_RUNTIME
from langgraph.config import get_config
from langgraph.errors import GraphBubbleUp, GraphInterrupt

from .phase_summary import CallKind, CallOutcome, PhaseSummary, one_line
from .records import DAMAGE, MAX_GROUPS, OTHERS, Group, Record, Row, packed, unpacked

DEFAULT_ENTRIES = 250
MAX_ENTRIES = 2000
"""About 30 KB in a checkpoint, and 300 KB of JSON in a result."""
MIN_OPEN_RECORDS = 200
"""How many calls of unfinished tasks are known one by one at least, without a log too."""
PACKED_TOGETHER = 50
"""How many records of finished tasks are packed at once."""
FIRST_IDENTITY = 1 << 32
"""From here on, an ordinal is no count, but stands for the identity of a call."""
MAX_FRAMES = MAX_ENTRIES // PACKED_TOGETHER + 1

current_call_log: ContextVar["CallLog | None"] = ContextVar("durable_call_log", default=None)


@dataclass(slots=True)
class TaskCalls:
    """The calls of an unfinished task, of all attempts, in the order in which they began."""

    records: list[Record] = field(default_factory=list[Record])
    newest: dict[tuple[int, int], Record] = field(default_factory=dict[tuple[int, int], Record])
    """The newest one by the index of its group and its ordinal."""
    ordinals: Counter[int] = field(default_factory=Counter[int])
    """How many calls of each group the task has begun in this attempt, not counting those that failed."""
    of_failed: defaultdict[int, set[int]] = field(default_factory=lambda: defaultdict[int, set[int]](set))
    """The ordinals of calls that failed, which are free again."""
    node_attempt: int = 1

    def append(self, record: Record) -> None:
        self.records.append(record)
        self.newest[record.group.index, record.ordinal] = record

    def drop_oldest(self) -> None:
        oldest = self.records.pop(0)
        if self.newest.get(place := (oldest.group.index, oldest.ordinal)) is oldest:
            del self.newest[place]

    def next_ordinal(self, group: int) -> int:
        if failed := self.of_failed.get(group):
            failed.remove(ordinal := min(failed))
            return ordinal
        self.ordinals[group] += 1
        return self.ordinals[group] - 1

    def give_back(self, group: int, ordinal: int) -> None:
        if ordinal < FIRST_IDENTITY:
            self.of_failed[group].add(ordinal)

    def begin_again(self) -> None:
        """Count anew, because the node runs once more from its beginning."""
        self.ordinals.clear()
        self.of_failed.clear()


class CallLog:
    """The calls of one phase. `changed()` is called after each one has begun or ended, if the log has `entries`."""

    def __init__(self, attempt: int = 1, entries: int = 0, changed: Callable[[], None] = lambda: None) -> None:
        self._of_temporal = self.attempt = attempt
        self.retries = 0
        self._entries, self._changed = entries, changed
        self._groups = dict[tuple[str, str, str], Group]()
        self._tasks: dict[str, TaskCalls] = {}
        """The unfinished tasks, by their namespaces."""
        self._open_records = 0
        self._packed = deque[bytes]()
        self._ended = list[Record]()
        """The calls of finished tasks that are not packed yet."""
        self._left_out = 0
        self._running: dict[int, Record] = {}
        self._seconds_before, self._began = 0.0, time.monotonic()
        self._lock = threading.Lock()

    @property
    def running(self) -> list[Record]:
        """The calls of this attempt that are under way."""
        with self._lock:
            return list(self._running.values())

    def begin(self, kind: CallKind, name: str, metadata: Mapping[str, Any] | None = None, identity: str = "") -> Record:
        """Record that a call begins here. `metadata` is what LangChain's callbacks say of it."""
        namespace, node, node_attempt = place_of(metadata or {})
        with self._lock:
            task = self._tasks.setdefault(namespace, TaskCalls(node_attempt=node_attempt))
            if node_attempt > task.node_attempt:  # its `retry_policy` runs all of it once more
                task.node_attempt = node_attempt
                task.begin_again()
            group = self._group(kind, one_line(name), one_line(node))
            ordinal = ordinal_of(identity) if identity else task.next_ordinal(group.index)
            record = Record(group, namespace, ordinal, self.attempt, time.time_ns() // 1_000_000)
            self._recognise(record, task)
            group.calls += 1
            self._running[id(record)] = record
            task.append(record)
            self._open_records += 1
            if self._open_records > max(self._entries, MIN_OPEN_RECORDS):
                self._drop_oldest()
        self._note_change()
        return record

    def remember(self, record: Record) -> None:
        """Record that a call which has begun is not made, because a journal has its answer."""
        with self._lock:
            group = record.group
            group.calls, group.remembered = group.calls - 1, group.remembered + 1
            record.outcome = "remembered"
            if record.is_retry:
                self.retries -= 1
            if record.repeats:
                record.repeats.made_again = False
                group.made_again -= 1

    def end(
        self, record: Record, outcome: CallOutcome = "answered", error: str = "", tokens: tuple[int, int] = (0, 0)
    ) -> None:
        """Record how a call ended, with the class of its error and the tokens in and out."""
        with self._lock:
            if self._running.pop(id(record), None) is None:
                return
            record.milliseconds = round((time.monotonic() - record.began) * 1000)
            if record.outcome != "remembered":
                record.outcome, record.error = outcome, one_line(error)
                record.tokens_in, record.tokens_out = tokens
                group = record.group
                group.failed += outcome == "failed"
                group.tokens_in, group.tokens_out = group.tokens_in + tokens[0], group.tokens_out + tokens[1]
                group.milliseconds += record.milliseconds
                if outcome in ("failed", "unfinished") and (task := self._tasks.get(record.namespace)):
                    task.give_back(group.index, record.ordinal)
        self._note_change()

    def note_remembered(self, kind: CallKind, name: str, metadata: Mapping[str, Any], identity: str) -> None:
        """Record a call that is not made, because the journal has its result."""
        record = self.begin(kind, name, metadata, identity)
        self.remember(record)
        self.end(record)

    def count_retry(self) -> None:
        """Count a retry inside of a call, of which LangChain tells."""
        with self._lock:
            self.retries += 1

    def begin_again(self) -> None:
        """Recognise the calls of this attempt in tasks that run once more in it."""
        with self._lock:
            for task in self._tasks.values():
                task.begin_again()

    def forget(self, dead: Callable[[str], bool]) -> None:
        """Take the calls of tasks that have finished for final: no later attempt makes them again."""
        with self._lock:
            for namespace in [namespace for namespace in self._tasks if dead(namespace)]:
                self._finish(namespace)

    def forget_tasks(self) -> None:
        """Take all calls for final, because the phase starts from the beginning."""
        self.forget(lambda _: True)

    def content(self, *, with_entries: bool = True) -> dict[str, Any]:
        """Return what a checkpoint carries; without entries, what the counts need."""
        with self._lock:
            content: dict[str, Any] = {
                "attempt": [self.attempt, self._of_temporal],
                "milliseconds": round(self._seconds() * 1000),
                "retries": self.retries,
                "groups": [group.row() for group in self._groups.values()],
            }
            if with_entries:
                content["open"] = [
                    [namespace, [record.row() for record in task.records]]
                    for namespace, task in self._tasks.items()
                    if task.records
                ]
                content["packed"] = list(self._packed)
                content["ended"] = [record.row() for record in self._ended]
            left_out = 0 if with_entries else self._kept()
            return {**content, "left out": self._left_out + left_out}

    def restore(self, content: object, *, of_request: bool = False) -> None:
        """Load the log of an earlier attempt, or of the checkpoint in the request of an activity that goes on.

        A log that is damaged is not a reason to lose a state: then this one begins empty.
        """
        if isinstance(content, Mapping):
            with suppress(*DAMAGE), self._lock:
                self._load(cast("Mapping[str, Any]", content), of_request=of_request)

    def summary(self, calls: int, tokens: int, steps: int = 0) -> PhaseSummary:
        """Return what the phase has done. `calls` and `tokens` are those of its models, and `steps` of its graph."""
        with self._lock:
            groups = list(self._groups.values())
            records = [record for data in self._packed for record in unpacked(data, groups)]
            records += self._ended
            if self._entries:
                records += [record for task in self._tasks.values() for record in task.records]
            records.sort(key=lambda record: record.at_milliseconds)
            kept = records[-self._entries :] if self._entries else []
            left_out = self._left_out + len(records) - len(kept) if self._entries else 0
            return PhaseSummary(
                calls=calls,
                tokens=tokens,
                attempts=self.attempt,
                steps=steps,
                seconds=round(self._seconds(), 3),
                retries=self.retries,
                groups=tuple(group.told() for group in groups),
                log=tuple(record.told() for record in kept),
                left_out=left_out,
            )

    @property
    def model_calls(self) -> tuple[int, int]:
        """The calls and tokens of models, without those of a state that is lost."""
        with self._lock:
            groups = [group for group in self._groups.values() if group.kind == "model"]
            return sum(each.calls for each in groups), sum(each.tokens_in + each.tokens_out for each in groups)

    def _note_change(self) -> None:
        if self._entries:
            self._changed()

    def _group(self, kind: CallKind, name: str, node: str) -> Group:
        known = self._groups.get((kind, name, node))
        if known is None:
            if len(self._groups) >= MAX_GROUPS and name != OTHERS:
                return self._group(kind, OTHERS, "")
            known = self._groups[kind, name, node] = Group(kind, name, node, len(self._groups))
        return known

    def _recognise(self, record: Record, task: TaskCalls) -> None:
        """Mark what this call repeats: one that failed, or one of an earlier attempt whose answer is lost."""
        earlier = task.newest.get((record.group.index, record.ordinal))
        if earlier is None or earlier.outcome in ("asked", "remembered"):
            return
        if earlier.outcome == "failed" or earlier.attempt == self.attempt:
            record.is_retry = True
            self.retries += 1
        else:
            record.repeats, earlier.made_again = earlier, True
            record.group.made_again += 1

    def _drop_oldest(self) -> None:
        oldest = next(task for task in self._tasks.values() if task.records)
        oldest.drop_oldest()
        self._open_records, self._left_out = self._open_records - 1, self._left_out + 1

    def _finish(self, namespace: str) -> None:
        records = self._tasks.pop(namespace).records
        self._open_records -= len(records)
        if self._entries:
            self._ended += records
        while len(self._ended) >= 2 * PACKED_TOGETHER:
            self._packed.append(packed(self._ended[:PACKED_TOGETHER]))
            del self._ended[:PACKED_TOGETHER]
        while self._packed and self._kept() - PACKED_TOGETHER >= self._entries:
            self._packed.popleft()
            self._left_out += PACKED_TOGETHER

    def _kept(self) -> int:
        return len(self._packed) * PACKED_TOGETHER + len(self._ended)

    def _seconds(self) -> float:
        return self._seconds_before + time.monotonic() - self._began

    def _load(self, content: Mapping[str, Any], *, of_request: bool) -> None:
        number, of_temporal = (int(each) for each in content["attempt"])
        seconds, retries, left_out = (int(content[each]) for each in ("milliseconds", "retries", "left out"))
        groups = [Group.of(row, index) for index, row in enumerate(content["groups"])]
        by_name = {(group.kind, group.name, group.node): group for group in groups}
        if len(by_name) < len(groups):
            raise ValueError("two groups of calls are the same")
        rows_by_task = cast("list[tuple[str, list[Row]]]", content.get("open", ()))
        tasks = {str(namespace): task_calls(str(namespace), rows, groups) for namespace, rows in rows_by_task}
        ended = [Record.of(row, "", groups) for row in content.get("ended", ())]
        frames = list(content.get("packed", ()))
        if len(frames) > MAX_FRAMES or any(len(unpacked(data, groups)) != PACKED_TOGETHER for data in frames):
            raise ValueError("packed records are damaged")
        # Nothing raises from here on: a log is loaded as a whole, or not at all.
        self.attempt = number + (self._of_temporal if of_request else max(self._of_temporal - of_temporal, 1))
        self._seconds_before, self.retries, self._left_out = seconds / 1000, retries, left_out
        self._groups = by_name
        self._tasks, self._open_records = tasks, sum(len(task.records) for task in tasks.values())
        if self._entries:
            self._ended, self._packed = ended, deque(frames)


def ordinal_of(identity: str) -> int:
    return FIRST_IDENTITY + int.from_bytes(hashlib.blake2b(identity.encode(), digest_size=4).digest())


def task_calls(namespace: str, rows: Iterable[Row], groups: Sequence[Group]) -> TaskCalls:
    """Return the calls of a task that rows of an earlier attempt hold."""
    task = TaskCalls()
    for row in rows:
        task.append(Record.of(row, namespace, groups))
    return task


def entries_of(call_log: object) -> int:
    """Return for how many calls a log has room: the argument of a phase, checked."""
    if not isinstance(call_log, int):
        raise TypeError(f"The argument call_log is True, False or a number of calls, not {call_log!r}.")
    entries = DEFAULT_ENTRIES if call_log is True else int(call_log)
    if not 0 <= entries <= MAX_ENTRIES:
        raise ValueError(f"The argument call_log is a number of calls from 0 to {MAX_ENTRIES}, not {entries}.")
    return entries


@contextmanager
def logged_call(kind: CallKind, name: str) -> Generator[None]:
    """Log a call of which LangChain's callbacks do not tell, for example of an embedding model."""
    log = current_call_log.get()
    if log is None:
        yield
        return
    record = log.begin(kind, name)
    try:
        yield
    except BaseException as error:  # a cancelled call has ended, too, and is logged as such
        log.end(record, *ending_of(error))
        raise
    log.end(record)


def ending_of(error: BaseException) -> tuple[CallOutcome, str]:
    """Return how a call has ended that raised this error, and the class of the error."""
    if isinstance(error, GraphInterrupt):
        return "asked", ""
    if isinstance(error, asyncio.CancelledError | GeneratorExit):
        return "unfinished", ""
    if isinstance(error, GraphBubbleUp):  # a command for the graph around it
        return "answered", ""
    return "failed", type(error).__name__


def place_of(metadata: Mapping[str, Any]) -> tuple[str, str, int]:
    """Return the namespace of the task that runs here, its node, and which run of the node in this attempt it is."""
    node = str(metadata.get("langgraph_node", ""))
    try:
        config = get_config()
    except RuntimeError:  # outside of tasks, or in a thread without the context of its node
        return str(metadata.get("langgraph_checkpoint_ns", "")), node, 1
    configurable = config.get("configurable", {})
    namespace = str(configurable.get("checkpoint_ns", ""))
    info = getattr(configurable.get(CONFIG_KEY_RUNTIME), "execution_info", None)
    node = node or str((config.get("metadata") or {}).get("langgraph_node", "")) or node_in(namespace)
    return namespace, node, getattr(info, "node_attempt", 1)


def node_in(namespace: str) -> str:
    """Return the node of a namespace, which is `node:task|node:task`."""
    return namespace.rpartition("|")[2].partition(":")[0]
