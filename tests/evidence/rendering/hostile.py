"""Texts by which a document or a question could try to become markup on a page."""

from datetime import UTC, datetime

from outlast.evidence.report import Citation, Claim, Dispute, PhaseUsage, Report, Section
from outlast.evidence.sources import Quote, Skipped
from outlast.evidence.usage import ModelUsage, Usage
from tests.evidence.reports import EXECUTED, covering, report

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "</title></style></textarea><svg onload=alert(1)>",
    "\"><b onclick='alert(1)' x=\"",
    "<!--<script>",
    "]]></article></main>",
    "\u2028line\u2029ends\x85here",
    "\u200fright\u200e to left \u061c\u05d0\u05d1",
    "a" * 3000,
    "\ufdd0\ufffe\U0001ffff not characters",
    "<!-- comment",
    "[x](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "![]()",
    "[1]: https://evil.example",
    "<https://evil.example>",
    "https://evil.example www.evil.example",
    "`code` ``more`` ```",
    "```python\nprint()\n```",
    "~~~\nfenced",
    "~~struck~~",
    "# heading",
    "## Coverage",
    "Heading\n=====",
    "Heading\n---",
    "---",
    "***",
    "> quoted",
    "- item",
    "+ item",
    "* item",
    "1. item",
    "23) item",
    "| a | b |\n|---|---|\n| c | d |",
    "*so* **so** _so_ __so__",
    "&lt;script&gt; &amp; &#x3c;",
    "a\\",
    "\\[x\\](y)",
    "    indented",
    "\tindented",
    "ends with two spaces  \nand a break\\\nhere",
    "\u202eturned around\u2066",
    "\x1b[31mred\x9b2J \u2067and\u2069 \ufff9hidden\ufffb",
    "\U000e0069\U000e0067n\u200bore\u200d\u200d\ufeff\U0001f60a\ufe0f\ufe01",
    "bell\x07 and null\x00",
    "$x$ $$y$$",
    "try_stmt __init__ *args, **kwargs",
    ": term",
    "[ ] task",
    "",
]


def hostile_report(text: str, *, answered: bool = True) -> Report:
    """Return a report with `text` wherever it has text from outside; it quotes the characters 0 to len(text) of TRY."""
    quote = Quote(snapshot=EXECUTED.snapshot, start=0, end=max(len(text), 1), text=text)
    claims = (Claim(text=text, quotes=(quote,)),)
    sections = (
        Section(heading=text, question=f"1 {text}", claims=claims, related=claims),
        Section(heading="word", question=f"2 {text}", claims=claims if answered else (), related=claims),
    )
    page = report(*claims, mode=text, question=text, answered=answered)
    page = covering(
        page,
        collection=text,
        searched=(text,),
        skipped=(Skipped(uri=text, reason=text),),
        unanswered=(text,),
        unknown=(text,),
        identical=((text, text),),
    )
    return page.model_copy(
        update={
            "sections": sections,
            "sources": tuple(source.model_copy(update={"uri": text, "title": text}) for source in page.sources),
            "citations": (Citation(snapshot=quote.snapshot, start=quote.start, end=quote.end, place=text),),
            "run": page.run.model_copy(update={"id": text, "workflow": text, "seconds": {text: 1.0}}),
        }
    )


def hostile_web_report(text: str) -> Report:
    """Return such a report from the web, with all that models and pages add; `text` is the address of its page."""
    told = hostile_report(text)
    claims = told.sections[0].claims
    disputes = (Dispute(claims=(*claims, Claim(text=f"not {text}", quotes=claims[0].quotes))),)
    usage = Usage.of([ModelUsage(model=text, calls=2, unpriced=1)], searches=1, pages=1)
    web = {"fetched": datetime(2026, 1, 2, tzinfo=UTC), "final_url": f"{text} x", "title": f"1 {text}"}
    told = covering(told, engines=(text,), unreached=(Skipped(uri=text, reason=text),), limited=(text,), pages=1)
    return told.model_copy(
        update={
            "sections": tuple(section.model_copy(update={"disputes": disputes}) for section in told.sections),
            "sources": tuple(source.model_copy(update=web) for source in told.sources),
            "usage": usage,
            "phases": (PhaseUsage(phase=text, usage=usage),),
        }
    )
