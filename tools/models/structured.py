"""Answers in a given form, from any chat model: a JSON schema, then a tool call, then text that has JSON in it.

A model that cannot do the first is asked the second way, and so on; a way that it refuses while it takes the same
question another way, this object does not try again. An answer that does not fit the form is told what is wrong with
it, and asked for once more, the next way: at most `REPAIRS` times. Each is a call of its own, which a model's cache may
remember.
"""

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeVar, cast

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import BaseModel, ValidationError

from outlast.evidence.errors import Permanent
from outlast.evidence.usage import Usage
from outlast.tools.models.answer_length import answers_within, cut_off
from outlast.tools.models.failures import NotAccepted, Refused
from outlast.tools.models.found_json import found_json
from outlast.tools.models.metering import EXPECTED_OUTPUT_TOKENS, admit, needed, tokens_of

REPAIRS = 2
MOST_PROBLEMS = 5
MOST_CHARACTERS = 4000
"""Of an answer that is shown to its model again."""
CUT_OFF = "The answer reached the limit of its length before its end. Answer more shortly."

Form = TypeVar("Form", bound=BaseModel)
Asking = Runnable[Any, Any]


class Unfitting(Permanent):
    """However it was asked, the model gave no answer in the form that is needed, or refused to give any."""


class StructuredModel:
    """A chat model that answers in forms: pydantic models with a docstring, which the model reads."""

    def __init__(self, model: BaseChatModel) -> None:
        self.model = model
        self._refused: set[int] = set()
        self._output_tokens = OutputTokens()

    def need(self, input_tokens: int, form: type[BaseModel]) -> Usage:
        """About what one call will spend, as far as this model is known. `input_tokens` are without the form's."""
        return needed(self.model, input_tokens + tokens_of_form(form), self._output_tokens.expected)

    async def answer(self, messages: Sequence[BaseMessage], form: type[Form]) -> Form:
        """The answer to `messages`.

        Raises `Unfitting` where the model gives none, LimitReached where one more call is more than may be spent.
        """
        ways = [way for way in range(len(WAYS)) if way not in self._refused]
        problem, said, repairs, refused = "", "", 0, set[int]()
        while True:
            way = ways[0]
            try:
                answer = await self._asked(way, [*messages, *repair(problem, said)], form)
            except NotAccepted:
                if len(ways) == 1:
                    raise
                refused.add(ways.pop(0))
                continue
            except Refused as error:
                raise Unfitting(str(error)) from None
            self._refused |= refused  # it was the way, and not the question
            if refusal := answer.additional_kwargs.get("refusal"):
                raise Unfitting(f"The model refuses to answer: {refusal}")
            said = spoken(answer)
            fitting, problem = fitted(said, form)
            if fitting is not None:
                return fitting
            if cut_off(answer):
                said, problem = "", CUT_OFF
            if repairs == REPAIRS:
                raise Unfitting(
                    f"The model gave no {form.__name__} that fits, in {REPAIRS + 1} answers: {problem} "
                    "Use a model that can write JSON."
                )
            repairs += 1
            ways = ways[1:] or ways

    async def _asked(self, way: int, messages: Sequence[BaseMessage], form: type[BaseModel]) -> AIMessage:
        try:
            asking, added = WAYS[way](self.model, form)
        except (NotImplementedError, TypeError, ValueError) as error:  # LangChain's class has no such way
            raise NotAccepted(f"This model cannot be asked that way: {error}") from error
        with answers_within(admit(self.need(tokens_of(messages), form))):
            answer = cast("AIMessage", await asking.ainvoke([*messages, *added]))
        self._output_tokens.learn(answer)
        return answer


