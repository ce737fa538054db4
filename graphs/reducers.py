"""Reducers: they merge what parallel tasks write to a channel. The order in which the tasks end does not matter."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def append_unique(old: Sequence[Item], new: Sequence[Item]) -> list[Item]:
    """Append the new items, each once."""
    return [*old, *(each for number, each in enumerate(new) if each not in old and each not in new[:number])]


def sorted_union(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """Return all items of both, each once, sorted."""
    return sorted({*old, *new})


def merge(old: Mapping[str, Item], new: Mapping[str, Item]) -> dict[str, Item]:
    return {**old, **new}
