import asyncio
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from obstore.store import ObjectStore

from outlast.evidence.errors import NeedsOperator, Permanent
from outlast.evidence.sources import Skipped, sha256
from outlast.tools.ingest import ingest, ingest_cache
from outlast.tools.ingest.files import FileFound
from outlast.tools.ingest.ingest import ingest_folder
from outlast.tools.ingest.parsing.limits import Limits
from outlast.tools.ingest.parsing.parsers import ParserPool
from outlast.tools.ingest.progress import IngestProgress
from outlast.tools.retrieval.library import Library
from outlast.tools.store.collections import Collections
from outlast.tools.store.objects import open_objects
from outlast.tools.store.snapshots import Snapshots
from tests.tools.ingest.parsing import strange_reader

pytestmark = pytest.mark.usefixtures("processes")  # they are short, but dozens: too many for `make check`


@pytest.fixture
def reads(monkeypatch) -> list[str]:
    """The files that were given to a parser, in any order."""
    opened: list[str] = []
    original = ParserPool.read

    async def read(parsers: ParserPool, file: FileFound):
        opened.append(file.uri)
        return await original(parsers, file)

    monkeypatch.setattr(ParserPool, "read", read)
    return opened


@pytest.fixture
def _strange(monkeypatch) -> None:
    monkeypatch.setattr(ingest, "ParserPool", partial(ParserPool, reader=strange_reader.READER))


async def test_a_folder_becomes_a_collection(folder: Path, store: ObjectStore, cache: Path):
    (folder / "sub" / "deep").mkdir(parents=True)
    (folder / "z.md").write_text("# Zed\n\ntext\n")
    (folder / "sub" / "deep" / "a.txt").write_bytes(b"Gr\xfc\xdfe\r\n")
    (folder / "sub.txt").write_text("same")
    (folder / "copy.txt").write_text("same")
    (folder / "b.jpg").write_bytes(b"XYZ")
    (folder / ".hidden.txt").write_text("hidden")
    (folder / ".git").mkdir()
    (folder / ".git" / "x.txt").write_text("hidden")
    progress: list[IngestProgress] = []
    collection = await ingest_folder(folder, store, cache, progress.append)
    assert [source.uri for source in collection.sources] == ["copy.txt", "sub.txt", "sub/deep/a.txt", "z.md"]
    assert collection.skipped == (Skipped(uri="b.jpg", reason="files of this kind (.jpg) are not read yet"),)
    assert [(each.files_done, each.files) for each in progress] == [(done, 5) for done in range(1, 6)]
    assert progress[0].bytes_done == 0
    assert progress[-1].bytes_done == progress[-1].bytes == 11 + 8 + 4 + 4
    copy, sub, deep, zed = collection.sources
    assert copy.snapshot == sub.snapshot == sha256("same")
    assert (zed.title, zed.media_type, zed.extractor) == ("Zed", "text/markdown", "markdown/4")
    assert deep.bytes_sha256 == sha256(b"Gr\xfc\xdfe\r\n")
    assert await Snapshots(store).text(deep.snapshot) == "Grüße\n"


async def test_unchanged_files_are_not_read_again(folder: Path, store: ObjectStore, cache: Path, reads: list[str]):
    for name in ("a.txt", "b.txt", "c.jpg"):
        (folder / name).write_text(name)
    (folder / "empty.txt").write_text("")
    first = await ingest_folder(folder, store, cache)
    assert sorted(reads) == ["a.txt", "b.txt", "empty.txt"], "what nothing can read is not even opened"
    reads.clear()
    assert await ingest_folder(folder, store, cache) == first
    assert reads == []
    (folder / "b.txt").write_text("changed")
    (folder / "a.txt").unlink()
    assert [source.snapshot for source in (await ingest_folder(folder, store, cache)).sources] == [sha256("changed")]
    assert reads == ["b.txt"]


async def test_a_file_of_the_same_size_and_time_in_its_place(folder: Path, store: ObjectStore, cache: Path):
    (folder / "a.txt").write_text("old")
    await ingest_folder(folder, store, cache)
    status = (folder / "a.txt").stat()
    (folder / "new.tmp").write_text("new")
    os.utime(folder / "new.tmp", ns=(status.st_atime_ns, status.st_mtime_ns))
    (folder / "new.tmp").replace(folder / "a.txt")
    assert (await ingest_folder(folder, store, cache)).sources[0].snapshot == sha256("new")


