"""A phase as an activity: one graph, run to its end, watched by heartbeats."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

from langgraph.graph import StateGraph
from pydantic import BaseModel, ValidationError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from orchestration.durable.heartbeats import Heartbeats, heartbeats
from orchestration.durable.plugin import require_plugin

Request = TypeVar("Request", bound=BaseModel)
Result = TypeVar("Result", bound=BaseModel)

Context = Callable[[Request], Awaitable[object]]
"""What a graph needs from outside, its run context, for one attempt at one request."""


def phase_activity(
    name: str,
    request: type[Request],
    result: type[Result],
    builder: StateGraph[Any, Any, Any, Any],
    context: Context[Request],
    *,
    as_failure: Callable[[Exception], Exception] = lambda error: error,
) -> Callable[[Any], Awaitable[Result]]:
    """An activity of type `name` that runs the graph of `builder` and returns its validated result.

    The request's fields are the graph's input, as far as its channels have their names; the result's fields are read
    from the channels of its last state. `as_failure` says which errors Temporal retries.
    """

    @activity.defn(name=name)
    async def run(given: Any) -> Result:
        require_plugin()
        try:
            asked = request.model_validate(given)  # LangGraph validates neither input nor output: this function does
        except ValidationError as error:
            message = f"The request of the phase {name} is not a {request.__name__}: {error}"
            raise ApplicationError(message, type="BadRequest", non_retryable=True) from error
        start = {field: value for field, value in asked if field in builder.channels}
        async with heartbeats(name) as beats:
            try:
                state = await watched(builder, start, await context(asked), beats)
            except Exception as error:
                failure = as_failure(error)
                if failure is error:
                    raise
                raise failure from error
        return result.model_validate({field: state[field] for field in result.model_fields if field in state})

    return run


async def watched(
    builder: StateGraph[Any, Any, Any, Any], start: dict[str, Any], resources: object, beats: Heartbeats
) -> dict[str, Any]:
    """Run the graph, telling `beats` about each task; returns its last state."""
    state: dict[str, Any] = {}
    graph = builder.compile()
    events: AsyncIterator[Any] = graph.astream(start, context=resources, stream_mode=["tasks", "values"])
    async for mode, event in events:
        if mode == "values":
            state = event
        elif "result" in event:
            beats.task_finished(event["name"], event.get("error"))
        else:
            beats.task_began(event["name"])
    return state
