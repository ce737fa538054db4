"""The journal: finished model calls of unfinished tasks. `CallJournal` is its LangChain cache.

LangGraph remembers finished tasks. A task that makes several calls (a repair, a second try) would make all of them
again after a crash: the journal returns the answers of the finished ones. The key of an entry is its task, its request
and the ordinal of that request in the task, so that equal requests at temperature > 0 stay different samples. A call
that failed gives its ordinal to the next one. An entry is deleted with its task. Outside a phase nothing happens.
"""

import asyncio
import hashlib
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

from langchain_core.outputs import Generation

from ._answers import restore_answers, store_answers, tokens_of
from ._call_errors import is_cut_off, mark_as_call_error, related_errors, time_of_call_error
from ._call_observer import Call, CallObserver, Run, enclosing_key, task_namespace
from ._coalescer import Coalescer
from ._guard import Guard
from ._serialising import StrictSerializer, TypeName, UnfitError, UnknownTypeError, only_known_types
from ._tool_guard import guard_tools
from ._unremembered import Unremembered

MEMORY_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
"""Parts of a model's description that differ between processes."""

current_journal: ContextVar["Journal | None"] = ContextVar("durable_journal", default=None)

Answer = tuple[str, str, bytes]
"""A remembered answer: the namespace of its task, its storage format and its bytes."""


