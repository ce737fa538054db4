"""Text that is rewritten when its element ends: raised, lowered or deleted text, and the annotations of ruby."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from selectolax.lexbor import LexborNode

from outlast.tools.documents.block_text import BlockText, Break, Savepoint
from outlast.tools.documents.markup.styles import Effect
from outlast.tools.documents.raised import lowered, raised
from outlast.tools.documents.struck import STRUCK_MARK

SCRIPTS = {"sup": "super", "sub": "sub"}
DELETED_TAGS = frozenset({"del", "s", "strike"})
SPAN_TAGS = DELETED_TAGS | {"rt", *SCRIPTS}
DELETED, ANNOTATION = "deleted", "annotation"
NOTE_CLASSES = frozenset({"fnref", "footnote-ref", "footnote-reference", "noteref"})
MAX_NOTE_CHARACTERS = 5
MAX_AFTER_CHARACTERS = 4


@dataclass
class _OpenSpan:
    mem_id: int
    kind: str
    savepoint: Savepoint


class Spans:
    """The open spans of a page."""

    def __init__(self, output: BlockText) -> None:
        self._output = output
        self._open: list[_OpenSpan] = []
        self._annotations: list[str] = []  # of the open <ruby>

    def enter(self, node: LexborNode, tag: str, attributes: Mapping[str, str | None], effect: Effect) -> None:
        """Open a span if the text of this element is rewritten."""
        kind = SCRIPTS.get(tag) or effect.vertical
        if not kind and (tag in DELETED_TAGS or effect.is_struck):
            kind = "" if any(span.kind == DELETED for span in self._open) else DELETED
        elif tag == "rt":
            kind = ANNOTATION
        elif tag == "a" and not kind and _is_note(node, attributes):
            kind = "super"
        if tag == "ins" and self._output.ending().endswith(STRUCK_MARK):
            self._output.separate(Break.SPACE)
        if kind:
            self._open.append(_OpenSpan(node.mem_id, kind, self._output.savepoint()))

    def leave(self, node: LexborNode, *, is_preformatted: bool) -> int:
        """Rewrite the text of the element if a span ends with it. Return the length before deleted text; else -1."""
        if not self._open or self._open[-1].mem_id != node.mem_id:
            return -1
        span, output = self._open.pop(), self._output
        text = output.since(span.savepoint).removeprefix(span.savepoint.held_lines)
        if not text or (span.kind != DELETED and "\n" in text):
            return -1
        pending = output.pending
        output.take_back(span.savepoint)
        if span.kind == ANNOTATION:
            self._annotations.append(text)
            return -1
        if span.kind == DELETED:
            written = "\n".join(map(_struck, text.split("\n")))
        elif span.kind == "super":
            written = raised(self._base(), text, _text_after(node))
        else:
            written = lowered(self._base(), text)
        if is_preformatted:
            output.write_preformatted(written)
        else:
            output.write_exact(written)
            output.separate(pending)
        return span.savepoint.length if span.kind == DELETED else -1

    def _base(self) -> str:
        """Return the text that raised text stands upon: inside other raised text, this is only the text there."""
        ending = self._output.ending()
        outer = next((span for span in reversed(self._open) if span.kind != DELETED), None)
        inside = len(self._output.since(outer.savepoint)) if outer is not None else len(ending)
        return ending[len(ending) - inside :] if inside < len(ending) else ending

    def leave_ruby(self) -> None:
        """Write the annotations behind the word that they are about: 漢字(かんじ)."""
        if self._annotations:
            self._output.write_exact(f"({''.join(self._annotations)})")
            self._annotations.clear()

    def move_back(self, savepoint: Savepoint) -> None:
        """Note that the text since `savepoint` was taken back, in which the innermost spans may begin."""
        for span in reversed(self._open):
            if span.savepoint.parts <= savepoint.parts:
                return
            span.savepoint = savepoint


def _struck(line: str) -> str:
    return f"{STRUCK_MARK}{line}{STRUCK_MARK}" if line.strip() else line


def _text_after(node: LexborNode) -> str:
    following = node.next
    if following is None:
        return ""
    return (following.text_content or "" if following.is_text_node else following.text())[:MAX_AFTER_CHARACTERS]


def _is_note(anchor: LexborNode, attributes: Mapping[str, str | None]) -> bool:
    """Return whether an <a> is a footnote mark that stands raised only by a style."""
    kind = attributes.get("role") or attributes.get("epub:type") or ""
    if kind not in ("doc-noteref", "noteref") and not _has_note_class(attributes.get("class") or ""):
        return False
    return len(anchor.text().strip()) <= MAX_NOTE_CHARACTERS and anchor.css_first("sup") is None


@lru_cache(maxsize=1_024)
def _has_note_class(classes: str) -> bool:
    return not NOTE_CLASSES.isdisjoint(classes.lower().split())
