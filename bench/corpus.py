"""Make up documents in every format. The same seed gives the same bytes."""

import csv
import gzip
import io
import json
import random
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

NOUNS = (
    "harbour lamp keeper ferry railing clockwork oven dough ledger valve turbine orchard survey bridge tariff".split()
)
VERBS = "guards carries repairs measures closes replaces inspects describes delays supports floods records".split()
ADJECTIVES = "northern wooden seasonal hourly narrow public forgotten hydraulic leased tidal copper annual".split()
SYLLABLES = "ba cer dol en fi gra hul im jo kel lun mar nor os pel qui ras ster tun ul vor wen yst zel".split()
ENDS = ["before winter", "at every tide", "without a permit", "for 30 crowns", "in the second year", "by hand"]
LINES_A_PAGE = 45
EPOCH = (2020, 1, 1, 0, 0, 0)  # the time of files in archives, so that the same seed gives the same bytes


@dataclass(frozen=True)
class Section:
    heading: str
    paragraphs: Sequence[str]


def sections(chance: random.Random, characters: int) -> list[Section]:
    """Return headings and paragraphs with about `characters` characters in total."""
    made: list[Section] = []
    size = 0
    while size < characters:
        paragraphs = [paragraph(chance) for _ in range(chance.randint(2, 6))]
        made.append(Section(f"{len(made) + 1} The {chance.choice(ADJECTIVES)} {chance.choice(NOUNS)}", paragraphs))
        size += sum(len(each) for each in paragraphs)
    return made


def paragraph(chance: random.Random) -> str:
    return " ".join(sentence(chance) for _ in range(chance.randint(2, 7)))


def sentence(chance: random.Random) -> str:
    first, second = chance.choice(NOUNS), name(chance)
    predicate = f"{chance.choice(VERBS)} the {chance.choice(ADJECTIVES)} {second}"
    return f"The {name(chance)} {first} {predicate} {chance.choice(ENDS)} near {name(chance).title()}."


def name(chance: random.Random) -> str:
    """Return a made-up name; with words of a list alone, archives would be smaller than real ones."""
    return "".join(chance.choices(SYLLABLES, k=chance.randint(2, 4)))


def wrapped(text: str, width: int = 80) -> list[str]:
    lines, line = list[str](), ""
    for word in text.split():
        if line and len(line) + len(word) >= width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]


def plain(made: Sequence[Section]) -> bytes:
    blocks = [f"{each.heading}\n{'=' * len(each.heading)}\n\n{_paragraphs(each)}" for each in made]
    return "\n\n".join(blocks).encode()


def _paragraphs(section: Section) -> str:
    return "\n\n".join("\n".join(wrapped(each)) for each in section.paragraphs)


def markdown(made: Sequence[Section]) -> bytes:
    return "\n\n".join(f"# {each.heading}\n\n{_paragraphs(each)}" for each in made).encode()


def html(made: Sequence[Section]) -> bytes:
    body = "\n".join(
        f"<h2>{each.heading}</h2>\n" + "\n".join(f"<p>{text}</p>" for text in each.paragraphs) for each in made
    )
    links = "".join(f'<li><a href="{number}.html">Page {number}</a></li>' for number in range(20))
    page = f"<!DOCTYPE html><html><head><title>{made[0].heading}</title><style>p {{ margin: 1em }}</style></head>"
    return f"{page}<body><nav><ul>{links}</ul></nav><main>{body}</main></body></html>".encode()


def pdf(made: Sequence[Section]) -> bytes:
    lines = [line for each in made for text in (each.heading, *each.paragraphs) for line in (*wrapped(text), "")]
    return pdf_of_pages([lines[at : at + LINES_A_PAGE] for at in range(0, len(lines), LINES_A_PAGE)])


def pdf_of_pages(pages: Sequence[Sequence[str]]) -> bytes:
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, lines in enumerate(pages):
        operators = "".join(f"({line.replace('(', '').replace(')', '')}) Tj T*\n" for line in lines)
        stream = zlib.compress(f"BT /F1 10 Tf 14 TL 60 760 Td\n{operators}ET".encode("cp1252", errors="replace"))
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> "
            b"/Contents %d 0 R >>" % (5 + 2 * number),
            b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream),
        ]
    written, offsets = bytearray(b"%PDF-1.4\n"), list[int]()
    for number, content in enumerate(objects, start=1):
        offsets.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(written))
    return bytes(written) + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + trailer


