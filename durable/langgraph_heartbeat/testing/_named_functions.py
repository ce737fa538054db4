"""Watch functions that LangChain does not tell of, by their names: `functions=["shop.pay"]`."""

import functools
import inspect
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any
from unittest.mock import patch

from langchain_core.tools import BaseTool
from langgraph.config import get_config
from langgraph.func import _TaskFunction  # pyright: ignore[reportPrivateUsage] - what `@task` makes

from langgraph_heartbeat._remembered.remembered import remembered_function

from ._call_watch import arguments_text, current_watch, newest_kept

REMEMBERED_IN = remembered_function.__code__.co_filename
"""The file of the functions that `remembered` makes."""


@contextmanager
def watched(names: Sequence[str]) -> Generator[None]:
    """Watch the functions of these names while this block runs; raise `ValueError` or `TypeError` for others.

    A name is where the function is looked up, as for `unittest.mock.patch`.
    """
    with ExitStack() as patches:
        for name in names:
            owner, attribute = found(name)
            function: Any = inspect.getattr_static(owner, attribute)
            if isinstance(function, _TaskFunction):
                patches.enter_context(patch.object(function, "func", watching(name, function.func)))
            elif isinstance(function, (staticmethod, classmethod)):
                kind: Any = staticmethod if isinstance(function, staticmethod) else classmethod
                patches.enter_context(patch.object(owner, attribute, kind(watching(name, function.__func__))))
            else:
                patches.enter_context(patch.object(owner, attribute, watching(name, function)))
        yield


def found(name: str) -> tuple[Any, str]:
    """Return the module or class in which a function is, and the function's name there."""
    parts = name.split(".")
    for count in range(len(parts) - 1, 0, -1):
        try:
            owner: Any = import_module(".".join(parts[:count]))
        except ModuleNotFoundError as error:
            if error.name and not f"{name}.".startswith(f"{error.name}."):
                raise  # the module is there, and imports another one that is not
            continue
        try:
            for part in parts[count:-1]:
                owner = getattr(owner, part)
            inspect.getattr_static(owner, parts[-1])
        except AttributeError:
            break
        return owner, parts[-1]
    raise ValueError(
        f"There is no function {name!r}. Give its name with the module in which it is looked up, as in 'shop.pay'."
    )


def watching(name: str, function: Any) -> Callable[..., Any]:
    """Return a function that does the same and is watched in an attempt of a crash test."""
    if isinstance(function, BaseTool):
        raise TypeError(f"{name!r} is a tool. All tools are watched: leave it out of the functions.")
    if (
        not inspect.isfunction(function)
        or inspect.isasyncgenfunction(function)
        or inspect.isgeneratorfunction(function)
    ):
        raise TypeError(f"{name!r} is no function or async function, and cannot be watched: {function!r}.")
    short = name.rpartition(".")[2]

    @functools.wraps(function)
    async def watched_async(*args: Any, **kwargs: Any) -> Any:
        with watched_call(short, function, args, kwargs):
            return await function(*args, **kwargs)

    @functools.wraps(function)
    def watched_sync(*args: Any, **kwargs: Any) -> Any:
        with watched_call(short, function, args, kwargs):
            return function(*args, **kwargs)

    return watched_async if inspect.iscoroutinefunction(function) else watched_sync


@contextmanager
def watched_call(
    name: str, function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Generator[None]:
    if (watch := current_watch.get()) is None:
        yield
        return
    given = inspect.signature(function).bind(*args, **kwargs).arguments
    call = watch.begin("function", name, arguments_text(given, ""), metadata_here())
    watch.require_alive()
    newest_kept.set(None)
    try:
        yield
    except BaseException:  # a call that was cancelled or killed has not finished either
        if call:
            watch.fail(call)
        raise
    if call:
        call.is_given = is_remembered(function) and newest_kept.get() is None
        watch.end(call)
    watch.require_alive()


def is_remembered(function: Callable[..., Any]) -> bool:
    """Return whether `remembered` made this function, which may give what it returned for an earlier attempt."""
    return getattr(function, "__code__", None) is not None and function.__code__.co_filename == REMEMBERED_IN


def metadata_here() -> Mapping[str, Any]:
    """Return the metadata of the task that runs here."""
    try:
        return get_config().get("metadata") or {}
    except RuntimeError:
        return {}
