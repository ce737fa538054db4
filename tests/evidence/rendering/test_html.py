"""The HTML page: for all documents it is valid, loads nothing, runs nothing, and links to its quotes."""

import hashlib
import json
import re
from base64 import b64encode
from itertools import pairwise

import html5lib
import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from outlast.evidence.checking import read_report
from outlast.evidence.rendering.html import GENERATOR, render_html, stylesheet
from outlast.evidence.rendering.markup import extract_json
from outlast.evidence.report import Dispute, Report, Verdict
from outlast.evidence.sources import Quote, Skipped, sha256
from outlast.evidence.text import one_line
from tests.evidence.rendering.hostile import HOSTILE, hostile_report, hostile_web_report
from tests.evidence.reports import (
    EXECUTED,
    MOVED,
    NAMES,
    PAGE,
    SAVED,
    TEXTS,
    claim,
    covering,
    from_the_web,
    many_questions,
    placed,
    report,
)
from tests.evidence.test_sources import HARMFUL

GOLDEN = ("Outlast report page 7", "6617317081ee091ca8219d1ad0221222ca7443c951a8de09bd9d79525f358e3b")
"""The SHA-256 of the page of `a_report_that_never_changes()`, with the `GENERATOR` that it belongs to."""


def tree(page: str) -> LexborNode:
    root = LexborHTMLParser(page).root
    assert root is not None
    return root


def rendered(told: Report) -> LexborNode:
    return tree(render_html(told, TEXTS))


def one(root: LexborNode, selector: str) -> LexborNode:
    [found] = root.css(selector)
    return found


def shape(root: LexborNode) -> list[tuple[str | None, tuple[str, ...]]]:
    return [(node.tag, tuple(node.attributes)) for node in root.traverse(include_text=False)]


@pytest.mark.parametrize("answered", [True, False])
@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_from_outside_becomes_markup(text: str, answered: bool) -> None:
    """The page has the same elements and attributes for any text in it, and shows the words as they are."""
    page = rendered(hostile_report(text, answered=answered))
    if one_line(text):
        assert shape(page) == shape(rendered(hostile_report("w" * len(text), answered=answered)))
    visible = " ".join(node.text() for node in page.css("body > :not(script)"))
    assert visible.count(one_line(text)) >= 12
    addresses = [value for node in page.css("*") for key, value in node.attributes.items() if key in {"href", "src"}]
    assert all(value and re.fullmatch(r"#[a-z0-9-]+", value) for value in addresses)


@pytest.mark.parametrize("text", [*HOSTILE, *HARMFUL])
def test_nothing_from_the_web_becomes_markup_or_a_link(text: str) -> None:
    page = rendered(hostile_web_report(text))
    if one_line(text):
        assert shape(page) == shape(rendered(hostile_web_report("w" * len(text))))
    visible = " ".join(node.text() for node in page.css("body > :not(script)"))
    assert visible.count(one_line(text)) >= 20
    addresses = [value for node in page.css("*") for key, value in node.attributes.items() if key in {"href", "src"}]
    assert all(value and re.fullmatch(r"#[a-z0-9-]+", value) for value in addresses)


@pytest.mark.parametrize("text", [*HOSTILE, *HARMFUL])
def test_the_page_is_valid_html(text: str) -> None:
    html5lib.HTMLParser(strict=True).parse(render_html(hostile_report(text), TEXTS))
    html5lib.HTMLParser(strict=True).parse(render_html(hostile_web_report(text), TEXTS))


def test_the_only_links_outside_are_addresses_that_were_fetched() -> None:
    page = rendered(from_the_web())
    links = [link for link in page.css("[href]") if not (link.attributes["href"] or "").startswith("#")]
    assert [(link.text(), link.attributes) for link in links] == [
        (address, {"href": address, "rel": "noreferrer"}) for address in (PAGE, MOVED)
    ]
    [passage] = page.css(".passage:has(a[rel])")
    assert one(passage, ".where").text() == f"[2] {PAGE}, Binding"
    about = "Naming | and <binding> · fetched 2026-01-01 · redirected to "
    assert one(passage, ".counts").text() == f"{about}{MOVED}"
    assert "http://10.0.0.1/admin: its address is not public" in one(page, "main").text()


def test_a_file_with_the_name_of_an_address_is_no_link() -> None:
    told = placed(report(claim(EXECUTED)))
    source = told.sources[0].model_copy(update={"uri": PAGE, "title": "Try"})
    page = rendered(told.model_copy(update={"sources": (source,)}))
    assert one(page, ".where").text() == f"[1] {PAGE}, page 7"
    assert not page.css("[href^=http]")


def test_sources_that_disagree_stand_side_by_side() -> None:
    page = rendered(from_the_web())
    headings = [f"{node.tag} {node.text()}" for node in page.css("#answer h2, #answer h3")]
    assert headings == ["h2 The finally clause", "h3 Sources disagree"]
    sides = one(page, "ul.said.sides").css("li")
    assert [(one(side, "span").text(), one(side, ".by").text()) for side in sides] == [
        (EXECUTED.text, "try.txt"),
        (NAMES.text, PAGE),
    ]
    assert [link.attributes["href"] for side in sides for link in side.css("a.cite")] == ["#p1", "#p2"]
    assert [link.text() for link in one(page, ".passage:has(#p2)").css(".back a")] == [
        "Back to sentence 1",
        "Back to sentence 3",
    ]