def docx(made: Sequence[Section]) -> bytes:
    words = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kinds = "application/vnd.openxmlformats-officedocument.wordprocessingml"

    def block(text: str, style: str = "") -> str:
        styled = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
        return f'<w:p>{styled}<w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'

    body = "".join(block(each.heading, "Heading1") + "".join(map(block, each.paragraphs)) for each in made)
    style = '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style>'
    return _archive(
        {
            "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{kinds}.document.main+xml"/>'
            f'<Override PartName="/word/styles.xml" ContentType="{kinds}.styles+xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
            f'Type="{office}/officeDocument" Target="word/document.xml"/></Relationships>',
            "word/_rels/document.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
            f'Type="{office}/styles" Target="styles.xml"/></Relationships>',
            "word/styles.xml": f'<w:styles xmlns:w="{words}">{style}</w:styles>',
            "word/document.xml": f'<w:document xmlns:w="{words}"><w:body>{body}</w:body></w:document>',
        }
    )


def epub(made: Sequence[Section]) -> bytes:
    half = max(1, len(made) // 2)
    chapters = [part for part in (made[:half], made[half:]) if part]
    items = "".join(
        f'<item id="c{number}" href="c{number}.xhtml" media-type="application/xhtml+xml"/>'
        for number in range(len(chapters))
    )
    spine = "".join(f'<itemref idref="c{number}"/>' for number in range(len(chapters)))
    pages = {
        f"OEBPS/c{number}.xhtml": '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Chapter</title></head><body>'
        + "".join(f"<h1>{each.heading}</h1>" + "".join(f"<p>{text}</p>" for text in each.paragraphs) for each in part)
        + "</body></html>"
        for number, part in enumerate(chapters)
    }
    return _archive(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container version="1.0" '
            'xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile '
            'full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
            "OEBPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i">'
            f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{made[0].heading}</dc:title>'
            f'<dc:identifier id="i">made-up</dc:identifier></metadata><manifest>{items}</manifest>'
            f"<spine>{spine}</spine></package>",
            **pages,
        }
    )


def _archive(files: dict[str, str]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def eml(made: Sequence[Section]) -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = made[0].heading, "a@example.org", "b@example.org"
    message["Date"] = "Mon, 06 Jan 2020 10:00:00 +0000"
    message.set_content("\n\n".join(f"{each.heading}\n\n{_paragraphs(each)}" for each in made))
    return message.as_bytes()


def rows(made: Sequence[Section]) -> bytes:
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(["part", "number", "text"])
    for each in made:
        table.writerows([each.heading, number, text] for number, text in enumerate(each.paragraphs))
    return written.getvalue().encode()


def notebook(made: Sequence[Section]) -> bytes:
    cells, nothing = list[dict[str, object]](), dict[str, object]()
    for each in made:
        text = f"# {each.heading}\n\n" + "\n\n".join(each.paragraphs)
        cells += [
            {"cell_type": "markdown", "metadata": nothing, "source": text.splitlines(keepends=True)},
            {
                "cell_type": "code",
                "metadata": nothing,
                "execution_count": 1,
                "source": [f'print("{each.heading}")'],
                "outputs": [{"output_type": "stream", "name": "stdout", "text": [f"{each.heading}\n"]}],
            },
        ]
    return json.dumps({"cells": cells, "metadata": nothing, "nbformat": 4, "nbformat_minor": 5}).encode()


def packed(made: Sequence[Section]) -> bytes:
    return gzip.compress(plain(made), mtime=0)


FORMATS: dict[str, Callable[[Sequence[Section]], bytes]] = {
    ".txt": plain,
    ".md": markdown,
    ".rst": plain,
    ".html": html,
    ".pdf": pdf,
    ".docx": docx,
    ".epub": epub,
    ".eml": eml,
    ".csv": rows,
    ".ipynb": notebook,
    ".txt.gz": packed,
}


def write_corpus(folder: Path, size_bytes: int, seed: int, suffixes: Sequence[str] = tuple(FORMATS)) -> int:
    """Write files of up to 60 kB of text, with about as many bytes of each format; return the number of files."""
    number = 0
    for suffix in suffixes:
        chance, size = random.Random(f"{seed}{suffix}"), 0  # noqa: S311 - the seed makes it repeatable
        subfolder = folder / suffix.strip(".").replace(".", "-")
        subfolder.mkdir(parents=True)
        while size < size_bytes / len(suffixes):
            content = FORMATS[suffix](sections(chance, chance.randint(1_000, 60_000)))
            (subfolder / f"{number:06}{suffix}").write_bytes(content)
            size += len(content)
            number += 1
    return number
