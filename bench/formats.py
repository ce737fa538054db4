"""Measure how fast each format is read, compared with its library alone, which shows what our layer costs.

`python -m bench.formats [DIR ...]` reads the documents in the folders; a document is made up for every format without
one. The figures are processor time of one process, the best of three, so that other load on the machine matters less.
"""

import argparse
import csv
import email.policy
import gzip
import io
import json
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from importlib.metadata import version
from pathlib import Path
from typing import Any

import docx
import pypdfium2
from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser

from bench.figures import Figure, at_most, table, write_results
from bench.machine import facts
from outlast.tools.documents.document import Unreadable
from outlast.tools.documents.reading import read_document
from tests.tools.documents.pdf.paper import Words, column, pdf

RESULTS = Path(__file__).parent / "results" / "formats.json"
PACKAGES = ("lxml", "markdown-it-py", "pypdfium2", "python-docx", "selectolax")
REPETITIONS = 3
MAX_PDF_MS_PER_PAGE = 5  # on a slow machine; two to three times the time of the library alone
MIN_HTML_MB_PER_SECOND = 2.0

TIDE = "The tide turns twice a day, and the ferry sails an hour after it, unless the harbour is closed by ice. "
MADE_PARAGRAPHS = 3_000


@dataclass(frozen=True)
class Format:
    name: str
    suffixes: tuple[str, ...]
    library: str
    alone: Callable[[bytes], int]
    """Reads a document with the library alone, and returns the number of pages of a PDF, or 1."""
    make: Callable[[], bytes]


def paragraphs() -> list[str]:
    return [f"{number} {TIDE * (1 + number % 5)}" for number in range(MADE_PARAGRAPHS)]


def made_text() -> bytes:
    return "\n\n".join(paragraphs()).encode()


def made_markdown() -> bytes:
    return "\n\n".join(f"## {text[:20]}\n\n{text}" for text in paragraphs()).encode()


def made_page() -> bytes:
    body = "\n".join(f"<h2>{text[:20]}</h2><p>{text} <a href=x>it</a></p>" for text in paragraphs())
    return f"<html><title>Tides</title><body>{body}</body></html>".encode()


def made_pdf() -> bytes:
    pages = [
        [Words(72, 750, "Tides"), *column(f"{number} {TIDE * 20}", letters=90), Words(300, 40, str(number))]
        for number in range(300)
    ]
    return pdf(pages)


def made_word() -> bytes:
    document, out = docx.Document(), io.BytesIO()
    for text in paragraphs():
        document.add_heading(text[:20], 2)
        document.add_paragraph(text)
    document.save(out)
    return out.getvalue()


def made_book() -> bytes:
    out = io.BytesIO()
    items = "".join(f'<item id="i{n}" href="{n}.xhtml" media-type="application/xhtml+xml"/>' for n in range(10))
    spine = "".join(f'<itemref idref="i{n}"/>' for n in range(10))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/container.xml", '<container><rootfile full-path="book.opf"/></container>')
        archive.writestr("book.opf", f"<package><manifest>{items}</manifest><spine>{spine}</spine></package>")
        for number in range(10):
            archive.writestr(f"{number}.xhtml", made_page())
    return out.getvalue()


def made_mail() -> bytes:
    message = EmailMessage()
    message["Subject"] = "Tides"
    message.set_content(made_text().decode())
    return message.as_bytes()


def made_rows() -> bytes:
    return ("Number,Said,By\n" + "".join(f'{n},"{text}",Ada\n' for n, text in enumerate(paragraphs()))).encode()


def made_notebook() -> bytes:
    cells = [{"cell_type": "markdown", "source": f"## {text[:20]}\n\n{text}"} for text in paragraphs()]
    return json.dumps({"cells": cells, "nbformat": 4}).encode()


def pages_alone(content: bytes) -> int:
    document: Any = pypdfium2.PdfDocument(content)
    count = len(document)
    for number in range(count):
        page = document[number]
        text = page.get_textpage()
        text.get_text_range()
        text.close()
        page.close()
    document.close()
    return count


def page_alone(content: bytes) -> int:
    root = LexborHTMLParser(content.decode(errors="replace")).root
    return 1 if root is not None and root.text() else 0


def word_alone(content: bytes) -> int:
    return 1 if "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(content)).paragraphs) else 0


def book_alone(content: bytes) -> int:
    archive = zipfile.ZipFile(io.BytesIO(content))
    return sum(page_alone(archive.read(name)) for name in archive.namelist() if name.endswith("html")) and 1


