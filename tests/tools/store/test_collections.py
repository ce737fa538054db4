from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from obstore.store import ObjectStore

from outlast.evidence.errors import NeedsOperator, Permanent
from outlast.evidence.sources import Collection, Skipped, Source, sha256
from outlast.tools.ingest.collection_changes import compare_collections
from outlast.tools.store.collections import Collections, NamedCollection
from outlast.tools.store.objects import delete, put
from outlast.tools.store.snapshots import Snapshots


def collection(uri: str = "a.txt") -> Collection:
    source = Source(
        uri=uri, title="A", media_type="text/plain", snapshot="0" * 64, bytes_sha256="1" * 64, extractor="plain/1"
    )
    return Collection(sources=(source,), skipped=(Skipped(uri="b.pdf", reason="not read yet"),))


@pytest.fixture
def collections(store: ObjectStore) -> Collections:
    return Collections(store)


async def test_saved_and_loaded(collections: Collections):
    saved = await collections.save(collection())
    assert saved == await collections.save(collection()) == collection().id
    assert await collections.load(saved) == collection()
    assert await collections.resolve(f" {saved} ") == saved


async def test_a_name_means_the_newest(collections: Collections):
    first, second = await collections.save(collection()), await collections.save(collection("c.txt"))
    await collections.name("default", first)
    await collections.name("Other_1.0-x", first)
    await collections.name("default", second)
    assert await collections.resolve(None) == await collections.resolve("default") == second
    assert await collections.resolve("Other_1.0-x") == first


@pytest.mark.parametrize("name", ["", "a/b", "..", ".", "ä", "a b", "x" * 101, "a" * 64, "a\n"])
async def test_unfit_names(collections: Collections, name: str):
    with pytest.raises(Permanent, match="cannot name a collection"):
        await collections.name(name, collection().id)


@pytest.mark.parametrize("given", [None, "default", "nope", "", "../x", "x\n" * 500])
async def test_unknown_says_what_there_is(collections: Collections, given: str | None):
    with pytest.raises(
        Permanent, match=r"There is no collection yet: .*outlast docs add NAME DIR.*outlast up --docs DIR"
    ):
        await collections.resolve(given)
    saved = await collections.save(collection())
    for name in ("manual", "laws"):
        await collections.name(name, saved)
    with pytest.raises(Permanent, match=r"There are: laws, manual\. .*outlast up --docs DIR") as raised:
        await collections.resolve(given)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 500


async def test_many_names_are_not_all_listed(collections: Collections):
    saved = await collections.save(collection())
    for number in range(12):
        await collections.name(f"n{number:02}", saved)
    with pytest.raises(Permanent, match=r"n09 and 2 more\."):
        await collections.resolve("nope")


async def test_an_id_must_exist(collections: Collections):
    unknown = sha256("unknown")
    for call, kind in ((collections.resolve, Permanent), (collections.load, NeedsOperator)):
        with pytest.raises(kind, match=f"Collection {unknown} is not in the object store"):
            await call(unknown)


async def test_a_name_of_nothing(collections: Collections, store: ObjectStore):
    saved = await collections.save(collection())
    await collections.name("gone", saved)
    await delete(store, f"collections/{saved}.json")
    await put(store, "collections/names/odd", b"\xff../../etc")
    for name in ("gone", "odd"):
        with pytest.raises(Permanent, match=f"'{name}' is no longer in the object store"):
            await collections.resolve(name)


async def test_damaged(collections: Collections, tmp_path: Path):
    saved = await collections.save(collection())
    (tmp_path / "objects" / "collections" / f"{saved}.json").write_text("{}")
    with pytest.raises(NeedsOperator, match=f"Collection {saved} is damaged"):
        await collections.load(saved)


async def test_of_another_version(collections: Collections, store: ObjectStore):
    content = b'{"sources": [], "new_field": 1}'
    await put(store, f"collections/{sha256(content)}.json", content)
    with pytest.raises(Permanent, match="another version of Outlast"):
        await collections.load(sha256(content))


async def test_what_is_known_of_a_name(collections: Collections, store: ObjectStore):
    snapshot = await Snapshots(store).put("Grüße")
    source = collection().sources[0].model_copy(update={"snapshot": snapshot})
    copy = source.model_copy(update={"uri": "copy.txt"})
    saved = await collections.save(Collection(sources=(source, copy), skipped=collection().skipped))
    named = await collections.name("laws", saved)
    assert (named.collection, named.documents, named.skipped, named.text_bytes) == (saved, 2, 1, 7)
    assert named.named_at is not None
    assert datetime.now(UTC) - named.named_at < timedelta(minutes=1)
    assert await collections.find("laws") == named
    assert await collections.list_named() == {"laws": named}
    assert await collections.find("nope") is await collections.find("../x") is None


async def test_a_name_that_an_earlier_version_gave(collections: Collections, store: ObjectStore):
    saved = await collections.save(collection())
    await put(store, "collections/names/old", saved.encode())
    assert await collections.resolve("old") == saved
    assert await collections.list_named() == {"old": NamedCollection(collection=saved)}


async def test_a_name_is_forgotten_and_nothing_else(collections: Collections):
    saved = await collections.save(collection())
    await collections.name("laws", saved)
    await collections.name("other", saved)
    await collections.forget("laws")
    assert list(await collections.list_named()) == ["other"]
    assert await collections.load(saved) == collection()
    for name in ("laws", "../names/other"):
        with pytest.raises(Permanent, match=r"There are: other\."):
            await collections.forget(name)


async def test_only_what_is_stored_gets_a_name(collections: Collections):
    with pytest.raises(NeedsOperator, match="is not in the object store"):
        await collections.name("laws", sha256("unknown"))
    assert await collections.list_named() == {}


def test_changes():
    def of(**snapshots: str) -> Collection:
        [source] = collection().sources
        return Collection(
            sources=tuple(source.model_copy(update={"uri": uri, "snapshot": text}) for uri, text in snapshots.items())
        )

    found = compare_collections(of(a="1", b="2", c="3", d="4"), of(e="5", d="4", b="new", a="1", f="6"))
    assert (found.added, found.changed, found.removed, found.unchanged) == (("e", "f"), ("b",), ("c",), 2)
    first = compare_collections(None, of(a="1"))
    assert (first.added, first.changed, first.removed, first.unchanged) == (("a",), (), (), 0)
