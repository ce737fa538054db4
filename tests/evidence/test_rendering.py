import random
import re
from collections.abc import Iterator

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from evidence.rendering import escaped, render_markdown
from evidence.report import Claim, Report, Verdict
from evidence.sources import Quote, Skipped
from tests.evidence.reports import EXECUTED, NAMES, SAVED, claim, report

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
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
    "bell\x07 and null\x00",
    "$x$ $$y$$",
    "try_stmt __init__ *args, **kwargs",
    ": term",
    "[ ] task",
    "",
]
PLAIN = {"paragraph", "heading", "bullet_list", "ordered_list", "list_item", "blockquote", "inline"}


def parsed(markdown: str) -> list[Token]:
    return MarkdownIt("commonmark", {"html": True, "linkify": False}).enable(["table", "strikethrough"]).parse(markdown)


def inner(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield from token.children or [token]


def shown(text: str) -> str:
    return re.sub("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", "\ufffd", " ".join(text.split()))


def text_in(tokens: list[Token]) -> str:
    return "".join(token.content for token in inner(tokens) if token.type in {"text", "text_special"})


@pytest.mark.parametrize("before", ["", "- ", "# ", "1. x\n\n   > ", "text\n", "*note* "])
@pytest.mark.parametrize("text", HOSTILE)
def test_escaped_text_reads_as_itself_and_is_no_markup(text: str, before: str) -> None:
    tokens = parsed(f"{before}{escaped(text)}")
    expected = parsed(f"{before}word")
    types = [token.type for token in inner(tokens) if token.type != "softbreak"]
    if shown(text):
        assert types == [token.type for token in inner(expected) if token.type != "softbreak"]
    assert text_in(tokens).endswith(shown(text))


@pytest.mark.parametrize("seed", range(300))
def test_any_escaped_text_reads_as_itself(seed: int) -> None:
    rng = random.Random(seed)
    pieces = [*"\\`*_{}[]()<>#+-.!|~&$:;=/\"'^@%\n\t 1a", "www.", "http://", "&amp;", "<b>", "](", "![", "```", "---"]
    text = "x".join(["", "".join(rng.choices(pieces, k=12))]) if seed % 2 else "".join(rng.choices(pieces, k=12))
    tokens = parsed(f"- {escaped(text)}")
    assert text_in(tokens) == shown(text)
    assert {token.type.removesuffix("_open").removesuffix("_close") for token in inner(tokens)} <= {
        "bullet_list",
        "list_item",
        "paragraph",
        "text",
        "text_special",
        "inline",
    }


def hostile_report(text: str) -> Report:
    quote = Quote(snapshot=EXECUTED.snapshot, start=0, end=max(len(text), 1), text=text)
    page = report(Claim(text=text, quotes=(quote,)), mode=text, question=text)
    return page.model_copy(
        update={
            "sections": tuple(section.model_copy(update={"heading": text}) for section in page.sections),
            "sources": tuple(source.model_copy(update={"uri": text, "title": text}) for source in page.sources),
            "coverage": page.coverage.model_copy(
                update={
                    "collection": text,
                    "searched": (text,),
                    "skipped": (Skipped(uri=text, reason=text),),
                    "unanswered": (text,),
                }
            ),
            "run": page.run.model_copy(update={"id": text, "workflow": text, "seconds": {text: 1.0}}),
        }
    )


@pytest.mark.parametrize("answered", [True, False])
@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_from_outside_becomes_markup(text: str, answered: bool) -> None:
    """The page has the same shape whatever the documents, the question and the ids say, and shows their words."""

    def page(words: str) -> list[Token]:
        told = hostile_report(words).model_copy(update={"answered": answered})
        return parsed(render_markdown(told, lambda _: words))

    def shape(tokens: list[Token]) -> list[tuple[str, str]]:
        kept = [token for token in inner(tokens) if token.type not in {"text", "text_special", "inline", "softbreak"}]
        return [(token.type, token.tag) for token in kept]

    tokens = page(text)
    if shown(text):
        assert shape(tokens) == shape(page("word"))
        assert text_in(tokens).count(shown(text)) >= 12
    html = MarkdownIt("commonmark", {"html": True}).render(render_markdown(hostile_report(text), lambda _: text))
    assert not re.search(r"<(?!/?(?:h1|h2|p|ul|ol|li|em|strong|code|blockquote)\b)", html)
    assert " href" not in re.sub(r"&lt;.*?&gt;", "", html)


def test_a_page_for_people() -> None:
    page = render_markdown(
        report(claim(EXECUTED), claim(SAVED), claim(EXECUTED, NAMES)), lambda quote: f"line {quote.start}"
    )
    assert page.startswith(
        "# What does finally do?\n\n*extractive: every sentence is verbatim*\n\n## The finally clause"
    )
    assert '- The "finally" clause is executed. [1]\n' in page
    assert '- If there is a saved exception it is re-raised at the end of the "finally" clause. [2]\n' in page
    assert "[1][3]\n" in page, "a span that is quoted twice keeps its number"
    assert f'1. try.txt, line {EXECUTED.start}\n\n   > The "finally" clause is executed.\n' in page
    assert f"3. deep/naming.txt, line {NAMES.start}\n\n   > \\*Names\\* refer to objects.\n" in page
    assert [line for line in page.splitlines() if line.startswith("## ")] == [
        "## The finally clause",
        "## Sources and places",
        "## Coverage",
        "## Run",
    ]
    assert "Searched: 79 documents; read: 4; not taken in: 1" in page
    assert "a.bin: not text" in page
    assert "Started 2026-01-02 03:04:05 UTC, published 2026-01-02 03:05:00 UTC" in page
    assert "plan 0.5 s, write 1.2 s" in page
    assert "`outlast verify report.json`" in page
    assert "do not answer" not in page


def test_more_than_nine_places_stay_one_list() -> None:
    quotes = [Quote(snapshot=EXECUTED.snapshot, start=at, end=at + 1, text="x") for at in range(12)]
    tokens = parsed(render_markdown(report(*map(claim, quotes)), lambda _: ""))
    assert sum(token.type == "ordered_list_open" for token in tokens) == 1
    assert sum(token.type == "blockquote_open" for token in tokens) == 12
    assert not [token for token in tokens if token.type == "code_block"]


def test_not_answered_says_so_and_what_was_searched() -> None:
    page = render_markdown(report(answered=False), lambda _: "nowhere")
    assert "These documents do not answer this." in page
    assert "Searched: 79 documents. Searched for:\n\n- finally clause\n- cleanup handler\n" in page
    assert "Sources and places" not in page
    assert page.count("cleanup handler") == 1


@pytest.mark.parametrize(
    ("verdict", "mode", "note"),
    [
        (Verdict.SUPPORTED, "model", "[1]"),
        (Verdict.LOCATED, "extractive: verbatim", "[1]"),
        (Verdict.LOCATED, "model", "[1] *(quoted, but nobody judged whether the quotes say this)*"),
        (Verdict.UNSUPPORTED, "extractive: verbatim", "[1] *(not supported by its quotes)*"),
        (Verdict.UNVERIFIED, "model", "[1] *(not checked)*"),
    ],
)
def test_a_claim_says_how_far_it_was_checked(verdict: Verdict, mode: str, note: str) -> None:
    page = render_markdown(report(claim(EXECUTED, text="So.", verdict=verdict), mode=mode), lambda _: "")
    assert f"\n- So. {note}\n" in page


def test_long_lists_are_cut_and_counted() -> None:
    told = report(claim(EXECUTED))
    skipped = tuple(Skipped(uri=f"file{n}.bin", reason="not text") for n in range(25))
    page = render_markdown(
        told.model_copy(update={"coverage": told.coverage.model_copy(update={"skipped": skipped})}), lambda _: ""
    )
    assert "- file19.bin: not text\n- and 5 more\n" in page
    assert "file20" not in page


def test_copies_of_a_document_are_named() -> None:
    told = report(claim(EXECUTED))
    copy = told.sources[0].model_copy(update={"uri": "copy.txt"})
    page = render_markdown(told.model_copy(update={"sources": (*told.sources, copy)}), lambda _: "line 3")
    assert "1. try.txt (the same text: copy.txt), line 3\n" in page
