"""What a report says about its run: its time, its usage and its budget."""

from collections.abc import Iterator
from dataclasses import dataclass

from outlast.evidence.budget import Budget
from outlast.evidence.rendering.amounts import (
    format_cost,
    format_cost_briefly,
    format_count,
    format_number,
    format_timestamp,
)
from outlast.evidence.report import Report
from outlast.evidence.usage import Usage


@dataclass(frozen=True)
class Table:
    """A table; the first cell of each row names the row."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def run_lines(report: Report) -> Iterator[str]:
    record, usage = report.run, report.usage
    yield f"Run {record.id}, workflow {record.workflow}"
    yield f"Started {format_timestamp(record.started)}, published {format_timestamp(record.published)}"
    if record.seconds:
        yield f"Time per phase: {', '.join(f'{phase} {taken:.1f} s' for phase, taken in record.seconds.items())}"
    spent = format_cost(usage.usd, usage.calls, usage.unpriced)
    yield f"Model calls {usage.calls:,}, tokens {usage.tokens:,}, cost {spent}"
    if usage.searches or usage.pages:
        yield f"Web searches {usage.searches:,}, pages read {usage.pages:,}"
    if report.budget.is_set:
        yield f"Budget: {format_budget(report.budget)}"


def usage_tables(report: Report) -> Iterator[Table]:
    """Yield tables of usage by phase and by model, if anything was spent."""
    if report.phases:
        yield by_phase(report)
    if report.usage.models:
        rows = tuple(
            (
                entry.model,
                f"{entry.calls:,}",
                f"{entry.input_tokens:,}",
                f"{entry.output_tokens:,}",
                format_cost_briefly(entry.usd, entry.calls, entry.unpriced),
            )
            for entry in report.usage.models
        )
        yield Table("By model", ("model", "calls", "tokens in", "tokens out", "cost"), rows)


def by_phase(report: Report) -> Table:
    """Return a row for each phase; it has searches and pages only if there were any."""
    web = any(entry.usage.searches or entry.usage.pages for entry in report.phases)
    rows = tuple((entry.phase, *amounts(entry.usage, web=web)) for entry in report.phases)
    return Table("By phase", ("phase", "calls", "tokens", "cost", *(("searches", "pages") if web else ())), rows)


def amounts(usage: Usage, *, web: bool) -> Iterator[str]:
    yield from (f"{usage.calls:,}", f"{usage.tokens:,}", format_cost_briefly(usage.usd, usage.calls, usage.unpriced))
    if web:
        yield from (f"{usage.searches:,}", f"{usage.pages:,}")


def format_usage(usage: Usage) -> str:
    """Return one line, such as `12 calls, 34,567 tokens, cost 0.1234 USD, 5 searches, 12 pages read`, or ""."""
    parts = list[str]()
    if usage.calls:
        parts += [format_count(usage.calls, "call"), format_count(usage.tokens, "token")]
        parts += [f"cost {format_cost(usage.usd, usage.calls, usage.unpriced)}"]
    if usage.searches or usage.pages:
        searches = f"{usage.searches:,} search" + ("" if usage.searches == 1 else "es")
        parts += [searches, f"{format_count(usage.pages, 'page')} read"]
    return ", ".join(parts)


def format_budget(budget: Budget) -> str:
    """Return the limits that are set, such as `2 USD, 100,000 tokens, 600 s`."""
    units = {"usd": "USD", "tokens": "tokens", "calls": "calls", "searches": "searches", "seconds": "s"}
    return ", ".join(f"{format_number(limit)} {units[kind]}" for kind, limit in budget.limits())
