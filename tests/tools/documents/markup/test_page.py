"""What a page says, element by element."""

import re

import pytest

from outlast.evidence.losses import LossKind
from outlast.tools.documents.document import Document
from outlast.tools.documents.markup import html


def read(body: str, head: str = "") -> Document:
    return html.read(f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode(), "x")


def text_of(body: str, head: str = "") -> str:
    return read(body, head).text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>holds 2<sup>64</sup> rows", "holds 2^64 rows"),
        ("<p>10<sup>6</sup> cells, 9.46 &times; 10<sup>15</sup> metres", "10^6 cells, 9.46 × 10^15 metres"),
        ("<p>1<sup>1</sup>/<sub>2</sub> years", "1 1/2 years"),
        ("<p>CO<sub>2</sub> and x<sub>i+1</sub>", "CO2 and x_(i+1)"),
        ("<p>the 1<sup>st</sup> of May", "the 1st of May"),
        ("<p>The fee<sup>1</sup> is ten.<sup><a href='#n'>2</a></sup> Then", "The fee [1] is ten. [2] Then"),
        ("<p>The fee<a href='#n'><sup>1</sup></a> is", "The fee [1] is"),
        ("<p>The fee<a role=doc-noteref href='#n'>1</a> is", "The fee [1] is"),
        ("<p><sup>1</sup>University", "[1] University"),
        ("<p>e<sup>x<sup>2</sup></sup>", "e^(x^2)"),
        ("<h2>10<sup>6</sup> cells</h2>", "10^6 cells"),
        ("<pre>  y = x<sup>2</sup> + 1</pre>", "  y = x^2 + 1"),
        ("<p>a <span style='vertical-align: super'>note</span>", "a note"),
        ("<p>10<span style='vertical-align:super;font-size:70%'>6</span> cells", "10^6 cells"),
        ("<table><tr><th>a<th>b<tr><td>10<sup>6</sup><td>H<sub>2</sub>O</table>", "a | b\n10^6 | H2O"),
        ("<sup>4</sup>", "[4]"),
    ],
)
def test_raised_and_lowered_text(body: str, text: str):
    assert text_of(body) == text


def test_text_raised_by_a_class():
    assert text_of("<p>2<span class='c4 c5'>64</span>", "<style>.c5{vertical-align:super}</style>") == "2^64"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>The fee is <del>nine</del> <ins>ten</ins> crowns", "The fee is ~~nine~~ ten crowns"),
        ("<p>The fee is <s>nine</s><ins>ten</ins>.", "The fee is ~~nine~~ ten."),
        ("<del><p>nine</p><p>ten</p></del><p>a", "~~nine~~\n\n~~ten~~\n\na"),
        ("<p style='text-decoration: line-through'>nine</p>a", "~~nine~~\n\na"),
        ("<pre>a <del>b</del> c</pre>", "a ~~b~~ c"),
    ],
)
def test_deleted_text_is_marked(body: str, text: str):
    assert text_of(body) == text


