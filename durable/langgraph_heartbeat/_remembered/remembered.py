"""`remembered`: what a node calls by itself, and a phase shall not call again."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast

from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import BaseTool

from langgraph_heartbeat._journal.arguments import describe
from langgraph_heartbeat._journal.call_journal import CallJournal
from langgraph_heartbeat._journal.kept_calls import What, acall_once, call_once

from .copies import copy_as
from .retrieval import RememberedEmbeddings, RememberedRetriever
from .streams import RememberedAsyncStream, RememberedSyncStream
from .tools import RememberedTool

T = TypeVar("T")


def remembered(called: T, *, name: str | None = None) -> T:
    """Return a copy of a tool, model, retriever or function that a phase does not call again after a crash.

    - a function, `async def` or not: its result is remembered by its arguments
    - a tool that a node calls itself. Tools of a `ToolNode` or of `create_agent` are remembered without this
    - a chat model: its answers, as with `cache=CallJournal()`, and its streams too (`astream` in a node). A stream that
      was finished comes back as one chunk
    - an embedding model, whose vectors are kept exactly, and a retriever

    A call is known by its task, its arguments and its ordinal among equal calls of the task: so equal calls stay
    different ones. Its result is kept until its node has finished, also if the node raises. A call that raised is made
    again. So is one whose result could not come back as it was, or has no room in a heartbeat: the progress of the
    phase counts it as "not remembered", and the log names it and says why. Arguments may be of any type; an object that
    shows nothing of itself, such as a client, counts as its class. `name` tells two calls apart that have the same
    arguments, for example of two retrievers of one class. Outside of a phase, the copy does what the original does.

    Raises `TypeError` for anything else, for example a chain: remember its method, `remembered(chain.ainvoke)`.

    ```python
    import asyncio
    from datetime import timedelta

    from langgraph.graph import START, StateGraph
    from langgraph_heartbeat import DurablePlugin, phase_activity, remembered
    from pydantic import BaseModel
    from temporalio.client import Client
    from temporalio.worker import Worker


    class Pages(BaseModel):
        urls: list[str]
        texts: list[str] = []


    @remembered
    async def fetch(url: str) -> str:
        await asyncio.sleep(0.01)  # stands for a slow or paid call
        return f"The text of {url}."


    async def read(state: Pages) -> dict[str, list[str]]:
        # A crash repeats the pages that were on their way, and not those that had arrived.
        return {"texts": await asyncio.gather(*(fetch(url) for url in state.urls))}


    pages = phase_activity("pages", Pages, Pages, StateGraph(Pages).add_node(read).add_edge(START, "read"))


    async def main() -> None:
        client = await Client.connect("localhost:7233", plugins=[DurablePlugin()])
        async with Worker(client, task_queue="pages", activities=[pages]):
            result = await client.execute_activity(
                pages,
                Pages(urls=["a", "b"]),
                id="pages",
                task_queue="pages",
                start_to_close_timeout=timedelta(hours=1),
                heartbeat_timeout=timedelta(seconds=15),
            )
        assert result.texts == ["The text of a.", "The text of b."]


    asyncio.run(main())
    ```
    """
    value: Any = called
    if isinstance(value, BaseTool):
        return cast("T", copy_as(value, RememberedTool, name or value.name))
    if isinstance(value, BaseRetriever):
        return cast("T", copy_as(value, RememberedRetriever, name or value.get_name()))
    if isinstance(value, Embeddings):
        return cast("T", RememberedEmbeddings(value, name or type(value).__name__))
    if isinstance(value, BaseChatModel):
        return cast("T", remembered_model(value))
    if callable(value) and not isinstance(value, type) and not hasattr(value, "ainvoke"):
        return cast("T", remembered_function(value, name))
    raise TypeError(
        f"remembered() takes a function, a tool, a chat model, an embedding model or a retriever, not a "
        f"{type(value).__name__}. Remember a method of it, for example remembered(chain.ainvoke)."
    )


def remembered_model(model: BaseChatModel) -> BaseChatModel:
    """Return a model with a journal for calls and for streams."""
    kind = type(model)
    copied = model if isinstance(model.cache, CallJournal) else model.model_copy(update={"cache": CallJournal()})
    # LangChain asks a model whether it can stream by looking for its methods.
    if overrides(kind, "_stream"):
        copied = copy_as(copied, RememberedSyncStream, "")
    if overrides(kind, "_astream"):
        copied = copy_as(copied, RememberedAsyncStream, "")
    return copied


def overrides(kind: type[BaseChatModel], method: str) -> bool:
    return getattr(kind, method) is not getattr(BaseChatModel, method)


def remembered_function(function: Any, name: str | None) -> Callable[..., Any]:
    is_partial = isinstance(function, functools.partial)
    named: Any = function.func if is_partial else function
    full_name = getattr(named, "__qualname__", type(named).__qualname__)
    shown = name or full_name.rpartition(".")[2]
    module = getattr(named, "__module__", "")

    def what(args: tuple[Any, ...], kwargs: dict[str, Any]) -> What[Any]:
        given = (function.args, function.keywords) if is_partial else ()
        return What("function", shown, f"function {module} {full_name} {name} {describe([args, kwargs, *given])}")

    if inspect.isasyncgenfunction(named) or inspect.isgeneratorfunction(named):
        raise TypeError(f"remembered() cannot keep what {shown} yields: let it return a list.")
    if inspect.iscoroutinefunction(named) or inspect.iscoroutinefunction(getattr(named, "__call__", None)):  # noqa: B004

        @functools.wraps(named)
        async def acalled(*args: Any, **kwargs: Any) -> Any:
            return await acall_once(what(args, kwargs), lambda: function(*args, **kwargs))

        return acalled

    @functools.wraps(named)
    def called(*args: Any, **kwargs: Any) -> Any:
        return call_once(what(args, kwargs), lambda: function(*args, **kwargs))

    return called
