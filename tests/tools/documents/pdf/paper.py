"""PDFs written by hand: words at positions, so that a test says what stands where."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

FONTS = {"text": "Helvetica", "bold": "Helvetica-Bold", "fixed": "Courier"}
LEVEL, TURNED = b"1 0 0 1", b"0 1 -1 0"
WIDTH, HEIGHT = 612, 792
PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


@dataclass(frozen=True)
class Words:
    """Text at a position in points; `y` counts up from the bottom."""

    x: float
    y: float
    text: str
    size: float = 11
    font: str = "text"
    upwards: bool = False
    """Turned to the left, so that it runs up the page."""
    angle: float = 0
    """Degrees by which it is turned to the left."""
    color: str = "0 0 0"
    """Red, green and blue, each from 0 to 1."""
    mode: int = 0
    """The mode of drawing: 3 is invisible."""
    layer: str = ""
    """The layer on which it stands: `Shown` or `Off`, which is switched off."""


@dataclass(frozen=True)
class Drawing:
    """Operators that draw something other than text: `0 0 1 rg 10 10 50 20 re f`; `/Scan Do` draws a picture."""

    operators: str


@dataclass(frozen=True)
class Added:
    """An annotation of a page: a note, a stamp, or the field of a form."""

    kind: str
    """Such as `FreeText`, or `Widget` for a field."""
    box: tuple[float, float, float, float]
    """Left, bottom, right and top, in points."""
    entries: str = ""
    """Of its dictionary, such as `/Contents(words)`."""
    drawing: str = ""
    """What it shows, as operators that draw in its box."""


Item = Words | Drawing | Added


@dataclass(frozen=True)
class Entry:
    """An entry of the outline; `page` counts from 1."""

    title: str
    page: int
    y: float


class _Objects(list[bytes]):
    def add(self, content: bytes) -> int:
        """Add an object and return its number, which counts from 1."""
        self.append(content)
        return len(self)


def column(text: str, *, x: float = 72, y: float = 700, letters: int = 80, size: float = 11) -> list[Words]:
    """Return a wrapped paragraph."""
    return [Words(x, y - 1.2 * size * number, line, size) for number, line in enumerate(wrap(text, letters))]


def pdf(
    pages: Sequence[Sequence[Item]],
    *,
    outline: list[Entry] | None = None,
    title: str = "",
    locked: bool = False,
    rotate: int = 0,
    attached: dict[str, bytes] | None = None,
) -> bytes:
    objects = _Objects()
    add = objects.add
    catalog, tree = add(b""), add(b"")
    fonts = b"".join(
        b"/%s %d 0 R "
        % (name.encode(), add(b"<</Type/Font/Subtype/Type1/Encoding/WinAnsiEncoding/BaseFont/%s>>" % base.encode()))
        for name, base in FONTS.items()
    )
    picture = add(
        b"<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>"
        b"stream\n\x80\nendstream"
    )
    shown, off = (add(b"<</Type/OCG/Name(%s)>>" % name) for name in (b"Shown", b"Off"))
    layers = b"/OCProperties<</OCGs[%d 0 R %d 0 R]/D<</OFF[%d 0 R]>>>>" % (shown, off, off)
    properties = b"/Properties<</Shown %d 0 R/Off %d 0 R>>" % (shown, off)
    resources = b"<</Font<<%s>>/XObject<</Scan %d 0 R>>%s>>" % (fonts, picture, properties)
    fields: list[int] = []
    numbers = [_page(items, tree, resources, objects, rotate, fields) for items in pages]
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    objects[tree - 1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(numbers), kids)
    entries = layers + (b"/Outlines %d 0 R" % _outline(outline, numbers, objects) if outline else b"")
    if fields:
        entries += b"/AcroForm<</Fields[%s]/DR%s>>" % (b" ".join(b"%d 0 R" % number for number in fields), resources)
    if attached:
        files = b"".join(
            b"(%s)%d 0 R" % (_escaped(name), _attachment(name, content, objects)) for name, content in attached.items()
        )
        entries += b"/Names<</EmbeddedFiles<</Names[%s]>>>>" % files
    objects[catalog - 1] = b"<</Type/Catalog/Pages %d 0 R%s>>" % (tree, entries)
    info = add(b"<</Title(%s)>>" % _escaped(title))
    encrypted = b"/Encrypt %d 0 R/ID[<%s><%s>]" % (add(_lock()), b"00" * 16, b"00" * 16) if locked else b""
    return _file(objects, b"/Root %d 0 R/Info %d 0 R%s" % (catalog, info, encrypted))


def _page(  # noqa: PLR0917 - what the objects of all pages share
    items: Sequence[Item], tree: int, resources: bytes, objects: _Objects, rotate: int, fields: list[int]
) -> int:
    stream = b"\n".join(_operators(each) for each in items if not isinstance(each, Added))
    content = objects.add(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
    added = [_annotation(each, resources, objects, fields) for each in items if isinstance(each, Added)]
    return objects.add(
        b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 %d %d]/Rotate %d/Resources%s/Contents %d 0 R/Annots[%s]>>"
        % (tree, WIDTH, HEIGHT, rotate, resources, content, b" ".join(b"%d 0 R" % number for number in added))
    )


def _operators(item: Words | Drawing) -> bytes:
    if isinstance(item, Drawing):
        return b"q %s Q" % item.operators.encode()
    matrix = TURNED if item.upwards else LEVEL
    if item.angle:
        sine, cosine = math.sin(math.radians(item.angle)), math.cos(math.radians(item.angle))
        matrix = b"%.4f %.4f %.4f %.4f" % (cosine, sine, -sine, cosine)
    place = b"%s %.2f %.2f Tm" % (matrix, item.x, item.y)
    style = b"%s rg %d Tr /%s %.2f Tf" % (item.color.encode(), item.mode, item.font.encode(), item.size)
    shown = b"BT %s %s (%s) Tj ET" % (style, place, _escaped(item.text))
    return b"/OC /%s BDC %s EMC" % (item.layer.encode(), shown) if item.layer else shown


def _annotation(added: Added, resources: bytes, objects: _Objects, fields: list[int]) -> int:
    left, bottom, right, top = added.box
    drawing = b""
    if added.drawing:
        operators = added.drawing.encode()
        form = b"<</Type/XObject/Subtype/Form/BBox[0 0 %.1f %.1f]/Resources%s/Length %d>>stream\n%s\nendstream"
        number = objects.add(form % (right - left, top - bottom, resources, len(operators), operators))
        drawing = b"/AP<</N %d 0 R>>" % number
    number = objects.add(
        b"<</Type/Annot/Subtype/%s/Rect[%.1f %.1f %.1f %.1f]%s%s>>"
        % (added.kind.encode(), left, bottom, right, top, added.entries.encode("cp1252"), drawing)
    )
    if added.kind == "Widget":
        fields.append(number)
    return number


def _attachment(name: str, content: bytes, objects: _Objects) -> int:
    stream = objects.add(b"<</Type/EmbeddedFile/Length %d>>stream\n%s\nendstream" % (len(content), content))
    return objects.add(b"<</Type/Filespec/F(%s)/UF(%s)/EF<</F %d 0 R>>>>" % (_escaped(name), _escaped(name), stream))


def _outline(outline: list[Entry], pages: list[int], objects: _Objects) -> int:
    root = objects.add(b"")
    first = root + 1
    for number, entry in enumerate(outline):
        siblings = b"/Prev %d 0 R" % (first + number - 1) if number else b""
        siblings += b"/Next %d 0 R" % (first + number + 1) if number + 1 < len(outline) else b""
        target = b"[%d 0 R /XYZ 0 %.1f 0]" % (pages[entry.page - 1], entry.y)
        objects.add(b"<</Title(%s)/Parent %d 0 R%s/Dest%s>>" % (_escaped(entry.title), root, siblings, target))
    last = first + len(outline) - 1
    objects[root - 1] = b"<</First %d 0 R/Last %d 0 R/Count %d>>" % (first, last, len(outline))
    return root


def _escaped(text: str) -> bytes:
    return text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _lock() -> bytes:
    """Return the dictionary of the oldest encryption, RC4 with 40 bits. An empty password must not open the file."""
    padded = (b"a password" + PADDING)[:32]
    owner = _rc4(hashlib.md5(padded, usedforsecurity=False).digest()[:5], padded)
    key = hashlib.md5(padded + owner + (-4 & 0xFFFFFFFF).to_bytes(4, "little") + bytes(16), usedforsecurity=False)
    user = _rc4(key.digest()[:5], PADDING)
    return b"<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (owner.hex().encode(), user.hex().encode())


def _rc4(key: bytes, content: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    out = bytearray()
    for byte in content:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def _file(objects: list[bytes], trailer: bytes) -> bytes:
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer<</Size %d%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, table))
