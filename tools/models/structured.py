"""Answers in a given form, from any chat model: a JSON schema, then a tool call, then text that has JSON in it.

A model that cannot do the first is asked the second way, and so on; a way that it refuses while it takes the same
question another way, this object does not try again. An answer that does not fit the form is told what is wrong with
it, and asked for once more, the next way: up to `MAX_REPAIRS` times. Each is a call of its own, which a model's cache
may remember.
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
"""Of an answer that is shown to its model again."""
CUT_OFF_PROBLEM = "The answer reached the limit of its length before its end. Answer more shortly."

AnswerSchema = TypeVar("AnswerSchema", bound=BaseModel)
AnsweringRunnable = Runnable[Any, Any]


class Unfitting(Permanent):
    """However it was asked, the model gave no answer in the form that is needed, or refused to give any."""


class StructuredModel:
    """A chat model that answers in forms: pydantic models with a docstring, which the model reads."""

    def __init__(self, model: BaseChatModel) -> None:
        self.model = model
        self._refused_methods: set[int] = set()
        self._output_tokens = OutputTokenAverage()

    def need(self, input_tokens: int, answer_schema: type[BaseModel]) -> Usage:
        """About what one call will spend, as far as this model is known. `input_tokens` are without the form's."""
        return estimate_usage(
            self.model, input_tokens + estimate_schema_tokens(answer_schema), self._output_tokens.expected
        )

    async def answer(self, messages: Sequence[BaseMessage], answer_schema: type[AnswerSchema]) -> AnswerSchema:
        """The answer to `messages`.

        Raises `Unfitting` where the model gives none, LimitReached where one more call is more than may be spent.
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
            self._refused_methods |= refused_methods  # it was the way, and not the question
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
        except (NotImplementedError, TypeError, ValueError) as error:  # LangChain's class has no such way
            raise NotAccepted(f"This model cannot be asked that way: {error}") from error
        with answers_within(admit(self.need(estimate_tokens(messages), answer_schema))):
            answer = cast("AIMessage", await runnable.ainvoke([*messages, *added_messages]))
        self._output_tokens.learn(answer)
        return answer


class OutputTokenAverage:
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


def prepare_json_schema(
    model: BaseChatModel, answer_schema: type[BaseModel]
) -> tuple[AnsweringRunnable, list[BaseMessage]]:
    """The server holds the model to the schema, token by token."""
    chain = model.with_structured_output(strict_json_schema(answer_schema), method="json_schema", include_raw=True)
    return cast("AnsweringRunnable", chain) | RunnableLambda(raw_answer), []


def prepare_tool_call(
    model: BaseChatModel, answer_schema: type[BaseModel]
) -> tuple[AnsweringRunnable, list[BaseMessage]]:
    return model.bind_tools([strict_json_schema(answer_schema)], tool_choice=answer_schema.__name__), []


def prepare_plain_text(
    model: BaseChatModel, answer_schema: type[BaseModel]
) -> tuple[AnsweringRunnable, list[BaseMessage]]:
    schema = json.dumps(strict_json_schema(answer_schema), ensure_ascii=False)
    return model, [HumanMessage(f"Answer with one JSON object that fits this schema, and nothing else:\n{schema}")]


OUTPUT_METHODS: Sequence[Callable[[BaseChatModel, type[BaseModel]], tuple[AnsweringRunnable, list[BaseMessage]]]] = (
    prepare_json_schema,
    prepare_tool_call,
    prepare_plain_text,
)


def raw_answer(answered: dict[str, Any]) -> AIMessage:
    return answered["raw"]


def strict_json_schema(answer_schema: type[BaseModel]) -> dict[str, Any]:
    """Its JSON schema in the strict form: every property required, no others; references written out."""
    schema = answer_schema.model_json_schema()
    definitions = schema.pop("$defs", {})
    strict = cast("dict[str, Any]", inline_references(schema, definitions))
    return {"title": answer_schema.__name__, "description": answer_schema.__doc__ or answer_schema.__name__, **strict}


@lru_cache
def estimate_schema_tokens(answer_schema: type[BaseModel]) -> int:
    """Its schema goes with each question, whichever way it is asked, and is paid for like it."""
    return estimate_tokens([HumanMessage(json.dumps(strict_json_schema(answer_schema), ensure_ascii=False))])


def inline_references(part: Any, definitions: dict[str, Any]) -> Any:
    match part:
        case {"$ref": str(reference)}:
            return inline_references(definitions[reference.rpartition("/")[2]], definitions)
        case dict():
            whole = {
                key: inline_references(value, definitions)
                for key, value in cast("dict[str, Any]", part).items()
                if key != "default"
            }
            if whole.get("type") == "object":
                whole |= {"additionalProperties": False, "required": list(whole["properties"])}
            return whole
        case list():
            return [inline_references(each, definitions) for each in cast("list[Any]", part)]
        case _:
            return part


def answer_text(answer: AIMessage) -> str:
    """The arguments of its tool call where there is one that is not empty; else its text."""
    for call in answer.tool_calls:
        if call["args"]:
            return json.dumps(call["args"], ensure_ascii=False)
    for call in answer.invalid_tool_calls:
        if call["args"]:
            return call["args"]
    return answer.text


def parse_answer(text: str, answer_schema: type[AnswerSchema]) -> tuple[AnswerSchema | None, str]:
    """The form that is in `said`; or None, and what is wrong with it."""
    if not text.strip():
        return None, "The answer was empty."
    problem = "There was no complete JSON object in the answer."
    for found in find_json_objects(text):
        try:
            return answer_schema.model_validate(found), ""
        except ValidationError as error:
            wrong = [
                f"{'.'.join(str(step) for step in each['loc']) or 'the object'}: {each['msg']}"
                for each in error.errors()
            ]
            problem = "; ".join(wrong[:MAX_PROBLEMS]) + "."
    return None, problem


def repair_messages(problem: str, text: str) -> list[BaseMessage]:
    """What is added to the question after an answer that did not fit."""
    if not problem:
        return []
    answered: list[BaseMessage] = [AIMessage(text[:MAX_ECHOED_CHARACTERS])] if text.strip() else []
    return [
        *answered,
        HumanMessage(f"That answer cannot be used. {problem} Give the whole answer again, in the form asked for."),
    ]


THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL)
COMMA_TOO_MANY = re.compile(r",(?=\s*[}\]])")
MAX_OBJECT_STARTS = 50
"""A text that opens more brackets than this without an object is not JSON."""

DECODER = json.JSONDecoder(strict=False)  # line ends inside strings, as weak models write them


def find_json_objects(answer: str) -> Iterator[dict[str, Any]]:
    """Every whole object in `said`, the outermost first. One that was cut off is none: what is missing nobody knows."""
    text = THINKING.sub("", answer)
    yield from decode_objects(text)
    mended = COMMA_TOO_MANY.sub("", text)
    if mended != text:
        yield from decode_objects(mended)


def decode_objects(text: str) -> Iterator[dict[str, Any]]:
    at = text.find("{")
    for _ in range(MAX_OBJECT_STARTS):
        if at < 0:
            return
        try:
            found, end = DECODER.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError):
            at = text.find("{", at + 1)
            continue
        yield cast("dict[str, Any]", found)
        at = text.find("{", end)
