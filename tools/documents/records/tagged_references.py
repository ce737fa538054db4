"""A reader of references in lines of tags, as libraries of papers export them: RIS (`TI  - Tides`), PubMed."""

import re

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.decoding import decode
from outlast.tools.documents.document import Document
from outlast.tools.documents.records.citations import entry_lines
from outlast.tools.documents.records.record_text import RecordText

EXTRACTOR = "tagged_references/1"

LINE = re.compile(r"(?P<tag>[A-Z][A-Z0-9]{1,3})[ ]{0,2}-(?:[ ](?P<value>.*))?")
# fmt: off
NAMES = {
    "TY": "type", "PT": "type", "TI": "title", "T1": "title", "CT": "title", "BTI": "title", "AU": "author",
    "A1": "author", "FAU": "author", "A2": "editor", "ED": "editor", "PY": "year", "Y1": "year", "DP": "date",
    "DA": "date", "JO": "journal", "JF": "journal", "JA": "journal", "JT": "journal", "TA": "journal",
    "T2": "published in", "BT": "published in", "T3": "series", "AB": "abstract", "N2": "abstract", "KW": "keywords",
    "MH": "keywords", "OT": "keywords", "PB": "publisher", "CY": "place", "PL": "place", "SP": "first page",
    "EP": "last page", "PG": "pages", "VL": "volume", "VI": "volume", "IS": "issue", "IP": "issue", "DO": "doi",
    "UR": "address", "N1": "note", "SN": "issn", "LA": "language", "ET": "edition", "AD": "affiliation", "ID": "key",
    "PMID": "pmid", "DB": "database",
}
"""What the tags mean. Those of many entries that are not here, such as the dates of revisions, stand as they are."""
# fmt: on
END = "ER"
FIRST_TAGS = frozenset({"TY", "PMID"})
PATHS = frozenset({"L1", "L2", "L3", "L4"})
"""Where programs keep the paths of the files that belong to an entry."""
WORD = re.compile(r"\w+")


def read(content: bytes, stem: str) -> Document:
    """Read references. What stands between them is text of its own. Raises Unreadable."""
    records, entry, markup = RecordText("entry"), dict[str, list[str]](), 0
    last: list[str] = []  # the values of the last tag, which a line without a tag continues
    for line in decode(content).split("\n"):
        found = LINE.fullmatch(line.rstrip())
        tag, value = (found.group("tag"), (found.group("value") or "").strip()) if found else ("", line.strip())
        if tag == END or tag in FIRST_TAGS:
            _add(records, entry)
            entry, last = {}, []
        if tag in PATHS:
            markup += len(WORD.findall(value))
            last = [value]
        elif tag and value:
            last = entry.setdefault(NAMES.get(tag, tag), [])
            last.append(value)
        elif not tag and value:
            last = last or entry.setdefault("", [])
            last[-1:] = [f"{last[-1]} {value}"] if last else [value]
    _add(records, entry)
    document = records.document(stem, "application/x-research-info-systems", EXTRACTOR)
    losses = (Loss(kind=LossKind.MARKUP, place="settings", words=markup),) if markup else ()
    return Document(document.text, stem, document.media_type, (), EXTRACTOR, document.places, losses=losses)


def _add(records: RecordText, entry: dict[str, list[str]]) -> None:
    values = [", ".join(dict.fromkeys(each)) for each in entry.values()]
    lines = [f"{name}: {words}" if name else words for name, words in zip(entry, values, strict=True)]
    if lines:
        records.add(entry_lines(lines))
