import pytest

from tools.documents import html


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
        ("<dl><dt>t<dd>d<dt>u<dd><p>e</p></dl>", "t\nd\n\nu\ne"),
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
        "<ul class='big TOC'><li>no</ul>",
        "<p hidden>no</p>",
        "<svg><text>no</text></svg>",
        "<select><option>no</select>",
    ],
)
def test_what_nobody_reads_is_left_out(page: str):
    assert text_of(f"<title>no</title>before {page} after").split() == ["before", "after"]


@pytest.mark.parametrize("opening", ["<div>", "<table><tr><td>", "<ul><li>", "<b>", "<h1>", "<pre>"])
def test_deep_nesting_is_no_problem(opening: str):
    assert text_of(opening * 3000 + "inside").endswith("inside")


def test_character_references_make_no_surrogates():
    assert text_of("a&#xD800;b&#0;c") == "a\ufffdb\ufffdc"
