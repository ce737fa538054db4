"""Format amounts and times for people."""

from datetime import UTC, datetime

MIN_SHOWN_USD = 0.0001


def format_count(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count:,} {what}s"


def format_cost(usd: float, calls: int, unpriced: int) -> str:
    """Format the cost of `calls` calls, of which `unpriced` have no known price."""
    known = "unknown" if 0 < calls <= unpriced else format_usd(usd)
    return f"{known} (no known price for {format_count(unpriced, 'call')})" if unpriced else known


def format_cost_briefly(usd: float, calls: int, unpriced: int) -> str:
    """Format the cost of calls in fewer words."""
    if 0 < calls <= unpriced:
        return "unknown"
    return f"at least {format_usd(usd)}" if unpriced else format_usd(usd)


def format_usd(usd: float) -> str:
    return f"{usd:.4f} USD" if usd >= MIN_SHOWN_USD or not usd else f"less than {MIN_SHOWN_USD} USD"


def format_number(number: float) -> str:
    """Format a number as people write it: `2`, `0.5`, `100,000`, and never `1e-05`."""
    return f"{number:,.9f}".rstrip("0").rstrip(".")


def format_timestamp(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if time.tzinfo else f"{time:%Y-%m-%d %H:%M:%S}"


def format_date(time: datetime) -> str:
    """Format the date of `time` in UTC; a time without a zone counts as UTC."""
    return f"{time.astimezone(UTC) if time.tzinfo else time:%Y-%m-%d}"
