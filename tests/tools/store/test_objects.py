from pathlib import Path

import pytest
from obstore.exceptions import GenericError, PermissionDeniedError
from obstore.store import GCSStore, LocalStore, ObjectStore, S3Store

from outlast.evidence.errors import NeedsOperator, Permanent, Transient
from outlast.tools.store import objects
from outlast.tools.store.objects import MissingObject, exists, get, list_names, object_sizes, open_objects, put, put_new


def test_a_folder_is_made(tmp_path: Path):
    assert isinstance(open_objects(str(tmp_path / "new" / "objects")), LocalStore)
    assert (tmp_path / "new" / "objects").is_dir()


def test_clouds_are_opened_without_connecting():
    assert isinstance(open_objects("s3://bucket/prefix"), S3Store)
    assert isinstance(open_objects("gs://bucket/prefix"), GCSStore)


@pytest.mark.parametrize("location", ["", "  ", "ftp://host/x", "http://host/x", "S4://x"])
def test_other_kinds_are_refused(location: str):
    with pytest.raises(Permanent, match=r"OUTLAST_OBJECTS.*a folder, s3://"):
        open_objects(location)


def test_what_cannot_be_opened_says_what_to_do(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    for location in (str(tmp_path / "file"), str(tmp_path / "file" / "below"), "s3://"):
        with pytest.raises(NeedsOperator, match="Set OUTLAST_OBJECTS") as raised:
            open_objects(location)
        assert "\n" not in str(raised.value)


def test_secrets_in_an_address_are_not_shown():
    with pytest.raises(NeedsOperator) as raised:
        open_objects("s3://name:secret@")
    assert "secret" not in str(raised.value)


async def test_new_objects_are_written_once(store: ObjectStore):
    await put_new(store, "a/b.txt", b"first")
    await put_new(store, "a/b.txt", b"second")
    assert await get(store, "a/b.txt") == b"first"


async def test_put_replaces(store: ObjectStore):
    await put(store, "a/b", b"first")
    await put(store, "a/b", b"second")
    assert await get(store, "a/b") == b"second"


async def test_missing_is_permanent_and_named(store: ObjectStore):
    assert not await exists(store, "a/b")
    with pytest.raises(MissingObject, match="a/b") as raised:
        await get(store, "a/b")
    assert isinstance(raised.value, Permanent)


async def test_names(store: ObjectStore):
    assert await list_names(store, "a") == []
    for key in ("a/z", "a/b", "ab/c"):
        await put(store, key, b"")
    assert await list_names(store, "a") == ["b", "z"]


async def test_a_key_cannot_leave_the_store(store: ObjectStore):
    with pytest.raises(Permanent):
        await get(store, "a/../../secret")


@pytest.mark.parametrize(
    ("error", "kind"), [(PermissionDeniedError("no"), NeedsOperator), (GenericError("reset\ndump"), Transient)]
)
async def test_errors_say_who_can_act(store: ObjectStore, monkeypatch, error: Exception, kind: type[Exception]):
    async def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(objects.obstore, "get_async", fail)
    with pytest.raises(kind, match="a/b") as raised:
        await get(store, "a/b")
    assert "dump" not in str(raised.value)


FULL = "Generic LocalFileSystem error: Unable to copy data to file: No space left on device (os error 28)\ndump"
BUSY = "Generic LocalFileSystem error: Unable to open file: Too many open files (os error 24)\ndump"


@pytest.mark.parametrize(
    ("said", "kind", "told"),
    [(FULL, NeedsOperator, r"does not take a/b: No space left on device\. Free some"), (BUSY, Transient, "failed at")],
)
async def test_a_disk_that_is_full_waits_for_a_person(
    store: ObjectStore, monkeypatch, said: str, kind: type[Exception], told: str
):
    async def fail(*_: object, **__: object) -> None:
        raise GenericError(said)

    monkeypatch.setattr(objects.obstore, "put_async", fail)
    for write in (put, put_new):
        with pytest.raises(kind, match=told) as raised:
            await write(store, "a/b", b"")
        assert "dump" not in str(raised.value)


async def test_a_folder_on_a_full_disk(small_disk: Path):
    store = open_objects(str(small_disk / "objects"))
    for write in (put, put_new):
        with pytest.raises(NeedsOperator, match="No space left on device"):
            await write(store, "a/b", b"x" * 2_000_000)
        with pytest.raises(MissingObject):
            await get(store, "a/b")
    await put_new(store, "a/b", b"it fits")
    assert await get(store, "a/b") == b"it fits"


@pytest.mark.parametrize("crowd", [16, 0])
async def test_sizes_of_what_is_there(store: ObjectStore, monkeypatch, crowd: int):
    monkeypatch.setattr(objects, "LOOKUP_COST_RATIO", crowd)
    for number in range(100):
        await put(store, f"a/{number}", b"x" * number)
    await put(store, "b/70", b"elsewhere")
    asked = [f"a/{number}" for number in range(50, 150)]
    there = {f"a/{number}": number for number in range(50, 100)}
    assert await object_sizes(store, "a", asked) == there
    assert await object_sizes(store, "a", asked[:10]) == {key: there[key] for key in asked[:10]}
    assert (
        await object_sizes(store, "a", [])
        == await object_sizes(store, "nothing", [f"nothing/{n}" for n in range(100)])
        == {}
    )


async def test_what_is_listed_is_not_looked_up_one_by_one_and_a_crowd_is_not_listed(store: ObjectStore, monkeypatch):
    looked: list[str] = []
    head = objects.obstore.head_async

    async def look(store: ObjectStore, key: str):
        looked.append(key)
        return await head(store, key)

    monkeypatch.setattr(objects.obstore, "head_async", look)
    for number in range(40):
        await put(store, f"a/{number}", b"")
    asked = [f"a/{number}" for number in range(40)]
    await object_sizes(store, "a", asked)
    assert looked == []
    monkeypatch.setattr(objects, "LOOKUP_COST_RATIO", 0.5)
    await object_sizes(store, "a", asked)
    assert sorted(looked) == sorted(asked)


async def test_the_first_refusal_ends_the_looking(store: ObjectStore, monkeypatch):
    looked: list[str] = []

    async def refuse(_: ObjectStore, key: str) -> None:
        looked.append(key)
        raise PermissionDeniedError("no")

    monkeypatch.setattr(objects.obstore, "head_async", refuse)
    monkeypatch.setattr(objects, "LOOKUP_COST_RATIO", -1)
    await put(store, "a/1", b"")
    with pytest.raises(NeedsOperator, match="does not give access"):
        await object_sizes(store, "a", [f"a/{number}" for number in range(200)])
    assert len(looked) <= objects.MAX_CONCURRENT_REQUESTS
