"""Dates, expiry and values of the rows of a phase's store, over a database that knows them too."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import ormsgpack
import pytest
from langgraph.store.base import GetOp, InvalidNamespaceError, PutOp, SearchOp
from langgraph.store.memory import InMemoryStore
from langgraph_heartbeat._serialising.serialising import StrictSerializer, UnfitError
from langgraph_heartbeat._store.rows import Row, encode, put_of
from langgraph_heartbeat._store.store import HeartbeatStore

from .databases import Database

PLACE = ("place",)
SOON = 10.0
"""Minutes until a row expires."""


def over(behind: Any = None) -> HeartbeatStore:
    return HeartbeatStore(behind, StrictSerializer())


def again(store: HeartbeatStore) -> HeartbeatStore:
    """Return the store of the next attempt."""
    restored = over(store.behind)
    restored.restore(store.content())
    return restored


def row_in(store: HeartbeatStore, key: str = "key") -> Row:
    return store.decoded(store.content())[PLACE, key]


def expire(store: HeartbeatStore) -> HeartbeatStore:
    """Return the store of an attempt that begins when everything with an expiry has expired."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    rows = store.decoded(store.content()).items()
    restored = over(store.behind)
    restored.restore([encode(key, replace(row, expires_at=row.expires_at and past)) for key, row in rows])
    return restored


@pytest.mark.parametrize("restarted", [False, True])
async def test_an_update_keeps_the_date_of_creation(*, restarted: bool) -> None:
    database = Database()
    await database.aput(PLACE, "key", {"n": 0})
    created = database.rows[PLACE, "key"]["created"]
    store = over(database)
    await store.aput(PLACE, "key", {"n": 1})
    store = again(store) if restarted else store
    await store.aput(PLACE, "key", {"n": 2})
    found = [await store.aget(PLACE, "key"), *await store.asearch(PLACE)]
    for item in found:
        assert item is not None
        assert item.created_at == created
        assert item.updated_at > created


async def test_what_was_deleted_and_put_again_is_new() -> None:
    database = Database()
    await database.aput(PLACE, "key", {"n": 0})
    store = over(database)
    await store.adelete(PLACE, "key")
    assert await store.aget(PLACE, "key") is None
    await store.aput(PLACE, "key", {"n": 1})
    item = await again(store).aget(PLACE, "key")
    assert item is not None
    assert item.created_at > database.rows[PLACE, "key"]["created"]


async def test_rows_expire_and_hide_what_lies_behind() -> None:
    database = Database()
    await database.aput(PLACE, "key", {"n": "old"})
    store = over(database)
    await store.aput(PLACE, "key", {"n": "new"}, ttl=SOON)
    item = await store.aget(PLACE, "key")
    assert item is not None
    assert item.value == {"n": "new"}
    later = expire(store)
    assert await later.aget(PLACE, "key") is None
    assert await later.asearch(PLACE) == []
    assert await later.alist_namespaces() == []
    assert put_of((PLACE, "key"), row_in(later), datetime.now(UTC)) == PutOp(PLACE, "key", None)
    assert put_of((PLACE, "key"), row_in(store), datetime.now(UTC)) == PutOp(PLACE, "key", {"n": "new"}, ttl=SOON)


@pytest.mark.parametrize("read", [GetOp, SearchOp])
async def test_a_read_renews_the_expiry_if_it_says_so(read: Any) -> None:
    store = over(Database())
    await store.aput(PLACE, "key", {"n": 1}, ttl=SOON)
    before = row_in(store).expires_at
    arguments: Any = (PLACE, "key") if read is GetOp else (PLACE,)
    await store.abatch([read(*arguments, refresh_ttl=False)])
    assert row_in(store).expires_at == before
    await store.abatch([read(*arguments, refresh_ttl=True)])
    renewed = row_in(store).expires_at
    assert before is not None
    assert renewed is not None
    assert renewed > before


