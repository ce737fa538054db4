"""The blocks of a Word document in order: paragraphs, tables, and documents that were merged into it."""

from collections.abc import Iterator
from typing import Any

from outlast.evidence.losses import LossKind
from outlast.tools.documents.office.package import local_name
from outlast.tools.documents.office.word.runs import DELETED_ELEMENTS, Runs, alternative
from outlast.tools.documents.office.word.styles import OFF, W

TRANSPARENT_ELEMENTS = frozenset(
    W + name for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag", "body", "hdr", "ftr")
)


def blocks_of(parent: Any, runs: Runs) -> Iterator[Any]:
    """Yield paragraphs, tables and merged parts in order, including those in content controls and insertions."""
    for child in parent:
        if child.tag in (W + "p", W + "tbl", W + "altChunk"):
            yield child
        elif child.tag in DELETED_ELEMENTS:
            runs.leave_out(child, LossKind.DELETED)
        elif child.tag == W + "sdt" and _is_contents_control(child):
            runs.leave_out(child, LossKind.NAVIGATION)
        elif child.tag in TRANSPARENT_ELEMENTS:
            yield from blocks_of(child, runs)
        elif local_name(child) == "AlternateContent":
            yield from blocks_of(alternative(child), runs)
        elif local_name(child) in ("oMathPara", "oMath"):
            paragraph = child.makeelement(W + "p")
            paragraph.append(child.__copy__())
            yield paragraph


def is_hidden(properties: Any | None) -> bool:
    """Return whether the mark at the end of a paragraph is hidden: it shows no number or bullet then."""
    mark = properties.find(W + "rPr") if properties is not None else None
    hidden = mark.find(W + "vanish") if mark is not None else None
    return hidden is not None and hidden.get(W + "val") not in OFF


def is_drop_cap(properties: Any | None) -> bool:
    """Return whether a paragraph is the large first letters of the next one, which Word keeps in a frame."""
    frame = properties.find(W + "framePr") if properties is not None else None
    return frame is not None and frame.get(W + "dropCap") in ("drop", "margin")


def _is_contents_control(control: Any) -> bool:
    gallery = control.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
    return gallery is not None and gallery.get(W + "val") == "Table of Contents"
