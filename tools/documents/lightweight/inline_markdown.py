"""The text of Markdown inside its lines: comments, wikilinks, raised text, footnote marks, tags of HTML.

What is rendered has as many lines as before.
"""

import re
from html import unescape

from outlast.evidence.losses import LossKind
from outlast.tools.documents.markup.ledger import Ledger, count_words
from outlast.tools.documents.raised import lowered, raised
from outlast.tools.documents.struck import STRUCK_MARK

HTML_TAGS = (
    "a|abbr|b|big|br|center|cite|code|dd|del|details|dfn|div|dl|dt|em|figcaption|figure|font|hr|i|img|ins|kbd|label|li"
    "|mark|ol|p|picture|pre|q|s|samp|small|source|span|strike|strong|sub|summary|sup|table|tbody|td|th|thead|tr|tt|u|ul"
    "|var|wbr"
)
TOKEN = re.compile(
    rf"""
    (?P<code>(?P<ticks>`+)[^`\n]+(?P=ticks)(?!`))
    | (?P<comment><!--) | (?P<note>(?<!\S)%%)
    | (?P<link>(?P<embeds>!?)\[\[(?P<target>[^\[\]|\n\\]{{1,300}})(?:\\?\|(?P<shown>[^\[\]\n]{{0,300}}))?\]\])
    | (?P<footnote>\[\^(?P<mark>[^\]\s]{{1,40}})\])
    | (?P<script><(?P<tag>su[pb])>(?P<inside>[^<>\n]{{1,60}})</(?P=tag)>)
    | (?P<deleted></?(?:del|s|strike)>)
    | (?P<html></?(?:{HTML_TAGS})(?:\s[^<>\n]{{0,500}})?/?>)
    | (?P<entity>&(?:\#\d{{1,7}}|\#[xX][0-9a-fA-F]{{1,6}}|[a-zA-Z][a-zA-Z0-9]{{1,30}});)
    | (?P<power>(?<=\w)\^(?P<raised>[+-]?\w{{1,10}})\^(?!\w))
    | (?P<index>(?<=\w)~(?P<lowered>[+-]?\w{{1,6}})~(?!~))
    | (?P<block>[ ]\^[a-zA-Z0-9-]{{1,40}}[ ]*$)
    """,
    re.VERBOSE | re.MULTILINE,
)
ALT = re.compile(r"""\balt\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s>"']+))""", re.IGNORECASE)
COMMENTS = {"comment": "-->", "note": "%%"}
"""The ends of comments, by the name of their beginning."""
PICTURE_SUFFIXES = (".avif", ".bmp", ".gif", ".jpeg", ".jpg", ".png", ".svg", ".webp")


def read_inline(text: str, ledger: Ledger) -> str:
    """Return `text` as the rendered page shows it; what it does not show is added to the ledger."""
    if not any(sign in text for sign in ("<", "%%", "[[", "[^", "&", "^", "~")):
        return text
    return _Inline(text, ledger).read()


class _Inline:
    def __init__(self, text: str, ledger: Ledger) -> None:
        self._text = text
        self._ledger = ledger
        self._parts: list[str] = []
        self._position = 0

    def read(self) -> str:
        text = self._text
        lacks_end: set[str] = set()  # the kinds of comments that have no end any more
        while (token := TOKEN.search(text, self._position)) is not None:
            kind = next(name for name in KINDS if token.group(name) is not None)
            self._parts.append(text[self._position : token.start()])
            self._position = token.end()
            if kind not in COMMENTS:
                self._parts.append(self._rendered(kind, token))
                continue
            end = -1 if kind in lacks_end else text.find(COMMENTS[kind], token.end())
            if end < 0:
                lacks_end.add(kind)
                self._parts.append(token.group())
                continue
            self._hide(text[token.end() : end])
            self._position = end + len(COMMENTS[kind])
        self._parts.append(text[self._position :])
        return "".join(self._parts)

    def _hide(self, comment: str) -> None:
        self._ledger.add(LossKind.HIDDEN, "comments", count_words(comment))
        self._parts.append("\n" * comment.count("\n"))

    def _rendered(self, kind: str, token: re.Match[str]) -> str:
        if kind == "link":
            return self._linked(token)
        if kind == "footnote":
            is_apart = token.start() == 0 or self._text[token.start() - 1].isspace()
            return f"{'' if is_apart else ' '}[{token.group('mark')}]"
        if kind in ("script", "power", "index"):
            is_raised = kind == "power" or token.group("tag") == "sup"
            inside = unescape(token.group("inside") or token.group("raised") or token.group("lowered"))
            after = self._text[token.end() : token.end() + 4]
            return raised(self._ending(), inside, after) if is_raised else lowered(self._ending(), inside)
        if kind == "html":
            return _tag_text(token.group())
        if kind == "entity":
            return unescape(token.group()).replace("\u00ad", "").replace("\n", " ")
        return {"deleted": STRUCK_MARK, "block": ""}.get(kind, token.group())

    def _linked(self, token: re.Match[str]) -> str:
        """Return what a wikilink shows: its own words, or the name of the note and its part; a block has no name."""
        target = token.group("target").strip()
        if token.group("embeds") and target.lower().endswith(PICTURE_SUFFIXES):
            self._ledger.add(LossKind.PICTURE, target, None)
            return f"[{target}]"
        parts = [part.strip() for part in target.split("#") if part.strip() and not part.startswith("^")]
        return token.group("shown") or " > ".join(parts) or target

    def _ending(self) -> str:
        return "".join(self._parts[-8:])


KINDS = (
    "code",
    "comment",
    "note",
    "link",
    "footnote",
    "script",
    "deleted",
    "html",
    "entity",
    "power",
    "index",
    "block",
)


def _tag_text(tag: str) -> str:
    name = tag.strip("</>").split()[0].rstrip("/").lower() if tag.strip("</>").split() else ""
    if name == "img":
        alt = ALT.search(tag)
        words = unescape(alt.group(str(alt.lastgroup)).strip()) if alt else ""
        return f"[{words}]" if words else ""
    return " " if name in ("br", "td", "th", "li", "p", "hr") and not tag.startswith("</") else ""
