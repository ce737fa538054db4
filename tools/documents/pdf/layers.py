"""Which text of a page stands on a layer, which PDF calls optional content: a layer may be switched off."""

import ctypes
from typing import Any

import pypdfium2.raw

from outlast.tools.documents.pdf.glyphs import bound

PDFIUM: Any = pypdfium2.raw

LAYER = "OC"
MAX_NAME_BYTES = 16  # longer names of marks are no layers
_count_marks = bound(PDFIUM.FPDFPageObj_CountMarks, ctypes.c_int, ctypes.c_void_p)
_mark_of = bound(PDFIUM.FPDFPageObj_GetMark, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ulong)
_name_of = bound(
    PDFIUM.FPDFPageObjMark_GetName, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_void_p
)


def may_have_layers(content: bytes) -> bool:
    """Return whether a file may have layers. PDFium does not say so, and the list of them may be compressed."""
    return b"/OC" in content or b"/ObjStm" in content


class Layers:
    """Says which objects of a page stand on a layer. Neighbours share their marks, which are looked at once."""

    def __init__(self) -> None:
        self._is_layer: dict[int, bool] = {}
        self._name = (ctypes.c_ushort * (MAX_NAME_BYTES // 2))()
        self._length = ctypes.c_ulong()

    def is_on_one(self, address: int, depth: int) -> bool:
        """Return whether an object stands on a layer, or may: a form in which it stands may be on one."""
        return depth > 0 or any(map(self._names_layer, self._marks(address)))

    def _marks(self, address: int) -> list[int]:
        found = (_mark_of(address, number) for number in range(int(_count_marks(address))))
        return [int(mark) for mark in found if mark]

    def _names_layer(self, mark: int) -> bool:
        known = self._is_layer.get(mark)
        if known is None:
            is_read = _name_of(mark, ctypes.byref(self._name), MAX_NAME_BYTES, ctypes.byref(self._length))
            name = bytes(self._name)[: max(0, self._length.value - 2)].decode("utf-16-le", errors="replace")
            known = self._is_layer[mark] = bool(is_read) and name == LAYER
        return known
