"""A phase without Temporal: the same graph, fed and read in the same way, in this process."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from langchain_core.runnables import RunnableConfig
from pydantic import BaseModel

from ._graphs import Context, GraphLike, compile_graph, input_of, no_context, result_of

Request = TypeVar("Request", bound=BaseModel)
Result = TypeVar("Result", bound=BaseModel)

RECURSION_LIMIT = 1000
"""Steps of a graph; of a phase, over all its attempts."""
INTERRUPT = "__interrupt__"


class GraphPausedError(RuntimeError):
    """The graph asks a question, and nobody is there to answer and start it again."""


def phase_function(
    request: type[Request],
    result: type[Result],
    graph: GraphLike,
    context: Context[Request] = no_context,
    *,
    recursion_limit: int = RECURSION_LIMIT,
) -> Callable[[Request], Awaitable[Result]]:
    """A function from a request to its validated result that runs `graph` here: no Temporal, no checkpoints.

    For notebooks, tests and quick looks at what `phase_activity`, with the same arguments, makes durable. The graph is
    compiled once. Its `CallJournal` does nothing, and whatever the graph raises is raised here. Beyond that, the
    function raises `pydantic.ValidationError` for a request or a result of another shape, and `RuntimeError` where the
    graph stops at an `interrupt()`.

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
    bare = compile_graph(graph)
    limits: RunnableConfig = {"recursion_limit": recursion_limit}

    async def run(given: Request) -> Result:
        asked = request.model_validate(given)
        state = await bare.ainvoke(input_of(bare, asked), limits, context=await context(asked))
        if isinstance(state, dict) and INTERRUPT in state:
            questions = [each.value for each in cast("dict[str, Any]", state)[INTERRUPT]]
            raise GraphPausedError(f"The graph asks {questions!r}. Only a phase can be answered: use phase_activity.")
        return result.model_validate(result_of(state, result))

    return run
