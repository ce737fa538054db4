"""Run the graph of a phase in this process, without Temporal, with the same input, context and result."""

from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import Any, TypeVar, cast

from langgraph.store.base import BaseStore
from langgraph.store.memory import InMemoryStore
from pydantic import BaseModel

from ._call_log.call_log import CallLog, entries_of
from ._call_log.phase_summary import summary_field
from ._graphs import Context, GraphLike, compile_graph, input_of, make_context, no_context, result_from, with_store
from ._journal.call_observer import logging_calls
from ._run_config import ConfigOf, checked, config_for, recursion_limit_of
from ._saver.questions import INTERRUPT_CHANNEL
from ._store.store import require_base_store

Request = TypeVar("Request", bound=BaseModel)
Result = TypeVar("Result", bound=BaseModel)


class GraphPausedError(RuntimeError):
    """The graph stopped at an `interrupt()`, and without Temporal nothing can answer and resume it."""


def phase_function(
    request: type[Request],
    result: type[Result],
    graph: GraphLike,
    context: Context[Request] = no_context,
    *,
    config: ConfigOf[Request] = None,
    recursion_limit: int | None = None,
    store: BaseStore | None = None,
    call_log: bool | int = False,
) -> Callable[[Request], Awaitable[Result]]:
    """Return a function that runs `graph` in this process, from a request to its validated result.

    It uses neither Temporal nor checkpoints. Use it in notebooks, in tests and to try out a graph; `phase_activity`
    with the same arguments makes the same graph durable. The graph is compiled once. `store` is LangGraph's store for
    its nodes, in place of the one that the graph was compiled with; without any, each run has an empty InMemoryStore.
    A `CallJournal` of its models does nothing here. A field of the result of the type `PhaseSummary` is filled, but for
    its `steps`; `call_log` is that of `phase_activity`. The function raises whatever the graph raises,
    `pydantic.ValidationError` for a request or a result of another shape, and `RuntimeError` if the graph stops at an
    `interrupt()`.

    ```python
    import asyncio

    from langgraph.graph import START, StateGraph
    from langgraph_heartbeat import phase_function
    from pydantic import BaseModel


    class Number(BaseModel):
        number: int


    async def double(state: Number) -> dict[str, int]:
        return {"number": state.number * 2}


    doubled = phase_function(Number, Number, StateGraph(Number).add_node(double).add_edge(START, "double"))
    assert asyncio.run(doubled(Number(number=21))) == Number(number=42)
    ```
    """
    compiled = with_store(compile_graph(graph), require_base_store(store))
    field, entries = summary_field(result), entries_of(call_log)

    async def run(unvalidated: Request) -> Result:
        validated = request.model_validate(unvalidated)
        given = checked(config_for(config, validated))
        given["recursion_limit"] = recursion_limit_of(recursion_limit, given, compiled)
        resources = await make_context(context, validated)
        # As in a phase, a graph without a store of its own begins with an empty one.
        own = compiled if compiled.store is not None else with_store(compiled, InMemoryStore())
        log = CallLog(entries=entries)
        with logging_calls(log) if field else nullcontext():
            state = await own.ainvoke(input_of(compiled, validated), given, context=resources)
        if isinstance(state, dict) and INTERRUPT_CHANNEL in state:
            questions = [each.value for each in cast("dict[str, Any]", state)[INTERRUPT_CHANNEL]]
            raise GraphPausedError(
                f"The graph asks {questions!r}. Only a phase can resume with an answer: use phase_activity."
            )
        return result_from(state, result, field, log.summary(*log.model_calls))

    return run
