"""The maximum length of models' answers, for the calls in a block: what is left of a budget for them.

    with answers_within(900):
        await model.ainvoke(messages)

The limit is not an argument of the call: a cache identifies a call by its arguments, and the same question after a
crash, when more or less of the budget may be left, is the same call. An answer that ends at the limit is still an
answer, and paid for: `is_cut_off` recognises it.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage

Model = TypeVar("Model", bound=BaseChatModel)

MAX_TOKENS_FIELDS = ("max_tokens", "max_output_tokens", "num_predict")
"""Fields of providers' classes for the maximum number of an answer's tokens, reasoning included. Each class has one."""
DEFAULT_MAX_ANSWER_TOKENS = 32_768
"""The maximum number of an answer's tokens if the model's own maximum is not known."""
FINISH_REASON_FIELDS = ("finish_reason", "stop_reason", "done_reason")
"""Fields in which providers say why an answer ended."""
LENGTH_FINISH_REASONS = frozenset(
    {"length", "max_tokens", "max_output_tokens", "model_length", "model_context_window_exceeded"}
)
"""Values of those fields which say that the answer was too long for its limit or for the context."""

_max_answer_tokens: ContextVar[int | None] = ContextVar("max_answer_tokens", default=None)


@contextmanager
def answers_within(tokens: int | None) -> Generator[None]:
    """Limit the answers of the models that are called in this block; None means no limit."""
    before = _max_answer_tokens.set(tokens)
    try:
        yield
    finally:
        _max_answer_tokens.reset(before)


def with_answer_limit(model: Model) -> Model:
    """Return a copy of the model with the limit of the current block, or the model itself if that changes nothing.

    A limit above the model's own is never sent, because a server may refuse it.
    """
    limit = _max_answer_tokens.get()
    field = next((name for name in MAX_TOKENS_FIELDS if name in type(model).model_fields), None)
    if limit is None or field is None:
        return model
    own_limit = getattr(model, field) or (model.profile or {}).get("max_output_tokens") or DEFAULT_MAX_ANSWER_TOKENS
    return model.model_copy(update={field: limit}) if limit < own_limit else model


def is_cut_off(answer: AIMessage) -> bool:
    """Return whether the answer ended at a length limit, the block's or the model's own."""
    metadata: dict[str, Any] = answer.response_metadata
    incomplete: dict[str, Any] = metadata.get("incomplete_details") or {}  # in OpenAI's Responses API
    return any(
        str(reason).lower() in LENGTH_FINISH_REASONS
        for reason in (*map(metadata.get, FINISH_REASON_FIELDS), incomplete.get("reason"))
    )
