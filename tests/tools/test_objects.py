from pathlib import Path

import pytest
from obstore.exceptions import GenericError, PermissionDeniedError
from obstore.store import GCSStore, LocalStore, ObjectStore, S3Store

from evidence.errors import NeedsOperator, Permanent, Transient
from tools import objects
from tools.objects import Missing, exists, get, names_under, open_objects, put, put_new


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
    with pytest.raises(Missing, match="a/b") as raised:
        await get(store, "a/b")
    assert isinstance(raised.value, Permanent)


async def test_names(store: ObjectStore):
    assert await names_under(store, "a") == []
    for key in ("a/z", "a/b", "ab/c"):
        await put(store, key, b"")
    assert await names_under(store, "a") == ["b", "z"]


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