class Journal:
    """The journal of one attempt. `calls` and `tokens` count the calls that were made, not the remembered answers.

    `types` are those that answers may hold, besides the ones that their own requests name.
    """

    def __init__(self, coalescer: Coalescer, guard: Guard | None = None, types: Iterable[TypeName] = ()) -> None:
        self._coalescer = coalescer
        self.guard = guard or Guard()
        """Awaited before a call: it raises if another attempt has replaced this one."""
        self._loop: asyncio.AbstractEventLoop | None = None
        """The event loop of the attempt, on which the guard runs."""
        self._serializer = StrictSerializer(types)
        self._answers: dict[str, Answer] = {}
        self._ordinals: Counter[tuple[str, str]] = Counter()
        self._ordinals_of_failed: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
        self._given: dict[str, int] = {}
        """When the node was given the answer of this key in this attempt: it was made, or remembered."""
        self._failed_tasks: set[str] = set()
        self._time = 0
        self._observer = CallObserver(self)
        self._lock = threading.Lock()
        self.unremembered = Unremembered()
        self.calls = 0
        self.tokens = 0

    def activate(self) -> None:
        """Use this journal for every call that is made in the current context from now on."""
        current_journal.set(self)
        self._loop = asyncio.get_running_loop()
        self._observer.activate()
        guard_tools(self.guard, self._loop)

    def wait_for_guard(self) -> None:
        """Wait for the guard in the thread of a sync node."""
        if self._loop is not None:
            self.guard.wait(self._loop)

    @property
    def remembered(self) -> int:
        """How many answers the next attempt would not ask for again."""
        return self.remembered_by_task().total()

    def remembered_by_task(self) -> Counter[str]:
        """Return how many answers the next attempt would not ask for again, by the task of the graph itself.

        It is what a failure leaves of the calls that were made: an answer that its node rejected is not in it. Neither
        is an answer of an earlier attempt that a task of this attempt did not ask for, because the request of a task
        that names the current time is another one in each attempt.
        """
        with self._lock:
            begun = {namespace for namespace, _ in self._ordinals}
            return Counter(
                outermost_task(namespace)
                for key, (namespace, *_) in self._answers.items()
                if key in self._given or not (namespace in begun or self._is_of_failed_task(namespace))
            )

    def begin(self, request: str, run: Run) -> tuple[Call, list[Generation] | None]:
        """Begin the call of this request, and return it with its remembered answer; None if the call must be made."""
        namespace = task_namespace()
        described = enclosing_key() + MEMORY_ADDRESS.sub("", request)
        request_hash = hashlib.sha256(described.encode()).hexdigest()[:24]
        with self._lock:
            ordinal = self._next_ordinal(namespace, request_hash)
            key = f"{request_hash}:{ordinal}:{hashlib.sha256(namespace.encode()).hexdigest()[:12]}"
            call = Call(namespace, request, request_hash, ordinal, key, run)
            stored = self._answers.get(key)
        answers = self._restored(call, stored) if stored else None
        with self._lock:
            if answers is None:
                self.calls += 1
            else:
                self._note_given(key)
        if answers is None:
            run.call = call
        return call, answers

    def end(self, call: Call, generations: Sequence[Generation]) -> None:
        """Record the answer of a call. An answer that would not come back unchanged is counted, and not remembered."""
        call.under_way = False
        with self._lock:
            self.tokens += tokens_of(generations)
        try:
            kind, data = store_answers(generations, call.run.parameters, self._serializer)
        except UnfitError as unfit:
            self._note_unfit(call.run, unfit)
            return
        with self._coalescer.change(), self._lock:
            self._answers[call.key] = (call.namespace, kind, data)
            self._note_given(call.key)

    def begin_again(self) -> None:
        """Give unfinished tasks, which run again in this attempt, the answers that they have been given before."""
        with self._lock:
            self._ordinals.clear()
            self._ordinals_of_failed.clear()
            self._failed_tasks.clear()

    def fail(self, call: Call, error: BaseException) -> None:
        """Give the ordinal of a call that raised to the next equal request, which is its repetition."""
        call.failed = True
        with self._lock:
            self._ordinals_of_failed[call.namespace, call.request_hash].add(call.ordinal)
            self._time += 1
            mark_as_call_error(error, self._time)

    def count_unjournalled(self, run: Run, answers: Sequence[Generation]) -> None:
        """Count a call that this journal was not asked for. It is paid again by the next attempt."""
        with self._lock:
            self.calls += 1
            self.tokens += tokens_of(answers)
        if answers:
            self.unremembered.note_unjournalled(run, answers)

    def task_failed(self, task: str, error: object) -> None:
        """Forget the answers of a task whose node raised, if the node rejected them.

        If the error comes from a model call, the answers before that call are good, and those after it were rejected:
        of a fallback, for example. A task that was cancelled, or cut off a call that took too long, has rejected
        nothing. Whatever else raises, the code of the node rejected an answer, and the calls are made again.
        """
        since = max(map(time_of_call_error, related_errors(error)), default=0)
        with self._lock:
            if not is_cut_off(error):
                for key, (namespace, *_) in list(self._answers.items()):
                    if self._given.get(key, 0) >= since and self._is_of(namespace, task):
                        del self._answers[key]
            self._failed_tasks.add(task)

    def forget(self, dead: Callable[[str], bool]) -> None:
        """Forget what the tasks of dead namespaces asked: they have finished, and nothing in them runs again."""
        with self._lock:
            for key in [key for key, (namespace, *_) in self._answers.items() if dead(namespace)]:
                del self._answers[key]
                self._given.pop(key, None)
            for asked in [asked for asked in self._ordinals if dead(asked[0])]:
                del self._ordinals[asked]
                self._ordinals_of_failed.pop(asked, None)

    def answers_by_key(self) -> dict[str, Answer]:
        """Return a copy of the remembered answers, for `reinstate`."""
        with self._lock:
            return dict(self._answers)

    def reinstate(self, answers: Mapping[str, Answer]) -> None:
        """Set the remembered answers to what they were."""
        with self._lock:
            self._answers.clear()
            self._answers.update(answers)

    def content(self) -> dict[str, Any]:
        return {key: list(answer) for key, answer in self._answers.items()}

    def restore(self, content: Mapping[str, Any]) -> None:
        """Load the answers of an earlier attempt. One of a class that is another now is asked for again."""
        for key, (namespace, kind, data) in content.items():
            try:
                with only_known_types():
                    self._serializer.loads_typed((kind, data))
            except UnknownTypeError as error:
                node = namespace.rpartition("|")[2].partition(":")[0]
                self.unremembered.note(
                    Run("an answer", node), "of another class now", f"Of an earlier attempt: {error}."
                )
            else:
                self._answers[key] = (namespace, kind, data)

    def _next_ordinal(self, namespace: str, request_hash: str) -> int:
        if failed := self._ordinals_of_failed.get((namespace, request_hash)):
            failed.remove(ordinal := min(failed))
        else:
            ordinal = self._ordinals[namespace, request_hash]
            self._ordinals[namespace, request_hash] += 1
        return ordinal

    def _restored(self, call: Call, stored: Answer) -> list[Generation] | None:
        try:
            return restore_answers(stored[1:], call.run.parameters, self._serializer)
        except UnfitError as unfit:
            self._note_unfit(call.run, unfit)
            return None

    def _note_unfit(self, run: Run, unfit: UnfitError) -> None:
        self.unremembered.note(run, unfit.reason.partition(" ")[0].rstrip(","), f"It holds {unfit.reason}.")

    def _note_given(self, key: str) -> None:
        self._time += 1
        self._given[key] = self._time

    def _is_of(self, namespace: str, task: str) -> bool:
        """Return whether a call in this namespace is the task's own, or of a part of it that has not failed by itself.

        A task inside it that failed or was cancelled has had its answers judged already.
        """
        _, found, inside = namespace.partition(f":{task}")
        return bool(found) and not self._is_of_failed_task(inside)

    def _is_of_failed_task(self, namespace: str) -> bool:
        return any(part.rpartition(":")[2] in self._failed_tasks for part in namespace.split("|"))


def outermost_task(namespace: str) -> str:
    """Return the id of the task of the graph itself in which a namespace lies; "" for the graph itself."""
    return namespace.partition("|")[0].partition(":")[2]