def test_a_deleted_heading_is_no_heading():
    assert read("<h1>a</h1><del><h2>b</h2></del><p>c").headings == read("<h1>a</h1><p>c").headings


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<ol start=3><li>a<li>b</ol>", "3. a\n4. b"),
        ("<ol><li>a<li value=7>b<li>c</ol>", "1. a\n7. b\n8. c"),
        ("<ol reversed><li>a<li>b</ol>", "2. a\n1. b"),
        ("<ol type=a start=26><li>a<li>b</ol>", "z. a\naa. b"),
        ("<ol type=I start=4><li>a<li>b</ol>", "IV. a\nV. b"),
        ("<ol style='list-style-type: lower-roman'><li>a</ol>", "i. a"),
        ("<ol style='list-style: none'><li>a</ol>", "a"),
        ("<ol start=x><li value=y>a</ol>", "1. a"),
        ("<ol start=-1><li>a<li>b</ol>", "-1. a\n0. b"),
    ],
)
def test_list_items_have_the_numbers_that_a_browser_shows(body: str, text: str):
    assert text_of(body) == text


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("<msup><mrow><mo>(</mo><mi>a</mi><mo>+</mo><mi>b</mi><mo>)</mo></mrow><mn>2</mn></msup>", "(a + b)^2"),
        ("<msub><mi>x</mi><mn>1</mn></msub><mo>=</mo><mfrac><mi>a</mi><mi>b</mi></mfrac>", "x_1 = a/b"),
        ("<mfrac><mrow><mi>a</mi><mo>+</mo><mn>1</mn></mrow><mrow><mn>2</mn><mi>b</mi></mrow></mfrac>", "(a + 1)/(2b)"),
        ("<msqrt><mi>x</mi><mo>-</mo><mn>1</mn></msqrt>", "√(x - 1)"),
        ("<mroot><mi>x</mi><mn>3</mn></mroot>", "∛x"),
        ("<mn>2</mn><mfrac><mn>1</mn><mn>3</mn></mfrac>", "2 1/3"),
        ("<msub><mi>x</mi><mn>1</mn></msub><mi>y</mi>", "x_1 y"),
        ("<msup><mi>e</mi><mrow><mi>k</mi><mi>t</mi></mrow></msup>", "e^(kt)"),
        ("<mfrac><mrow><mi>d</mi><mi>y</mi></mrow><mrow><mi>d</mi><mi>x</mi></mrow></mfrac>", "dy/dx"),
        ("<mi>f</mi><mo>&#x2061;</mo><mo>(</mo><mi>x</mi><mo>,</mo><mi>y</mi><mo>)</mo>", "f(x, y)"),
        ("<mi>sin</mi><mo>&#x2061;</mo><mi>x</mi>", "sin x"),
        (
            "<munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></munderover><mi>i</mi>",
            "∑_(i=1)^n i",
        ),
        ("<mover><mi>x</mi><mo>¯</mo></mover>", "x\u0304"),
        ("<msup><mi>f</mi><mo>′</mo></msup>", "f′"),
        ("<mmultiscripts><mi>C</mi><mprescripts/><none/><mn>14</mn></mmultiscripts>", "14C"),
        ("<mfenced><mi>a</mi><mi>b</mi></mfenced>", "(a, b)"),
        ("<semantics><mi>x</mi><annotation encoding='application/x-tex'>x</annotation></semantics>", "x"),
        (
            "<mo>[</mo><mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr><mtr><mtd><mn>3</mn></mtd><mtd>"
            "<mn>4</mn></mtd></mtr></mtable><mo>]</mo>",
            "[1, 2; 3, 4]",
        ),
        ("<mo>-</mo><mn>3</mn><mo>&lt;</mo><mi>x</mi>", "-3 < x"),
        ("<mn>9.8</mn><mtext>&nbsp;m</mtext>", "9.8 m"),
        ("<mrow>" * 3000 + "<mi>x</mi>", "x"),
    ],
)
def test_formulas_stand_on_one_line(formula: str, text: str):
    assert text_of(f"<p>so <math>{formula}</math> holds</p>") == f"so {text} holds"


@pytest.mark.parametrize("opening", ["<mfrac>", "<msqrt>", "<mrow>", "<mtable><mtr><mtd>", "<mmultiscripts>"])
def test_formulas_of_any_depth_are_read(opening: str):
    assert "x" in text_of(f"<math>{opening * 3000}<mi>x</mi></math>")


@pytest.mark.parametrize(
    "drawn",
    [
        "<span class=katex><span class=katex-mathml><math><semantics><msup><mi>x</mi><mn>2</mn></msup><annotation>x^2"
        "</annotation></semantics></math></span><span class=katex-html aria-hidden=true>x2</span></span>",
        "<span class=mwe-math-element><span style='display: none'><math><msup><mi>x</mi><mn>2</mn></msup></math></span>"
        "<img class=mwe-math-fallback-image-inline alt='{x^2}'></span>",
        "<span class=MathJax><nobr>x2</nobr><span class=MJX_Assistive_MathML><math><msup><mi>x</mi><mn>2</mn></msup>"
        "</math></span></span><script type='math/tex'>x^2</script>",
        "<span class=MathJax>x2</span><script type='math/tex'>x^2</script>",
        "<script type='math/tex'>x^2</script>",
    ],
)
def test_a_formula_and_its_drawing_are_read_once(drawn: str):
    assert text_of(f"<p>so {drawn} holds</p>") == "so x^2 holds"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<form>Deposit: <input value='1800 EUR'> paid</form>", "Deposit: 1800 EUR paid"),
        ("<form><textarea>A note</textarea></form>", "A note"),
        ("<select><option>no<option selected>May</select>", "May"),
        (
            "<label><input type=checkbox checked> Pets</label> <label><input type=checkbox> Cars</label>",
            "[x] Pets [ ] Cars",
        ),
        ("<input type=checkbox id=menu><p>a", "a"),
        ("<p>The <img alt='warning sign' src=a.png> says", "The [warning sign] says"),
        ("<p>a <img class=emoji alt='😀'> b", "a 😀 b"),
        ("<iframe srcdoc='<p>inside</p>'></iframe><p>after", "inside\n\nafter"),
        ("<div><template shadowrootmode=open><p>shadow</template></div>", "shadow"),
    ],
)
def test_controls_pictures_and_frames(body: str, text: str):
    assert text_of(body) == text


