"""What people add to the pages of a PDF: values in the fields of a form, notes typed onto a page, remarks, stamps.

PDFium's text of a page has none of them. Values and notes are read from their annotations; what only a drawing shows,
such as the name in a signature, becomes part of the page, so that it is read with the page's text.
"""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw

PDFIUM: Any = pypdfium2.raw

MAX_ANNOTATIONS = 5_000  # of a page
CHECKED, UNCHECKED = "☒", "☐"
WITHOUT_BOXES = dict.fromkeys(map(ord, CHECKED + UNCHECKED))
SILENT = {PDFIUM.FPDF_ANNOT_LINK, PDFIUM.FPDF_ANNOT_POPUP}
"""Kinds that show no words of their own: a popup shows those of another annotation."""
BOXES = {PDFIUM.FPDF_FORMFIELD_CHECKBOX, PDFIUM.FPDF_FORMFIELD_RADIOBUTTON}
VALUES = {PDFIUM.FPDF_FORMFIELD_TEXTFIELD, PDFIUM.FPDF_FORMFIELD_COMBOBOX, PDFIUM.FPDF_FORMFIELD_LISTBOX}
HIDDEN_FLAGS = PDFIUM.FPDF_ANNOT_FLAG_HIDDEN | PDFIUM.FPDF_ANNOT_FLAG_NOVIEW
PASSWORD_FLAG = 1 << 13


@dataclass(slots=True)
class Addition:
    """Words that somebody added to a page. Measures are in points, from the page's left and its bottom."""

    words: str
    left: float
    bottom: float
    right: float
    top: float
    label: str = ""
    """The name of its field, for the case that the page names it nowhere."""
    is_field: bool = False
    is_box: bool = False
    """Whether it is a box to be ticked, which stands before its label."""


@dataclass(slots=True)
class PageAdditions:
    """What was added to a page."""

    seen: list[Addition]
    hidden_words: int = 0
    has_unread: bool = False
    """Whether there are more of them than are read."""
    is_redrawn: bool = False
    """Whether the page has to be loaded again, because drawings became a part of it."""


def read_additions(page: Any, form: Any) -> PageAdditions:
    """Return what was added to a page. `form` is PDFium's environment of forms, or None if the document has no form."""
    found, drawn, read = PageAdditions([]), 0, list[int]()
    count = int(PDFIUM.FPDFPage_GetAnnotCount(page))
    found.has_unread = count > MAX_ANNOTATIONS
    for number in range(min(count, MAX_ANNOTATIONS)):
        annotation = PDFIUM.FPDFPage_GetAnnot(page, number)
        if not annotation:
            continue
        try:
            kind = PDFIUM.FPDFAnnot_GetSubtype(annotation)
            if kind in SILENT:
                continue
            addition = _field(annotation, form) if kind == PDFIUM.FPDF_ANNOT_WIDGET else _note(annotation, kind)
            is_hidden = bool(PDFIUM.FPDFAnnot_GetFlags(annotation) & HIDDEN_FLAGS)
            if addition is None:
                drawn += not is_hidden and _is_drawn(annotation)
                continue
        finally:
            PDFIUM.FPDFPage_CloseAnnot(annotation)
        read.append(number)
        if is_hidden:
            found.hidden_words += len(addition.words.translate(WITHOUT_BOXES).split())
        elif addition.words:
            found.seen.append(addition)
    if drawn:
        for number in reversed(read):  # they are read already, and would be read once more
            PDFIUM.FPDFPage_RemoveAnnot(page, number)
        found.is_redrawn = PDFIUM.FPDFPage_Flatten(page, PDFIUM.FLAT_NORMALDISPLAY) == PDFIUM.FLATTEN_SUCCESS
    return found


def _is_drawn(annotation: Any) -> bool:
    """Return whether it has a drawing of its own, which may hold words."""
    return PDFIUM.FPDFAnnot_GetAP(annotation, PDFIUM.FPDF_ANNOT_APPEARANCEMODE_NORMAL, None, 0) > 2


