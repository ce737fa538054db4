"""The RunnableConfig of an attempt: what the graph is configured with, what its request adds, and what is left of it.

A compiled graph carries a config of its own (`graph.with_config(tags=[...], recursion_limit=50)`). LangGraph merges it
with the config of a run. A phase adds only the thread, and the steps that are left of the recursion limit.
"""

from collections.abc import Callable, Mapping
from inspect import iscoroutine
from typing import Any, TypeVar, cast

from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import CONFIG_KEYS
from langgraph.errors import GraphRecursionError
from pydantic import BaseModel

from ._graphs import AnyPregel

Request = TypeVar("Request", bound=BaseModel)

DEFAULT_RECURSION_LIMIT = 1000
"""Maximum number of steps of a graph that says nothing else; in a phase, of all its attempts together."""
OWN_KEYS = frozenset({"checkpoint_id", "checkpoint_ns", "checkpoint_map"})
"""The parts of `configurable` by which LangGraph finds checkpoints; a phase sets them itself."""

ConfigOf = RunnableConfig | Callable[[Request], RunnableConfig] | None
"""A config for every request, or a function that makes it from the request."""


def config_for(config: ConfigOf[Request], request: Request) -> RunnableConfig:
    """Return the config of this request. Raises `ValueError` or `TypeError` if it is not one."""
    try:
        made = cast("object", config(request) if callable(config) else config)
    except Exception as error:  # the code of the user's: it would raise in every attempt
        raise ValueError(f"The function config=... raised {type(error).__name__}: {error}") from error
    if iscoroutine(made):
        made.close()
        raise TypeError("The function config=... must not be async: it makes the config from the request alone.")
    return checked(made)


def checked(config: object) -> RunnableConfig:
    """Return a copy of a config; raise `ValueError` or `TypeError` if it is not one that a phase accepts."""
    if config is None:
        return {}
    if not isinstance(config, Mapping):
        raise TypeError(f"A config is a dict, for example {{'tags': ['trial']}}, not a {type(config).__name__}.")
    given = {key: value for key, value in cast("Mapping[str, Any]", config).items() if value is not None}
    if unknown := sorted(given.keys() - set(CONFIG_KEYS)):
        raise ValueError(f"A config has no key {unknown[0]!r}. It has: {', '.join(CONFIG_KEYS)}.")
    where = cast("dict[str, Any]", given.get("configurable") or {})
    if reserved := sorted(name for name in where if name in OWN_KEYS or name.startswith("__pregel")):
        raise ValueError(f"A phase sets {reserved[0]!r} in `configurable` itself. Leave it out of the config.")
    thread: object = where.get("thread_id", "")
    if not isinstance(thread, str):
        raise TypeError(f"The thread_id of a config is a text, not {thread!r}.")
    limit = given.get("recursion_limit", 1)
    if type(limit) is not int or limit < 1:
        raise ValueError(f"The recursion_limit of a config is a number of steps from 1 on, not {limit!r}.")
    return cast("RunnableConfig", given)


def recursion_limit_of(explicit: int | None, config: RunnableConfig, graph: AnyPregel) -> int:
    """Return the limit that applies: of the phase, else of its config, else of the graph, else the default one."""
    own: RunnableConfig = graph.config or {}
    return explicit or config.get("recursion_limit") or own.get("recursion_limit") or DEFAULT_RECURSION_LIMIT


def thread_of(config: RunnableConfig, graph: AnyPregel) -> str:
    """Return the thread that the config of a request or of the graph names; "" if neither does."""
    own: RunnableConfig = graph.config or {}
    thread = config.get("configurable", {}).get("thread_id") or own.get("configurable", {}).get("thread_id")
    return thread or ""


def stored_thread(content: Mapping[str, Any]) -> str:
    """Return the thread of the content of a saver; "" if the saver had no checkpoint."""
    return content["checkpoints"][0][0] if content["checkpoints"] else ""


def attempt_config(
    config: RunnableConfig, thread: str, recursion_limit: int, finished_step: int | None
) -> RunnableConfig:
    """Return the config of a run that goes on after `finished_step`; None is before the input.

    The limit counts the steps of all attempts; LangGraph alone would count from zero in each. Raises
    `GraphRecursionError` if no step is left.
    """
    remaining = recursion_limit if finished_step is None else recursion_limit - finished_step - 2
    if remaining < 1:
        raise GraphRecursionError
    where = {**config.get("configurable", {}), "thread_id": thread}
    return {**config, "configurable": where, "recursion_limit": remaining}