def test_a_section_of_a_dispute_alone_is_an_answer() -> None:
    told = from_the_web()
    [section] = told.sections
    told = told.model_copy(update={"sections": (section.model_copy(update={"claims": ()}),)})
    answer = one(rendered(told), "#answer")
    assert "No sentence answers this" not in answer.text()
    assert len(answer.css(".sides")) == 1


def test_what_was_spent_stands_in_tables() -> None:
    page = rendered(from_the_web())
    tables = page.css("footer table")
    cells = [[[cell.text() for cell in row.css("th, td")] for row in table.css("tr")] for table in tables]
    assert [one(table, "caption").text() for table in tables] == ["By phase", "By model"]
    assert cells[0][:2] == [
        ["Phase", "Calls", "Tokens", "Cost", "Searches", "Pages"],
        ["plan", "1", "1,000", "0.0200 USD", "0", "0"],
    ]
    assert cells[1][1][0] == "<own>"
    assert not rendered(many_questions()).css("table")


@pytest.mark.parametrize("text", HOSTILE)
def test_the_data_is_in_the_page(text: str) -> None:
    told = hostile_report(text)
    page = render_html(told, TEXTS)
    assert read_report(extract_json(page)) == told
    data = one(tree(page), "script")
    assert data.attributes == {"type": "application/json", "id": "report"}, "no browser runs it"
    assert json.loads(data.text()) == json.loads(told.model_dump_json())


def test_many_questions_are_valid_html_with_headings_in_order() -> None:
    page = render_html(many_questions(), TEXTS)
    html5lib.HTMLParser(strict=True).parse(page)
    headings = tree(page).css("h1, h2, h3, h4")
    assert [f"{node.tag} {node.text()}" for node in headings] == [
        "h1 What does finally do? And names, and lighthouses?",
        "h2 What does finally do?",
        "h3 When it is executed",
        "h3 Saved exceptions",
        "h2 What are names?",
        "h2 Who keeps the lighthouse?",
        "h2 Sources and places",
        "h2 Coverage",
        "h2 Run",
    ]
    levels = [int((node.tag or "h9")[1]) for node in headings]
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_every_citation_leads_to_its_quote_and_back() -> None:
    told = many_questions()
    page = rendered(told)
    citations = page.css("a.cite")
    claims = list(told.claims())
    assert len(citations) == sum(len(claim.quotes) for claim in claims)
    quoted = iter(quote for claim in claims for quote in claim.quotes)
    for citation in citations:
        quote = next(quoted)
        assert citation.parent is not None
        sentence = citation.parent.attributes["id"]
        passage = one(page, f".passage:has({citation.attributes['href']})")
        assert one(passage, f"mark{citation.attributes['href']}").text() == quote.text
        around = one(passage, "blockquote").text().strip("… ")
        assert around in re.sub(r"\n\n+", "\n\n", TEXTS[quote.snapshot])
        assert len(around) >= len(quote.text) + 200
        uri = next(source.uri for source in told.sources if source.snapshot == quote.snapshot)
        assert one(passage, ".where").text().startswith(f"{citation.text()} {uri}")
        assert one(passage, ".where").text().endswith("page 7")
        assert f"#{sentence}" in {link.attributes["href"] for link in passage.css(".back a")}


def test_ids_are_unique_and_every_link_has_its_target() -> None:
    page = rendered(many_questions())
    ids = [node.attributes["id"] for node in page.css("[id]")]
    assert len(ids) == len(set(ids))
    links = [node.attributes["href"] or "" for node in page.css("[href]")]
    assert len(links) > 10
    assert {link[1:] for link in links} <= set(ids)
    labels = [node.attributes["aria-labelledby"] for node in page.css("[aria-labelledby]")]
    assert labels
    assert set(labels) <= set(ids)


def test_a_page_for_everybody() -> None:
    page = rendered(many_questions())
    assert one(page, "html").attributes["lang"] == "en"
    assert one(page, "title").text() == "What does finally do? And names, and lighthouses?"
    for landmark in ("body > header", "body > nav[aria-label]", "body > main", "body > footer"):
        one(page, landmark)
    first = one(page, "body").css("a")[0]
    assert (first.text(), first.attributes["href"]) == ("Skip to the report", "#answer")
    one(page, "main > #answer")
    style = stylesheet()
    for needed in ("prefers-color-scheme: dark", ":focus-visible", "@media print", ".passage:has(:target)"):
        assert needed in style


def test_the_policy_allows_this_style_and_nothing_else() -> None:
    page = rendered(many_questions())
    [policy] = [
        node.attributes["content"]
        for node in page.css("meta[http-equiv]")
        if node.attributes["http-equiv"] == "Content-Security-Policy"
    ]
    digest = b64encode(hashlib.sha256(one(page, "style").text().encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert not page.css("[style], [onclick], link, img, iframe, form, script[src], script:not([type])")
    assert "url(" not in stylesheet()
    assert "@import" not in stylesheet()


def themes() -> list[dict[str, str]]:
    blocks = re.findall(r":root \{(.*?)\}", stylesheet(), re.DOTALL)[:2]
    light, dark = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block)) for block in blocks)
    return [light, light | dark]


