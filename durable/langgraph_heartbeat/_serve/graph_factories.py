"""Functions that make a graph for each run, as LangGraph's server calls them.

A factory may be a function, an async function, or a context manager of either kind, and may ask for two things: the
config of the run, and LangGraph's `ServerRuntime`, which knows the run's context and whether the graph will be executed
or only read. A parameter is recognised by its annotation or its name.
"""

import inspect
import typing
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, is_dataclass
from functools import partial
from inspect import isclass
from typing import Any, cast

from langchain_core.runnables.config import ensure_config
from langgraph.graph import StateGraph
from langgraph.pregel import Pregel
from langgraph.store.base import BaseStore, Op, Result

# LangGraph's server makes these two itself; the package that defines them has no public way to.
from langgraph_sdk.runtime import ServerRuntime, _ExecutionRuntime, _ReadRuntime  # pyright: ignore[reportPrivateUsage]
from pydantic import BaseModel

from langgraph_heartbeat._graphs import GraphLike

from .refusal import Refusal

RUNTIMES = (_ExecutionRuntime, _ReadRuntime)


@dataclass(frozen=True)
class GraphFactory:
    """A function that makes a graph, and the names of the parameters by which it asks for something."""

    name: str
    function: Callable[..., Any]
    config_parameter: str | None
    runtime_parameter: str | None
    context_type: Any
    """The `T` of its `ServerRuntime[T]`; None if it names none."""

    @classmethod
    def of(cls, name: str, function: Callable[..., Any]) -> "GraphFactory":
        """Raises `Refusal` for a function with parameters that nobody can give it."""
        try:
            every = inspect.signature(function).parameters.values()
        except (TypeError, ValueError):  # a builtin
            every = ()
        parameters = [each for each in every if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)]
        hints = annotations_of(function)
        runtimes = [each.name for each in parameters if runtime_of(hints.get(each.name)) is not None]
        # In LangGraph's server, the only parameter gets the config, whatever it is called and even if it has a default.
        others = [each for each in parameters if each.name not in runtimes]
        configs = [each.name for each in others if len(parameters) == 1 or takes_config(each)]
        for asked, what in ((configs, "the config of the run"), (runtimes, "the ServerRuntime")):
            if len(asked) > 1:
                raise Refusal(
                    f"The graph {name!r} is made by a function with the parameters {', '.join(asked)}, which would all "
                    f"get {what}. A factory has at most one parameter for the config, and one annotated as "
                    "ServerRuntime; give the others a default value."
                )
        context_type = runtime_of(hints[runtimes[0]]) if runtimes else None
        return cls(name, function, next(iter(configs), None), next(iter(runtimes), None), context_type)

    @asynccontextmanager
    async def graph_for_reading(self, store: BaseStore | None) -> AsyncGenerator[GraphLike]:
        """Make the graph to look at its nodes and schemas; nothing will be executed."""
        runtime = cast("Any", _ReadRuntime)(access_context="assistants.read", store=store or NoStore())
        async with self._graph({}, runtime, executes=False) as graph:
            yield graph

    @asynccontextmanager
    async def graph_for_run(
        self, config: Mapping[str, Any] | None, context: Any, store: BaseStore | None
    ) -> AsyncGenerator[GraphLike]:
        """Make the graph that a run executes, from the run's config and context."""
        typed = self._typed_context(context)
        runtime: Any = _ExecutionRuntime(access_context="threads.create_run", context=typed, store=store or NoStore())
        async with self._graph(config or {}, runtime, executes=True) as graph:
            yield graph

    def _typed_context(self, context: Any) -> Any:
        kind: Any = self.context_type
        if not isinstance(context, Mapping) or not isclass(kind):
            return cast("Any", context)
        values = cast("Mapping[str, Any]", context)
        if issubclass(kind, BaseModel):
            return kind.model_validate(values)
        return kind(**values) if is_dataclass(cast("Any", kind)) else dict(values)

    @asynccontextmanager
    async def _graph(self, config: Mapping[str, Any], runtime: Any, *, executes: bool) -> AsyncGenerator[GraphLike]:
        arguments: dict[str, Any] = {}
        if self.config_parameter is not None:
            given = ensure_config(cast("Any", {**config, "configurable": dict(config.get("configurable") or {})}))
            given["configurable"] = {**given.get("configurable", {}), "__is_for_execution__": executes}
            arguments[self.config_parameter] = given
        if self.runtime_parameter is not None:
            arguments[self.runtime_parameter] = runtime
        async with entered(self.function(**arguments)) as made:
            if not isinstance(made, StateGraph | Pregel):
                raise TypeError(
                    f"The graph {self.name!r} is made by a function that returned a {type(made).__name__}. It must "
                    "return (or yield, as a context manager) a StateGraph, a compiled graph or an @entrypoint."
                )
            yield cast("GraphLike", made)


@asynccontextmanager
async def entered(made: Any) -> AsyncGenerator[Any]:
    """Yield what a factory made: awaited if it is awaitable, entered if it is a context manager."""
    value = await made if inspect.isawaitable(made) else made
    if isinstance(value, StateGraph | Pregel):
        yield value
    elif hasattr(value, "__aenter__"):
        async with value as graph:
            yield graph
    elif hasattr(value, "__enter__"):
        with value as graph:
            yield graph
    else:
        yield value


def annotations_of(function: Callable[..., Any]) -> Mapping[str, Any]:
    """Return the annotations of the parameters, also those that are only imported for type checkers."""
    names = {"ServerRuntime": ServerRuntime, "RunnableConfig": dict[str, Any]}
    written: Any = function.func if isinstance(function, partial) else inspect.unwrap(function)
    if not inspect.isroutine(written):  # a class, or an object that can be called
        written = written.__init__ if isclass(written) else type(written).__call__
    try:
        return typing.get_type_hints(written, localns=names, include_extras=True)
    except (NameError, AttributeError, TypeError):  # an annotation that cannot be resolved here says nothing
        return {}


def runtime_of(annotation: Any) -> Any:
    """Return the `T` of an annotation `ServerRuntime[T]` (`Any` if it names none); None for another annotation."""
    if annotation is ServerRuntime or (isinstance(annotation, type) and issubclass(annotation, RUNTIMES)):
        return Any
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is ServerRuntime or (isinstance(origin, type) and issubclass(origin, RUNTIMES)):
        return arguments[0] if arguments else Any
    found = [runtime_of(each) for each in arguments]  # Annotated[...], or a union
    return next((each for each in found if each is not None), None)


def takes_config(parameter: inspect.Parameter) -> bool:
    """Return whether one of several parameters gets the config: it must have a value, or is named for it."""
    if parameter.default is inspect.Parameter.empty or parameter.name == "config":
        return True
    return "RunnableConfig" in str(parameter.annotation)


class NoStore(BaseStore):
    """Stands in a factory's runtime for the store that the project does not have: to use it is an error."""

    def batch(self, ops: Iterable[Op]) -> list[Result]:  # noqa: ARG002 - it has no answer to any
        raise RuntimeError(
            "This project has no store for the factory of a graph. Name an async context manager that yields one in "
            'langgraph.json: "store": {"path": "./store.py:open_store"}. Nodes have a store of their own (get_store()).'
        )

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        return self.batch(ops)
