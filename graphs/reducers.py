"""How what parallel tasks write meets in a channel. The order of arrival leaves no trace, or none that matters."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def append_unique(known: Sequence[Item], new: Sequence[Item]) -> list[Item]:
    """Each of them once, in the order in which they came."""
    return [*known, *(each for number, each in enumerate(new) if each not in known and each not in new[:number])]


def sorted_union(known: Sequence[str], new: Sequence[str]) -> list[str]:
    """Each of them once, sorted."""
    return sorted({*known, *new})


def merge(known: Mapping[str, Item], new: Mapping[str, Item]) -> dict[str, Item]:
    return {**known, **new}
