import pytest

from tools.documents.document import Unreadable
from tools.documents.reading import extractors, read_document


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
    ],
)
def test_the_suffix_says_the_format(name: str, media_type: str):
    document = read_document(name, b"words")
    assert (document.media_type, document.text, document.title) == (media_type, "words", "a")
    assert document.extractor in extractors()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.pdf", b"%PDF", r"files of this kind \(.pdf\) are not read yet"),
        ("a.PDF", b"%PDF", r"files of this kind \(.pdf\) are not read yet"),
        ("README", b"words", "files of this kind are not read yet"),
        ("a.txt", b"", "it has no text"),
        ("a.md", b" \n\t", "it has no text"),
        ("a.txt", b"\xef\xbb\xbf", "it has no text"),
        ("a.html", b"<script>x</script>", "it has no text"),
        ("a.txt", b"\x89PNG\r\n\x1a\n\0\0", "it looks like a binary file"),
    ],
)
def test_why_a_file_is_not_read(name: str, content: bytes, reason: str):
    with pytest.raises(Unreadable, match=f"^{reason}$"):
        read_document(name, content)


def test_the_text_of_a_text_file_is_the_file():
    source = "  Title \n=======\n\n\ttext  \n\n"
    assert read_document("a.rst", source.encode()).text == source
