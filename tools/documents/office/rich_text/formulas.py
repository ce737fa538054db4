"""Formulas in RTF: those of Office documents, with control words (`\\msSup`, `\\me`) in place of tags."""

import re
from typing import Any

from outlast.tools.documents.office.office_math import M
from outlast.tools.documents.xml_tree import ETREE

MAX_DEPTH = 100
"""What is nested more deeply is written as the text of the part around it."""
NOT_IN_XML = re.compile("[\x00-\x1f\ud800-\udfff\ufffe\uffff]")
PROPERTIES = "Pr"
"""The end of the names of parts that hold properties."""


def begin_formula() -> Any:
    return ETREE.Element(f"{M}oMath")


def begin_part(around: Any, word: str) -> Any:
    """Return a new part of a formula, such as that of `\\msup`, an exponent."""
    depth = sum(1 for _ in around.iterancestors())
    return ETREE.SubElement(around, M + word.removeprefix("m")) if depth < MAX_DEPTH else around


def add_text(part: Any, text: str) -> None:
    """Add text to a part. That of a property is its value; all other text is a run."""
    text = "".join(
        sign for sign in text if sign >= " " and not "\ud800" <= sign <= "\udfff" and sign not in "\ufffe\uffff"
    )
    around = part.getparent()
    if part.tag.endswith(PROPERTIES):
        return
    if around is not None and around.tag.endswith(PROPERTIES):
        part.set(f"{M}val", part.get(f"{M}val", "") + text.strip())
    elif text:
        run = part if part.tag == f"{M}r" else ETREE.SubElement(part, f"{M}r")
        ETREE.SubElement(run, f"{M}t").text = text
