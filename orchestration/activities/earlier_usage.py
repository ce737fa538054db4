"""What a phase spent on a state that is lost, for example by a reset in Temporal's UI: its result counts that too.

A phase keeps its usage in its graph's state, and the run takes it from the phase's result.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from langgraph_heartbeat import Paused, spent_earlier
from temporalio import activity

from outlast.evidence.report import Draft, Findings, Plan
from outlast.evidence.usage import ModelUsage, Usage, add_usages
from outlast.orchestration.research.phases import Phase, Request, Result

LOST_MODEL = "before a reset"
"""In place of the model's name, which is not known of a state that is lost."""


def with_earlier_usage(
    row: Phase[Request, Result], phase: Callable[..., Awaitable[Result | Paused]]
) -> Callable[..., Awaitable[Result | Paused]]:
    """Return the activity of a phase, whose result counts what was spent on a state that is lost."""

    async def run(request: Any = None, resume: Any = None) -> Result | Paused:
        return add_earlier(await phase(request, resume), spent_earlier())

    run.__annotations__["return"] = row.result | Paused
    run.__doc__ = phase.__doc__
    return activity.defn(name=row.name)(run)


def add_earlier(result: Any, earlier: Mapping[str, float]) -> Any:
    """Return a result with the usage that these figures of a phase's progress show."""
    if not earlier or not isinstance(result, Plan | Findings | Draft):
        return result
    return result.model_copy(update={"usage": add_usages(result.usage, usage_of(earlier))})


def usage_of(figures: Mapping[str, float]) -> Usage:
    """Return the usage of figures. Their tokens are not known by kind: they count as read."""
    calls, tokens = int(figures.get("calls", 0)), int(figures.get("tokens", 0))
    spent = ModelUsage(model=LOST_MODEL, calls=calls, input_tokens=tokens, usd=figures.get("usd", 0.0))
    searches, pages = int(figures.get("searches", 0)), int(figures.get("pages", 0))
    return Usage.of([spent] if calls else [], searches=searches, pages=pages)