class OutputTokens:
    """How long a model's answers are, thoughts included: some take 200 tokens and others 4,000 for the same form."""

    def __init__(self) -> None:
        self._answers = 0
        self._tokens = 0

    @property
    def expected(self) -> int:
        """Of the next answer: as many as the answers so far took on average, and not fewer than is usual."""
        return max(EXPECTED_OUTPUT_TOKENS, self._tokens // max(self._answers, 1))

    def learn(self, answer: AIMessage) -> None:
        """Nothing, where the server does not count."""
        if answer.usage_metadata and (tokens := answer.usage_metadata.get("output_tokens", 0)):
            self._answers += 1
            self._tokens += tokens


def by_schema(model: BaseChatModel, form: type[BaseModel]) -> tuple[Asking, list[BaseMessage]]:
    """The server holds the model to the schema, token by token."""
    chain = model.with_structured_output(schema_of(form), method="json_schema", include_raw=True)
    return cast("Asking", chain) | RunnableLambda(raw), []


def by_tool(model: BaseChatModel, form: type[BaseModel]) -> tuple[Asking, list[BaseMessage]]:
    return model.bind_tools([schema_of(form)], tool_choice=form.__name__), []


def by_text(model: BaseChatModel, form: type[BaseModel]) -> tuple[Asking, list[BaseMessage]]:
    schema = json.dumps(schema_of(form), ensure_ascii=False)
    return model, [HumanMessage(f"Answer with one JSON object that fits this schema, and nothing else:\n{schema}")]


WAYS: Sequence[Callable[[BaseChatModel, type[BaseModel]], tuple[Asking, list[BaseMessage]]]] = (
    by_schema,
    by_tool,
    by_text,
)


def raw(answered: dict[str, Any]) -> AIMessage:
    return answered["raw"]


def schema_of(form: type[BaseModel]) -> dict[str, Any]:
    """Its JSON schema in the strict form: every property required, no others; references written out."""
    schema = form.model_json_schema()
    definitions = schema.pop("$defs", {})
    strict = cast("dict[str, Any]", written_out(schema, definitions))
    return {"title": form.__name__, "description": form.__doc__ or form.__name__, **strict}


@lru_cache
def tokens_of_form(form: type[BaseModel]) -> int:
    """Its schema goes with each question, whichever way it is asked, and is paid for like it."""
    return tokens_of([HumanMessage(json.dumps(schema_of(form), ensure_ascii=False))])


def written_out(part: Any, definitions: dict[str, Any]) -> Any:
    match part:
        case {"$ref": str(reference)}:
            return written_out(definitions[reference.rpartition("/")[2]], definitions)
        case dict():
            whole = {
                key: written_out(value, definitions)
                for key, value in cast("dict[str, Any]", part).items()
                if key != "default"
            }
            if whole.get("type") == "object":
                whole |= {"additionalProperties": False, "required": list(whole["properties"])}
            return whole
        case list():
            return [written_out(each, definitions) for each in cast("list[Any]", part)]
        case _:
            return part


def spoken(answer: AIMessage) -> str:
    """The arguments of its tool call where there is one that is not empty; else its text."""
    for call in answer.tool_calls:
        if call["args"]:
            return json.dumps(call["args"], ensure_ascii=False)
    for call in answer.invalid_tool_calls:
        if call["args"]:
            return call["args"]
    return answer.text


def fitted(said: str, form: type[Form]) -> tuple[Form | None, str]:
    """The form that is in `said`; or None, and what is wrong with it."""
    if not said.strip():
        return None, "The answer was empty."
    problem = "There was no complete JSON object in the answer."
    for found in found_json(said):
        try:
            return form.model_validate(found), ""
        except ValidationError as error:
            wrong = [
                f"{'.'.join(str(step) for step in each['loc']) or 'the object'}: {each['msg']}"
                for each in error.errors()
            ]
            problem = "; ".join(wrong[:MOST_PROBLEMS]) + "."
    return None, problem


def repair(problem: str, said: str) -> list[BaseMessage]:
    """What is added to the question after an answer that did not fit."""
    if not problem:
        return []
    answered: list[BaseMessage] = [AIMessage(said[:MOST_CHARACTERS])] if said.strip() else []
    return [
        *answered,
        HumanMessage(f"That answer cannot be used. {problem} Give the whole answer again, in the form asked for."),
    ]
