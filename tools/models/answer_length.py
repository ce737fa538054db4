"""How long the answers of models may be at most, for the calls in a block: what a budget has left for them.

    with answers_within(900):
        await model.ainvoke(messages)

It is no argument of the call: a cache knows a call by its arguments, and the same question after a crash, when more or
less may be left, is the same call. An answer that ends there is one all the same, and paid for: `cut_off` knows it.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage

Model = TypeVar("Model", bound=BaseChatModel)

FIELDS = ("max_tokens", "max_output_tokens", "num_predict")
"""Where the classes of providers keep the most tokens of an answer, thoughts included. Each has one of these."""
MOST_TOKENS = 32_768
"""Of an answer, where a model's own most is not known."""
ENDS = ("finish_reason", "stop_reason", "done_reason")
"""Where providers say why an answer ended, and in the next line: that it was too long for its limit or the context."""
TOO_LONG = frozenset({"length", "max_tokens", "max_output_tokens", "model_length", "model_context_window_exceeded"})

_limit: ContextVar[int | None] = ContextVar("limit", default=None)


@contextmanager
def answers_within(tokens: int | None) -> Generator[None]:
    """None: as long as the model likes."""
    before = _limit.set(tokens)
    try:
        yield
    finally:
        _limit.reset(before)


def held(model: Model) -> Model:
    """The model, held to the limit of the block that it is called in; itself where it cannot go beyond it.

    A server may refuse to be told of more than it can do, so what cannot be is not said.
    """
    limit = _limit.get()
    field = next((name for name in FIELDS if name in type(model).model_fields), None)
    if limit is None or field is None:
        return model
    most = getattr(model, field) or (model.profile or {}).get("max_output_tokens") or MOST_TOKENS
    return model.model_copy(update={field: limit}) if limit < most else model


def cut_off(answer: AIMessage) -> bool:
    """Did it end at a limit of its length, the block's or the model's own?"""
    told: dict[str, Any] = answer.response_metadata
    incomplete: dict[str, Any] = told.get("incomplete_details") or {}  # as OpenAI's responses say it
    return any(str(end).lower() in TOO_LONG for end in (*map(told.get, ENDS), incomplete.get("reason")))
