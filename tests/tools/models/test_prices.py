"""Prices come with the package genai-prices: no number here is ours, so tests compare and do not know."""

import pytest
from genai_prices.data import providers

from outlast.tools.models.prices import PRICE_LIST_PROVIDERS, price_usd


def test_more_tokens_cost_more_and_those_that_come_out_more_than_those_that_go_in() -> None:
    price = price_usd("openai:gpt-4o-mini", 1_000, 0)
    assert price is not None
    assert price > 0
    assert price_usd("openai:gpt-4o-mini", 2_000, 0) == pytest.approx(2 * price)
    assert (price_usd("openai:gpt-4o-mini", 0, 1_000) or 0) > price
    assert price_usd("openai:gpt-4o-mini", 0, 0) == 0


def test_what_the_provider_has_in_its_cache_costs_less_and_what_it_puts_there_may_cost_more() -> None:
    plain = price_usd("anthropic:claude-sonnet-4-5", 10_000, 100)
    read = price_usd("anthropic:claude-sonnet-4-5", 10_000, 100, cache_read_tokens=8_000)
    written = price_usd("anthropic:claude-sonnet-4-5", 10_000, 100, cache_write_tokens=8_000)
    assert plain
    assert read
    assert written
    assert read < plain < written


@pytest.mark.parametrize(
    "model",
    [
        "openai:gpt-4o",
        "anthropic:claude-3-5-haiku-latest",
        "google_genai:gemini-2.0-flash",
        "mistralai:mistral-large-latest",
    ],
)
def test_providers_are_known_by_the_names_that_langchain_has_for_them(model: str) -> None:
    assert (price_usd(model, 1_000_000, 1_000_000) or 0) > 0


@pytest.mark.parametrize("model", ["openai:scripted", "ollama:qwen3", "nobody:gpt-4o", "gpt-4o", "", ":", "openai:"])
def test_a_model_without_a_price_has_none_and_is_not_free(model: str) -> None:
    assert price_usd(model, 1_000, 1_000) is None


def test_a_model_of_ones_own_has_no_price_though_a_public_one_is_called_the_same() -> None:
    assert price_usd("ollama:gpt-4o", 1_000, 1_000) is None


def test_every_provider_that_is_called_otherwise_is_in_the_price_lists() -> None:
    assert set(PRICE_LIST_PROVIDERS.values()) <= {provider.id for provider in providers}
