"""Count what the model calls of a node spend as they end, and decide whether the budget allows another call.

    with metered(state["budget"]) as meter:
        findings = await investigator.read(state)
    return {"candidates": findings, "usage": meter.usage, "limited": meter.limited}

The usage is written to the graph's state together with the results, so a crash neither loses nor doubles it: a finished
task does not run again, and the answers that a journal returns to an unfinished task are counted when it runs again.
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
"""Less than in most texts, because an estimate that is compared with a limit must not be too small."""
EXPECTED_OUTPUT_TOKENS = 400
"""The expected tokens of one structured answer, with room for a little reasoning before it."""


class Meter(BaseCallbackHandler):
    """Counts usage: LangChain calls it at each model call in a block of `metered`. `allowance` is what may be spent."""

    run_inline = True  # in the order of the calls, and before the node goes on
    raise_error = True  # otherwise LangChain only logs an error in here, and usage is lost

    def __init__(self, allowance: Budget, until: datetime | None) -> None:
        self._allowance = allowance
        self._until = until
        self._started_calls: dict[UUID, tuple[str, int]] = {}
        self._finished_calls: list[ModelUsage] = []
        self.limited: list[str] = []
        """The kind of the limit that was reached, such as `tokens`; empty if none was."""

    @property
    def usage(self) -> Usage:
        return Usage.of(self._finished_calls)

    def admit(self, need: Usage) -> int | None:
        """Return the maximum number of answer tokens for a call that needs about `need`; None if nothing limits it.

        Raises LimitReached if `need` exceeds what is left to spend.
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
        self, serialized: dict[str, Any], messages: list[list[BaseMessage]], *, run_id: UUID, **kwargs: Any
    ) -> None:
        del serialized
        metadata: dict[str, Any] = kwargs.get("metadata") or {}
        model = f"{metadata.get('ls_provider', 'model')}:{metadata.get('ls_model_name', 'unknown')}"
        self._started_calls[run_id] = (model, sum(estimate_tokens(each) for each in messages))

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        del kwargs
        for generation in (each for answers in response.generations for each in answers):
            if isinstance(generation, ChatGeneration) and isinstance(generation.message, AIMessage):
                self._count(run_id, generation.message)

    def _count(self, run_id: UUID, message: AIMessage) -> None:
        model, estimated_input_tokens = self._started_calls[run_id]
        # Some local servers do not count tokens, and a cache may add usage without counts: then both are estimated.
        counts: Mapping[str, Any] = message.usage_metadata or {}
        input_tokens, output_tokens = (
            counts.get("input_tokens", estimated_input_tokens),
            counts.get("output_tokens", estimate_tokens([message])),
        )
        self._finished_calls.append(usage_of_call(model, input_tokens, output_tokens, **cached_tokens(counts)))


_metering: ContextVar[Meter | None] = ContextVar("metering", default=None)
register_configure_hook(_metering, inheritable=True)


@contextmanager
def metered(allowance: Budget | None = None, until: datetime | None = None) -> Generator[Meter]:
    """Count the usage of model calls in this block. After the moment `until`, no further call is admitted."""
    meter = Meter(allowance or Budget(), until)
    before = _metering.set(meter)
    try:
        yield meter
    finally:
        _metering.reset(before)


class BudgetedState(TypedDict):
    """A graph state that contains the budget and the usage so far."""

    budget: Budget
    usage: Usage


def remaining_budget(state: BudgetedState) -> Budget:
    """Return what is left of the state's budget; without a budget, nothing is limited."""
    return state.get("budget", Budget()).remaining(state["usage"])


def admit(need: Usage) -> int | None:
    """Call `Meter.admit` of the current block of `metered`; return None outside such a block."""
    meter = _metering.get()
    return None if meter is None else meter.admit(need)


def output_token_limits(left: Budget, call: ModelUsage) -> Iterator[int]:
    """Yield for each limit the maximum number of answer tokens with which the call stays within what is left."""
    if left.tokens is not None:
        yield max(1, left.tokens - call.input_tokens)
    input_usd, usd_with_1000 = (price_usd(call.model, call.input_tokens, output) for output in (0, 1000))
    if left.usd is not None and input_usd is not None and usd_with_1000 is not None and usd_with_1000 > input_usd:
        yield max(1, int((left.usd - input_usd) / (usd_with_1000 - input_usd) * 1000))


def estimate_usage(model: BaseChatModel, input_tokens: int, output_tokens: int = EXPECTED_OUTPUT_TOKENS) -> Usage:
    """Estimate what one call of that size will spend."""
    return Usage.of([usage_of_call(model_name_of(model), input_tokens, output_tokens)])


def cached_tokens(counts: Mapping[str, Any]) -> dict[str, int]:
    """Return how many prompt tokens the provider read from its cache or wrote to it; {} if more than the prompt has."""
    details: Mapping[str, Any] = counts.get("input_token_details") or {}
    read, written = details.get("cache_read") or 0, details.get("cache_creation") or 0
    return (
        {"cache_read_tokens": read, "cache_write_tokens": written}
        if read + written <= counts.get("input_tokens", 0)
        else {}
    )


def usage_of_call(model: str, input_tokens: int, output_tokens: int, **cached: int) -> ModelUsage:
    """Return the usage of one call; `cached` are the cache's tokens as in `price_usd`."""
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
    """Return `provider:name`, as LangChain passes it to callbacks."""
    metadata = model._get_ls_params()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - what callbacks get as metadata
    return f"{metadata.get('ls_provider', 'model')}:{metadata.get('ls_model_name', 'unknown')}"


def estimate_tokens(messages: Sequence[BaseMessage]) -> int:
    """Estimate the number of tokens, rather too high than too low."""
    return sum(len(message.text.encode()) // BYTES_PER_TOKEN + 8 for message in messages)