async def test_a_file_that_was_changed_and_set_back_in_time(folder: Path, store: ObjectStore, cache: Path):
    (folder / "a.txt").write_text("old")
    await ingest_folder(folder, store, cache)
    status = (folder / "a.txt").stat()
    (folder / "a.txt").write_text("new")
    os.utime(folder / "a.txt", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert (await ingest_folder(folder, store, cache)).sources[0].snapshot == sha256("new")


async def test_an_emptied_store_is_filled_again(
    folder: Path, store: ObjectStore, cache: Path, tmp_path: Path, reads: list[str]
):
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text(name)
    first = await ingest_folder(folder, store, cache)
    (tmp_path / "objects" / "snapshots" / f"{sha256('a.txt')}.txt").unlink()
    reads.clear()
    assert await ingest_folder(folder, store, cache) == first
    assert reads == ["a.txt"]
    assert await Snapshots(store).text(sha256("a.txt")) == "a.txt"


@pytest.mark.parametrize("damage", [b"", b"\xff\x00", b"[]", b'{"version": "1", "files": {}}', b'{"files"'])
async def test_a_damaged_record_is_made_anew(
    folder: Path, store: ObjectStore, cache: Path, reads: list[str], damage: bytes
):
    (folder / "a.txt").write_text("text")
    first = await ingest_folder(folder, store, cache)
    [record] = (cache / "folders").iterdir()
    record.write_bytes(damage)
    assert await ingest_folder(folder, store, cache) == first
    assert await ingest_folder(folder, store, cache) == first
    assert reads == ["a.txt", "a.txt"]


async def test_a_record_of_other_readers_does_not_count(
    folder: Path, store: ObjectStore, cache: Path, reads: list[str], monkeypatch
):
    (folder / "a.txt").write_text("text")
    await ingest_folder(folder, store, cache)
    monkeypatch.setattr(ingest_cache, "extractors", lambda: ("plain/2",))
    await ingest_folder(folder, store, cache)
    assert reads == ["a.txt", "a.txt"]


async def test_a_record_under_other_limits_does_not_count(
    folder: Path, store: ObjectStore, cache: Path, reads: list[str]
):
    (folder / "a.txt").write_text("text")
    await ingest_folder(folder, store, cache)
    await ingest_folder(folder, store, cache, limits=Limits(least_seconds=61))
    assert reads == ["a.txt", "a.txt"]


async def test_a_cache_that_cannot_be_written_only_costs_time(folder: Path, store: ObjectStore, caplog):
    (folder / "a.txt").write_text("text")
    assert len((await ingest_folder(folder, store, cache=folder / "a.txt")).sources) == 1
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
        collection = await ingest_folder(given, store, cache)
        assert [source.uri for source in collection.sources] == ["alias.txt", "sub/a.txt"]
        assert [(skipped.uri, skipped.reason) for skipped in collection.skipped] == [
            ("broken.txt", "it is a link that leads nowhere"),
            ("out.txt", "it is a link that leads out of the folder"),
            ("outside", "it is a link that leads out of the folder"),
            ("self.txt", "it is a link that leads nowhere"),
        ]


async def test_files_that_are_none(folder: Path, store: ObjectStore, cache: Path, reads: list[str]):
    os.mkfifo(folder / "pipe.txt")
    (folder / "binary.txt").write_bytes(b"MZ\0\0")
    with (folder / "large.txt").open("wb") as large:
        large.truncate(2 << 30)
    (folder / os.fsdecode(b"caf\xe9.txt")).write_text("text")
    (folder / "good.txt").write_text("text")
    collection = await ingest_folder(folder, store, cache)
    assert [source.uri for source in collection.sources] == ["good.txt"]
    assert [(skipped.uri, skipped.reason) for skipped in collection.skipped] == [
        ("binary.txt", "it looks like a binary file"),
        ("caf\ufffd.txt", "its name is not in UTF-8"),
        ("large.txt", "it is larger than 64 MB"),
        ("pipe.txt", "it is not a regular file"),
    ]
    assert sorted(reads) == ["binary.txt", "good.txt"]


async def test_a_folder_that_must_not_be_looked_into_is_skipped(folder: Path, store: ObjectStore, cache, monkeypatch):
    """Not by chmod, which does not keep out root, and these tests run as root in a container."""
    (folder / "closed").mkdir()
    (folder / "a.txt").write_text("text")
    scandir = os.scandir

    def scan(path: Path):
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scan)
    collection = await ingest_folder(folder, store, cache)
    assert [(skipped.uri, skipped.reason) for skipped in collection.skipped] == [
        ("closed/", "reading it is not permitted"),
    ]


