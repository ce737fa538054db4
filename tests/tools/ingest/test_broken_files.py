"""A folder of 300 deliberately broken files is ingested: nothing crashes, each is listed, and an intact one is read."""

import os
import subprocess
from pathlib import Path

import pytest
from obstore.store import ObjectStore

from outlast.evidence.sources import Collection
from outlast.tools.ingest.ingest import ingest_folder
from outlast.tools.store.snapshots import Snapshots
from tests.tools.ingest.broken_files import write_broken_files

WHOLE = "The lamp of the harbour turns once in twenty seconds.\n"


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("processes")  # dozens of its parsers die
async def test_three_hundred_broken_files(folder: Path, store: ObjectStore, cache: Path) -> None:
    names = write_broken_files(folder, seed=7)
    assert len(set(names)) == len(names) >= 300
    (folder / "whole.txt").write_text(WHOLE)
    others = children()
    collection = await ingest_folder(folder, store, cache)
    named = [source.uri for source in collection.sources] + [skipped.uri for skipped in collection.skipped]
    assert sorted(named) == sorted([*names, "whole.txt"]), "each is named, and once"
    check_reasons(collection)
    await check_texts(collection, Snapshots(store))
    assert children() == others, "no parser is left"
    assert await ingest_folder(folder, store, cache) == collection, "and all of it comes out the same again"


def check_reasons(collection: Collection) -> None:
    reasons = {skipped.uri: skipped.reason for skipped in collection.skipped}
    assert not [reason for reason in reasons.values() if not reason.isprintable() or len(reason) > 200]
    failed = {uri: reason for uri, reason in reasons.items() if "its parser failed" in reason}
    assert not failed, "a reader raised what it does not say it raises"
    for uri, reason in {
        "links/huge.txt": "it is larger than 64 MB",
        "links/pipe.txt": "it is not a regular file",
        "links/out.txt": "it is a link that leads out of the folder",
        "links/self.txt": "it is a link that leads nowhere",
        "names/latin\ufffd.txt": "its name is not in UTF-8",
        "damaged/no-bytes-0.txt": "it has no text",
        "damaged/nuls-0.txt": "it looks like a binary file",
    }.items():
        assert reasons[uri] == reason
    for suffix in (".txt.gz", ".docx", ".epub"):
        assert f"damaged/random-0{suffix}" in reasons
        assert f"traps/bomb{suffix}" in reasons


async def check_texts(collection: Collection, snapshots: Snapshots) -> None:
    for source in collection.sources:
        text = await snapshots.text(source.snapshot)
        assert text.strip()
        assert "\0" not in text
        assert "root:" not in text, "a document asked for a file of this machine, and got it"
        for heading in source.headings:
            assert 0 <= heading.start < heading.end <= len(text)
        if source.places:
            assert list(source.places.starts) == sorted(source.places.starts)
            assert not source.places.starts or source.places.starts[-1] <= len(text)
    [whole] = [source for source in collection.sources if source.uri == "whole.txt"]
    assert await snapshots.text(whole.snapshot) == WHOLE


def children() -> set[str]:
    """Return the parser processes of this process, because other tests have their own."""
    columns = ["-o", "pid=,ppid=,args="]
    listed = subprocess.run(["ps", "-A", "-ww", *columns], capture_output=True, text=True, check=True).stdout
    rows = [line.split(maxsplit=2) for line in listed.splitlines()]
    return {pid for pid, parent, args in rows if parent == str(os.getpid()) and "outlast.tools.ingest.parsing" in args}
