"""Chat models whose streams a phase remembers too, as `remembered(model)` returns them.

LangChain asks its caches for calls that are awaited as a whole, and not for those that stream. The seam for those is
the method in which the client of a provider streams. A remembered stream comes back as one chunk.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.load import dumps
from langchain_core.messages import BaseMessage, BaseMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, Generation
from langchain_core.outputs.chat_generation import merge_chat_generation_chunks

from langgraph_heartbeat._journal.call_observer import Call, calls_of_context, claim_run
from langgraph_heartbeat._journal.journal import Journal, current_journal

if TYPE_CHECKING:
    ChatBase = BaseChatModel
else:
    ChatBase = object


class RememberedSyncStream(ChatBase):
    """What a model does differently whose client streams in threads."""

    __slots__ = ()

    def _stream(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        journal, request = current_journal.get(), request_of(self, messages, args, kwargs)
        if journal is None or is_asked(request):
            yield from super()._stream(messages, *args, **kwargs)
            return
        run = claim_run()
        journal.wait_for_guard()
        call, answer = journal.begin(f"stream\0{request}", run)
        if answer is not None:
            yield as_chunk(answer[0])
            return
        chunks, source = list[ChatGenerationChunk](), super()._stream(messages, *args, **kwargs)
        while True:
            with AtWork(call):
                chunk = next(source, None)
            if chunk is None:
                break
            chunks.append(chunk)
            yield chunk
        end(journal, call, chunks)


class RememberedAsyncStream(ChatBase):
    """What a model does differently whose client streams on the event loop."""

    __slots__ = ()

    async def _astream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        journal, request = current_journal.get(), request_of(self, messages, args, kwargs)
        if journal is None or is_asked(request):
            async for chunk in super()._astream(messages, *args, **kwargs):
                yield chunk
            return
        run = claim_run()
        await journal.guard()
        call, answer = journal.begin(f"stream\0{request}", run)
        if answer is not None:
            yield as_chunk(answer[0])
            return
        chunks, source = list[ChatGenerationChunk](), aiter(super()._astream(messages, *args, **kwargs))
        while True:
            with AtWork(call):
                chunk = await anext(source, None)
            if chunk is None:
                break
            chunks.append(chunk)
            yield chunk
        end(journal, call, chunks)


class AtWork:
    """Marks a call as the one at work in this context until the block ends. Between its chunks, the node is at work."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def __enter__(self) -> None:
        self._before = calls_of_context.get()
        calls_of_context.set((*self._before, self._call))

    def __exit__(self, *_: object) -> None:
        calls_of_context.set(self._before)


def request_of(
    model: BaseChatModel, messages: Sequence[BaseMessage], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> str:
    """Return what LangChain would ask a cache for; the first of `args`, or `stop`, is what ends the answer."""
    options = {name: value for name, value in kwargs.items() if name not in ("stop", "run_manager")}
    stop = args[0] if args else kwargs.get("stop")
    prompt = dumps([each.model_copy(update={"id": None}) for each in messages])
    described = model._get_llm_string(stop=stop, **options)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    return f"{prompt}\0{described}"


def is_asked(request: str) -> bool:
    """Return whether the journal was asked for this request, as a whole or as a stream, and the model answers now."""
    texts = (request, f"stream\0{request}")
    return any(call.under_way and not call.failed and call.request in texts for call in calls_of_context.get())


def end(journal: Journal, call: Call, chunks: list[ChatGenerationChunk]) -> None:
    """Record an answer that came in chunks, to which LangChain has added the id of the message meanwhile."""
    if (merged := merge_chat_generation_chunks(chunks)) is not None:
        journal.end(call, [merged])


def as_chunk(answer: Generation) -> ChatGenerationChunk:
    message = cast("BaseMessageChunk", cast("ChatGeneration", answer).message)
    return ChatGenerationChunk(message=message, generation_info=answer.generation_info)