@pytest.mark.usefixtures("_strange")
async def test_what_files_do_to_their_parsers_is_listed(
    folder: Path, store: ObjectStore, cache: Path, reads: list[str]
):
    for word in ("good", "segfault", "regex", "memory", "kill", "fine"):
        (folder / f"{word}.txt").write_text(word)
    limits = Limits(memory_bytes=64 << 20, least_seconds=0.5, seconds_a_mb=0)
    collection = await ingest_folder(folder, store, cache, limits=limits)
    assert [source.uri for source in collection.sources] == ["fine.txt", "good.txt"]
    reasons = {skipped.uri: skipped.reason for skipped in collection.skipped}
    busy = reasons["regex.txt"] == "reading it took longer than 2 s"  # real time: it got too little of a processor
    assert reasons == {
        "kill.txt": "its parser was killed, perhaps because memory ran out",
        "memory.txt": "reading it needs more than 64 MB of memory",
        "regex.txt": f"reading it took longer than {2 if busy else 0} s",
        "segfault.txt": "its parser crashed (SIGSEGV)",
    }
    reads.clear()
    again = await ingest_folder(folder, store, cache, limits=limits)
    assert (again.sources, len(again.skipped)) == (collection.sources, 4)
    assert set(reads) - ({"regex.txt"} if busy else set()) == {"kill.txt"}, (
        "a crash would come again; who killed a parser may have had reasons of his own"
    )


async def test_what_is_excluded(folder: Path, store: ObjectStore, cache: Path):
    for name in ("a.txt", "b.txt", "c.txt"):
        (folder / name).write_text(name)
    (folder / ".outlastignore").write_text("a.txt\n")
    collection = await ingest_folder(folder, store, cache, exclude=["b.*"])
    assert [source.uri for source in collection.sources] == ["c.txt"]
    assert collection.skipped == ()
    with pytest.raises(Permanent, match="holds no files except excluded ones"):
        await ingest_folder(folder, store, cache, exclude=["*"])


async def test_a_changed_folder_does_not_change_a_collection(folder: Path, store: ObjectStore, cache: Path):
    """A run keeps the collection it began with: another worker, which has no index yet, finds the same."""
    (folder / "a.txt").write_text("The oven is heated with beech wood.")
    (folder / "b.txt").write_text("The ferry sails at noon.")
    begun = await Collections(store).save(await ingest_folder(folder, store, cache))
    (folder / "a.txt").write_text("The oven is electric now.")
    (folder / "b.txt").unlink()
    (folder / "c.txt").write_text("The lighthouse is closed.")
    later = await Collections(store).save(await ingest_folder(folder, store, cache))
    assert later != begun
    async with await Library.open(begun, store, cache / "another worker") as library:
        assert {found.text for found in (await library.search(["oven ferry lighthouse"])).passages} == {
            "The oven is heated with beech wood.",
            "The ferry sails at noon.",
        }


async def test_what_was_read_before_a_failure_is_not_read_again(
    folder: Path, store: ObjectStore, cache: Path, reads: list[str], monkeypatch
):
    for number in range(30):
        (folder / f"{number:02}.txt").write_text(f"Text {number:02}")
    put, stored = Snapshots.put, list[str]()

    async def fill_up(snapshots: Snapshots, text: str) -> str:
        if len(stored) >= 10:
            raise NeedsOperator("The disk is full.", "Make room.")
        snapshot = await put(snapshots, text)
        stored.append(text)  # here, and not before: an error at another file may cancel it halfway
        return snapshot

    with monkeypatch.context() as small:
        small.setattr(Snapshots, "put", fill_up)
        with pytest.raises(NeedsOperator, match="The disk is full"):
            await ingest_folder(folder, store, cache)
    reads.clear()
    assert len((await ingest_folder(folder, store, cache)).sources) == 30
    assert len(reads) == 30 - len(stored) <= 20


