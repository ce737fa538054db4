"""Structured output from any chat model, by one of three methods: a JSON schema, a tool call, or text with JSON in it.

The methods are tried in this order. If the model refuses a method but answers the same question by another one, the
object never uses the refused method again. If an answer does not fit the schema, the model is told what is wrong and
asked again, by the next method, up to `MAX_REPAIRS` times. Each attempt is a call of its own, which a model's cache may
remember.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeVar, cast

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import BaseModel, ValidationError

from outlast.evidence.errors import Permanent
from outlast.evidence.usage import Usage
from outlast.tools.models.answer_length import answers_within, is_cut_off
from outlast.tools.models.failures import NotAccepted, Refused
from outlast.tools.models.metering import EXPECTED_OUTPUT_TOKENS, admit, estimate_tokens, estimate_usage

MAX_REPAIRS = 2
MAX_PROBLEMS = 5
MAX_ECHOED_CHARACTERS = 4000
"""The length to which an unusable answer is cut when the model is shown it again."""
CUT_OFF_PROBLEM = "The answer reached the limit of its length before its end. Answer more shortly."

AnswerSchema = TypeVar("AnswerSchema", bound=BaseModel)
AnsweringRunnable = Runnable[Any, Any]


class Unfitting(Permanent):
    """The model gave no answer that fits the schema, by any method, or it refused to answer."""


class StructuredModel:
    """A chat model that answers with instances of a schema: a pydantic model whose docstring the chat model reads."""

    def __init__(self, model: BaseChatModel) -> None:
        self.model = model
        self._refused_methods: set[int] = set()
        self._output_tokens = OutputTokenAverage()

    def need(self, input_tokens: int, answer_schema: type[BaseModel]) -> Usage:
        """Estimate what one call will spend, from this model's answers so far. `input_tokens` exclude the schema's."""
        return estimate_usage(
            self.model, input_tokens + estimate_schema_tokens(answer_schema), self._output_tokens.expected
        )

    async def answer(self, messages: Sequence[BaseMessage], answer_schema: type[AnswerSchema]) -> AnswerSchema:
        """Return the answer to `messages`.

        Raises Unfitting if the model gives no answer that fits, LimitReached if the budget does not allow another call.
        """
        methods = [method for method in range(len(OUTPUT_METHODS)) if method not in self._refused_methods]
        problem, text, repairs, refused_methods = "", "", 0, set[int]()
        while True:
            method = methods[0]
            try:
                answer = await self._ask(method, [*messages, *repair_messages(problem, text)], answer_schema)
            except NotAccepted:
                if len(methods) == 1:
                    raise
                refused_methods.add(methods.pop(0))
                continue
            except Refused as error:
                raise Unfitting(str(error)) from None
            self._refused_methods |= refused_methods  # refused because of the method, not of the question
            if refusal := answer.additional_kwargs.get("refusal"):
                raise Unfitting(f"The model refuses to answer: {refusal}")
            text = answer_text(answer)
            parsed, problem = parse_answer(text, answer_schema)
            if parsed is not None:
                return parsed
            if is_cut_off(answer):
                text, problem = "", CUT_OFF_PROBLEM
            if repairs == MAX_REPAIRS:
                raise Unfitting(
                    f"The model gave no {answer_schema.__name__} that fits, in {MAX_REPAIRS + 1} answers: {problem} "
                    "Use a model that can write JSON."
                )
            repairs += 1
            methods = methods[1:] or methods

    async def _ask(self, method: int, messages: Sequence[BaseMessage], answer_schema: type[BaseModel]) -> AIMessage:
        try:
            runnable, added_messages = OUTPUT_METHODS[method](self.model, answer_schema)
        except (NotImplementedError, TypeError, ValueError) as error:  # LangChain's class lacks the method
            raise NotAccepted(f"This model does not support that output method: {error}") from error
        with answers_within(admit(self.need(estimate_tokens(messages), answer_schema))):
            answer = cast("AIMessage", await runnable.ainvoke([*messages, *added_messages]))
        self._output_tokens.learn(answer)
        return answer


class OutputTokenAverage:
    """The average length of a model's answers, reasoning included: for one schema, models need 200 to 4,000 tokens."""

    def __init__(self) -> None:
        self._answers = 0
        self._tokens = 0

    @property
    def expected(self) -> int:
        """The expected tokens of the next answer: the average so far, but at least `EXPECTED_OUTPUT_TOKENS`."""
        return max(EXPECTED_OUTPUT_TOKENS, self._tokens // max(self._answers, 1))

    def learn(self, answer: AIMessage) -> None:
        """Add an answer to the average. An answer whose server does not count tokens is ignored."""
        if answer.usage_metadata and (tokens := answer.usage_metadata.get("output_tokens", 0)):
            self._answers += 1
            self._tokens += tokens


def prepare_json_schema(
    model: BaseChatModel, answer_schema: type[BaseModel]
) -> tuple[AnsweringRunnable, list[BaseMessage]]:
    """Prepare output by JSON schema, to which the server constrains the model token by token."""
    chain = model.with_structured_output(strict_json_schema(answer_schema), method="json_schema", include_raw=True)
    return cast("AnsweringRunnable", chain) | RunnableLambda(raw_answer), []


def prepare_tool_call(
    model: BaseChatModel, answer_schema: type[BaseModel]
) -> tuple[AnsweringRunnable, list[BaseMessage]]:
    """Prepare output as the arguments of a tool call that the model is required to make."""
    return model.bind_tools([strict_json_schema(answer_schema)], tool_choice=answer_schema.__name__), []


def prepare_plain_text(
    model: BaseChatModel, answer_schema: type[BaseModel]
) -> tuple[AnsweringRunnable, list[BaseMessage]]:
    """Prepare output as text, with an additional message that asks for JSON."""
    schema = json.dumps(strict_json_schema(answer_schema), ensure_ascii=False)
    return model, [HumanMessage(f"Answer with one JSON object that fits this schema, and nothing else:\n{schema}")]


OUTPUT_METHODS: Sequence[Callable[[BaseChatModel, type[BaseModel]], tuple[AnsweringRunnable, list[BaseMessage]]]] = (
    prepare_json_schema,
    prepare_tool_call,
    prepare_plain_text,
)


def raw_answer(output: dict[str, Any]) -> AIMessage:
    return output["raw"]


def strict_json_schema(answer_schema: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema in strict form: every property is required, no others are allowed, references inlined."""
    schema = answer_schema.model_json_schema()
    definitions = schema.pop("$defs", {})
    strict = cast("dict[str, Any]", inline_references(schema, definitions))
    return {"title": answer_schema.__name__, "description": answer_schema.__doc__ or answer_schema.__name__, **strict}


@lru_cache
def estimate_schema_tokens(answer_schema: type[BaseModel]) -> int:
    """Estimate the schema's tokens, which each call sends and pays for, whatever its output method."""
    return estimate_tokens([HumanMessage(json.dumps(strict_json_schema(answer_schema), ensure_ascii=False))])


def inline_references(part: Any, definitions: dict[str, Any]) -> Any:
    """Return a part of a JSON schema in strict form, with its definitions in the place of references to them."""
    match part:
        case {"$ref": str(reference)}:
            return inline_references(definitions[reference.rpartition("/")[2]], definitions)
        case dict():
            inlined = {
                key: inline_references(value, definitions)
                for key, value in cast("dict[str, Any]", part).items()
                if key != "default"
            }
            if inlined.get("type") == "object":
                inlined |= {"additionalProperties": False, "required": list(inlined["properties"])}
            return inlined
        case list():
            return [inline_references(each, definitions) for each in cast("list[Any]", part)]
        case _:
            return part


def answer_text(answer: AIMessage) -> str:
    """Return the arguments of the first tool call that has some, as JSON; otherwise the answer's text."""
    for call in answer.tool_calls:
        if call["args"]:
            return json.dumps(call["args"], ensure_ascii=False)
    for call in answer.invalid_tool_calls:
        if call["args"]:
            return call["args"]
    return answer.text


def parse_answer(text: str, answer_schema: type[AnswerSchema]) -> tuple[AnswerSchema | None, str]:
    """Return the instance of the schema in `text` and ""; or None and what is wrong."""
    if not text.strip():
        return None, "The answer was empty."
    problem = "There was no complete JSON object in the answer."
    for found in find_json_objects(text):
        try:
            return answer_schema.model_validate(found), ""
        except ValidationError as error:
            problems = [
                f"{'.'.join(str(step) for step in each['loc']) or 'the object'}: {each['msg']}"
                for each in error.errors()
            ]
            problem = "; ".join(problems[:MAX_PROBLEMS]) + "."
    return None, problem


def repair_messages(problem: str, text: str) -> list[BaseMessage]:
    """Return the messages to add to the question after an answer that did not fit."""
    if not problem:
        return []
    answered: list[BaseMessage] = [AIMessage(text[:MAX_ECHOED_CHARACTERS])] if text.strip() else []
    return [
        *answered,
        HumanMessage(f"That answer cannot be used. {problem} Give the whole answer again, in the form asked for."),
    ]


THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL)
EXTRA_COMMA = re.compile(r",(?=\s*[}\]])")
MAX_OBJECT_STARTS = 50
"""A text that opens more brackets than this without an object is not JSON."""

DECODER = json.JSONDecoder(strict=False)  # line ends inside strings, as weak models write them


def find_json_objects(answer: str) -> Iterator[dict[str, Any]]:
    """Yield every complete JSON object in `answer`, outermost first, but none that was cut off: its rest is unknown."""
    text = THINKING.sub("", answer)
    yield from decode_objects(text)
    repaired = EXTRA_COMMA.sub("", text)
    if repaired != text:
        yield from decode_objects(repaired)


def decode_objects(text: str) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects in `text` that do not lie inside another one."""
    start = text.find("{")
    for _ in range(MAX_OBJECT_STARTS):
        if start < 0:
            return
        try:
            decoded, end = DECODER.raw_decode(text, start)
        except (json.JSONDecodeError, RecursionError):
            start = text.find("{", start + 1)
            continue
        yield cast("dict[str, Any]", decoded)
        start = text.find("{", end)
