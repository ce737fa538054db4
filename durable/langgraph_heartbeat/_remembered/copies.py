"""Copies of LangChain's objects that do one thing differently, and are otherwise what they were.

A copy is an instance of a subclass, so that it passes for the original everywhere. The original is not changed.
"""

from copy import copy
from typing import Any, ClassVar, TypeVar, cast

from pydantic import BaseModel

T = TypeVar("T")


def copy_as(original: T, mixin: type[Any], name: str) -> T:
    """Return a copy of an object whose methods are those of `mixin` first; `name` tells it apart from others."""
    kind = cast("type[Any]", type(original))
    bases = (kind,) if issubclass(kind, mixin) else (mixin, kind)
    body: dict[str, Any] = {
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
        "__doc__": kind.__doc__,
        "__annotations__": {"remembered_as": ClassVar[str]},
        "remembered_as": name,
    }
    metaclass: Any = type(kind)
    made: type[Any] = metaclass(kind.__name__, bases, body)
    copied: Any = original.model_copy() if isinstance(original, BaseModel) else copy(original)
    object.__setattr__(copied, "__class__", made)
    return cast("T", copied)
