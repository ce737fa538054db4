"""The same graph without Temporal: its input and result are made and validated as in a phase."""

from typing import Any, TypedDict

import pytest
from langgraph.func import entrypoint
from langgraph.graph import START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import interrupt
from langgraph_heartbeat import phase_function
from pydantic import BaseModel, ValidationError


class Asked(BaseModel):
    number: int
    aside: str = "a field that the graph does not know"


class Result(BaseModel):
    number: int


class State(TypedDict):
    number: int


async def multiply(state: State, runtime: Runtime[int]) -> State:
    return {"number": state["number"] * runtime.context}


async def factor(asked: Asked) -> int:
    return 10 + asked.number


builder = StateGraph(State, context_schema=int).add_node(multiply).add_edge(START, "multiply")


async def test_its_context_is_of_the_request_and_its_result_is_validated() -> None:
    multiplied = phase_function(Asked, Result, builder, factor)
    assert await multiplied(Asked(number=2)) == Result(number=24)
    assert await multiplied(Asked(number=3)) == Result(number=39)  # the first run left no state


async def test_an_entrypoint_is_given_the_whole_request() -> None:
    @entrypoint()
    async def length(given: dict[str, Any]) -> dict[str, int]:
        return {"number": len(given["aside"])}

    assert await phase_function(Asked, Result, length)(Asked(number=1, aside="four")) == Result(number=4)


async def test_a_request_and_a_result_of_another_shape_are_refused() -> None:
    class Other(BaseModel):
        words: str

    with pytest.raises(ValidationError, match="Other"):
        await phase_function(Asked, Other, builder, factor)(Asked(number=2))
    with pytest.raises(ValidationError, match="Asked"):
        await phase_function(Asked, Result, builder, factor)({"number": "two"})  # pyright: ignore[reportArgumentType]


async def test_a_graph_that_asks_says_what_and_where_it_can_be_answered() -> None:
    async def ask(state: State) -> State:
        return {"number": interrupt("How many?")}

    asking = StateGraph(State).add_node(ask).add_edge(START, "ask")
    with pytest.raises(RuntimeError, match=r"How many\?.*phase_activity"):
        await phase_function(Asked, Result, asking)(Asked(number=1))


async def test_it_ends_after_as_many_steps_as_it_is_given() -> None:
    again = StateGraph(State).add_node("again", lambda state: state).add_edge(START, "again").add_edge("again", "again")
    with pytest.raises(RecursionError):
        await phase_function(Asked, Result, again, recursion_limit=3)(Asked(number=1))