async def test_the_default_expiry_is_that_of_the_store_behind() -> None:
    store = over(Database(ttl={"default_ttl": 3.0, "refresh_on_read": False}))
    await store.aput(PLACE, "key", {"n": 1})
    before = row_in(store)
    assert before.ttl_minutes == 3.0
    await store.aget(PLACE, "key")
    assert row_in(store).expires_at == before.expires_at


@pytest.mark.parametrize("behind", [None, InMemoryStore()])
async def test_a_store_without_expiry_refuses_it(behind: Any) -> None:
    with pytest.raises(NotImplementedError):
        await over(behind).aput(PLACE, "key", {"n": 1}, ttl=SOON)


class Thing:
    pass


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ((1, 2), "tuple"),
        (datetime(2026, 1, 1, tzinfo=UTC), "datetime"),
        (b"bytes", "bytes"),
        (float("nan"), "nan, which JSON has not"),
        ({1: "one"}, "int as a key"),
        (Thing(), "Thing"),
    ],
)
async def test_a_database_gets_only_what_it_gives_back(value: Any, reason: str) -> None:
    with pytest.raises(UnfitError, match=reason):
        await over(Database()).aput(PLACE, "key", {"deep": [{"in": value}]})


async def test_without_a_database_a_value_may_be_what_a_checkpoint_may_hold() -> None:
    value: Any = {"pair": (1, 2), "at": datetime(2026, 1, 1, tzinfo=UTC), 1: b"bytes"}
    store = over()
    await store.aput(PLACE, "key", value)
    item = await again(store).aget(PLACE, "key")
    assert item is not None
    assert item.value == value
    with pytest.raises(UnfitError, match="Thing"):
        store.put(PLACE, "key", {"thing": Thing()})
    item = store.get(PLACE, "key")
    assert item is not None
    assert item.value == value


async def test_a_namespace_that_a_database_refuses_is_refused_at_once() -> None:
    with pytest.raises(InvalidNamespaceError):
        over(Database()).batch([PutOp(("a.b",), "key", {"n": 1})])


async def test_a_batch_reads_before_it_puts() -> None:
    store = over(InMemoryStore())
    await store.aput(PLACE, "key", {"n": 1})
    read, *_ = await store.abatch([GetOp(PLACE, "key"), PutOp(PLACE, "key", {"n": 2}), PutOp(PLACE, "key", {"n": 3})])
    assert read is not None
    assert read.value == {"n": 1}  # pyright: ignore[reportAttributeAccessIssue]
    item = await store.aget(PLACE, "key")
    assert item is not None
    assert item.value == {"n": 3}


async def test_what_other_writers_put_behind_is_seen_unless_it_was_put_here() -> None:
    database = Database()
    store = over(database)
    await store.aput(PLACE, "mine", {"n": 1})
    await database.aput(PLACE, "mine", {"n": "theirs"})
    await database.aput(PLACE, "theirs", {"n": "theirs"})
    assert {item.key: item.value["n"] for item in await store.asearch(PLACE)} == {"mine": 1, "theirs": "theirs"}


@pytest.mark.parametrize("part", range(12))
@pytest.mark.parametrize(
    "wrong", [["text", 7], {"a": 1}, b"\xff", ["null", b"\xff"], ["pickle", b"\xff"], ["msgpack", b"\xff"]]
)
async def test_a_row_of_a_checkpoint_is_checked(part: int, wrong: Any) -> None:
    store = over(Database())
    await store.aput(PLACE, "key", {"n": 1}, ["n"], ttl=SOON)
    encoded = store.content()[0]
    parts: list[Any] = ormsgpack.unpackb(encoded)
    parts[part] = wrong
    for damaged in (ormsgpack.packb(parts), ormsgpack.packb(parts[:part]), encoded[:-1]):
        with pytest.raises(ValueError, match=r"."):
            over().restore([damaged])