def luminance(colour: str) -> float:
    """Return the contrast of two colours as WCAG 2 defines it."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize(
    ("ink", "paper"),
    [*((ink, paper) for ink in ("ink", "quiet", "link", "warn") for paper in ("paper", "panel")), ("mark-ink", "mark")],
)
def test_words_can_be_read_in_both_themes(theme: int, ink: str, paper: str) -> None:
    colours = themes()[theme]
    darker, lighter = sorted(luminance(colours[name]) for name in (ink, paper))
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_what_is_related_is_folded() -> None:
    folded = one(rendered(many_questions()), "details.related")
    assert "open" not in folded.attributes
    assert one(folded, "summary").text() == "Possibly related (1)"
    assert one(folded, "li span").text() == NAMES.text


def test_few_headings_need_no_contents() -> None:
    assert not rendered(report(claim(EXECUTED))).css("nav")
    links = one(rendered(many_questions()), "nav").css("a")
    assert [link.text() for link in links][:4] == [
        "What does finally do?",
        "When it is executed",
        "Saved exceptions",
        "What are names?",
    ]


def test_not_answered_says_so_and_what_was_searched() -> None:
    page = rendered(covering(report(answered=False), unknown=("ferry",)))
    said = one(page, "header").text() + one(page, "#answer").text()
    assert "What could be read of these documents does not answer this: 1 file could not be read." in said
    assert "Whether a document contains ferry could not be determined, because 1 file could not be read." in said
    assert "cleanup handler" in said
    assert not page.css(".passage")


def test_long_lists_are_folded_whole() -> None:
    skipped = tuple(Skipped(uri=f"file{n}.bin", reason="not text") for n in range(300))
    page = rendered(covering(report(claim(EXECUTED)), skipped=skipped))
    [folded] = [each for each in page.css("details") if "Skipped files (300)" in each.text()]
    assert len(folded.css("li")) == 300


def test_a_passage_shows_its_lines_and_nothing_that_turns_text_around() -> None:
    assert one(rendered(report(claim(SAVED))), "mark").text() == SAVED.text
    assert "\n" in SAVED.text
    text = "before\r\n\r\n\r\n\r\n\x00 \u202eturned\x0c the quote, after"
    start = text.index("the quote")
    quote = SAVED.model_copy(update={"start": start, "end": start + 9, "text": "the quote"})
    page = render_html(report(claim(quote)), {SAVED.snapshot: text})
    html5lib.HTMLParser(strict=True).parse(page)
    assert one(tree(page), "blockquote").text() == "before\n\n\ufffd \ufffdturned\n the quote, after"


def a_report_that_never_changes() -> tuple[Report, dict[str, str]]:
    """Make a report of fixed texts: those of `reports.py` differ between versions of Python."""
    said = ("The ferry crosses the sound four times a day.", "It does not sail in storms.", "</script><b>&amp;\u2028")
    text = f"The ferry\n\n{said[0]} {said[1]}\n\n{'Nor in fog. ' * 60}\n{said[2]}\x00 \U0001f6a2\r\n"
    snapshot = sha256(text)
    first, second, third = (
        Quote(snapshot=snapshot, start=text.index(words), end=text.index(words) + len(words), text=words)
        for words in said
    )
    told = many_questions()
    sections = (
        told.sections[0].model_copy(
            update={
                "claims": (claim(first, second), claim(second)),
                "related": (),
                "disputes": (Dispute(claims=(claim(first), claim(second))),),
            }
        ),
        told.sections[1].model_copy(update={"claims": (claim(second),), "related": (claim(third),)}),
        told.sections[2].model_copy(update={"claims": (claim(third, text="So it is.", verdict=Verdict.LOCATED),)}),
    )
    source = from_the_web().sources[1].model_copy(update={"snapshot": snapshot})
    skipped = tuple(Skipped(uri=f"file{n}.bin", reason="not text") for n in range(12))
    web = from_the_web()
    spent = {"usage": web.usage, "phases": web.phases, "budget": web.budget}
    told = told.model_copy(update={"sections": sections, "sources": (source,), **spent})
    web_too = {name: getattr(web.coverage, name) for name in ("pages", "engines", "unreached", "limited")}
    return placed(covering(told, skipped=skipped, **web_too)), {snapshot: text}


def test_the_same_report_gives_the_same_bytes_and_other_bytes_another_version() -> None:
    told, texts = a_report_that_never_changes()
    page = render_html(told, texts)
    assert render_html(read_report(extract_json(page)), texts) == page
    digest = hashlib.sha256(page.encode()).hexdigest()
    assert (GENERATOR, digest) == GOLDEN, "the page has changed: count GENERATOR up, and put the new digest here"


def test_a_text_that_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError):
        render_html(placed(report(claim(EXECUTED))), {})
