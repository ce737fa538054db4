"""The rows that a phase's store holds: what tasks put and deleted, with what a checkpoint needs to carry them."""

import math
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast

import ormsgpack
from langgraph.store.base import Item, PutOp, SearchItem
from pydantic import AwareDatetime, TypeAdapter

from langgraph_heartbeat._serialising.serialising import StrictSerializer, UnfitError, full_name

Key = tuple[tuple[str, ...], str]
"""A namespace and a key in it."""
Index = Literal[False] | list[str] | None

JSON_TYPES = frozenset({str, int, float, bool, type(None)})


EncodedRow = tuple[
    list[str],
    str,
    int,
    int,
    tuple[str, bytes] | None,
    AwareDatetime,
    AwareDatetime,
    AwareDatetime | None,
    bool,
    bool,
    Index,
    float | None,
]
"""A row in a checkpoint, in the order of `encode`."""
ENCODED_ROW: TypeAdapter[EncodedRow] = TypeAdapter(EncodedRow)


@dataclass(slots=True)
class Row:
    """What was put under a key, or that it was deleted there."""

    number: int
    """Rows are numbered in the order in which they were put."""
    born: int
    """The number of the first row in the life of this key, which its deletion ends."""
    stored: tuple[str, bytes] | None
    """None: the key was deleted."""
    value: dict[str, Any]
    """The decoded value, for filters and embeddings. Readers of the store get copies of their own."""
    created_at: datetime
    updated_at: datetime
    is_new: bool = False
    """Whether the key was deleted before this was put, so that this row continues no older one."""
    has_own_date: bool = False
    """Whether `created_at` is known: the store behind may have an older row with this key."""
    index: Index = None
    ttl_minutes: float | None = None
    expires_at: datetime | None = None
    vectors: list[list[float]] | None = None
    """The embeddings of the value, once a search has needed them."""
    encoded: bytes | None = field(default=None, init=False)
    """The row in a checkpoint, once one was made; a copy of the row begins without it."""

    def is_live(self, now: datetime) -> bool:
        return self.stored is not None and (self.expires_at is None or now < self.expires_at)

    def refresh_expiry(self, now: datetime) -> None:
        if self.ttl_minutes is not None:
            self.expires_at = now + timedelta(minutes=self.ttl_minutes)
            self.encoded = None

    def set_older(self, older: Item | None) -> None:
        """Take the date of creation from the row that the store behind has under the same key."""
        self.created_at = self.created_at if older is None else older.created_at
        self.has_own_date = True
        self.encoded = None


Rows = dict[Key, Row]


def over(below: Row | None, row: Row) -> Row:
    """Return `row` as it is on top of the row that a lower layer has under the same key: it continues a live one."""
    if below is None or (row.is_new and row.born > below.number):
        return row
    if below.stored is None:
        return replace(row, is_new=True, has_own_date=True)
    return replace(
        row, created_at=below.created_at, has_own_date=below.has_own_date, is_new=below.is_new, born=below.born
    )


def row_of(op: PutOp, number: int, serializer: StrictSerializer, *, json_only: bool) -> Row:
    """Return the row of a put; raise `UnfitError` if its value would not come back unchanged."""
    now = datetime.now(UTC)
    if op.value is None:
        return Row(number, number, None, {}, now, now)
    if not isinstance(cast("object", op.value), dict):
        raise unfit_value(op, f"{full_name(type(op.value))}, and not a dict as a value of a store is")
    try:
        stored = serializer.dumps_typed(dict(op.value))
        value = cast("dict[str, Any]", serializer.loads_typed(stored))
    except UnfitError as error:
        raise unfit_value(op, error.reason) from error
    if json_only and (reason := reason_not_json(value)):
        raise unfit_value(op, reason)
    row = Row(number, number, stored, value, now, now, index=op.index, ttl_minutes=op.ttl)
    row.refresh_expiry(now)
    return row


def unfit_value(op: PutOp, reason: str) -> UnfitError:
    return UnfitError(f"The value {op.key!r} in {op.namespace} of the store holds a {reason}.")


def reason_not_json(value: Any) -> str:
    """Return which part is not JSON, which is what databases keep; "" if there is none."""
    kind = cast("type[Any]", type(value))
    if kind is dict:
        items = cast("dict[Any, Any]", value)
        if strange := next((key for key in items if type(key) is not str), None):
            return f"{full_name(cast('type[Any]', type(strange)))} as a key, which would come back as a str"
        return next((reason for part in items.values() if (reason := reason_not_json(part))), "")
    if kind is list:
        return next((reason for part in cast("list[Any]", value) if (reason := reason_not_json(part))), "")
    if kind is float and not math.isfinite(value):
        return f"{value}, which JSON has not"
    if kind not in JSON_TYPES:
        return f"{full_name(kind)}, which the database behind the store would not give back. Put its JSON there"
    return ""


def item_of(key: Key, row: Row, serializer: StrictSerializer) -> Item:
    return Item(**fields_of(key, row, serializer))


def search_item_of(key: Key, row: Row, serializer: StrictSerializer, score: float | None = None) -> SearchItem:
    return SearchItem(**fields_of(key, row, serializer), score=score)


def fields_of(key: Key, row: Row, serializer: StrictSerializer) -> dict[str, Any]:
    return {
        "namespace": key[0],
        "key": key[1],
        "value": serializer.loads_typed(cast("tuple[str, bytes]", row.stored)),  # a copy, which its reader may change
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def put_of(key: Key, row: Row, now: datetime) -> PutOp:
    """Return the operation that writes this row to another store."""
    value = row.value if row.is_live(now) else None
    return PutOp(key[0], key[1], value, row.index, row.ttl_minutes if value is not None else None)


def encode(key: Key, row: Row) -> bytes:
    """Return a row for a checkpoint. Checkpoints are made after every change, so this is done once per row."""
    if row.encoded is None:
        dates = [date and date.isoformat() for date in (row.created_at, row.updated_at, row.expires_at)]
        flags = [row.is_new, row.has_own_date]
        parts = [*key, row.number, row.born, row.stored, *dates, *flags, row.index, row.ttl_minutes]
        row.encoded = ormsgpack.packb(parts)
    return row.encoded


def decode(encoded: bytes, serializer: StrictSerializer) -> tuple[Key, Row]:
    """Return a row of a checkpoint; raise `ValueError` if it cannot be decoded, or is none of ours."""
    parts = ENCODED_ROW.validate_python(ormsgpack.unpackb(encoded))
    namespace, key, number, born, stored, created, updated, expires, is_new, has_own_date, index, ttl = parts
    value: Any = {} if stored is None else serializer.loads_typed(stored)
    if not isinstance(value, dict):
        raise ValueError("a value of the store is no dict")  # noqa: TRY004 - as for all that is wrong in a checkpoint
    value = cast("dict[str, Any]", value)
    row = Row(number, born, stored, value, created, updated, is_new, has_own_date, index, ttl, expires)
    return (tuple(namespace), key), row