async def test_a_full_disk(folder: Path, cache: Path, small_disk: Path, reads: list[str]):
    for number in range(4):
        (folder / f"{number}.txt").write_text(f"{number} line of text\n" * 20_000)
    store = open_objects(str(small_disk / "objects"))
    with pytest.raises(NeedsOperator, match="No space left on device") as raised:
        await ingest_folder(folder, store, cache)
    assert "\n" not in str(raised.value)
    run("mount", "-o", "remount,size=8m", str(small_disk))
    reads.clear()
    collection = await ingest_folder(folder, store, cache)
    assert len(collection.sources) == 4
    assert len(reads) < 4, "what was stored before the disk was full is not read again"
    assert await Snapshots(store).text(collection.sources[3].snapshot) == (folder / "3.txt").read_text()


async def test_killed_in_the_middle(folder: Path, store: ObjectStore, cache: Path, reads: list[str], tmp_path: Path):
    """The record of files is written repeatedly during the ingest."""
    for number in range(40):
        (folder / f"{number}.txt").write_text(str(number))
    script = f"""
import asyncio, os, signal
from datetime import timedelta
from pathlib import Path
from outlast.tools.ingest import ingest
from outlast.tools.store.objects import open_objects

ingest.CACHE_WRITE_INTERVAL = timedelta(0)

def die(progress):
    if progress.files_done == 20:
        os.kill(os.getpid(), signal.SIGKILL)

store = open_objects({str(tmp_path / "objects")!r})
asyncio.run(ingest.ingest_folder(Path({str(folder)!r}), store, Path({str(cache)!r}), die))
"""
    assert run(sys.executable, "-c", script).returncode == -9
    assert len((await ingest_folder(folder, store, cache)).sources) == 40
    assert 15 < len(reads) <= 20


@pytest.mark.usefixtures("_strange")
async def test_cancelled(folder: Path, store: ObjectStore, cache: Path):
    (folder / "good.txt").write_text("good")
    (folder / "wait.txt").write_text("wait")
    first = asyncio.Event()

    def told(progress: IngestProgress) -> None:
        if progress.files_done:
            first.set()

    others = parsers_alive()
    taking = asyncio.create_task(ingest_folder(folder, store, cache, told))
    await first.wait()
    assert parsers_alive() > others
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    assert parsers_alive() == others


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False)


def parsers_alive() -> set[str]:
    """Return the parser processes of this process, because other tests have their own."""
    listed = (line.split(maxsplit=2) for line in run("ps", "-A", "-ww", "-o", "pid=,ppid=,args=").stdout.splitlines())
    return {
        pid for pid, parent, args in listed if parent == str(os.getpid()) and "outlast.tools.ingest.parsing" in args
    }


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (shutil.rmtree, "docs does not exist. Name a folder of documents, or a document."),
        (lambda folder: (folder.rmdir(), folder.write_bytes(b"\0" * 99)), "docs could not be read: it "),
        (lambda _: None, "docs holds no files. Put documents into it .*html"),
        (lambda folder: (folder / ".x.txt").write_text("x"), "docs holds no files"),
        (
            lambda folder: [(folder / f"{n}.jpg").write_text("x") for n in range(5)],
            r"could be read \(0.jpg: files of this kind.*; and 2 more\)\. Put documents into it: \.",
        ),
    ],
)
async def test_nothing_to_take_in(folder: Path, store: ObjectStore, cache: Path, make, message: str):
    make(folder)
    with pytest.raises(Permanent, match=message) as raised:
        await ingest_folder(folder, store, cache)
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
        await ingest_folder(folder, store, cache)
    assert len(asked) <= 2 * (os.cpu_count() or 1)