def _field(annotation: Any, form: Any) -> Addition | None:
    """Return the value of a field, which may be empty; None if only a drawing shows what it says."""
    kind = PDFIUM.FPDFAnnot_GetFormFieldType(form, annotation) if form is not None else -1
    if kind not in BOXES | VALUES:
        words = _string(annotation, "V") if kind <= 0 else ""  # of a field that belongs to no form
        return _at(annotation, words, label=_string(annotation, "TU"), is_field=True) if words else None
    if kind in BOXES:
        words = CHECKED if PDFIUM.FPDFAnnot_IsChecked(form, annotation) else UNCHECKED
    else:
        words = _form_string(PDFIUM.FPDFAnnot_GetFormFieldValue, form, annotation)
    if kind == PDFIUM.FPDF_FORMFIELD_LISTBOX or (kind == PDFIUM.FPDF_FORMFIELD_COMBOBOX and words):
        words = ", ".join(_chosen(form, annotation)) or words
    if kind == PDFIUM.FPDF_FORMFIELD_TEXTFIELD:
        is_password = PDFIUM.FPDFAnnot_GetFormFieldFlags(form, annotation) & PASSWORD_FLAG
        words = "*" * len(words) if is_password else words
    label = _form_string(PDFIUM.FPDFAnnot_GetFormFieldAlternateName, form, annotation)
    label = label or _form_string(PDFIUM.FPDFAnnot_GetFormFieldName, form, annotation)
    return _at(annotation, words, label=label, is_field=True, is_box=kind in BOXES)


def _chosen(form: Any, annotation: Any) -> Iterator[str]:
    """Yield what the list shows for the chosen values, which may be codes."""
    for number in range(max(0, min(int(PDFIUM.FPDFAnnot_GetOptionCount(form, annotation)), MAX_ANNOTATIONS))):
        if PDFIUM.FPDFAnnot_IsOptionSelected(form, annotation, number):
            length = PDFIUM.FPDFAnnot_GetOptionLabel(form, annotation, number, None, 0)
            buffer = (ctypes.c_ushort * (length // 2 + 1))()
            PDFIUM.FPDFAnnot_GetOptionLabel(form, annotation, number, buffer, length)
            yield _decoded(buffer, length)


def _note(annotation: Any, kind: int) -> Addition | None:
    """Return the words of an annotation that is no field; None if it has none but in a drawing."""
    words = " ".join(_string(annotation, "Contents").split())
    if not words:
        return None
    if kind == PDFIUM.FPDF_ANNOT_FREETEXT:
        return _at(annotation, words)
    author = " ".join(_string(annotation, "T").split())
    return _at(annotation, f"[Note by {author}: {words}]" if author else f"[Note: {words}]")


def _at(annotation: Any, words: str, *, label: str = "", is_field: bool = False, is_box: bool = False) -> Addition:
    box = PDFIUM.FS_RECTF()
    PDFIUM.FPDFAnnot_GetRect(annotation, box)
    left, right = sorted((float(box.left), float(box.right)))
    bottom, top = sorted((float(box.bottom), float(box.top)))
    return Addition(words, left, bottom, right, top, label, is_field, is_box)


def _string(annotation: Any, key: str) -> str:
    name = key.encode()
    length = PDFIUM.FPDFAnnot_GetStringValue(annotation, name, None, 0)
    buffer = (ctypes.c_ushort * (length // 2 + 1))()
    PDFIUM.FPDFAnnot_GetStringValue(annotation, name, buffer, length)
    return _decoded(buffer, length)


def _form_string(function: Any, form: Any, annotation: Any) -> str:
    length = function(form, annotation, None, 0)
    buffer = (ctypes.c_ushort * (length // 2 + 1))()
    function(form, annotation, buffer, length)
    return _decoded(buffer, length)


def _decoded(buffer: Any, length: int) -> str:
    return bytes(buffer)[:length].decode("utf-16-le", errors="replace").split("\0", 1)[0].replace("\r", "\n")
