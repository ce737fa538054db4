"""Folders as people have them after years: each file is read, or listed with the reason, and none ends the ingest."""

import io
import os
import zipfile
from pathlib import Path

import pytest
from obstore.store import ObjectStore

from outlast.evidence.sources import Collection
from outlast.tools.documents.containers import MAX_DEPTH, TOO_DEEP_REASON
from outlast.tools.ingest.ingest import ingest_folder

HALF_A_GB = 500 << 20

pytestmark = pytest.mark.usefixtures("processes")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "good.txt").write_text("The keeper lights the lamp.")
    return folder


def skipped(collection: Collection) -> dict[str, str]:
    return {file.uri: file.reason for file in collection.skipped}


def uris(collection: Collection) -> list[str]:
    return [source.uri for source in collection.sources]


async def test_two_names_that_differ_in_case_alone(folder: Path, store: ObjectStore, cache: Path) -> None:
    (folder / "Minutes.txt").write_text("The board chose blue.")
    (folder / "minutes.txt").write_text("The board chose red.")
    (folder / "MINUTES.TXT").write_text("The board chose green.")
    collection = await ingest_folder(folder, store, cache)
    assert uris(collection) == ["MINUTES.TXT", "Minutes.txt", "good.txt", "minutes.txt"]
    assert len({source.snapshot for source in collection.sources}) == 4
    assert await ingest_folder(folder, store, cache) == collection


async def test_links_in_a_circle(folder: Path, store: ObjectStore, cache: Path) -> None:
    (folder / "inner").mkdir()
    (folder / "inner" / "up").symlink_to(folder, target_is_directory=True)
    (folder / "inner" / "self").symlink_to(folder / "inner", target_is_directory=True)
    (folder / "one.txt").symlink_to(folder / "two.txt")
    (folder / "two.txt").symlink_to(folder / "one.txt")
    collection = await ingest_folder(folder, store, cache)
    assert uris(collection) == ["good.txt"]
    assert skipped(collection) == dict.fromkeys(("one.txt", "two.txt"), "it is a link that leads nowhere")


@pytest.mark.parametrize(("name", "limit"), [("log.txt", 64), ("paper.pdf", 64), ("all.mbox", 256), ("all.zip", 256)])
async def test_a_file_of_500_mb_is_listed_with_its_limit(
    folder: Path, store: ObjectStore, cache: Path, name: str, limit: int
) -> None:
    with (folder / name).open("wb") as opened:
        opened.truncate(HALF_A_GB)  # without its bytes on the disk
    collection = await ingest_folder(folder, store, cache)
    assert uris(collection) == ["good.txt"]
    assert skipped(collection) == {name: f"it is larger than {limit} MB"}


async def test_names_with_control_characters(folder: Path, store: ObjectStore, cache: Path) -> None:
    for name in (b"line\nbreak.txt", b"bell\x07.txt", b"escape\x1b[31m.txt", b"latin\xfc.txt"):
        (folder / os.fsdecode(name)).write_text("words")
    collection = await ingest_folder(folder, store, cache)
    assert uris(collection) == ["good.txt"]
    assert sorted(skipped(collection)) == ["bell␇.txt", "escape␛[31m.txt", "latin\ufffd.txt", "line␊break.txt"]


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def mail_with(attached: bytes) -> bytes:
    encoded = attached.hex(" ").replace(" ", "=").upper()
    return (
        "From: Ada <ada@example.org>\nSubject: Forwarded\nMIME-Version: 1.0\n"
        "Content-Type: multipart/mixed; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nSee the archive.\n--b\nContent-Type: application/zip; name=more.zip\n"
        f"Content-Transfer-Encoding: quoted-printable\n\n={encoded}\n--b--\n"
    ).encode()


async def test_one_broken_member_of_an_archive_keeps_none_from_being_read(
    folder: Path, store: ObjectStore, cache: Path
) -> None:
    archive = zipped({"a.txt": b"The bell rings at noon.", "b.txt": b"BROKEN", "c.txt": b"It is made of brass."})
    (folder / "all.zip").write_bytes(archive.replace(b"BROKEN", b"broken", 1))
    collection = await ingest_folder(folder, store, cache)
    assert uris(collection) == ["all.zip#a.txt", "all.zip#c.txt", "good.txt"]
    assert skipped(collection) == {"all.zip#b.txt": "it is damaged in its archive"}


async def test_archives_of_mails_of_archives_are_read_to_a_depth_that_is_said(
    folder: Path, store: ObjectStore, cache: Path
) -> None:
    content = zipped({"last.txt": b"The chain weighs ninety kilograms."})
    for _ in range(3):
        content = zipped({"letter.eml": mail_with(content)})
    (folder / "all.zip").write_bytes(content)
    deep = await ingest_folder(folder, store, cache)
    assert uris(deep)[-2:] == ["all.zip" + "#letter.eml#more.zip" * 3 + "#last.txt", "good.txt"]
    for _ in range(2):
        content = zipped({"letter.eml": mail_with(content)})
    (folder / "all.zip").write_bytes(content)
    deeper = await ingest_folder(folder, store, cache)
    [(name, reason)] = skipped(deeper).items()
    assert reason == TOO_DEEP_REASON
    assert name.count("#") == MAX_DEPTH + 1
