import gzip
import subprocess
import sys

import pytest

from outlast.tools.documents.document import Unreadable
from outlast.tools.documents.plain import reader as plain
from outlast.tools.documents.reading import extractors, load_reader, read_document, suffixes


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.txt", "text/plain"),
        ("a.TEXT", "text/plain"),
        ("a.md", "text/markdown"),
        ("a.Markdown", "text/markdown"),
        ("a.rst", "text/x-rst"),
        ("a.html", "text/html"),
        ("sub/a.HTM", "text/html"),
        ("a.txt.gz", "text/plain"),
        ("sub/a.Html.GZ", "text/html"),
    ],
)
def test_the_suffix_says_the_format(name: str, media_type: str):
    content = gzip.compress(b"words", mtime=0) if name.lower().endswith(".gz") else b"words"
    document = read_document(name, content)
    assert (document.media_type, document.text, document.title) == (media_type, "words", "a")
    assert document.extractor in extractors()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.pages", b"PK", r"files of this kind \(.pages\) are not read yet"),
        ("a.PAGES", b"PK", r"files of this kind \(.pages\) are not read yet"),
        ("a.7z.gz", b"\x1f\x8b", r"files of this kind \(.7z.gz\) are not read yet"),
        ("a.tar.gz", b"\x1f\x8b", "it is not a gzip file, or it is damaged or cut off"),
        ("a.txt.gz.gz", b"\x1f\x8b", r"files of this kind \(.gz.gz\) are not read yet"),
        ("a.gz", b"\x1f\x8b", "it is not a gzip file, or it is damaged or cut off"),
        ("a.jpg", b"words", r"files of this kind \(.jpg\) are not read yet"),
        ("a.xyz", bytes(range(256)), r"files of this kind \(.xyz\) are not read yet"),
        ("README", bytes(range(256)), "it looks like a binary file"),
        ("README", b"", "it has no text"),
        (
            "a.old",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"),
            "it is in the format of an older Office: .*",
        ),
        ("a.txt", b"", "it has no text"),
        ("a.md", b" \n\t", "it has no text"),
        ("a.txt", b"\xef\xbb\xbf", "it has no text"),
        ("a.html", b"<script>x</script>", "it has no text"),
        ("a.txt.gz", gzip.compress(b"", mtime=0), "it has no text"),
        ("a.txt.gz", b"words", "it is not a gzip file, or it is damaged or cut off"),
        ("a.txt.gz", gzip.compress(b"words" * 99, mtime=0)[:-9], "it is not a gzip file, or it is damaged or cut off"),
        ("a.txt", b"\x89PNG\r\n\x1a\n\0\0", "it looks like a binary file"),
    ],
)
def test_why_a_file_is_not_read(name: str, content: bytes, reason: str):
    with pytest.raises(Unreadable, match=f"^{reason}$"):
        read_document(name, content)


def test_the_text_of_a_text_file_is_the_file():
    source = "  Title \n=======\n\n\ttext  \n\n"
    assert read_document("a.rst", source.encode()).text == source


def test_what_is_nested_too_deeply(monkeypatch):
    def fail(content: bytes, stem: str):
        raise RecursionError

    monkeypatch.setattr(plain, "read", fail)
    with pytest.raises(Unreadable, match="it is nested too deeply"):
        read_document("a.txt", b"words")


def test_versions_of_readers_are_known_without_importing_them() -> None:
    code = "import sys; from outlast.tools.documents.reading import extractors; extractors(); print(*sys.modules)"
    imported = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert not {"pypdfium2", "docx", "outlast.tools.documents.pdf.reader"} & set(imported)


def test_a_version_that_is_declared_is_the_one_of_the_reader() -> None:
    loaded = {load_reader(extension).EXTRACTOR for extension in suffixes().values() if extension.is_ours}
    assert loaded == set(extractors())
