"""The journal: finished calls of unfinished tasks. `CallJournal` is its LangChain cache, for calls of models.

LangGraph remembers finished tasks. A task that makes several calls (a repair, a second try) would make all of them
again after a crash: the journal returns the answers of the finished ones. The key of an entry is its task, its request
and the ordinal of that request in the task, so that equal requests at temperature > 0 stay different samples. A call
that failed gives its ordinal to the next one. An entry is deleted with its task. Outside a phase nothing happens.

Calls of tools and functions (`kept_calls.py`) are in it too. Their results are kept if the node raises: a model is
asked for another sample, but what a tool has done is done.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from typing import Any

from langchain_core.outputs import Generation

from langgraph_heartbeat._call_log.call_log import CallLog
from langgraph_heartbeat._call_log.watcher import watch_calls
from langgraph_heartbeat._guard import Guard
from langgraph_heartbeat._publishing.coalescer import Coalescer
from langgraph_heartbeat._serialising.serialising import TypeName, UnfitError

from .answer_memory import KEPT, AnswerMemory
from .answer_sizes import Answer
from .answers import restore_answers, store_answers, tokens_of
from .arguments import MEMORY_ADDRESS
from .call_errors import is_cut_off, mark_as_call_error
from .call_observer import Call, CallObserver, Run, enclosing_call, kept_call_to_log, task_namespace
from .call_places import CallPlaces, Places
from .ordinals import Ordinals
from .task_positions import TaskPositions
from .tool_guard import guard_tools

current_journal: ContextVar["Journal | None"] = ContextVar("durable_journal", default=None)


class Journal(AnswerMemory):
    """The journal of one attempt. `calls` and `tokens` count the calls that were made, not the remembered answers.

    `types` are those that answers may hold, besides the ones that their own requests name. `log` is told of all calls.
    """

    def __init__(
        self,
        coalescer: Coalescer,
        guard: Guard | None = None,
        types: Iterable[TypeName] = (),
        log: CallLog | None = None,
    ) -> None:
        super().__init__(types)
        self.log = log or CallLog()
        self._coalescer = coalescer
        self.guard = guard or Guard()
        """Awaited before a call: it raises if another attempt has replaced this one."""
        self._loop: asyncio.AbstractEventLoop | None = None
        """The event loop of the attempt, on which the guard runs."""
        self._ordinals, self._identities = Ordinals(), Ordinals()
        self._begun_tasks = self._ordinals.namespaces
        self._kept_under_way = Counter[str]()
        """How many calls that are not of models are under way, by the namespaces of their tasks."""
        self.places = CallPlaces(self._reserved)
        self.positions = TaskPositions()
        self.origin = ""
        """What tells this run of the graph apart from all others, whichever attempt goes on with it."""
        self._observer = CallObserver(self)
        self.when_kept: Callable[[Call], None] = lambda _: None
        """Called when a call that is not one of a model has been recorded."""
        self.calls = 0
        self.tokens = 0

    def activate(self) -> None:
        """Use this journal for every call that is made in the current context from now on."""
        current_journal.set(self)
        self._loop = asyncio.get_running_loop()
        self._observer.activate()
        guard_tools(self.guard, self._loop)
        watch_calls(self.log, kept_call_to_log)

    def flush(self) -> None:
        """Publish what has changed and has not been published. Call it on the event loop of the attempt."""
        self._coalescer.flush()

    def wait_for_guard(self) -> None:
        """Wait for the guard in the thread of a sync node."""
        if self._loop is not None:
            self.guard.wait(self._loop)

    def begin(self, request: str, run: Run) -> tuple[Call, list[Generation] | None]:
        """Begin the call of this request, and return it with its remembered answer; None if the call must be made."""
        call = self._begun(request, run)
        stored = self._answers.get(call.key)
        answers = self._restored(call, stored) if stored else None
        with self._lock:
            if answers is None:
                self.calls += 1
            else:
                self._note_given(call.key)
        if answers is None:
            run.call = call
        else:
            self._log_remembered(run)
        return call, answers

    def begin_kept(self, request: str, identity: str, run: Run, *, trial: int = 1) -> tuple[Call, Any]:
        """Begin a call that is not one of a model; return it with what was stored of it, None if it must be made.

        `identity` is what tells it apart from others in its task for those outside of the graph. `trial` is the number
        of the try of its node, whose `retry_policy` runs it again: it is given what the tries before were given.
        """
        call = self._begun(request, run, prefix=KEPT, trial=trial)
        call.is_kept = True
        outer = next((each.identity for each in call.enclosing() if each.is_kept), "")
        call.alike = digest(f"{outer}\0{identity}")
        with self._lock:
            call.alike_ordinal = self._identities.take(call.namespace, counted(call.alike, trial))
            if trial > 1:
                self._earlier.update(
                    key for key, (namespace, *_) in self._answers.items() if namespace == call.namespace
                )
            stored = self._answers.get(call.key)
            if stored:
                self._note_given(call.key)
            else:
                self._kept_under_way[call.namespace] += 1
        return call, self._serializer.loads_typed(stored[1:]) if stored else None

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
        if self._sizes.has_room(call.run, data):
            with self._coalescer.change(), self._lock:
                self._record(call, kind, data)

    def keep(self, call: Call, value: Any, places: Places) -> None:
        """Record the result of a call that is not one of a model; count it, if it would not come back unchanged."""
        siblings_work = self.let_go(call)
        try:
            kind, data = self._serializer.dumps_typed([value, dict(places), [list(put) for put in call.puts]])
        except UnfitError as unfit:
            self._note_unfit(call.run, unfit)
            return
        if self._sizes.has_room(call.run, data):
            # Its node may have finished in a moment, and then its writes are all that has to be published.
            with self._coalescer.change(soon=siblings_work), self._lock:
                self._record(call, kind, data)
                self._note_places(call.key, places)
        self.when_kept(call)

    def forget(self, dead: Callable[[str], bool]) -> None:
        """Forget what the tasks of dead namespaces asked: they have finished, and nothing in them runs again."""
        self.log.forget(dead)
        self.forget_answers(dead)
        with self._lock:
            for each in (self._ordinals, self._identities, self.places, self.positions):
                each.forget(dead)

    def begin_again(self) -> None:
        """Give unfinished tasks, which run again in this attempt, the answers that they have been given before."""
        self.log.begin_again()
        with self._lock:
            self._ordinals.clear()
            self._identities.clear()
            self._failed_tasks.clear()
            self._earlier = set(self._answers)

    def fail(self, call: Call, error: BaseException) -> None:
        """Give the ordinal of a call that raised to the next equal request, which is its repetition."""
        call.failed = True
        with self._lock:
            self._ordinals.give_back(call.namespace, call.counted_as, call.ordinal)
            self._time += 1
            mark_as_call_error(error, self._time)

    def let_go(self, call: Call) -> bool:
        """Note that a kept call has ended; return whether others of its task are under way."""
        call.under_way = False
        with self._lock:
            self._kept_under_way[call.namespace] -= 1
            siblings_work = self._kept_under_way[call.namespace] > 0
            if not siblings_work:
                del self._kept_under_way[call.namespace]
        return siblings_work

    def fail_kept(self, call: Call, error: BaseException | None, *, rejects: bool, trial: int = 1) -> None:
        """Give the place of a call that failed to the next equal one; `error` is what it raised, if it did.

        If it `rejects`, it has judged what the models in it answered, as a node does that raises.
        """
        self.let_go(call)
        call.failed = True
        with self._lock:
            self._ordinals.give_back(call.namespace, call.counted_as, call.ordinal)
            self._identities.give_back(call.namespace, counted(call.alike, trial), call.alike_ordinal)
            if error is None or not rejects:
                return
            if not is_cut_off(error):
                self._forget_rejected(error, lambda key, _: key in self._around and call.key in self._around[key][1])
            self._time += 1
            mark_as_call_error(error, self._time)

    def count_unjournalled(self, run: Run, answers: Sequence[Generation]) -> None:
        """Count a call that this journal was not asked for. It is paid again by the next attempt."""
        with self._lock:
            self.calls += 1
            self.tokens += tokens_of(answers)
        if answers:
            self.unremembered.note_unjournalled(run, answers)

    def _begun(self, request: str, run: Run, *, prefix: str = "", trial: int = 1) -> Call:
        namespace, around = task_namespace(), enclosing_call()
        request_hash = digest((around.key if around else "") + MEMORY_ADDRESS.sub("", request))
        counted_as = counted(request_hash, trial)
        with self._lock:
            ordinal = self._ordinals.take(namespace, counted_as)
            key = f"{prefix}{request_hash}:{ordinal}:{digest(namespace)[:12]}"
            call = Call(namespace, request, counted_as, ordinal, key, run, around)
            if around:
                self._around[key] = (namespace, frozenset(each.key for each in call.enclosing()))
            return call

    def _restored(self, call: Call, stored: Answer) -> list[Generation] | None:
        try:
            return restore_answers(stored[1:], call.run.parameters, self._serializer)
        except UnfitError as unfit:
            self._note_unfit(call.run, unfit)
            return None

    def _log_remembered(self, run: Run) -> None:
        if run.record:
            self.log.remember(run.record)
        elif not run.observed:  # LangChain does not tell of a model for plain text whose answer is remembered
            record = self.log.begin("model", run.model)
            self.log.remember(record)
            self.log.end(record)


def counted(request: str, trial: int) -> str:
    """Return what ordinals count of a request: those of each try of a node begin anew."""
    return request if trial == 1 else f"{request} {trial}"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]
