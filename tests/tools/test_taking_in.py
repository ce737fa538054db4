import asyncio
import os
import shutil
from pathlib import Path

import pytest
from obstore.store import ObjectStore

from evidence.errors import Permanent
from evidence.sources import Skipped, sha256
from tools import known_files, taking_in
from tools.snapshots import Snapshots
from tools.taking_in import take_in


@pytest.fixture
def reads(monkeypatch) -> list[str]:
    """The files that were opened, in no order."""
    opened: list[str] = []
    original = taking_in.read_document

    def read(name: str, content: bytes):
        opened.append(name)
        return original(name, content)

    monkeypatch.setattr(taking_in, "read_document", read)
    return opened


async def test_a_folder_becomes_a_collection(folder: Path, store: ObjectStore, cache: Path):
    (folder / "sub" / "deep").mkdir(parents=True)
    (folder / "z.md").write_text("# Zed\n\ntext\n")
    (folder / "sub" / "deep" / "a.txt").write_bytes(b"Gr\xfc\xdfe\r\n")
    (folder / "sub.txt").write_text("same")
    (folder / "copy.txt").write_text("same")
    (folder / "b.pdf").write_bytes(b"%PDF")
    (folder / ".hidden.txt").write_text("hidden")
    (folder / ".git").mkdir()
    (folder / ".git" / "x.txt").write_text("hidden")
    progress: list[tuple[int, int]] = []
    collection = await take_in(folder, store, cache, lambda done, of: progress.append((done, of)))
    assert [source.uri for source in collection.sources] == ["copy.txt", "sub.txt", "sub/deep/a.txt", "z.md"]
    assert collection.skipped == (Skipped(uri="b.pdf", reason="files of this kind (.pdf) are not read yet"),)
    assert progress == [(done, 5) for done in range(1, 6)]
    copy, sub, deep, zed = collection.sources
    assert copy.snapshot == sub.snapshot == sha256("same")
    assert (zed.title, zed.media_type, zed.extractor) == ("Zed", "text/markdown", "markdown/1")
    assert deep.bytes_sha256 == sha256(b"Gr\xfc\xdfe\r\n")
    assert await Snapshots(store).text(deep.snapshot) == "Grüße\n"


async def test_unchanged_files_are_not_read_again(folder: Path, store: ObjectStore, cache: Path, reads: list[str]):
    for name in ("a.txt", "b.txt", "c.pdf"):
        (folder / name).write_text(name)
    first = await take_in(folder, store, cache)
    assert sorted(reads) == ["a.txt", "b.txt", "c.pdf"]
    reads.clear()
    assert await take_in(folder, store, cache) == first
    assert reads == []
    (folder / "b.txt").write_text("changed")
    (folder / "a.txt").unlink()
    assert [source.snapshot for source in (await take_in(folder, store, cache)).sources] == [sha256("changed")]
    assert reads == ["b.txt"]


async def test_a_file_of_the_same_size_and_time_in_its_place(folder: Path, store: ObjectStore, cache: Path):
    (folder / "a.txt").write_text("old")
    await take_in(folder, store, cache)
    status = (folder / "a.txt").stat()
    (folder / "new.tmp").write_text("new")
    os.utime(folder / "new.tmp", ns=(status.st_atime_ns, status.st_mtime_ns))
    (folder / "new.tmp").replace(folder / "a.txt")
    assert (await take_in(folder, store, cache)).sources[0].snapshot == sha256("new")


async def test_an_emptied_store_is_filled_again(
    folder: Path, store: ObjectStore, cache: Path, tmp_path: Path, reads: list[str]
):
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text(name)
    first = await take_in(folder, store, cache)
    (tmp_path / "objects" / "snapshots" / f"{sha256('a.txt')}.txt").unlink()
    reads.clear()
    assert await take_in(folder, store, cache) == first
    assert reads == ["a.txt"]
    assert await Snapshots(store).text(sha256("a.txt")) == "a.txt"


@pytest.mark.parametrize("damage", [b"", b"\xff\x00", b"[]", b'{"version": "0", "files": {}}', b'{"files"'])
async def test_a_damaged_record_is_made_anew(
    folder: Path, store: ObjectStore, cache: Path, reads: list[str], damage: bytes
):
    (folder / "a.txt").write_text("text")
    first = await take_in(folder, store, cache)
    [record] = (cache / "folders").iterdir()
    record.write_bytes(damage)
    assert await take_in(folder, store, cache) == first
    assert await take_in(folder, store, cache) == first
    assert reads == ["a.txt", "a.txt"]


async def test_a_record_of_other_readers_does_not_count(
    folder: Path, store: ObjectStore, cache: Path, reads: list[str], monkeypatch
):
    (folder / "a.txt").write_text("text")
    await take_in(folder, store, cache)
    monkeypatch.setattr(known_files, "extractors", lambda: ("plain/2",))
    await take_in(folder, store, cache)
    assert reads == ["a.txt", "a.txt"]