def test_pages_inside_pages_are_read_to_a_limit():
    page = "<p>deepest"
    for _ in range(9):
        page = f'<iframe srcdoc="{page.replace("&", "&amp;").replace(chr(34), "&quot;")}"></iframe>'
    document = html.parse_page(page.encode())
    assert document.text == ""
    assert [loss.kind for loss in document.losses if loss.may_hide_words] == [LossKind.UNREAD]


def test_text_for_browsers_without_scripts_is_read_where_the_page_is_empty_without_it():
    body = (
        "<h1>Lazy</h1><noscript><p>Without scripts: the office opens at nine.</p></noscript><p>The page needs scripts."
    )
    assert "opens at nine" in text_of(body)
    assert "opens at nine" not in text_of(body + "<p>It is a long page with many more words than those." * 3)
    message = "<noscript>You need to enable JavaScript to run this app.</noscript>"
    assert html.parse_page(f"<body>{message}<div id=root></div>".encode()).text == ""
    frames = "<html><frameset><frame src=a.html><noframes><body><p>All of it is here.</noframes></frameset></html>"
    document = html.parse_page(frames.encode())
    assert document.text == "All of it is here."
    assert [loss.place for loss in document.losses] == ["frame a.html"]


def test_a_page_says_its_language():
    assert html.read(b"<html lang=de-AT><body><p>Guten Tag", "x").language == "de"
    assert html.read(b"<html lang='not one'><body><p>Guten Tag", "x").language == ""


MARKED = """<html><head><title>w1</title></head><body><!-- w2 --><h1>w3</h1><p>w4 <b>w5</b> <a href=x>w6</a>
<del>w7</del>
<ins>w8</ins> <sup>w9 w10 w11</sup> <abbr>w12</abbr><q>w13</q> <ruby>w14<rt>w15</rt></ruby>
<math><mi>w16</mi></math></p>
<ul><li>w17<ol><li>w18</ol></ul><dl><dt>w19<dd>w20</dl><table><caption>w21</caption><tr><th>w22<th>w23<tr><td>w24<td>w25
</table><pre>w26</pre><blockquote>w27</blockquote><details><summary>w28</summary>w29</details><figure><img
alt=w30> <figcaption>w31</figcaption></figure><form><label>w32</label><input
value=w33><textarea>w34</textarea><select> <option selected>w35<option>w36</select><button>w37</button><input
type=hidden value=w38><input placeholder=w39> <input type=submit
value=w40></form><svg><text>w41</text></svg><video>w42</video><canvas>w43</canvas><iframe srcdoc='w44'>
w45</iframe><object data=a.pdf>w46</object><template><p>w47</template><noscript>w48</noscript><p hidden>w49</p>
<p style='display:none'>w50</p><nav>w51</nav><div role=navigation>w52</div><div class=toc><a
href=x>w53</a></div> <p><a href=a>w54</a> <a href=b>w55</a> <a href=c>w56</a></p><map><area alt=w57></map><span
class=sr-only>w58</span>
<dialog>w59</dialog><small>w60</small><xmp>w61</xmp><address>w62</address><datalist><option>w63</datalist> <font
color=white>w64</font><output>w65</output><object>w66</object><center>w67</center><marquee>w68</marquee><menu><li>w69
</menu><bdo>w70</bdo><fieldset><legend>w71</legend></fieldset><hgroup><p>w72</hgroup><audio>w73</audio><noembed>w74</noembed>
<footer>w75</footer></body></html>"""
IN_TEXT = {*range(3, 36), 44, 60, 61, 62, *range(65, 73)}


def test_each_word_of_a_page_is_in_its_text_its_title_or_its_ledger():
    document = html.read(MARKED.encode(), "x")
    assert document.title == "w1"
    found = [int(word) for word in re.findall(r"w(\d+)", document.text)]
    assert sorted(found) == sorted(IN_TEXT)
    lost = set(range(2, 76)) - IN_TEXT
    assert sum(loss.words or 0 for loss in document.losses) == len(lost)
    assert [loss.place for loss in document.losses if loss.may_hide_words] == ["object a.pdf"]


@pytest.mark.parametrize(
    ("page", "text"),
    [
        (
            "<p>Pensions.</p><button aria-expanded=false>When can I retire?</button><div><p>At 58.</p></div>"
            "<button>Is it paid abroad?</button><div><p>Yes.</p></div>",
            "Pensions.\n\nWhen can I retire?\n\nAt 58.\n\nIs it paid abroad?\n\nYes.",
        ),
        ("<h3><button>May dogs come in?</button></h3><p>Yes.</p>", "May dogs come in?\n\nYes."),
        ("<p>Pay.</p><button>Send</button><button aria-expanded=false>Open menu</button>", "Pay."),
        ("<p>Pay.</p><button>Add to my basket</button>", "Pay."),
    ],
)
def test_a_button_that_asks_is_the_title_of_what_it_opens(page: str, text: str):
    assert html.read(page.encode(), "page").text == text
