import re

import pytest

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.reading import read_document

HEAD = (
    "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://a.org/\r\nSubject: =?utf-8?Q?Lamp_=C3=A9t=C3=A9?=\r\n"
    'MIME-Version: 1.0\r\nContent-Type: multipart/related; type="text/html"; boundary="b"{start}\r\n\r\n'
)


def part(kind: str, content: str, *headers: str) -> str:
    lines = "\r\n".join((f"Content-Type: {kind}", *headers))
    return f"--b\r\n{lines}\r\n\r\n{content}\r\n"


def saved(*parts: str, start: str = "") -> bytes:
    return (HEAD.format(start=start) + "".join(parts) + "--b--\r\n").encode()


def read(content: bytes) -> Document:
    return read_document("a.mhtml", content)


QUOTED = "Content-Transfer-Encoding: quoted-printable"


def test_a_saved_page():
    page = (
        "<html lang=3Dfr><body><h1>La lampe</h1><p>s=C3=A9ch=C3=A9e 2<sup>64</sup></p>"
        "<table><tr><th>a<th>b<tr><td>1<td>2</table>"
    )
    document = read(saved(part("text/html", page, QUOTED, "Content-Location: https://a.org/")))
    assert document.text == "La lampe\n\nséchée 2^64\n\na | b\n1 | 2"
    assert (document.title, document.language, document.losses) == ("La lampe", "fr", ())
    assert [document.text[table.start : table.end] for table in document.tables] == ["a | b\n1 | 2"]


def test_the_subject_is_the_title_of_a_page_without_one():
    assert read(saved(part("text/html", "<p>x"))).title == "Lamp été"


def test_frames_are_read_behind_their_page_and_styles_hide():
    document = read(
        saved(
            part(
                "text/html",
                "<link rel=stylesheet href=cid:c><p>page</p><p class=t>trap</p><iframe src='cid:f@x'></iframe>",
            ),
            part("text/html", "<h2>frame</h2><!-- a b -->", "Content-ID: <f@x>", "Content-Location: https://b.org/f"),
            part("text/css", ".t{display:none}", "Content-ID: <c>"),
            part("image/png", "AAAA", "Content-Transfer-Encoding: base64"),
            part("application/pdf", "AAAA", "Content-Location: https://a.org/x.pdf"),
        )
    )
    assert document.text == "page\n\nframe"
    assert [document.text[each.start : each.end] for each in document.headings] == ["frame"]
    assert [loss for loss in document.losses if loss.kind is not LossKind.MARKUP] == [
        Loss(kind=LossKind.HIDDEN, place="hidden elements", words=1),
        Loss(kind=LossKind.HIDDEN, place="https://b.org/f: comments", words=2),
        Loss(kind=LossKind.UNREAD, place="https://a.org/x.pdf"),
    ]


def test_each_word_is_in_the_text_or_in_the_ledger():
    document = read(
        saved(
            part(
                "text/html",
                "<title>w1</title><h1>w2</h1><p>w3 <b>w4</b><!-- w90 --><p hidden>w91</p><img src=cid:i alt=w5>"
                "<table><tr><th>w6<tr><td>w7</table><script>w92</script><nav><a href=x>w93</a></nav>"
                "<iframe src='cid:f'></iframe><iframe src='cid:t'></iframe><iframe src='https://w94.example/'></iframe>",
            ),
            part("text/html", "<p>w8</p><textarea>w9</textarea>", "Content-ID: <f>"),
            part("text/plain", "w10 w11", "Content-ID: <t>"),
            part("text/css", "/* w95 */"),
            part(
                "image/svg+xml",
                "<svg><text>w96</text></svg>",
                "Content-ID: <i>",
                "Content-Location: https://a.org/i.svg",
            ),
            part("application/pdf", "AAAA", "Content-Location: https://a.org/w97.pdf"),
        )
    )
    assert set(re.findall(r"w\d+", document.text)) | {document.title} == {f"w{number}" for number in range(1, 12)}
    assert {(loss.kind, loss.place): loss.words for loss in document.losses} == {
        (LossKind.HIDDEN, "comments"): 1,
        (LossKind.HIDDEN, "hidden elements"): 1,
        (LossKind.MARKUP, "scripts and styles"): None,
        (LossKind.MARKUP, "frame: scripts and styles"): None,
        (LossKind.NAVIGATION, ""): 1,
        (LossKind.PICTURE, "https://a.org/i.svg"): 1,
        (LossKind.UNREAD, "iframe https://w94.example/"): None,
        (LossKind.UNREAD, "https://a.org/w97.pdf"): None,
    }


def test_a_frame_that_was_not_saved_is_in_the_ledger():
    document = read(saved(part("text/html", "<p>page</p><iframe src='https://c.org/'></iframe>")))
    assert document.losses == (Loss(kind=LossKind.UNREAD, place="iframe https://c.org/"),)


def test_the_file_says_which_page_was_saved():
    parts = part("text/html", "<p>frame"), part("text/html", "<p>page", "Content-ID: <p@x>")
    assert read(saved(*parts, start='; start="<p@x>"')).text == "page\n\nframe"


@pytest.mark.parametrize("charset", ["windows-1252", "iso-8859-1"])
def test_the_charset_of_a_part(charset: str):
    content = saved(part(f"text/html; charset={charset}", "<p>XX", "Content-Transfer-Encoding: 8bit"))
    assert read(content.replace(b"XX", b"\xe9t\xe9")).text == "été"


def test_a_page_that_is_the_whole_file():
    assert read(b"From: x\nContent-Type: text/html\n\n<p>alone").text == "alone"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (saved(part("image/png", "AAAA")), "it holds no page: save the page again, as HTML or as one file"),
        (b"nothing", "it holds no page: save the page again, as HTML or as one file"),
        (b'Content-Type: multipart/related; boundary="b"\n' * 101, "it has more than 100 nested parts"),
        (saved(part("text/html", "<p hidden>x")), "it has no text"),
    ],
)
def test_why_it_cannot_be_read(content: bytes, reason: str):
    with pytest.raises(Unreadable, match=f"^{reason}$"):
        read(content)
