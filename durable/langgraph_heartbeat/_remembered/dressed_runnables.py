"""What LangChain puts around a runnable: `with_config`, `with_retry` and `with_fallbacks`."""

from typing import Any, cast

from langchain_core.runnables import Runnable, RunnableWithFallbacks
from langchain_core.runnables.base import RunnableBindingBase

Dressed = RunnableBindingBase[Any, Any] | RunnableWithFallbacks[Any, Any]


def inner_of(runnable: object) -> Runnable[Any, Any] | None:
    """Return the runnable in another one that only dresses it; None if this is a runnable of its own."""
    if isinstance(runnable, RunnableWithFallbacks):
        return cast("RunnableWithFallbacks[Any, Any]", runnable).runnable
    if isinstance(runnable, RunnableBindingBase):
        return cast("RunnableBindingBase[Any, Any]", runnable).bound
    return None


def with_inner(runnable: object, inner: object) -> Any:
    """Return a copy of a runnable that dresses this one."""
    dressed = cast("Dressed", runnable)
    return dressed.model_copy(update={"runnable" if isinstance(dressed, RunnableWithFallbacks) else "bound": inner})


def undressed(runnable: Any) -> Any:
    """Return the runnable itself. Those around it look up each attribute in it, and evaluate its annotations then."""
    while (inner := inner_of(runnable)) is not None:
        runnable = inner
    return runnable
