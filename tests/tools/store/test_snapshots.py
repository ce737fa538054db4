from pathlib import Path

import pytest
from obstore.store import ObjectStore

from outlast.evidence.errors import NeedsOperator, Permanent
from outlast.evidence.sources import sha256
from outlast.tools.store.snapshots import Snapshots


@pytest.mark.parametrize("text", ["Grüße 日本 😀\n", "", "a\r\nb\u2028c"])
async def test_text_comes_back_exactly(store: ObjectStore, text: str):
    snapshots = Snapshots(store)
    name = await snapshots.put(text)
    assert name == await snapshots.put(text) == sha256(text)
    assert await snapshots.text(name) == text
    assert await snapshots.has(name)


async def test_missing(store: ObjectStore):
    name = sha256("never stored")
    assert not await Snapshots(store).has(name)
    with pytest.raises(NeedsOperator, match=f"Snapshot {name} is not in the object store"):
        await Snapshots(store).text(name)
    with pytest.raises(NeedsOperator, match=rf"The text of a/b\.md \(snapshot {name}\) is not in the object store"):
        await Snapshots(store).text(name, "a/b.md")


async def test_damaged(store: ObjectStore, tmp_path: Path):
    name = await Snapshots(store).put("text")
    (tmp_path / "objects" / "snapshots" / f"{name}.txt").write_bytes(b"te\xff")
    with pytest.raises(NeedsOperator, match=rf"Snapshot {name} is damaged.*Delete snapshots/{name}\.txt"):
        await Snapshots(store).text(name)


async def test_half_a_surrogate_pair_is_refused(store: ObjectStore):
    with pytest.raises(Permanent, match="UTF-8"):
        await Snapshots(store).put("a\ud800b")
