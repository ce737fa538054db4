"""One small manual in every format. The text is the same, and nothing that a format adds may appear in it."""

import io
import json
import zipfile
from dataclasses import dataclass
from email.message import EmailMessage
from textwrap import fill, wrap

import docx

from tests.tools.documents.pdf.paper import Entry, Words, pdf

TITLE = "The Lighthouse of Kestrel Point"


@dataclass(frozen=True)
class Chapter:
    heading: str
    paragraphs: tuple[str, ...]
    items: tuple[str, ...] = ()


CHAPTERS = (
    Chapter(
        "Lighting the lamp",
        (
            "The keeper lights the lamp half an hour before sunset. Between October and March the self-made shutters "
            "are closed first, e.g. when a storm from the west is announced by the harbour.",
            "An unattended lamp burns for nine hours. After that the reservoir is empty, and the interconnection to "
            "the spare tank opens without any help.",
        ),
    ),
    Chapter(
        "Signals",
        ("Three signals are known on this coast:",),
        (
            "A long flash every twelve seconds means that the channel is free.",
            "Two short flashes mean that the ferry must wait outside the breakwater.",
            "A steady light means that nobody is on duty, and that ships approach at their own risk.",
        ),
    ),
    Chapter(
        "The log",
        (
            "Every watch is written down in the log before the next one begins. What is not in the log has not "
            "happened, as the old keepers used to say.",
            "Entries are never erased. A wrong entry is struck through once, and signed by whoever found it.",
        ),
    ),
)

QUOTES = [
    ("Signals", "Two short flashes mean that the ferry must wait outside the breakwater."),
    ("Lighting the lamp", "An unattended lamp burns for nine hours."),
    ("The log", "A wrong entry is struck through once, and signed by whoever found it."),
]
"""Headings, and sentences that stand below them."""


def plain() -> bytes:
    lines = [TITLE, "=" * len(TITLE), ""]
    for chapter in CHAPTERS:
        lines += [chapter.heading, "-" * len(chapter.heading), ""]
        for paragraph in chapter.paragraphs:
            lines += [fill(paragraph, 60), ""]
        lines += [fill(f"* {item}", 60, subsequent_indent="  ") + "\n" for item in chapter.items]
    return "\n".join(lines).encode()


def restructured_text() -> bytes:
    return plain()


def markdown() -> bytes:
    parts = [f"# {TITLE}"]
    for chapter in CHAPTERS:
        parts += [f"## {chapter.heading}", *(fill(paragraph, 70) for paragraph in chapter.paragraphs)]
        if chapter.items:
            parts.append("\n".join(f"- {item}" for item in chapter.items))
    return "\n\n".join(parts).encode()


def body_of_html(level: int = 1) -> str:
    parts = [f"<h{level}>{TITLE}</h{level}>"]
    for chapter in CHAPTERS:
        parts.append(f"<h{level + 1}>{chapter.heading}</h{level + 1}>")
        parts += (f"<p>{fill(paragraph, 50)}</p>" for paragraph in chapter.paragraphs)
        if chapter.items:
            parts.append("<ul>" + "".join(f"<li>{item}</li>" for item in chapter.items) + "</ul>")
    return "\n".join(parts)


def html() -> bytes:
    links = "".join(f"<li><a href='#{number}'>{each.heading}</a></li>" for number, each in enumerate(CHAPTERS))
    return (
        f"<html><head><title>{TITLE} - Kestrel Harbour</title></head><body><nav>Home Up</nav>"
        f"<div><b>Contents of this page</b></div><ul>{links}</ul>{body_of_html()}"
        "<footer>All rights</footer></body></html>"
    ).encode()


