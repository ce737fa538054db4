"""What the model calls of a node spend, counted as they end; and whether there is room for one more.

    with metered(state["budget"]) as meter:
        findings = await investigator.read(state)
    return {"candidates": findings, "usage": meter.usage, "limited": meter.limited}

The count becomes part of the graph's state together with what was paid for, so a crash neither forgets nor doubles it:
a finished task is not run again, and answers that a journal gives back to an unfinished one are counted with it.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TypedDict
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from langchain_core.tracers.context import register_configure_hook

from outlast.evidence.budget import Budget, usage_by_limit_kind
from outlast.evidence.errors import LimitReached
from outlast.evidence.usage import ModelUsage, Usage
from outlast.tools.models.prices import price_usd

BYTES_PER_TOKEN = 3
"""Fewer than there are in most texts: what is estimated for a limit must not be too little."""
EXPECTED_OUTPUT_TOKENS = 400
"""Of one structured answer; with room for a model that thinks a little first."""


class Meter(BaseCallbackHandler):
    """LangChain calls it at each model call that is made while it is `metered`. `allowance` is what may be spent."""

    run_inline = True  # in the order of the calls, and before the node goes on
    raise_error = True  # else LangChain only logs what goes wrong here, and what was paid for is forgotten

    def __init__(self, allowance: Budget, until: datetime | None) -> None:
        self._allowance = allowance
        self._until = until
        self._started_calls: dict[UUID, tuple[str, int]] = {}
        self._finished_calls: list[ModelUsage] = []
        self.limited: list[str] = []
        """The kind of the limit that was reached; empty where none was."""

    @property
    def usage(self) -> Usage:
        return Usage.of(self._finished_calls)

    def admit(self, need: Usage) -> int | None:
        """How many tokens the answer to a call may have that needs about `need`; None where nothing limits it.

        Raises LimitReached where `need` does not fit any more into what may be spent.
        """
        if self._until is not None and datetime.now(UTC) >= self._until:
            self.limited = ["seconds"]
            raise LimitReached("seconds", 0, 0)
        if (kind := self._allowance.remaining(self.usage).insufficient_kind(need)) is not None:
            self.limited = [kind]
            raise LimitReached(kind, usage_by_limit_kind(self.usage)[kind], dict(self._allowance.limits())[kind])
        left = self._allowance.remaining(self.usage)
        return min((limit for each in need.models for limit in output_token_limits(left, each)), default=None)

    def on_chat_model_start(
        self, serialized: dict[str, Any], messages: list[list[BaseMessage]], *, run_id: UUID, **given: Any
    ) -> None:
        del serialized
        metadata: dict[str, Any] = given.get("metadata") or {}
        model = f"{metadata.get('ls_provider', 'model')}:{metadata.get('ls_model_name', 'unknown')}"
        self._started_calls[run_id] = (model, sum(estimate_tokens(each) for each in messages))

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **given: Any) -> None:
        del given
        for generation in (each for answers in response.generations for each in answers):
            if isinstance(generation, ChatGeneration) and isinstance(generation.message, AIMessage):
                self._count(run_id, generation.message)

    def _count(self, run_id: UUID, message: AIMessage) -> None:
        model, asked_tokens = self._started_calls[run_id]
        # Some servers of one's own do not count, and a cache puts usage where none was: then what was said is counted.
        counts: Mapping[str, Any] = message.usage_metadata or {}
        asked, answered = (
            counts.get("input_tokens", asked_tokens),
            counts.get("output_tokens", estimate_tokens([message])),
        )
        self._finished_calls.append(usage_of_call(model, asked, answered, **cached_tokens(counts)))


_metering: ContextVar[Meter | None] = ContextVar("metering", default=None)
register_configure_hook(_metering, inheritable=True)


@contextmanager
def metered(allowance: Budget | None = None, until: datetime | None = None) -> Generator[Meter]:
    """Count what is asked of models in this block. `until` is the moment after which no further call begins."""
    meter = Meter(allowance or Budget(), until)
    before = _metering.set(meter)
    try:
        yield meter
    finally:
        _metering.reset(before)


class BudgetedState(TypedDict):
    """A state that says what may be spent, and what is."""

    budget: Budget
    usage: Usage


def remaining_budget(state: BudgetedState) -> Budget:
    """What is left of the state's budget; without one, nothing is limited."""
    return state.get("budget", Budget()).remaining(state["usage"])


def admit(need: Usage) -> int | None:
    """As `Meter.admit` of the block that this is called in; None outside."""
    meter = _metering.get()
    return None if meter is None else meter.admit(need)


def output_token_limits(left: Budget, call: ModelUsage) -> Iterator[int]:
    """By each limit, how long the answer to a call may be so that it stays within what is left."""
    if left.tokens is not None:
        yield max(1, left.tokens - call.input_tokens)
    asked, thousand = (price_usd(call.model, call.input_tokens, output) for output in (0, 1000))
    if left.usd is not None and asked is not None and thousand is not None and thousand > asked:
        yield max(1, int((left.usd - asked) / (thousand - asked) * 1000))


def estimate_usage(model: BaseChatModel, input_tokens: int, output_tokens: int = EXPECTED_OUTPUT_TOKENS) -> Usage:
    """What one call of that size will spend, roughly."""
    return Usage.of([usage_of_call(model_name_of(model), input_tokens, output_tokens)])


def cached_tokens(counts: Mapping[str, Any]) -> dict[str, int]:
    """What of a prompt the provider had in its cache, or put there; nothing where that is more than the prompt."""
    details: Mapping[str, Any] = counts.get("input_token_details") or {}
    read, written = details.get("cache_read") or 0, details.get("cache_creation") or 0
    return (
        {"cache_read_tokens": read, "cache_write_tokens": written}
        if read + written <= counts.get("input_tokens", 0)
        else {}
    )


def usage_of_call(model: str, input_tokens: int, output_tokens: int, **cached: int) -> ModelUsage:
    """What one call did; `cached` as in `price_usd`."""
    usd = price_usd(model, input_tokens, output_tokens, **cached)
    return ModelUsage(
        model=model,
        calls=1,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        usd=usd or 0.0,
        unpriced=int(usd is None),
    )


def model_name_of(model: BaseChatModel) -> str:
    """`provider:name`, as LangChain tells it to those who count."""
    metadata = model._get_ls_params()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - what callbacks get as metadata
    return f"{metadata.get('ls_provider', 'model')}:{metadata.get('ls_model_name', 'unknown')}"


def estimate_tokens(messages: Sequence[BaseMessage]) -> int:
    """About how many tokens, and rather too many."""
    return sum(len(message.text.encode()) // BYTES_PER_TOKEN + 8 for message in messages)
