"""Types of values in checkpoints. They are at the top level of a module, because the serializer requires it."""

import dataclasses
import enum
from typing import Any, NamedTuple

from pydantic import BaseModel, Field


class Listed(BaseModel):
    number: int
    pair: tuple[int, str] = (0, "")
    inside: "Listed | None" = None
    anything: Any = None


class Unlisted(BaseModel):
    number: int


class Renaming(BaseModel):
    """A model whose field has an alias, and would silently come back with its default value."""

    number: int = Field(0, alias="Number")


class Excluding(BaseModel):
    number: int
    left_out: str = Field("default", exclude=True)


class Colour(enum.Enum):
    RED = "red"


class Number(enum.IntEnum):
    ONE = 1


class Unknown(enum.Enum):
    THERE = "there"


class UnknownNumber(enum.IntEnum):
    TWO = 2


@dataclasses.dataclass
class Point:
    x: Any
    y: Any = None


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    x: int


class Named(NamedTuple):
    first: int
    second: str


class Text(str):
    __slots__ = ()


class Outer:
    class Inner(BaseModel):
        number: int = 1


LISTED = (Listed, Renaming, Excluding, Colour, Number, Point, Frozen, Named, Text, Outer.Inner)
