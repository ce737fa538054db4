"""What nobody sees on a page is not in its text, and is counted in its ledger."""

import pytest

from outlast.evidence.losses import LossKind
from outlast.tools.documents.markup import html


def read(body: str, head: str = "") -> tuple[str, int]:
    """Return the text of a page, and the number of its words that nobody sees."""
    document = html.parse_page(f"<html><head>{head}</head><body>{body}</body></html>".encode())
    return document.text, sum(loss.words or 0 for loss in document.losses if loss.kind is LossKind.HIDDEN)


@pytest.mark.parametrize(
    "style",
    [
        "display:none",
        "DISPLAY : NONE !important",
        "visibility: hidden",
        "font-size:0",
        "font-size: 0.0em",
        "font-size: 1px",
        "opacity:0",
        "opacity: 0%",
        "position:absolute;left:-9999px",
        "position: fixed; top: -1000em",
        "text-indent:-9999px",
        "margin-left: -5000px",
        "position:absolute;clip:rect(0 0 0 0)",
        "clip: rect(1px, 1px, 1px, 1px)",
        "clip-path: inset(50%)",
        "height:0;overflow:hidden",
        "width:1px;height:1px;overflow:hidden",
        "transform: translateX(-10000px)",
        "transform:scale(0)",
        "color:#fff;background:#ffffff",
        "color:white; background-color: rgb(255, 255, 255)",
        "color: white",
    ],
)
def test_styles_that_hide(style: str):
    assert read(f"<p>seen</p><p style='{style}'>two words</p>") == ("seen", 2)
    rule = f"<style>@charset 'utf-8'; /* .x {{}} */ p.trap, .y {{ {style} }}</style>"
    if "color: white" not in style:
        assert read("<p>seen</p><p class='trap z'>two words</p>", rule) == ("seen", 2)


@pytest.mark.parametrize(
    "style",
    [
        "display:block",
        "opacity:.5",
        "opacity:0;transition:opacity 1s",
        "font-size:0.8em",
        "left:-9999px",
        "margin-left:-10px",
        "height:0",
        "color:white;background:#333",
        "color:#ffffff;background-color:navy",
        "visibility:visible",
        "clip:auto",
    ],
)
def test_styles_that_hide_nothing(style: str):
    assert read(f"<p style='{style}'>seen") == ("seen", 0)


@pytest.mark.parametrize(
    ("rules", "classes"),
    [
        (".tab{display:none} .tab.open{display:block}", "tab"),
        (".tab{display:none} input:checked + .tab{display:block}", "tab"),
        (".menu{visibility:hidden} li:hover .menu{visibility:visible}", "menu"),
        ("@media print{.screen{display:none}}", "screen"),
        ("@media (max-width: 600px){.wide{display:none}}", "wide"),
        ("@keyframes show{from{opacity:0} to{opacity:1}}", "from"),
        (".a .b{display:none}", "b"),
        (".b{display:none", "b"),
        (".b{display:none} .b{display:block}", "b"),
        ("} .c{", "c"),
    ],
)
def test_rules_that_may_show_what_they_hide(rules: str, classes: str):
    assert read(f"<p class='{classes}'>seen", f"<style>{rules}</style>") == ("seen", 0)


@pytest.mark.parametrize(
    "body",
    [
        "<p hidden>two words</p>",
        "<p hidden=hidden>two words</p>",
        "<!-- two words -->",
        "<span class=sr-only>two words</span>",
        "<template>two <b>words</b></template>",
        "<font color=white>two words</font>",
        "<div style='background:black'><p><span style='color:#000'>two words</span></div>",
        "<table bgcolor='#eeeeee'><tr><td style='color:#eee'>two words</table>",
        "<div hidden><p>two</p><p>words</p></div>",
    ],
)
def test_attributes_and_elements_that_hide(body: str):
    assert read(f"<p>seen</p>{body}") == ("seen", 2)


@pytest.mark.parametrize(
    "body",
    [
        "<p hidden=until-found>seen</p>",
        "<div role=tabpanel hidden>seen</div>",
        "<p aria-hidden=true>seen</p>",
        "<div style='font-size:0'><span style='font-size:16px'>seen</span></div>",
        "<div style='visibility:hidden'><p style='visibility:visible'>seen</div>",
        "<div style='color:white;background:white'><p style='color:black'>seen</div>",
        "<body bgcolor=black><font color=white>seen</font>",
    ],
)
def test_what_a_person_sees(body: str):
    assert read(body) == ("seen", 0)


def test_white_text_is_seen_if_a_file_may_set_the_background():
    head = "<link rel=stylesheet href=a.css>"
    assert read("<p style='color:white'>seen", head) == ("seen", 0)


def test_many_rules_take_no_more_time_than_their_limit():
    rules = "".join(f".a.b{number}{{display:none}}" for number in range(20_000))
    body = "".join(f"<p class='a' id=n{number}>seen" for number in range(2_000))
    assert read(body, f"<style>{rules}</style>")[1] == 0


@pytest.mark.parametrize(
    "rule",
    [
        "div.a > p.b {display:none}",
        "div .b, x {visibility:hidden}",
        "[data-x=h] {display:none}",
        "div p:nth-child(1) {opacity:0}",
        ".a { color:black; .b { display:none } }",
        ".a { > p { display:none } }",
        ".b { &.c { display:none } }",
        "@media screen { .a .b {display:none} }",
        ".b { color: transparent }",
    ],
)
def test_rules_of_several_parts_hide(rule: str):
    body = "<div class=a><p class='b c' data-x=h>two words</div><section><p>seen</section>"
    assert read(body, f"<style>{rule}</style>") == ("seen", 2)


@pytest.mark.parametrize(
    "rules",
    [
        ".a .b {display:none} .a .b.open {display:block}",
        ".a p {display:none} .a input:checked ~ p {display:block}",
        ".a:hover .b {display:none}",
        ".js .a .b {display:none}",
        "@media print { .a .b {display:none} }",
        "@media (max-width:600px) { .a .b {display:none} }",
        ".b { color:transparent; background-clip:text }",
        ".q .b {display:none} .a > > .b {display:none} .a::before {display:none}",
    ],
)
def test_rules_of_several_parts_that_hide_nothing(rules: str):
    assert read("<div class=a><p class=b>two words</div>", f"<style>{rules}</style>") == ("two words", 0)


def test_windows_that_a_script_opens_are_not_seen():
    assert read("<dialog>two words</dialog><div popover>two more</div><dialog open>seen</dialog>") == ("seen", 4)
