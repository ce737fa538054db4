"""Compare the results of two runs: the first difference, by its path."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any, cast

from langchain_core.messages import BaseMessage
from pydantic import BaseModel

MAX_SHOWN = 120
"""Maximum number of characters of a value that a difference shows."""
UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def difference(undisturbed: object, other: object, path: str = "result") -> str:
    """Return where `other` differs first, and how; "" if both are equal.

    The ids of messages are not compared, because LangChain and LangGraph make new ones for each run. Other UUIDs may
    differ, too, if one is always found where the other one was.
    """
    return Comparing().difference(undisturbed, other, path)


class Comparing:
    def __init__(self) -> None:
        self._uuids: dict[str, str] = {}
        """The UUIDs of the undisturbed run, with those that the other run has in their places."""

    def difference(self, undisturbed: object, other: object, path: str) -> str:
        if undisturbed is other:
            return ""
        if isinstance(undisturbed, str) and isinstance(other, str):
            return "" if self._is_same_text(undisturbed, other) else differs(path, undisturbed, other)
        if kind_of(undisturbed) != kind_of(other):
            return differs(path, undisturbed, other)
        if has_fields(undisturbed):
            return self._difference_of_fields(undisturbed, other, path)
        if isinstance(undisturbed, Sequence) and not isinstance(undisturbed, bytes):
            items, others = cast("Sequence[Any]", undisturbed), cast("Sequence[Any]", other)
            return self._difference_of_items(items, others, path)
        return "" if undisturbed == other else differs(path, undisturbed, other)

    def _is_same_text(self, undisturbed: str, other: str) -> bool:
        if undisturbed == other:
            return True
        if not (UUID.fullmatch(undisturbed) and UUID.fullmatch(other)):
            return False
        return self._uuids.setdefault(undisturbed, other) == other

    def _difference_of_fields(self, undisturbed: object, other: object, path: str) -> str:
        expected, found = fields_of(undisturbed), fields_of(other)
        for name in expected | found:
            within = f"{path}[{name!r}]" if isinstance(undisturbed, Mapping) else f"{path}.{name}"
            if name not in found:
                return f"{within} is missing, and {shown(expected[name])} without a crash"
            if name not in expected:
                return f"{within} is {shown(found[name])}, and missing without a crash"
            if text := self.difference(expected[name], found[name], within):
                return text
        return ""

    def _difference_of_items(self, undisturbed: Sequence[Any], other: Sequence[Any], path: str) -> str:
        for number, (expected, found) in enumerate(zip(undisturbed, other, strict=False)):
            if text := self.difference(expected, found, f"{path}[{number}]"):
                return text
        if len(undisturbed) != len(other):
            return f"{path} has {len(other)} items, and {len(undisturbed)} without a crash"
        return ""


def has_fields(value: object) -> bool:
    return isinstance(value, BaseModel | Mapping) or (dataclasses.is_dataclass(value) and not isinstance(value, type))


def fields_of(value: object) -> dict[Any, Any]:
    if isinstance(value, BaseMessage):
        fields = {name: each for name, each in vars(value).items() if name != "id"}
        if usage := fields.get("usage_metadata"):  # LangChain adds a cost of zero to an answer from a cache
            fields["usage_metadata"] = {name: each for name, each in usage.items() if name != "total_cost"} or None
        return fields
    if isinstance(value, BaseModel):
        return {**vars(value), **(value.model_extra or {})}
    if isinstance(value, Mapping):
        return dict(cast("Mapping[Any, Any]", value))
    return {each.name: getattr(value, each.name) for each in dataclasses.fields(cast("Any", value))}


def kind_of(value: object) -> tuple[str, str]:
    """Return the name of a value's class: a graph that is made anew may have its classes made anew, too."""
    return type(value).__module__, type(value).__qualname__


def differs(path: str, undisturbed: object, other: object) -> str:
    if isinstance(undisturbed, str) and isinstance(other, str):
        alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(undisturbed, other, strict=False)))
        if (start := alike - MAX_SHOWN // 4) > 0:
            path, undisturbed, other = f"{path}[{start}:]", undisturbed[start:], other[start:]
    return f"{path} is {shown(other)}, and {shown(undisturbed)} without a crash"


def shown(value: object) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."
