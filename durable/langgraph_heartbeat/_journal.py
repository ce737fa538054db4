"""The journal: finished model calls of unfinished tasks, as a LangChain cache. `ChatModel(..., cache=CallJournal())`.

LangGraph remembers finished tasks. A task that makes several calls (a repair, a second try) would make all of them
again after a crash: the journal returns the answers of the finished ones. The key of an entry is its task, its request
and the ordinal of that request in the task, so that equal requests at temperature > 0 stay different samples. An entry
is deleted with its task. Outside a phase the cache does nothing.
"""

import asyncio
import hashlib
import re
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

from langchain_core.caches import RETURN_VAL_TYPE, BaseCache
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, Generation
from langgraph.config import get_config

from ._coalescer import Coalescer
from ._serialising import StrictSerializer, only_known_types

MEMORY_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
"""Parts of a model's description that differ between processes."""

_current_journal: ContextVar["Journal | None"] = ContextVar("durable_journal", default=None)
_calls_under_way: ContextVar["tuple[tuple[str, Call], ...]"] = ContextVar("durable_calls", default=())
"""The unfinished calls of this context, innermost last, for a model may call another one. A call that raised stays in
it, without effect."""


Answer = tuple[str, str, bytes]
"""A remembered answer: the namespace of its task, its storage format and its bytes."""
Guard = Callable[[], Awaitable[None]]


async def unguarded() -> None:
    """Allow every call and step, where no other worker can have taken this attempt over."""


@dataclass(frozen=True)
class Call:
    """A model call: the namespace of its task, and its key."""

    namespace: str
    key: str


class Journal:
    """The journal of one attempt. `calls` and `tokens` count the calls that were made, not the remembered answers."""

    def __init__(self, coalescer: Coalescer, guard: Guard = unguarded) -> None:
        self._coalescer = coalescer
        self.guard = guard
        """Awaited before a call: it raises if another attempt has replaced this one."""
        self._serializer = StrictSerializer()
        self._answers: dict[str, Answer] = {}
        self._ordinals: Counter[tuple[str, str]] = Counter()
        self._asked: set[str] = set()
        """The keys of the calls that this attempt has begun."""
        self._open: dict[Call, int] = {}
        self._lock = threading.Lock()
        self.calls = 0
        self.tokens = 0

    def activate(self) -> None:
        """Use this journal for every call that is made in the current context from now on."""
        _current_journal.set(self)

    @property
    def remembered(self) -> int:
        """How many answers the next attempt would not ask for again."""
        return self.remembered_by_task().total()

    def begin(self, request: str) -> tuple[Call, Sequence[Generation] | None]:
        """Begin the call of this request, and return it with its remembered answer; None if the call must be made."""
        namespace = task_namespace()
        request_hash = hashlib.sha256(MEMORY_ADDRESS.sub("", request).encode()).hexdigest()[:24]
        with self._lock:
            ordinal = self._ordinals[namespace, request_hash]
            self._ordinals[namespace, request_hash] += 1
            call = Call(namespace, f"{request_hash}:{ordinal}:{hashlib.sha256(namespace.encode()).hexdigest()[:12]}")
            self._asked.add(call.key)
            remembered = self._answers.get(call.key)
            if remembered is None:
                self._open[call] = self._open.get(call, 0) + 1
                self.calls += 1
                return call, None
        messages = self._serializer.loads_typed((remembered[1], remembered[2]))
        return call, [ChatGeneration(message=message, generation_info=info) for message, info in messages]

    def end(self, call: Call, generations: Sequence[Generation]) -> None:
        """Record the answer of a call. An answer that would not come back unchanged is not remembered."""
        with self._lock:
            self._open.pop(call, None)
        chats = [each for each in generations if isinstance(each, ChatGeneration)]
        for each in chats:
            usage = each.message.usage_metadata if isinstance(each.message, AIMessage) else None
            self.tokens += usage["total_tokens"] if usage else 0
        if len(chats) != len(generations):
            return
        try:
            kind, data = self._serializer.dumps_typed([[each.message, each.generation_info] for each in chats])
        except TypeError:
            return
        with self._coalescer.change():
            self._answers[call.key] = (call.namespace, kind, data)

    def task_failed(self, task: str, error: object) -> None:
        """Forget the answers of a task whose node raised, if the node rejected them.

        If one of its calls was unfinished, that call failed, and the finished answers are good. Otherwise the code of
        the node rejected an answer, and the calls are made again. A task that was cancelled because another one raised
        has rejected nothing.
        """
        task_part = f":{task}"
        with self._lock:  # threads begin calls meanwhile
            has_open_call = any(task_part in call.namespace for call in self._open)
        if has_open_call or isinstance(error, asyncio.CancelledError):
            return
        self.forget(lambda namespace: task_part in namespace)

    def forget(self, dead: Callable[[str], bool]) -> None:
        for key in [key for key, (namespace, *_) in self._answers.items() if dead(namespace)]:
            del self._answers[key]

    def answers_by_key(self) -> dict[str, Answer]:
        """Return a copy of the remembered answers, for `reinstate`."""
        return dict(self._answers)

    def reinstate(self, answers: Mapping[str, Answer]) -> None:
        """Set the remembered answers to what they were."""
        self._answers.clear()
        self._answers.update(answers)

    def remembered_by_task(self) -> Counter[str]:
        """Return how many answers the next attempt would not ask for again, by the task of the graph itself.

        It is what a failure leaves of the calls that were made: an answer that its node rejected is not in it. Neither
        is the answer of an earlier attempt that a task of this attempt did not ask for, because the request of a task
        that names the current time is another one in each attempt.
        """
        with self._lock:
            begun = {namespace for namespace, _ in self._ordinals}
            return Counter(
                outermost_task(namespace)
                for key, (namespace, *_) in self._answers.items()
                if key in self._asked or namespace not in begun
            )

    def content(self) -> dict[str, Any]:
        return {key: list(answer) for key, answer in self._answers.items()}

    def restore(self, content: Mapping[str, Any]) -> None:
        with only_known_types():
            for key, (namespace, kind, data) in content.items():
                self._serializer.loads_typed((kind, data))
                self._answers[key] = (namespace, kind, data)


