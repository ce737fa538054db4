"""What a crash leaves of paid answers, with the real client of OpenAI over real HTTP: it all comes back as it was."""

import json
import operator
from collections.abc import Callable, Iterator
from datetime import date
from typing import Annotated, Any, Generic, TypedDict, TypeVar

import pytest
from langchain_openai import ChatOpenAI
from langgraph.graph import START, StateGraph
from langgraph_heartbeat import CallJournal
from pydantic import BaseModel, Field, PrivateAttr, field_validator

from durable.tests.attempts import Attempt, Trace
from tests.servers.openai_server import Answer, Asked, OpenAIServer, says_json

Item = TypeVar("Item")


class AtTheTop(BaseModel):
    number: int


class Outer:
    class Nested(BaseModel):
        number: int


class Generics(BaseModel, Generic[Item]):
    number: Item


class Awkward(BaseModel):
    """A class whose own JSON is not what it is made from."""

    number: int = Field(validation_alias="number", serialization_alias="Number")
    day: date = date(2026, 1, 1)
    _seen: list[int] = PrivateAttr(default_factory=list)

    @field_validator("number")
    @classmethod
    def doubled(cls, number: int) -> int:
        return 2 * number

    def model_post_init(self, _: Any) -> None:
        self._seen = [self.number]


def made_in_a_function() -> type[BaseModel]:
    class Local(BaseModel):
        """Each attempt defines it anew, like a node that defines its form where it asks."""

        number: int

    return Local


class State(TypedDict, total=False):
    said: Annotated[list[Any], operator.add]


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """Each answer holds another number."""
    with OpenAIServer(counting) as server:
        yield server


def counting(asked: Asked) -> Answer:
    content = {"number": asked.number}
    if asked.path.endswith("completions"):
        return says_json(content)
    text = {"type": "output_text", "text": json.dumps(content), "annotations": [], "logprobs": []}
    message = {"type": "message", "id": f"msg_{asked.number}", "role": "assistant", "status": "completed"}
    usage = {
        "input_tokens": 7,
        "output_tokens": 3,
        "total_tokens": 10,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }
    return Answer(
        {
            "id": f"resp_{asked.number}",
            "object": "response",
            "created_at": 1,
            "model": "scripted",
            "status": "completed",
            "output": [message | {"content": [text]}],
            "text": {"format": {"type": "json_schema", "name": "any", "schema": {}}},
            "usage": usage,
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
        }
    )


def chat_openai(server: OpenAIServer, **options: Any) -> ChatOpenAI:
    return ChatOpenAI(model="scripted", base_url=server.base_url, api_key="sk-test", cache=CallJournal(), **options)


async def answers_of_killed_run(ask: Callable[[], Any]) -> tuple[list[Any], list[Any]]:
    """Return what a node got twice: in an attempt that was killed before the node ended, and in the one after it."""
    got: list[list[Any]] = []
    trace = Trace("asked")

    async def node(_: State) -> State:
        got.append([await ask(), await ask()])
        await trace("asked")
        return {"said": ["done"]}

    def graph() -> StateGraph[Any]:
        return StateGraph(State).add_node("write", node).add_edge(START, "write")

    left = await Attempt(graph()).kill_at(trace.reached, {"said": []})
    second = Attempt(graph(), left)
    await second.run()
    assert second.journal.unremembered.counts() == {}
    first, again = got
    return first, again


@pytest.mark.parametrize("responses_api", [False, True])
@pytest.mark.parametrize(
    "schema",
    [lambda: AtTheTop, lambda: Outer.Nested, lambda: Generics[int], lambda: Awkward, made_in_a_function],
    ids=["top", "nested", "generic", "awkward", "local"],
)
async def test_structured_answers_of_any_class_are_not_paid_twice(
    server: OpenAIServer, responses_api: bool, schema: Callable[[], type[BaseModel]]
) -> None:
    model = chat_openai(server, use_responses_api=responses_api)

    async def ask() -> Any:
        form = schema()
        answer = await model.with_structured_output(form, include_raw=True).ainvoke("How many?")
        assert type(answer["parsed"]) is form
        return answer

    first, again = await answers_of_killed_run(ask)
    assert [each["parsed"].model_dump() for each in first] == [each["parsed"].model_dump() for each in again]
    assert [each["raw"].usage_metadata for each in first] == [each["raw"].usage_metadata for each in again]
    if schema is not made_in_a_function:  # its classes are never equal to each other
        assert first == again
    assert len(server.asked) == 2


@pytest.mark.parametrize("method", ["json_schema", "function_calling", "json_mode"])
async def test_the_sync_client_gives_back_what_its_chain_returned(server: OpenAIServer, method: Any) -> None:
    if method == "function_calling":
        call = {"id": "c", "type": "function", "function": {"name": "AtTheTop", "arguments": '{"number": 3}'}}
        server.script = lambda _: Answer(
            {
                "id": "c",
                "object": "chat.completion",
                "created": 1,
                "model": "scripted",
                "choices": [
                    {
                        "index": 0,
                        "finish_reason": "tool_calls",
                        "message": {"role": "assistant", "content": None, "tool_calls": [call]},
                    }
                ],
            }
        )
    chain = chat_openai(server).with_structured_output(AtTheTop, method=method)

    async def ask() -> Any:
        return chain.invoke("How many, in JSON?")

    first, again = await answers_of_killed_run(ask)
    assert first == again
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "options", [{}, {"use_responses_api": True}, {"use_responses_api": True, "output_version": "v1"}]
)
async def test_messages_are_equal_in_every_part(server: OpenAIServer, options: dict[str, Any]) -> None:
    model = chat_openai(server, **options)

    async def ask() -> Any:
        return await model.ainvoke("How many?")

    first, again = await answers_of_killed_run(ask)
    assert [each.model_dump() for each in first] == [each.model_dump() for each in again]
    assert all("total_cost" not in each.usage_metadata for each in again)
    assert len({each.id for each in again}) == 2
