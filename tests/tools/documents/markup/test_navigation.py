"""Which lists of links are navigation, and which are content."""

import pytest

from outlast.evidence.losses import LossKind
from outlast.tools.documents.document import Document
from outlast.tools.documents.markup import html


def read(body: str) -> Document:
    return html.parse_page(f"<h1>t</h1>{body}<p>end".encode())


def links(*texts: str, address: str = "page") -> str:
    return "".join(f"<li><a href='{address}{number}'>{text}</a>" for number, text in enumerate(texts))


PAPERS = ("Anchor watch by Lind, free of charge", "Tide clock by Marsh, paid yearly", "Chart viewer by Holt, for free")


@pytest.mark.parametrize(
    "body",
    [
        f"<ul>{links(*PAPERS)}</ul>",
        f"<div><ul>{links(*PAPERS)}</ul></div>",
        f"<table>{''.join(f'<tr><td><a href=x>{paper}</a>' for paper in PAPERS)}</table>",
        "<ul><li><a href=https://a.org/>Tide tables online</a><li><a href=https://b.org/x>Knots for sailors</a>"
        "<li><a href=http://c.org>Old harbour charts</a></ul>",
        "<div class=toc><h2>Glossary</h2><p>Bight: the slack part of a rope between its ends.</div>",
        "</main><footer>The office is at the pier, open at nine, and closed in the month of July.</footer><main>",
        "<nav><p>Bight is the slack part of a rope between its two ends, as sailors say.</nav>",
    ],
)
def test_content(body: str):
    document = read(body)
    assert len(document.text.split()) > 8
    assert document.losses == ()


def test_short_links_are_content_where_the_page_has_little_else():
    names = ("Ada Lind", "Bo Marsh", "Cy Holt", "Di Sund")
    short = read(f"<h2>Staff</h2><ul>{links(*names)}</ul>")
    assert [name for name in names if name not in short.text] == []
    tools = "".join(f"<li><a href=https://{name}.org>{name}</a>" for name in ("knots", "tides", "charts", "lamps"))
    assert read(f"<h2>Tools</h2><ul>{tools}</ul>").text == "t\n\nTools\n\n- knots\n- tides\n- charts\n- lamps\n\nend"
    menu = read(f"<ul>{links(*names)}</ul><p>The tide turns twice a day, and the ferry sails an hour after it.")
    assert "Ada Lind" not in menu.text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (f"<ul>{links('Home', 'About us', 'Contact')}</ul>", 4),
        (f"<ul>{links(*PAPERS, address='#a')}</ul>", 19),
        (f"<h2>On this page</h2><ul>{links(*PAPERS)}</ul>", 22),
        (f"<aside><ul>{links(*PAPERS)}</ul></aside>", 19),
        (f"<div class=toc><ul>{links(*PAPERS)}</ul></div>", 19),
        (f"<ul>{links(*(f'Page number {number} of the index' for number in range(50)))}</ul>", 300),
        ("<nav>Main menu</nav>", 2),
        ("<div role=search>Find it here</div>", 3),
        ("<div class=pagination>Page 1 of 30, which is not the last one</div>", 10),
        ("<button>Send it</button>", 2),
    ],
)
def test_navigation_is_counted(body: str, words: int):
    document = read(body)
    assert document.text == "t\n\nend"
    assert [(loss.kind, loss.words) for loss in document.losses] == [(LossKind.NAVIGATION, words)]


def test_what_is_taken_back_leaves_the_offsets_right():
    menu = links("a", "b", "c")
    document = read(
        f"<h2>On this page</h2><div><ul>{menu}</ul><del>x <a href=p>1</a> <a href=q>2</a> <a href=r>3</a></del></div>"
        "<h2>Then</h2><table><tr><th>a<th>b<tr><td>1<td>2</table>"
    )
    assert [document.text[each.start : each.end] for each in document.headings] == ["t", "Then"]
    assert document.text[document.tables[0].start : document.tables[0].end] == "a | b\n1 | 2"