class CallJournal(BaseCache):
    """A LangChain cache with which a phase remembers the finished model calls of a node that has not finished.

    Give it to your models: `init_chat_model("openai:gpt-5", cache=CallJournal())`. For models that other code makes,
    call `langchain_core.globals.set_llm_cache(CallJournal())` once for the whole process.

    After a crash, a node that makes several calls gets the answers of the finished calls, and makes the others. Equal
    requests stay different samples. If the node rejects an answer by raising, the call is made again. Several models
    may share a journal: it holds nothing itself; the answers travel in the phase's checkpoint until their node has
    finished. Outside a phase it does nothing. Calls of a model's `astream` in a node bypass LangChain's caches, and so
    this one.

    ```python
    import asyncio
    from typing import Any

    from langchain_core.language_models import FakeListChatModel
    from langgraph.graph import START, MessagesState, StateGraph
    from langgraph_heartbeat import CallJournal, phase_function
    from pydantic import BaseModel

    model = FakeListChatModel(responses=["In 1871.", "It was built in 1871."], cache=CallJournal())


    class Conversation(BaseModel):
        messages: list[Any]


    async def answer(state: MessagesState) -> MessagesState:
        draft = await model.ainvoke(state["messages"])  # in a phase, a crash after this call repeats the next one alone
        return {"messages": [await model.ainvoke([*state["messages"], draft, ("user", "In a whole sentence.")])]}


    builder = StateGraph(MessagesState).add_node(answer).add_edge(START, "answer")
    answered = phase_function(Conversation, Conversation, builder)
    result = asyncio.run(answered(Conversation(messages=[("user", "When was it built?")])))
    assert result.messages[-1].content == "It was built in 1871."
    ```
    """

    def lookup(self, prompt: str, llm_string: str) -> RETURN_VAL_TYPE | None:
        journal = _current_journal.get()
        if journal is None:
            return None
        request = f"{prompt}\0{llm_string}"
        call, answer = journal.begin(request)
        if answer is None:
            _calls_under_way.set((*_calls_under_way.get(), (request, call)))
        return answer

    def update(self, prompt: str, llm_string: str, return_val: RETURN_VAL_TYPE) -> None:
        # The lookup and the update of a call run in one context, and only the call itself runs between them.
        journal, calls = _current_journal.get(), _calls_under_way.get()
        for depth in reversed(range(len(calls) if journal else 0)):
            if calls[depth][0] == f"{prompt}\0{llm_string}":
                _calls_under_way.set(calls[:depth])
                cast("Journal", journal).end(calls[depth][1], return_val)
                return

    async def alookup(self, prompt: str, llm_string: str) -> RETURN_VAL_TYPE | None:
        if (journal := _current_journal.get()) is not None:
            await journal.guard()
        return self.lookup(prompt, llm_string)

    async def aupdate(self, prompt: str, llm_string: str, return_val: RETURN_VAL_TYPE) -> None:
        self.update(prompt, llm_string, return_val)

    def clear(self, **kwargs: Any) -> None:
        """Do nothing, because entries are deleted with their tasks."""


def outermost_task(namespace: str) -> str:
    """Return the id of the task of the graph itself in which a namespace lies; "" for the graph itself."""
    return namespace.partition("|")[0].partition(":")[2]


def task_namespace() -> str:
    """Return the namespace of the LangGraph task that runs here; "" outside a task."""
    try:
        config = get_config()
    except RuntimeError:
        return ""
    return cast("str", config.get("configurable", {}).get("checkpoint_ns", ""))