async def test_a_cache_that_cannot_be_written_only_costs_time(folder: Path, store: ObjectStore, caplog):
    (folder / "a.txt").write_text("text")
    assert len((await take_in(folder, store, cache=folder / "a.txt")).sources) == 1
    assert "cannot be written" in caplog.text


async def test_links(folder: Path, store: ObjectStore, cache: Path, tmp_path: Path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text("secret")
    (folder / "sub").mkdir()
    (folder / "sub" / "a.txt").write_text("text")
    (folder / "alias.txt").symlink_to("sub/a.txt")
    (folder / "sub" / "up").symlink_to("..")
    (folder / "broken.txt").symlink_to("nothing")
    (folder / "self.txt").symlink_to("self.txt")
    (folder / "out.txt").symlink_to(tmp_path / "outside" / "secret.txt")
    (folder / "outside").symlink_to(tmp_path / "outside")
    (tmp_path / "linked").symlink_to(folder)
    for given in (folder, tmp_path / "linked"):
        collection = await take_in(given, store, cache)
        assert [source.uri for source in collection.sources] == ["alias.txt", "sub/a.txt"]
        assert [(skipped.uri, skipped.reason) for skipped in collection.skipped] == [
            ("broken.txt", "it is a link that leads nowhere"),
            ("out.txt", "it is a link that leads out of the folder"),
            ("outside", "it is a link that leads out of the folder"),
            ("self.txt", "it is a link that leads nowhere"),
        ]


async def test_files_that_are_none(folder: Path, store: ObjectStore, cache: Path, monkeypatch):
    monkeypatch.setattr(taking_in, "LARGEST_BYTES", 2 << 20)
    os.mkfifo(folder / "pipe.txt")
    (folder / "binary.txt").write_bytes(b"MZ\0\0")
    (folder / "large.txt").write_bytes(b"x" * ((2 << 20) + 1))
    (folder / os.fsdecode(b"caf\xe9.txt")).write_text("text")
    (folder / "good.txt").write_text("text")
    collection = await take_in(folder, store, cache)
    assert [source.uri for source in collection.sources] == ["good.txt"]
    assert [(skipped.uri, skipped.reason) for skipped in collection.skipped] == [
        ("binary.txt", "it looks like a binary file"),
        ("caf\ufffd.txt", "its name is not in UTF-8"),
        ("large.txt", "it is larger than 2 MB"),
        ("pipe.txt", "it is not a regular file"),
    ]


async def test_what_is_not_permitted_is_skipped(folder: Path, store: ObjectStore, cache: Path, monkeypatch):
    """Not by chmod: it does not keep out root, who runs these tests in a container."""
    (folder / "closed").mkdir()
    (folder / "a.txt").write_text("text")
    (folder / "locked.txt").write_text("text")
    scandir, opening = os.scandir, Path.open

    def scan(path: Path):
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    def open_file(path: Path, *args: str, **kwargs: str):
        if path.name == "locked.txt":
            raise PermissionError(13, "Permission denied")
        return opening(path, *args, **kwargs)

    with monkeypatch.context() as closed:
        closed.setattr(os, "scandir", scan)
        closed.setattr(Path, "open", open_file)
        collection = await take_in(folder, store, cache)
    assert [(skipped.uri, skipped.reason) for skipped in collection.skipped] == [
        ("closed/", "reading it is not permitted"),
        ("locked.txt", "reading it is not permitted"),
    ]
    assert len((await take_in(folder, store, cache)).sources) == 2  # rights may come back: it was not remembered


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (shutil.rmtree, "The folder .*docs does not exist"),
        (lambda folder: (folder.rmdir(), folder.write_text("x")), "docs is not a folder"),
        (lambda _: None, "docs holds no files. Put documents into it .*html"),
        (lambda folder: (folder / ".x.txt").write_text("x"), "docs holds no files"),
        (
            lambda folder: [(folder / f"{n}.pdf").write_text("x") for n in range(5)],
            r"could be read \(0.pdf: files of this kind.*; and 2 more\)\. Put documents into it: \.txt",
        ),
    ],
)
async def test_nothing_to_take_in(folder: Path, store: ObjectStore, cache: Path, make, message: str):
    make(folder)
    with pytest.raises(Permanent, match=message) as raised:
        await take_in(folder, store, cache)
    assert "\n" not in str(raised.value)


async def test_the_first_failure_of_the_store_ends_it(folder: Path, store: ObjectStore, cache: Path, monkeypatch):
    for number in range(40):
        (folder / f"{number}.txt").write_text(str(number))
    asked: list[str] = []

    async def fail(_: Snapshots, text: str) -> str:
        asked.append(text)
        await asyncio.sleep(0)
        raise Permanent("the store is gone")

    monkeypatch.setattr(Snapshots, "put", fail)
    with pytest.raises(Permanent, match="the store is gone"):
        await take_in(folder, store, cache)
    assert len(asked) <= taking_in.AT_ONCE
