"""Tools that a phase remembers: those of every `ToolNode` of its graph, and those that `remembered(tool)` returns.

A `ToolNode` runs the tools of one message at once and is one task: without this, a crash before the slowest of them has
finished would run all of them again. LangGraph offers wrappers of tool calls; each attempt runs a copy of the graph
whose tool nodes have one, inside of the user's. The user's own graph, nodes and tools stay as they are.
"""

import sys
from collections.abc import Awaitable, Callable
from copy import copy
from types import MethodType
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from langchain_core.messages import ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.pregel import Pregel
from langgraph.pregel._read import PregelNode  # LangGraph offers no other name for it

from langgraph_heartbeat._journal.arguments import describe
from langgraph_heartbeat._journal.kept_calls import KeptCall, What, journal_here, own_config
from langgraph_heartbeat._saver.untracked import subgraph_of

from .dressed_runnables import inner_of, with_inner

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool as ToolBase
    from langgraph.prebuilt import ToolNode
    from langgraph.prebuilt.tool_node import ToolCallRequest
else:
    ToolBase = object

WRAPPER, ASYNC_WRAPPER = "_wrap_tool_call", "_awrap_tool_call"
"""Where a `ToolNode` has its wrappers. They can only be given to a new one, and a node may be of a class of its own."""

AnyGraph = TypeVar("AnyGraph", bound=Pregel[Any, Any, Any, Any])
Execute = Callable[["ToolCallRequest"], Any]
AsyncExecute = Callable[["ToolCallRequest"], Awaitable[Any]]


class RememberedTool(ToolBase):
    """What a tool does differently that is remembered wherever it is called."""

    __slots__ = ()
    remembered_as: ClassVar[str]

    def run(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        tool_input: str | dict[str, Any],
        *args: Any,
        config: RunnableConfig | None = None,
        tool_call_id: str | None = None,
        **kwargs: Any,
    ) -> Any:
        if (journal := journal_here()) is None:
            return super().run(tool_input, *args, config=config, tool_call_id=tool_call_id, **kwargs)
        journal.wait_for_guard()
        config = own_config(config)
        with KeptCall(journal, self._what(tool_input, tool_call_id), config) as call:
            if call.is_due:
                call.result = super().run(tool_input, *args, config=config, tool_call_id=tool_call_id, **kwargs)
        return call.result

    async def arun(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        tool_input: str | dict[str, Any],
        *args: Any,
        config: RunnableConfig | None = None,
        tool_call_id: str | None = None,
        **kwargs: Any,
    ) -> Any:
        if (journal := journal_here()) is None:
            return await super().arun(tool_input, *args, config=config, tool_call_id=tool_call_id, **kwargs)
        await journal.guard()
        config = own_config(config)
        with KeptCall(journal, self._what(tool_input, tool_call_id), config) as call:
            if call.is_due:
                call.result = await super().arun(tool_input, *args, config=config, tool_call_id=tool_call_id, **kwargs)
        return call.result

    def _what(self, tool_input: str | dict[str, Any], call_id: str | None) -> What[Any]:
        given = self._filter_injected_args(tool_input) if isinstance(tool_input, dict) else tool_input
        return tool_call(self.remembered_as, given, call_id)


def tool_call(name: str, arguments: Any, call_id: str | None) -> What[Any]:
    identity = f"tool {name} {describe(arguments)}"
    return What("tool", name, f"{identity} {call_id}", identity, is_failure=tells_of_error)


def tells_of_error(result: Any) -> bool:
    """Return whether a tool's error was made into a message: then the tool runs again, as if it had raised."""
    results = cast("list[Any]", result) if isinstance(result, list) else [result]
    return any(isinstance(each, ToolMessage) and each.status == "error" for each in results)


def with_remembered_tools(graph: AnyGraph) -> AnyGraph:
    """Return the graph, or a copy of it in which the tools of its tool nodes are remembered, in subgraphs too."""
    nodes = dict[str, PregelNode]()
    for name, node in graph.nodes.items():
        if subgraph := subgraph_of(node):
            copied = with_remembered_tools(subgraph)
            if copied is not subgraph:
                nodes[name] = node.copy({"bound": copied, "subgraphs": [copied]})
        else:
            bound = with_tools_in(node.bound)
            if bound is not node.bound:
                nodes[name] = node.copy({"bound": bound})
    return graph.copy(update={"nodes": {**graph.nodes, **nodes}}) if nodes else graph


def with_tools_in(runnable: Any) -> Any:
    """Return what a node runs, or a copy of it if it is a tool node, also one with fallbacks, a retry or a config."""
    if is_tool_node(runnable):
        return with_wrappers(runnable)
    if (inner := inner_of(runnable)) is not None:
        copied = with_tools_in(inner)
        return runnable if copied is inner else with_inner(runnable, copied)
    return runnable


def is_tool_node(runnable: object) -> bool:
    """Return whether a node is a `ToolNode`. Who has one has imported its module, which takes 50 ms."""
    module = sys.modules.get("langgraph.prebuilt.tool_node")
    return module is not None and isinstance(runnable, module.ToolNode)


def with_wrappers(node: "ToolNode") -> "ToolNode":
    """Return a copy of a tool node that remembers its calls, inside of the wrappers that it has."""
    copied: Any = copy(node)
    for name, method in vars(node).items():
        if isinstance(method, MethodType) and method.__self__ is node:  # its `func` and `afunc`
            setattr(copied, name, MethodType(method.__func__, copied))
    outer, async_outer = vars(node)[WRAPPER], vars(node)[ASYNC_WRAPPER]
    setattr(copied, WRAPPER, around(outer) if outer else remember)
    if async_outer or not outer:  # a node that has only the wrapper for threads uses it on the event loop too
        setattr(copied, ASYNC_WRAPPER, async_around(async_outer) if async_outer else aremember)
    return cast("ToolNode", copied)


def around(outer: Callable[["ToolCallRequest", Execute], Any]) -> Callable[["ToolCallRequest", Execute], Any]:
    def wrapped(request: "ToolCallRequest", execute: Execute) -> Any:
        return outer(request, lambda inner: remember(inner, execute))

    return wrapped


def async_around(
    outer: Callable[["ToolCallRequest", AsyncExecute], Awaitable[Any]],
) -> Callable[["ToolCallRequest", AsyncExecute], Awaitable[Any]]:
    async def wrapped(request: "ToolCallRequest", execute: AsyncExecute) -> Any:
        async def inner(changed: "ToolCallRequest") -> Any:
            return await aremember(changed, execute)

        return await outer(request, inner)

    return wrapped


def remember(request: "ToolCallRequest", execute: Execute) -> Any:
    """Run a tool, or return what it returned for an earlier attempt."""
    journal = journal_here()
    if journal is None or isinstance(request.tool, RememberedTool):
        return execute(request)
    with KeptCall(journal, what_is_requested(request), request.runtime.config) as call:
        if call.is_due:
            call.result = execute(request)
    return call.result


async def aremember(request: "ToolCallRequest", execute: AsyncExecute) -> Any:
    """Run a tool, or return what it returned for an earlier attempt."""
    journal = journal_here()
    if journal is None or isinstance(request.tool, RememberedTool):
        return await execute(request)
    with KeptCall(journal, what_is_requested(request), request.runtime.config) as call:
        if call.is_due:
            call.result = await execute(request)
    return call.result


def what_is_requested(request: "ToolCallRequest") -> What[Any]:
    called = request.tool_call
    return tool_call(called["name"], called["args"], called["id"])
