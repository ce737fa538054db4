"""Types of values in checkpoints. They are at the top level of a module, because the serializer requires it."""

import dataclasses
import enum
import functools
import threading
from collections.abc import Iterator
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, Field, PrivateAttr, RootModel, computed_field


class Listed(BaseModel):
    number: int
    pair: tuple[int, str] = (0, "")
    inside: "Listed | None" = None
    anything: Any = None


class Plain(BaseModel):
    number: int
    texts: list[str] = []


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


@dataclasses.dataclass(frozen=True, slots=True)
class Immovable:
    x: int


class Named(NamedTuple):
    first: int
    second: str


class Text(str):
    __slots__ = ()


class Outer:
    class Inner(BaseModel):
        number: int = 1


class Shade(enum.Flag):
    DARK = 1
    LIGHT = 2


class Paired(enum.Enum):
    """An enum whose values are tuples, which LangGraph stores as lists."""

    ONE = (1, 2)


class Word(enum.StrEnum):
    ONE = "one"


class Secretive(BaseModel):
    """A model with private attributes, of which one can be stored and one is made again."""

    number: int
    _seen: list[Any] = PrivateAttr(default_factory=list)

    def __init__(self, number: int) -> None:
        super().__init__(number=number)

    def advanced(self) -> "Secretive":
        self._seen.append((self.number, 1))
        return self

    def with_seen(self, value: Any) -> "Secretive":
        self._seen = [value]
        return self

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        yield "number", self.number
        yield "_seen", self._seen


class Holding(BaseModel):
    """A model whose private attribute cannot be stored."""

    _lock: Any = PrivateAttr(default_factory=threading.Lock)


@dataclasses.dataclass
class Seldom:
    """A dataclass with a field that its `__init__` does not take, and an attribute that is no field."""

    number: int
    total: int = dataclasses.field(init=False)
    derived: dataclasses.InitVar[int] = 0

    def __post_init__(self, derived: int) -> None:
        self.total = self.number + derived
        self.pair = (self.number, derived)

    def __repr__(self) -> str:
        return f"Seldom({vars(self)})"


@dataclasses.dataclass
class Noted:
    """A dataclass that sets an attribute that is no field."""

    number: int

    def __post_init__(self) -> None:
        self.note = "new"

    def without_note(self) -> "Noted":
        del self.note
        return self


class Cached(BaseModel):
    number: int

    @functools.cached_property
    def double(self) -> int:
        return 2 * self.number

    def with_double_read(self) -> "Cached":
        assert self.double
        return self


Content = TypeVar("Content")


class Box(BaseModel, Generic[Content]):
    content: Content


NumberBox = Box[int]
PointBox = Box[Point]


class Many(RootModel[list[Any]]):
    pass


class Computing(BaseModel):
    number: int

    @computed_field
    @property
    def double(self) -> int:
        return 2 * self.number


class Extended(BaseModel, extra="allow"):
    number: int


class Immutable(BaseModel, frozen=True):
    pairs: frozenset[Any]


LISTED = (
    Listed,
    Plain,
    Renaming,
    Excluding,
    Colour,
    Number,
    Point,
    Frozen,
    Immovable,
    Named,
    Text,
    Outer.Inner,
    Shade,
    Paired,
    Word,
    Secretive,
    Holding,
    Seldom,
    Noted,
    Cached,
    NumberBox,
    PointBox,
    Many,
    Computing,
    Extended,
    Immutable,
)
