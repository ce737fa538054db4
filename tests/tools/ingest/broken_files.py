"""300 broken files, made from a fixed seed, each broken in another way or at another place."""

import gzip
import io
import os
import random
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.corpus import FORMATS, pdf_of_pages, sections, sentence

MB = 1 << 20
Damage = Callable[[random.Random, bytes], bytes]


def write_broken_files(folder: Path, seed: int) -> list[str]:
    """The files that were written, by the names that the collection must list."""
    names = [name for name, content in sorted(broken(random.Random(seed)).items()) if write(folder / name, content)]
    return [*names, *write_what_is_no_file(folder), *write_odd_names(folder)]


def write(path: Path, content: bytes) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.write_bytes(content) == len(content)


def broken(chance: random.Random) -> dict[str, bytes]:
    made: dict[str, bytes] = {}
    for suffix, written in FORMATS.items():
        for name, damage in DAMAGES.items():
            for copy in range(2):
                whole = written(sections(chance, 4_000))
                made[f"damaged/{name}-{copy}{suffix}"] = damage(chance, whole)
        made[f"wrong/html{suffix}"] = FORMATS[".html"](sections(chance, 1_000))
        made[f"wrong/pdf{suffix}"] = FORMATS[".pdf"](sections(chance, 1_000))
        made[f"wrong/archive{suffix}"] = FORMATS[".docx"](sections(chance, 1_000))
    made |= {f"traps/{name}": content for name, content in traps()}
    return made


def truncate(chance: random.Random, whole: bytes) -> bytes:
    return whole[: chance.randrange(1, len(whole))]