def on_paper() -> bytes:
    """Return a PDF of chapters of one or two pages, with running headers, page numbers, contents, and cut words."""
    dots = ". " * 30
    contents = [Words(72, 700, "Contents", 18, "bold")]
    contents += (Words(72, 660 - 16 * n, f"{each.heading} {dots}{n + 2}") for n, each in enumerate(CHAPTERS))
    pages: list[list[Words]] = [[Words(72, 500, TITLE, 24, "bold")], contents]
    outline: list[Entry] = []
    for chapter in CHAPTERS:
        y, page = 700.0, [Words(72, 700, chapter.heading, 16, "bold")]
        outline.append(Entry(chapter.heading, len(pages) + 1, y))
        y -= 30
        for text in (*chapter.paragraphs, *(f"• {item}" for item in chapter.items)):
            lines = _cut_lines(text)
            for line in lines:
                if y < 640 and len(page) > 5:  # the page is full in the middle of a paragraph
                    pages.append(page)
                    y, page = 700.0, []
                page.append(Words(72, y, line))
                y -= 13.2
            y -= 10
        pages.append(page)
    for number, page in enumerate(pages[2:], start=3):
        page.append(Words(72, 760, "Kestrel Point, a manual"))
        page.append(Words(300, 40, str(number)))
    return pdf(pages, outline=outline, title=TITLE)


def _cut_lines(text: str) -> list[str]:
    """Break the text into lines of 60 letters; two words are cut."""
    for word, cut in (("unattended", "unat-\ntended"), ("self-made", "self-\nmade")):
        text = text.replace(word, cut)
    return [line for part in text.split("\n") for line in wrap(part, 60)]


def word() -> bytes:
    document = docx.Document()
    document.add_heading(TITLE, 0)
    for chapter in CHAPTERS:
        document.add_heading(chapter.heading, 1)
        for paragraph in chapter.paragraphs:
            document.add_paragraph(paragraph)
        for item in chapter.items:
            document.add_paragraph(item, style="List Bullet")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


CONTAINER = (
    '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)


def epub(**added: str) -> bytes:
    """Return an e-book. `added` adds or replaces members of the zip; two underscores in a name stand for a slash."""
    pages = body_of_html().split("<h2>")
    names = [f"page{number}.xhtml" for number in range(len(pages))]
    items = "".join(f'<item id="i{n}" href="{n}" media-type="application/xhtml+xml"/>' for n in names)
    spine = "".join(f'<itemref idref="i{n}"/>' for n in names)
    members = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "book/package.opf": (
            '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
            f"<dc:title>{TITLE}</dc:title></metadata><manifest>{items}</manifest><spine>{spine}</spine></package>"
        ),
    }
    for name, page in zip(names, pages, strict=True):
        opened = "<h2>" if name != names[0] else ""
        members[f"book/{name}"] = f"<html><head><title/></head><body><a id='x'/>{opened}{page}</body></html>"
    members |= {name.replace("__", "/"): content for name, content in added.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def mail() -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = TITLE, "Ada <ada@example.org>", "keepers@example.org"
    message["Date"] = "Tue, 03 Mar 2026 09:00:00 +0000"
    message.set_content("This mail is to be read as a page.")
    message.clear_content()
    message.set_content(f"<html><body>{body_of_html()}</body></html>", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="chart.pdf")
    return message.as_bytes()


def notebook() -> bytes:
    cells: list[dict[str, object]] = []
    for number, part in enumerate(markdown().decode().split("\n\n## ")):
        source = part if number == 0 else f"## {part}"
        cells.append({"cell_type": "markdown", "metadata": {}, "source": source.splitlines(keepends=True)})
        code = {"cell_type": "code", "metadata": {}, "execution_count": 1, "source": "print(6 * 7)"}
        cells.append(code | {"outputs": [{"output_type": "stream", "name": "stdout", "text": ["42\n"]}]})
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}).encode()


def rows() -> bytes:
    lines = ["Chapter,Text"]
    for chapter in CHAPTERS:
        lines += (f'{chapter.heading},"{text}"' for text in (*chapter.paragraphs, *chapter.items))
    return "\n".join(lines).encode()


EVERY = {
    "manual.txt": plain,
    "manual.rst": restructured_text,
    "manual.md": markdown,
    "manual.html": html,
    "manual.pdf": on_paper,
    "manual.docx": word,
    "manual.epub": epub,
    "manual.eml": mail,
    "manual.ipynb": notebook,
    "manual.csv": rows,
}
