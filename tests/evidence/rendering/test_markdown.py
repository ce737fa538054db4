import random
import re
from collections.abc import Iterator
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from outlast.evidence.rendering.markdown import render_markdown
from outlast.evidence.report import Refused, Verdict
from outlast.evidence.sources import Quote, Skipped
from outlast.evidence.text import escape_markdown, one_line
from tests.evidence.rendering.hostile import HOSTILE, hostile_report, hostile_web_report
from tests.evidence.reports import (
    EXECUTED,
    MOVED,
    NAMES,
    PAGE,
    SAVED,
    claim,
    covering,
    from_the_web,
    many_questions,
    placed,
    report,
)
from tests.evidence.test_sources import HARMFUL

NOT_ANSWERED = "What could be read of these documents does not answer this: 1 file could not be read."


def parsed(page: str) -> list[Token]:
    return MarkdownIt("commonmark", {"html": True, "linkify": False}).enable(["table", "strikethrough"]).parse(page)


def inner(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield from token.children or [token]


def text_in(tokens: list[Token]) -> str:
    return "".join(token.content for token in inner(tokens) if token.type in {"text", "text_special"})


@pytest.mark.parametrize("before", ["", "- ", "# ", "1. x\n\n   > ", "text\n", "*note* "])
@pytest.mark.parametrize("text", HOSTILE)
def test_escaped_text_reads_as_itself_and_is_no_markup(text: str, before: str) -> None:
    tokens = parsed(f"{before}{escape_markdown(text)}")
    expected = parsed(f"{before}word")
    types = [token.type for token in inner(tokens) if token.type != "softbreak"]
    if one_line(text):
        assert types == [token.type for token in inner(expected) if token.type != "softbreak"]
    assert text_in(tokens).endswith(one_line(text))


@pytest.mark.parametrize("seed", range(300))
def test_any_escaped_text_reads_as_itself(seed: int) -> None:
    rng = random.Random(seed)
    pieces = [*"\\`*_{}[]()<>#+-.!|~&$:;=/\"'^@%\n\t 1a", "www.", "http://", "&amp;", "<b>", "](", "![", "```", "---"]
    text = "x".join(["", "".join(rng.choices(pieces, k=12))]) if seed % 2 else "".join(rng.choices(pieces, k=12))
    tokens = parsed(f"- {escape_markdown(text)}")
    assert text_in(tokens) == one_line(text)
    assert {token.type.removesuffix("_open").removesuffix("_close") for token in inner(tokens)} <= {
        "bullet_list",
        "list_item",
        "paragraph",
        "text",
        "text_special",
        "inline",
    }


@pytest.mark.parametrize("answered", [True, False])
@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_from_outside_becomes_markup(text: str, answered: bool) -> None:
    """The page has the same structure for any documents, question and ids, and shows their words."""

    def page(words: str) -> list[Token]:
        return parsed(render_markdown(hostile_report(words, answered=answered)))

    def shape(tokens: list[Token]) -> list[tuple[str, str]]:
        kept = [token for token in inner(tokens) if token.type not in {"text", "text_special", "inline", "softbreak"}]
        return [(token.type, token.tag) for token in kept]

    tokens = page(text)
    if one_line(text):
        assert shape(tokens) == shape(page("w" * len(text)))
        assert text_in(tokens).count(one_line(text)) >= 12
    page_ = render_markdown(hostile_report(text, answered=answered))
    html = MarkdownIt("commonmark", {"html": True}).render(page_)
    assert not re.search(r"<(?!/?(?:h[1-4]|p|ul|ol|li|em|strong|code|blockquote)\b)", html)
    assert " href" not in re.sub(r"&lt;.*?&gt;", "", html)


@pytest.mark.parametrize("text", [*HOSTILE, *HARMFUL])
def test_nothing_from_the_web_becomes_markup_or_a_link(text: str) -> None:
    html = MarkdownIt("commonmark", {"html": True}).render(render_markdown(hostile_web_report(text)))
    assert not re.search(r"<(?!/?(?:h[1-4]|p|ul|ol|li|em|strong|code|blockquote)\b)", html)
    assert text_in(parsed(render_markdown(hostile_web_report(text)))).count(one_line(text)) >= 18


@pytest.mark.parametrize("query", ["", "?a=*b*&amp;c=_d_&copy;", "?q=`x`|[y](z)~~w~~", "#$x$!{}^'"])
def test_the_only_links_are_addresses_that_were_fetched_to_the_letter(query: str) -> None:
    told = from_the_web()
    address = f"https://docs.example.org/a_b_c/(d){query}"
    page = told.sources[1].model_copy(update={"uri": address})
    tokens = parsed(render_markdown(told.model_copy(update={"sources": (told.sources[0], page)})))
    links = [token for token in inner(tokens) if token.type == "link_open"]
    assert [unquote(str(link.attrs["href"])) for link in links] == [address, MOVED]
    assert {link.markup for link in links} == {"autolink"}


def test_a_page_of_the_web_is_shown_with_its_day_and_where_it_ended() -> None:
    said = f"(Naming \\| and \\<binding\\>; fetched 2026-01-01; redirected to <{MOVED}>)"
    assert f"\n2. <{PAGE}>, Binding {said}\n" in render_markdown(from_the_web())


def test_a_page_without_a_title_or_redirects_is_its_address_and_its_day() -> None:
    told = from_the_web()
    page = told.sources[1].model_copy(update={"title": PAGE, "final_url": PAGE})
    told = told.model_copy(update={"sources": (told.sources[0], page)})
    assert f"\n2. <{PAGE}>, Binding (fetched 2026-01-01)\n" in render_markdown(told)


def test_sources_that_disagree_are_both_quoted() -> None:
    assert (
        "\n\n### Sources disagree\n\n"
        '- The "finally" clause is executed. [1] (try.txt)\n'
        "- \\*Names\\* refer to objects. [2] (https\\://docs.example.org/naming?a=1\\&b=(2)\\#top)\n"
        "\n### Possibly related\n"
    ) in render_markdown(from_the_web())


def test_what_was_spent_is_listed_by_phase_and_by_model() -> None:
    page = render_markdown(from_the_web())
    assert (
        "\n\nBy phase:\n\n- plan: calls 1, tokens 1,000, cost 0.0200 USD, searches 0, pages 0\n- investigate: " in page
    )
    assert "\n\nBy model:\n\n- \\<own\\>: calls 3, tokens in 20,000, tokens out 0, cost unknown\n" in page
    assert "By phase" not in render_markdown(many_questions())


def test_a_page_for_people() -> None:
    page = render_markdown(placed(report(claim(EXECUTED), claim(SAVED), claim(EXECUTED, NAMES)), "line 8"))
    assert page.startswith(
        "# What does finally do?\n\n3 sentences from 2 of 79 documents.\n\n"
        "*extractive: every sentence is verbatim*\n\n## The finally clause"
    )
    assert '- The "finally" clause is executed. [1]\n' in page
    assert '- If there is a saved exception it is re-raised at the end of the "finally" clause. [2]\n' in page
    assert "[1][3]\n" in page, "a span that is quoted twice keeps its number"
    assert "1. try.txt, line 8\n" in page
    assert '> The "finally" clause' not in page, "a sentence that is its quote is not said twice"
    assert "3. deep/naming.txt, line 8\n\n   > \\*Names\\* refer to objects.\n" in page
    assert [line for line in page.splitlines() if line.startswith("## ")] == [
        "## The finally clause",
        "## Sources and places",
        "## Coverage",
        "## Run",
    ]
    assert "Searched: 79 documents; read: 4; skipped: 1" in page
    assert "a.bin: not text" in page
    assert "Started 2026-01-02 03:04:05 UTC, published 2026-01-02 03:05:00 UTC" in page
    assert "plan 0.5 s, write 1.2 s" in page
    assert "`outlast verify report.json`" in page
    assert "do not answer" not in page


def test_several_questions_are_headings_over_their_sections() -> None:
    page = render_markdown(many_questions())
    assert [line for line in page.splitlines() if line.startswith("#")] == [
        "# What does finally do? And names, and lighthouses?",
        "## What does finally do?",
        "### When it is executed",
        "### Saved exceptions",
        "#### Possibly related",
        "## What are names?",
        "## Who keeps the lighthouse?",
        "## Sources and places",
        "## Coverage",
        "## Run",
    ]
    assert (
        "4 sentences from 2 of 79 documents. Not answered: 1 of 3 questions. Whether a document contains lighthouse "
        "could not be determined, because 1 file could not be read."
    ) in page
    assert "## What are names?\n\n*Weak evidence: " in page
    assert f"## Who keeps the lighthouse?\n\n*{NOT_ANSWERED}*\n" in page
    assert "deep/naming.txt (the same text: copy of naming.txt), page 7" in page
    assert "- deep/naming.txt = copy of naming.txt\n" in page


def test_more_than_nine_places_stay_one_list() -> None:
    quotes = [Quote(snapshot=EXECUTED.snapshot, start=at, end=at + 1, text="x") for at in range(12)]
    for said in ("x", "something else"):
        tokens = parsed(render_markdown(report(*(claim(quote, text=said) for quote in quotes))))
        assert sum(token.type == "ordered_list_open" for token in tokens) == 1
        assert sum(token.type == "blockquote_open" for token in tokens) == (0 if said == "x" else 12)
        assert not [token for token in tokens if token.type == "code_block"]


def test_not_answered_says_so_and_what_was_searched() -> None:
    page = render_markdown(covering(report(answered=False), unknown=("ferry",)))
    assert (
        f"**{NOT_ANSWERED}**\n\nSearched: 79 documents. Whether a document contains ferry "
        "could not be determined, because 1 file could not be read.\n"
    ) in page
    assert "\n\nSearched for:\n\n- finally clause\n- cleanup handler\n" in page
    assert "Sources and places" not in page
    assert page.count("cleanup handler") == 1


def test_what_is_said_on_a_question_again_stands_under_its_own_heading() -> None:
    told = many_questions()
    first, second, third = told.sections
    markdown = render_markdown(told.model_copy(update={"sections": (first, third, second)}))
    headings = [line for line in markdown.splitlines() if line.startswith("##")]
    assert headings[:6] == [
        "## What does finally do?",
        "### When it is executed",
        "## What are names?",
        "## More on: What does finally do?",
        "### Saved exceptions",
        "#### Possibly related",
    ]


def test_a_question_that_needs_a_model_is_refused_with_its_reason() -> None:
    question = "How many clauses are there?"
    reason = "This question asks to count, which needs a model (OUTLAST_MODEL)."
    refused = (Refused(question=question, reason=reason),)
    alone = covering(report(answered=False, question=question), unanswered=(question,), refused=refused)
    markdown = render_markdown(alone)
    assert "**This question asks to count, which needs a model (OUTLAST\\_MODEL).**" in markdown
    assert "do not answer" not in markdown
    both = covering(many_questions(), unanswered=(question, "Who keeps it?"), refused=refused)
    markdown = render_markdown(both)
    assert f"## {question}\n\n*This question asks to count" in markdown
    assert f"## Who keeps it?\n\n*{NOT_ANSWERED}*" in markdown
    assert f"- {question} This question asks to count" in markdown


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
    page = render_markdown(report(claim(EXECUTED, text="So.", verdict=verdict), mode=mode))
    assert f"\n- So. {note}\n" in page


def test_long_lists_are_cut_and_counted() -> None:
    skipped = tuple(Skipped(uri=f"file{n}.bin", reason="not text") for n in range(25))
    page = render_markdown(covering(report(claim(EXECUTED)), skipped=skipped))
    assert "- file19.bin: not text\n- and 5 more\n" in page
    assert "file20" not in page


def test_copies_of_a_document_are_named() -> None:
    told = placed(report(claim(EXECUTED)), "line 3")
    copy = told.sources[0].model_copy(update={"uri": "copy.txt"})
    page = render_markdown(told.model_copy(update={"sources": (*told.sources, copy)}))
    assert "1. try.txt (the same text: copy.txt), line 3\n" in page


def test_a_report_without_places_names_its_files() -> None:
    assert "\n1. try.txt\n" in render_markdown(report(claim(EXECUTED)))


def test_a_long_question_is_a_short_title_and_the_whole_below() -> None:
    question = f"Why {'and wherefore ' * 60}?"
    first, _, second, *_ = render_markdown(report(claim(EXECUTED), question=question)).splitlines()
    assert first.endswith(("and…", "wherefore…"))
    assert len(first) < 210
    assert second == question
