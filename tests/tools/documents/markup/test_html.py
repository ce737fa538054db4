import pytest

from outlast.tools.documents.document import Unreadable
from outlast.tools.documents.markup import html


def text_of(page: str) -> str:
    return html.read(page.encode(), "x").text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>one\n  two&nbsp;three</p>\n<p>four</p>", "one two three\n\nfour"),
        ("<div><div>a<span> b </span>c</div></div>d", "a b c\n\nd"),
        ("a<b>b</b>c", "abc"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<pre>\n  if x:\n    <b>y</b>\n\n  z\n\n</pre>after", "  if x:\n    y\n\n  z\n\nafter"),
        ("<pre>a<br>b</pre>", "a\nb"),
        ("<ul><li>a</li><li><p>b</p></li><li></li></ul>c", "- a\n- b\n\nc"),
        ("<ol><li>a<ul><li>b</ul><li>c</ol>", "1. a\n- b\n2. c"),
        ("<table><tr><th>A<th>B<tr><td><p>1</p><td>2</table>x", "A | B\n1 | 2\n\nx"),
        ("<table><tr><td><p>1</p><p>2</p><td>3</table>", "1\n\n2\n\n3"),
        ("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字<rt>じ</rt></ruby>です", "漢字(かんじ)です"),
        ("<p>He said <q>no</q>.</p>", "He said “no”."),
        ("<details><summary>a</summary>b</details>", "a\n\nb"),
        ("<dl><dt>t<dd>d<dt>u<dd><p>e</p></dl>", "t\n\nd\n\nu\n\ne"),
        ("in\u00advisi\u200bble", "invisible"),
        ("&lt;b&gt; &amp;", "<b> &"),
        ("a<!-- no -->b", "ab"),
        ("", ""),
    ],
)
def test_blocks(page: str, text: str):
    assert text_of(page) == text


@pytest.mark.parametrize(
    "page",
    [
        "<script>no</script>",
        "<style>no</style>",
        "<template><p>no</template>",
        "<nav>no</nav>",
        "<noscript>no</noscript>",
        "<div role=navigation>no</div>",
        "<div role=search>no</div>",
        "<footer>no</footer>",
        "<ul><li><a href=a>no</a><li><a href=b>no</a><li><a href=c>no</a></ul>",
        "<h2>On this page:</h2><ol><li><a href=a>no</a><li><a href=b>no</a><li><a href=c>no</a></ol>",
        "<table><tr><td><a href=a>no</a><td><a href=b>no</a><td><a href=c>no</a></table>",
        "<p><a href=a>no</a> | <a href=b>no</a> | <a href=c>no</a></p>",
        "<div><a href=a>no</a><div><a href=b>no</a></div><ul><li><a href=c>no</a></ul></div>",
        "<ul class='big TOC'><li>no</ul>",
        "<p hidden>no</p>",
        "<svg><text>no</text></svg>",
        "<select><option>no</select>",
    ],
)
def test_what_nobody_reads_is_left_out(page: str):
    assert text_of(f"<title>no</title>before {page} after").split() == ["before", "after"]


@pytest.mark.parametrize(
    "page",
    [
        "<ul><li><a href=a>Ada</a>, who wrote the first program<li><a href=b>Mary</a>, who wrote a novel<li>"
        "<a href=c>Jane</a>, who wrote six</ul>",
        "<p>See <a href=a>a</a> or <a href=b>b</a> and <a href=c>c</a>, and read it to the end.",
        "<p><a href=a>Only two</a> <a href=b>of them</a>",
        "<p><a name=a>Names</a> <a name=b>lead</a> <a name=c>nowhere at all</a>",
        "<dl><dt>ANSI<dd><a href=a>an institute</a><dt>ISO<dd><a href=b>one</a><dt>DIN<dd><a href=c>one</a></dl>",
    ],
)
def test_links_among_words_are_words(page: str):
    assert len(text_of(page).split()) >= 4


def test_nothing_but_links_is_no_document():
    page = "<title>Map</title><body><p><a href=a>One</a> <a href=b>two</a> <a href=c>three</a></body>"
    with pytest.raises(Unreadable, match="it has only links to other pages, and no text of its own"):
        html.read(page.encode(), "x")


def test_a_list_that_is_taken_back_leaves_no_trace():
    links = "<a href=a>one</a> <a href=b>two</a> <a href=c>three</a>"
    document = html.read(f"<ul><li>a<ul><li>{links}</ul><li><div>{links}</div>b</ul><h2>x</h2><p>c</p>".encode(), "x")
    assert document.text == "- a\n- b\n\nx\n\nc"
    assert [document.text[each.start : each.end] for each in document.headings] == ["x"]


@pytest.mark.parametrize("opening", ["<div>", "<table><tr><td>", "<ul><li>", "<b>", "<h1>", "<pre>"])
def test_deep_nesting_is_no_problem(opening: str):
    assert text_of(opening * 3000 + "inside").endswith("inside")


def test_character_references_make_no_surrogates():
    assert text_of("a&#xD800;b&#0;c") == "a\ufffdb\ufffdc"