def mail_alone(content: bytes) -> int:
    body = message_from_bytes(content, policy=email.policy.default).get_body(("plain", "html"))
    return 1 if body is not None and body.get_content() else 0


def rows_alone(content: bytes) -> int:
    return 1 if list(csv.reader(io.StringIO(content.decode(errors="replace")))) else 0


def notebook_alone(content: bytes) -> int:
    return 1 if json.loads(content) else 0


def markdown_alone(content: bytes) -> int:
    return 1 if MarkdownIt("commonmark").parse(content.decode(errors="replace")) else 0


def text_alone(content: bytes) -> int:
    return 1 if content.decode(errors="replace") else 0


FORMATS = (
    Format("PDF", (".pdf",), "pypdfium2", pages_alone, made_pdf),
    Format("HTML", (".html", ".htm"), "selectolax", page_alone, made_page),
    Format("DOCX", (".docx",), "python-docx", word_alone, made_word),
    Format("EPUB", (".epub",), "zipfile, selectolax", book_alone, made_book),
    Format("mail", (".eml",), "email", mail_alone, made_mail),
    Format("CSV", (".csv", ".tsv"), "csv", rows_alone, made_rows),
    Format("notebook", (".ipynb",), "json", notebook_alone, made_notebook),
    Format("Markdown", (".md",), "markdown-it-py", markdown_alone, made_markdown),
    Format("text", (".txt",), "bytes.decode", text_alone, made_text),
    Format("text, gzipped", (".txt.gz",), "gzip", lambda content: text_alone(gzip.decompress(content)), made_text),
)


def documents(form: Format, folders: list[Path]) -> tuple[list[bytes], str]:
    """Return the documents of a format in the folders, or one that is made up, and a note that says which."""
    files = sorted(
        file for folder in folders for file in folder.rglob("*") if file.is_file() and file.name.endswith(form.suffixes)
    )
    if files:
        return [file.read_bytes() for file in files], f"{len(files)} files"
    made = form.make()
    return [gzip.compress(made) if form.suffixes[0].endswith(".gz") else made], "made"


def best(work: Callable[[bytes], object], contents: list[bytes]) -> float:
    """Return the seconds of processor time that `work` takes for all contents, the best of `REPETITIONS`."""
    times: list[float] = []
    for _ in range(REPETITIONS):
        began = time.process_time()
        for content in contents:
            work(content)
        times.append(time.process_time() - began)
    return min(times)


def measure(form: Format, folders: list[Path]) -> list[Figure]:
    contents, origin = documents(form, folders)
    name = f"a{form.suffixes[0]}"

    def ours(content: bytes) -> None:
        try:
            read_document(name, content)
        except Unreadable as error:
            print(f"{form.name}: {error}", file=sys.stderr)

    own_seconds, library_seconds = best(ours, contents), best(form.alone, contents)
    megabytes = sum(map(len, contents)) / 1e6
    note = f"{origin}, {megabytes:.1f} MB; {form.library} alone: {megabytes / library_seconds:.1f} MB/s"
    speed = megabytes / own_seconds
    figures = [Figure(f"{form.name}, read", round(speed, 2), "MB/s", note=note)]
    if form.name == "HTML":
        target, met = f"at least {MIN_HTML_MB_PER_SECOND:g}", speed >= MIN_HTML_MB_PER_SECOND
        figures = [Figure(f"{form.name}, read", round(speed, 2), "MB/s", target, met, note)]
    if form.name == "PDF":
        pages = sum(map(form.alone, contents))
        alone = f"{pages} pages; {form.library} alone: {1000 * library_seconds / pages:.2f} ms"
        per_page = Figure(f"{form.name}, a page", round(1000 * own_seconds / pages, 2), "ms", note=alone)
        figures.append(at_most(MAX_PDF_MS_PER_PAGE, per_page))
    return figures


def main() -> None:
    options = argparse.ArgumentParser(
        prog="python -m bench.formats", description="Measure how fast each format is read."
    )
    options.add_argument("folders", nargs="*", type=Path, metavar="DIR", help="folders with documents")
    folders: list[Path] = options.parse_args().folders
    figures = [figure for form in FORMATS for figure in measure(form, folders)]
    machine = facts() | {name: version(name) for name in PACKAGES}
    print(table(figures))
    write_results(figures, machine, RESULTS)
    sys.exit(0 if all(figure.met for figure in figures) else 1)


if __name__ == "__main__":
    main()
