"""The price of a model call by the public price lists in the package genai-prices. The network is not used."""

from functools import lru_cache

PRICE_LIST_PROVIDERS = {
    "google_genai": "google",
    "google_vertexai": "google",
    "mistralai": "mistral",
    "xai": "x-ai",
    "bedrock": "aws",
    "bedrock_converse": "aws",
    "amazon_bedrock": "aws",
    "azure_openai": "azure",
}
"""LangChain's names of providers whose names in the price lists differ."""


def price_usd(
    model: str, input_tokens: int, output_tokens: int, *, cache_read_tokens: int = 0, cache_write_tokens: int = 0
) -> float | None:
    """Return the price in USD of a call to `model` (`provider:name`); None if no price is known.

    `input_tokens` include the tokens that the provider read from its own cache or wrote to it, which have prices of
    their own. Other discounts, such as those of a contract, are unknown: the call may have cost less.
    """
    if (priced := _find_priced_model(model)) is None:
        return None
    provider, name = priced
    from genai_prices import Usage, calc_price  # noqa: PLC0415 - the lists take 10 ms, and runs by rules need no price

    usage = Usage(
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cache_read_tokens=cache_read_tokens,
        cache_write_tokens=cache_write_tokens,
    )
    return float(calc_price(usage, model_ref=name, provider_id=provider).total_price)


@lru_cache
def _find_priced_model(model: str) -> tuple[str, str] | None:
    provider, _, name = model.partition(":")
    provider = PRICE_LIST_PROVIDERS.get(provider, provider)
    from genai_prices import Usage, calc_price  # noqa: PLC0415 - as above

    try:
        calc_price(Usage(input_tokens=1, output_tokens=1), model_ref=name, provider_id=provider)
    except LookupError:
        return None
    return provider, name
