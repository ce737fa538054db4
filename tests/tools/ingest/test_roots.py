"""What is named with `--docs`: folders and files, alone and together."""

import os
from pathlib import Path

import pytest
from obstore.store import ObjectStore

from outlast.evidence.errors import Permanent
from outlast.evidence.sources import Collection
from outlast.tools.ingest.ingest import ingest_documents
from outlast.tools.ingest.roots import find_roots


@pytest.fixture
def places(tmp_path: Path) -> Path:
    for name in ("a/letters", "b/letters", "c"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "a" / "letters" / "one.txt").write_text("one")
    (tmp_path / "b" / "letters" / "one.txt").write_text("two")
    (tmp_path / "c" / "note.txt").write_text("three")
    attached = "--b\nContent-Type: text/plain; name=a.txt\n\nfour\n--b--\n"
    (tmp_path / "c" / "mail.eml").write_text(f"Subject: s\nContent-Type: multipart/mixed; boundary=b\n\n{attached}")
    (tmp_path / "note.txt").write_text("five")
    return tmp_path


def uris(collection: Collection) -> list[str]:
    return [source.uri for source in collection.sources]


@pytest.mark.usefixtures("processes")
async def test_a_file_alone(places: Path, store: ObjectStore, cache: Path) -> None:
    first = await ingest_documents([places / "c" / "mail.eml"], store, cache)
    assert uris(first) == ["mail.eml", "mail.eml#a.txt"]
    assert await ingest_documents([places / "c" / "mail.eml"], store, cache) == first
    (places / "link.txt").symlink_to(places / "note.txt")
    assert uris(await ingest_documents([places / "link.txt"], store, cache)) == ["note.txt"]


@pytest.mark.usefixtures("processes")
async def test_folders_and_files_together(places: Path, store: ObjectStore, cache: Path) -> None:
    (places / "c" / "cat.png").write_bytes(b"PNG")
    given = [places / "a/letters", places / "b/letters", places / "c", places / "note.txt", places / "c/mail.eml"]
    together = await ingest_documents([*given, places / "note.txt"], store, cache)
    assert uris(together) == [
        "a/letters/one.txt",
        "b/letters/one.txt",
        "c/mail.eml",
        "c/mail.eml#a.txt",
        "c/note.txt",
        "note.txt",
    ]
    assert [skipped.uri for skipped in together.skipped] == ["c/cat.png"]
    assert await ingest_documents(given, store, cache) == together
    alone = await ingest_documents([places / "c"], store, cache)
    assert uris(alone) == ["mail.eml", "mail.eml#a.txt", "note.txt"]


@pytest.mark.usefixtures("processes")
async def test_the_synonyms_of_each_folder_count(places: Path, store: ObjectStore, cache: Path) -> None:
    (places / "a/letters/.outlast-synonyms").write_text("boat, vessel\n")
    (places / "c/.outlast-synonyms").write_text("lamp, light\n")
    together = await ingest_documents([places / "a/letters", places / "c"], store, cache)
    assert len(together.synonyms) == 2


def test_two_files_of_one_name(places: Path) -> None:
    [first, second] = find_roots([places / "note.txt", places / "c" / "note.txt"])
    assert list(first.files.values()) == [f"{places.name}/note.txt"]
    assert list(second.files.values()) == ["c/note.txt"]


async def test_what_cannot_be_named(places: Path, store: ObjectStore, cache: Path) -> None:
    (places / "empty").mkdir()
    (places / "cat.png").write_bytes(b"PNG")
    (places / "loop").symlink_to("loop")
    os.mkfifo(places / "pipe.txt")
    for name, message in {
        "nowhere": "nowhere does not exist. Name a folder of documents, or a document.",
        "empty": "The folder .*empty holds no files",
        "cat.png": "cat.png could not be read: files of this kind",
        "loop": "loop cannot be read: ",
        "pipe.txt": "pipe.txt could not be read: it is not a regular file",
    }.items():
        with pytest.raises(Permanent, match=message):
            await ingest_documents([places / name], store, cache)
    with pytest.raises(Permanent, match=r"No file in .*cat.png, .*pipe.txt could be read"):
        await ingest_documents([places / "cat.png", places / "pipe.txt"], store, cache)
    with pytest.raises(Permanent, match="No documents are named"):
        await ingest_documents([], store, cache)


async def test_a_folder_that_nobody_may_read(
    places: Path, store: ObjectStore, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by chmod, which does not keep out root, and these tests run as root in a container."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", refuse)
        with pytest.raises(Permanent, match=r"c cannot be read: reading it is not permitted. Check its permissions."):
            await ingest_documents([places / "c"], store, cache)
    monkeypatch.setattr(Path, "resolve", refuse)
    with pytest.raises(Permanent, match="reading it is not permitted"):
        await ingest_documents([places / "c" / "note.txt"], store, cache)


@pytest.mark.usefixtures("processes")
async def test_a_folder_inside_another_one_adds_only_what_that_one_leaves_out(
    places: Path, store: ObjectStore, cache: Path
) -> None:
    (places / "a" / ".drafts").mkdir()
    (places / "a" / ".drafts" / "two.txt").write_text("six")
    (places / "a" / "old.log").write_text("seven")
    (places / "a" / "letters" / "gone.txt").symlink_to(places / "nowhere")
    given = [places / "a" / "letters", places / "a", places / "a" / ".drafts", places / "a" / "old.log"]
    together = await ingest_documents(given, store, cache, exclude=["*.log"])
    assert uris(together) == [".drafts/two.txt", "a/letters/one.txt", "old.log"]
    assert [skipped.uri for skipped in together.skipped] == ["a/letters/gone.txt"]
    assert await ingest_documents(given, store, cache, exclude=["*.log"]) == together