def flip(chance: random.Random, whole: bytes) -> bytes:
    changed = bytearray(whole)
    for _ in range(max(1, len(whole) // 50)):
        changed[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def cut_out(chance: random.Random, whole: bytes) -> bytes:
    start, end = sorted(chance.sample(range(len(whole)), 2))
    return whole[:start] + whole[end:]


def repeat(chance: random.Random, whole: bytes) -> bytes:
    start, end = sorted(chance.sample(range(len(whole)), 2))
    return whole[:end] + whole[start:end] * 20 + whole[end:]


def shuffle(chance: random.Random, whole: bytes) -> bytes:
    blocks = [whole[at : at + 64] for at in range(0, len(whole), 64)]
    chance.shuffle(blocks)
    return b"".join(blocks)


DAMAGES: dict[str, Damage] = {
    "truncated": truncate,
    "flipped": flip,
    "cut-out": cut_out,
    "repeated": repeat,
    "shuffled": shuffle,
    "nuls": lambda _, whole: whole.replace(b"e", b"\0"),
    "half-utf-16": lambda _, whole: b"\xff\xfe" + whole[:-1],
    "mixed-encodings": lambda _, whole: whole[:500] + "Grüße".encode("latin-1") + whole[500:] + "文".encode(),
    "random": lambda chance, whole: chance.randbytes(len(whole)),
    "no-bytes": lambda *_: b"",
}


def traps() -> Iterator[tuple[str, bytes]]:
    """Write small files that make a parser use much memory, time or stack."""
    pages = random.Random(1)
    yield "deep.html", b"<div>" * 30_000 + b"text"
    yield "deep-lists.md", b"".join(b" " * depth + b"- text\n" for depth in range(1_000))
    yield "deep-quotes.md", b">" * 50_000 + b" text"
    yield "deep-brackets.md", b"[" * 50_000 + b"text" + b"]" * 50_000
    yield "deep.ipynb", b"[" * 100_000 + b"]" * 100_000
    yield "deep.csv", b'"' * 100_000 + b",text"
    yield "many-columns.csv", b"," * 500_000 + b"text\n" + b"a," * 1_000
    yield "open-quote.csv", b'"' + b"text, and more\n" * 50_000
    yield "attributes.html", b"<p " + b"a=b " * 100_000 + b">text</p>"
    yield "entities.html", b"&lt;" * 200_000
    yield "unclosed.html", b"<table><tr><td>" * 20_000
    yield "one-line.txt", b"word " * 500_000
    yield "one-word.txt", b"x" * 2_000_000
    yield "rules.txt", b"-" * 1_000_000 + b"\n" + b"=\n" * 100_000
    yield "numbers.txt", b"1." * 100_000 + b"\n" + b"(a) " * 100_000
    yield "spaces.txt", b" " * 1_000_000 + b"text" + b" \n" * 100_000
    yield "dots.txt", b"Chapter " + b". " * 200_000 + b"1\n"
    yield "pipes.txt", b"| " * 200_000
    yield "bars.rst", (b"=" * 1_000 + b"\n") * 500
    yield "stars.md", b"*" * 100_000 + b"a" + b"_" * 100_000
    yield "bom-alone.txt", b"\xef\xbb\xbf"
    yield "bom-alone.html", b"\xff\xfe"
    yield "lines.eml", b"Subject: " + b"a\n " * 50_000 + b"\n\ntext"
    yield "parts.eml", b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(500))
    yield "boundary.eml", b'Content-Type: multipart/mixed; boundary="-"\n\n' + b"---\n\n" * 20_000
    yield "bomb.txt.gz", gzip.compress(b"\0" * (300 * MB), 1)
    yield "bomb.gz.gz", gzip.compress(gzip.compress(b"text " * (10 * MB), 1), 1)
    yield "text-bomb.txt.gz", gzip.compress(b"text and " * (20 * MB), 1)
    yield "members.txt.gz", gzip.compress(b"text ", 1) * 20_000
    for suffix, part in ((".docx", "word/document.xml"), (".epub", "META-INF/container.xml")):
        whole = FORMATS[suffix](sections(random.Random(1), 1_000))
        yield f"bomb{suffix}", with_part(whole, part, b"<a>" + b" " * (300 * MB) + b"</a>")
        yield f"laughs{suffix}", with_part(whole, part, laughs())
        yield f"outside{suffix}", with_entity(whole, "OEBPS/c0.xhtml" if suffix == ".epub" else part)
        yield f"without{suffix}", with_part(whole, part, b"")
        yield f"climbing{suffix}", with_part(whole, "../../../../climbing.txt", b"text")
    yield "many-entries.epub", many_entries()
    yield "many-pages.pdf", pdf_of_pages([[sentence(pages)] for _ in range(10_000)])
    yield "encrypted.pdf", encrypted_pdf()
    yield "circle.pdf", circle()
    yield "bomb.pdf", pdf_with_stream(zlib.compress(b"\0" * (200 * MB), 1))
    yield "no-pages.pdf", b"%PDF-1.4\n%%EOF\n"
    yield "claims.pdf", b"%PDF-1.4\n1 0 obj << /Length 999999999999 >> stream\n" + b"x" * 1000


def with_part(whole: bytes, name: str, content: bytes) -> bytes:
    """Return the archive with one part replaced or added."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as read, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        for other in read.namelist():
            if other != name:
                packed.writestr(other, read.read(other))
        packed.writestr(name, content, compresslevel=1)
    return written.getvalue()


def many_entries() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as packed:
        for number in range(20_000):
            packed.writestr(f"{number}.xhtml", b"")
    return written.getvalue()


def laughs() -> bytes:
    """Return XML with nested entities: a kilobyte that expands to gigabytes."""
    entities = '<!ENTITY e0 "text">' + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    return f'<?xml version="1.0"?><!DOCTYPE a [{entities}]><a>&e11;</a>'.encode()


def with_entity(whole: bytes, part: str) -> bytes:
    """Return XML whose entity refers to a file of the machine that reads it."""
    with zipfile.ZipFile(io.BytesIO(whole)) as read:
        content = read.read(part).decode()
    asking = '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + content.replace("The ", "The &e; ")
    return with_part(whole, part, asking.encode())


def encrypted_pdf() -> bytes:
    whole = pdf_of_pages([["Nobody is to read this."]])
    words = b"<< /Filter /Standard /V 1 /R 2 /O (%s) /U (%s) /P -4 >>" % (b"o" * 32, b"u" * 32)
    return whole.replace(b"/Root 1 0 R", b"/Root 1 0 R /Encrypt %s /ID [(a) (a)]" % words)


def circle() -> bytes:
    """Return a PDF whose tree of pages contains itself."""
    return pdf_of_pages([["text"]]).replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]")


def pdf_with_stream(stream: bytes) -> bytes:
    whole = pdf_of_pages([["text"]])
    start = whole.index(b"stream\n") + len(b"stream\n")
    return whole[:start] + stream + whole[whole.index(b"\nendstream") :]


def write_what_is_no_file(folder: Path) -> list[str]:
    below = folder / "links"
    below.mkdir()
    (below / "self.txt").symlink_to("self.txt")
    (below / "there.txt").symlink_to("back.txt")
    (below / "back.txt").symlink_to("there.txt")
    (below / "out.txt").symlink_to("/etc/hostname")
    (below / "device.txt").symlink_to("/dev/zero")
    (below / "nowhere.txt").symlink_to("nowhere/at/all")
    (below / "up").symlink_to("..")
    os.mkfifo(below / "pipe.txt")
    with (below / "huge.txt").open("wb") as huge:
        huge.truncate(2 << 30)
    names = ("self", "there", "back", "out", "device", "nowhere", "pipe", "huge")
    return [f"links/{name}.txt" for name in names]


ODD_NAMES = {
    b"line\nbreak.txt": "line␊break.txt",
    b"\r.txt": "␍.txt",
    b"escape\x1b[31m.txt": "escape␛[31m.txt",
    b"latin\xe9.txt": "latin\ufffd.txt",
    b"cut\xe2\x82.txt": "cut\ufffd.txt",
    "right\u202eto-left.txt".encode(): "right\u202eto-left.txt",
    "separator\u2028.txt".encode(): "separator\ufffd.txt",
    b"x" * 251 + b".txt": "x" * 251 + ".txt",
    b" .txt": " .txt",
    b"-rf.txt": "-rf.txt",
    b"no-suffix": "no-suffix",
    b"..txt.": "..txt.",
    b"UPPER.TXT": "UPPER.TXT",
}
"""The bytes of each name, and how it is to be listed; hidden ones are not."""


def write_odd_names(folder: Path) -> list[str]:
    below = folder / "names"
    below.mkdir()
    for name in ODD_NAMES:
        (below / os.fsdecode(name)).write_text("A text with an odd name.")
    return [f"names/{shown}" for shown in ODD_NAMES.values() if not shown.startswith(".")]
