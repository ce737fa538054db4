"""How long the answers of models may be at most, for the calls in a block: what a budget has left for them.

    with answers_within(900):
        await model.ainvoke(messages)

It is no argument of the call: a cache knows a call by its arguments, and the same question after a crash, when more or
less may be left, is the same call. An answer that ends there is one all the same, and paid for: `is_cut_off` knows it.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage

Model = TypeVar("Model", bound=BaseChatModel)

MAX_TOKENS_FIELDS = ("max_tokens", "max_output_tokens", "num_predict")
"""Where the classes of providers keep the most tokens of an answer, thoughts included. Each has one of these."""
DEFAULT_MAX_ANSWER_TOKENS = 32_768
"""Of an answer, where a model's own most is not known."""
FINISH_REASON_FIELDS = ("finish_reason", "stop_reason", "done_reason")
"""Where providers say why an answer ended, and in the next line: that it was too long for its limit or the context."""
LENGTH_FINISH_REASONS = frozenset(
    {"length", "max_tokens", "max_output_tokens", "model_length", "model_context_window_exceeded"}
)

_max_answer_tokens: ContextVar[int | None] = ContextVar("limit", default=None)


@contextmanager
def answers_within(tokens: int | None) -> Generator[None]:
    """None: as long as the model likes."""
    before = _max_answer_tokens.set(tokens)
    try:
        yield
    finally:
        _max_answer_tokens.reset(before)


def with_answer_limit(model: Model) -> Model:
    """The model, held to the limit of the block that it is called in; itself where it cannot go beyond it.

    A server may refuse to be told of more than it can do, so what cannot be is not said.
    """
    limit = _max_answer_tokens.get()
    field = next((name for name in MAX_TOKENS_FIELDS if name in type(model).model_fields), None)
    if limit is None or field is None:
        return model
    own_limit = getattr(model, field) or (model.profile or {}).get("max_output_tokens") or DEFAULT_MAX_ANSWER_TOKENS
    return model.model_copy(update={field: limit}) if limit < own_limit else model


def is_cut_off(answer: AIMessage) -> bool:
    """Did it end at a limit of its length, the block's or the model's own?"""
    metadata: dict[str, Any] = answer.response_metadata
    incomplete: dict[str, Any] = metadata.get("incomplete_details") or {}  # as OpenAI's responses say it
    return any(
        str(end).lower() in LENGTH_FINISH_REASONS
        for end in (*map(metadata.get, FINISH_REASON_FIELDS), incomplete.get("reason"))
    )
