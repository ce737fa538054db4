"""Archives: each file in them is a document, and a broken one keeps none of the others from being read."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from base64 import b64encode

import pytest

from outlast.tools.documents import containers
from outlast.tools.documents.containers import flatten
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.reading import read_document

LETTER = b"Subject: The buoy\nFrom: a@b.example\n\nIt drifts."


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return written.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return written.getvalue()


def inside(name: str, content: bytes) -> dict[str, str]:
    """The text of each document in an archive, or the reason why it was not read."""
    outcomes = {child.name: child.outcome for child in flatten(read_document(name, content).children)}
    texts = {name: outcome.text if isinstance(outcome, Document) else outcome for name, outcome in outcomes.items()}
    return {name: text for name, text in texts.items() if text}


FILES = {"notes/a.txt": b"The lamp is lit.", "b.eml": LETTER}
TEXTS = {"notes/a.txt": "The lamp is lit.", "b.eml": "The buoy\n\nFrom: a@b.example\n\nIt drifts."}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.zip", zipped(FILES)),
        ("x.zip", zipped(FILES, zipfile.ZIP_LZMA)),
        ("x.tar", tarred(FILES)),
        ("x.tgz", gzip.compress(tarred(FILES))),
        ("x.tar.gz", gzip.compress(tarred(FILES))),
        ("x.tbz2", bz2.compress(tarred(FILES))),
        ("x.tar.bz2", bz2.compress(tarred(FILES))),
        ("x.txz", lzma.compress(tarred(FILES))),
        ("x.tar.xz", lzma.compress(tarred(FILES))),
    ],
)
def test_the_files_of_an_archive_are_its_children(name: str, content: bytes) -> None:
    assert inside(name, content) == TEXTS


def test_hidden_files_and_those_of_macos_are_passed_over() -> None:
    files = {"__MACOSX/._a.txt": b"x", ".DS_Store": b"x", "a/.git/b.txt": b"x", "..c.txt": b"x", "a.txt": b"The lamp."}
    assert inside("x.zip", zipped(files)) == inside("x.tar", tarred(files)) == {"a.txt": "The lamp."}


def test_a_broken_member_keeps_none_from_being_read() -> None:
    content = zipped({"a.txt": b"The first.", "bad.txt": b"MARKED", "c.docx": b"no zip", "d.txt": b"The last."}, 0)
    content = content.replace(b"MARKED", b"MORKED")
    assert inside("x.zip", content) == {
        "a.txt": "The first.",
        "bad.txt": "it is damaged in its archive",
        "c.docx": "it is not a zip archive, as this kind of file must be, or it is damaged or cut off",
        "d.txt": "The last.",
    }


def test_an_encrypted_member_and_one_of_another_method() -> None:
    content = bytearray(zipped({"a.txt": b"The first.", "b.txt": b"secret", "c.txt": b"odd"}, 0))
    for name, offsets, value in (
        (b"b.txt", (-24, -38), 1),
        (b"c.txt", (-20, -36), 97),
    ):  # in its header and in the list
        local = content.index(name)
        listed = content.rindex(name)
        struct.pack_into("<H", content, local + offsets[0], value)
        struct.pack_into("<H", content, listed + offsets[1], value)
    assert inside("x.zip", bytes(content)) == {
        "a.txt": "The first.",
        "b.txt": "it is encrypted: save a copy that opens without a password",
        "c.txt": "it is compressed by a method that is not read (97)",
    }


def test_bombs() -> None:
    found = inside("x.zip", zipped({"bomb.txt": bytes(20 << 20), "large.txt": bytes(65 << 20), "a.txt": b"The lamp."}))
    assert found == {
        "bomb.txt": "it unpacks to more than 200 times its size, as no document does",
        "large.txt": "it is larger than 64 MB when unpacked",
        "a.txt": "The lamp.",
    }
    nested = zipped({"a.txt": b"The innermost."})
    for level in range(12):
        nested = zipped({f"{level}.zip": nested})
    [*_, (name, reason)] = inside("x.zip", nested).items()
    assert name.count("#") == containers.MAX_DEPTH
    assert reason == "it is nested more than 8 documents deep"


def test_what_one_file_may_hold_is_limited_at_all_depths_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "MAX_CHILDREN", 5)
    letters = zipped({f"{number}.txt": b"The lamp." for number in range(4)})
    found = inside("x.zip", zipped({"one.zip": letters, "two.zip": letters, "three.txt": b"The lamp."}))
    assert sum(text == "The lamp." for text in found.values()) == 4
    assert [reason for reason in found.values() if "the others are not read" in reason] == [
        f"its file holds more than {50_000:,} documents: the others are not read"
    ]


def test_names_of_members() -> None:
    content = bytearray(
        zipped({"xxxx.txt": b"a", "yyyyy.txt": b"b", "zzz.txt": b"c", "a\\b.txt": b"d", "a\tb.txt": b"e"})
    )
    content = content.replace(b"xxxx", "日本".encode("cp932")).replace(b"yyyyy", "Устав".encode("cp866"))
    content = content.replace(b"zzz", b"\x9abu")
    assert list(inside("x.zip", bytes(content))) == ["日本.txt", "Устав.txt", "Übu.txt", "a/b.txt", "a b.txt"]


def test_two_members_of_one_name() -> None:
    content = zipped({"d/a.txt": b"one", "d/b.txt": b"two", "d/c.txt": b"three"})
    content = content.replace(b"d/b.txt", b"d/a.txt").replace(b"d/c.txt", b"d/a.txt")
    assert inside("x.zip", content) == {"d/a.txt": "one", "d/a (2).txt": "two", "d/a (3).txt": "three"}


def test_links_in_a_tar_and_a_tar_that_is_cut_off() -> None:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        link = tarfile.TarInfo("out.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        member = tarfile.TarInfo("./a.txt")
        member.size = 9
        archive.addfile(member, io.BytesIO(b"The lamp."))
    content = written.getvalue() + b""
    reason = "it is a link in an archive: the file that it names is read where it is"
    assert inside("x.tar", content) == {"out.txt": reason, "a.txt": "The lamp."}
    whole = tarred({"a.txt": b"The lamp.", "b.txt": b"x" * 5_000})
    expected = {"a.txt": "The lamp.", "the rest": "what follows in its archive is damaged or cut off"}
    assert inside("x.tar", whole[:3_000]) == expected
    assert inside("x.tar", whole[:1_024] + b"\1" * 4_096) == expected


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("x.zip", b"no zip", "it is not a zip archive, or it is damaged or cut off"),
        ("x.zip", zipped(FILES)[:-30], "it is not a zip archive, or it is damaged or cut off"),
        ("x.tar", b"no tar" * 100, "it is not a tar archive, or it is damaged or cut off"),
        ("x.tgz", b"\x1f\x8b no gzip", "it is not a gzip file, or it is damaged or cut off"),
        ("x.tar.xz", b"\xfd7zXZ\0 no", "it is not a xz file, or it is damaged or cut off"),
        ("x.tar.bz2", bz2.compress(tarred(FILES))[:-9], "it is not a bzip2 file, or it is damaged or cut off"),
        ("x.zip", zipped({}), "it is an archive with no files in it"),
        ("x.tar", tarred({}), "it is an archive with no files in it"),
    ],
)
def test_what_is_no_archive(name: str, content: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_document(name, content)


def test_a_zip_of_mails_with_a_zip_attached() -> None:
    letters = b64encode(zipped({"old.eml": LETTER})).decode()
    kind = "Content-Type: application/zip; name=letters.zip\nContent-Transfer-Encoding: base64"
    assert inside("x.zip", zipped({"a.eml": f"Subject: s\n{kind}\n\n{letters}".encode(), "b.eml": LETTER})) == {
        "a.eml": "s\n\nAttached: letters.zip",
        "a.eml#letters.zip#old.eml": TEXTS["b.eml"],
        "b.eml": TEXTS["b.eml"],
    }
