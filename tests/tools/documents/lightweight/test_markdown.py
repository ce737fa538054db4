import re

import pytest

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.document import Document
from outlast.tools.documents.lightweight import markdown


def read(text: str) -> Document:
    return markdown.read(text.encode(), "x")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a <!-- b --> c", "a  c"),
        ("a\n<!-- b\n\nc -->\nd", "a\n\n\n\nd"),
        ("a %% b %% c", "a  c"),
        ("a\n\n%%\nb\n%%\nc", "a\n\n\n\n\nc"),
        ("100%% sure", "100%% sure"),
        ("a %% b", "a %% b"),
        ("a <!-- b", "a <!-- b"),
        ("`<!-- a -->` b", "`<!-- a -->` b"),
        ("```\n<!-- a --> [[b]]\n```", "```\n<!-- a --> [[b]]\n```"),
        ("[[kedge|small anchor]] in [[Bottoms#sand]] or [[knots]]", "small anchor in Bottoms > sand or knots"),
        ("see ![[chart.png]] and ![[note]]", "see [chart.png] and note"),
        ("the end. ^a1", "the end."),
        ("10<sup>6</sup> H<sub>2</sub>O 10^6^ H~2~O", "10^6 H2O 10^6 H2O"),
        ("$x^2+y^2$ and x^2y^2", "$x^2+y^2$ and x^2y^2"),
        ("the fee[^1] is\n\n[^1]: of May", "the fee [1] is\n\n[1]: of May"),
        ("~~nine~~ <del>ten</del>", "~~nine~~ ~~ten~~"),
        ("a<br>b <kbd>c</kbd> <img src=x alt='a map'> Vec<T> &amp; &nbsp;d", "a b c [a map] Vec<T> & \u00a0d"),
        ("<https://a.org> **b** [c](d)", "<https://a.org> **b** [c](d)"),
        ("<div hidden>\na\n</div>\n\nb", "\n\n\n\nb"),
        ("<p>a</p>\n<p>b</p>\n\nc", "a\nb\n\nc"),
        ("| a | b |\n|---|---|\n| 1 | |\n| `x \\| y` | 2 |\n\nc", "a | b\n\n1 | \n`x | y` | 2\n\nc"),
        ("---\ntitle: T\ntags: [a]\n---\nb", "\ntitle: T\ntags: a\n\nb"),
        ("---\naliases:\n  - A\n  - 'B, C'\nup: '[[n|N]]'\n---\nb", "\naliases: A, B, C\n\n\nup: N\n\nb"),
        ('---\nk:\n  a: 1\n  - b: 2\n# c\nl: [a, "b, c", [[d]]]\n---', "\nk:\n  a: 1\n  - b: 2\n\nl: a, b, c, d\n"),
        ("see [[Fuel#^b1]], ![[Fuel#^b1]] and [[#Prices]]", "see Fuel, Fuel and Prices"),
        (
            "> [!warning]- Storms\n> close **it**\n> > [!tip]\n> > now\n\n> said",
            "Storms:\nclose **it**\n> Tip:\n> now\n\n> said",
        ),
        ("> [!NOTE]\n> Lit.\nlazy\n> quoted", "Note:\nLit.\nlazy\n> quoted"),
        ("a\n\n[//]: # (three hidden words)\n\n[comment]: <> (more)\n\nb", "a\n\n\n\n\n\nb"),
        ("1. a\n1. b\n   - c\n1. d", "1. a\n2. b\n   - c\n3. d"),
        ("> 3) a\n> 3) b", "> 3) a\n> 4) b"),
        ("In\n1986. A year", "In\n1986. A year"),
        ("", ""),
    ],
)
def test_what_the_rendered_page_shows(source: str, text: str):
    document = read(source)
    assert document.text == text
    assert text.count("\n") == source.count("\n")
    assert document.places is None


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("---\ntitle: Care of ropes\n---\n# Other", "Care of ropes"),
        ('---\nTitle: "Care: of ropes"\n---\nx', "Care: of ropes"),
        ("+++\ntitle = 'Care'\n+++\nx", "Care"),
        ("---\ntags: a\n---\n# Other", "Other"),
        ("---\ntitle: >\n  folded\n---\nx", "x"),
        ("---\nnot closed\n", "x"),
        ("## Life\nA note is called by its name.", "x"),
    ],
)
def test_the_title_is_in_the_front_matter(source: str, title: str):
    assert read(source).title == title


def test_a_table_and_its_header():
    document = read("# T\n\n| a | b |\n|---|---|\n| 1 | [[x\\|y]] |\n\nafter\n=====\n")
    table = document.tables[0]
    assert document.text[table.start : table.end] == "a | b\n\n1 | y"
    assert [document.text[start:end] for start, end in table.headers] == ["a | b"]
    assert [document.text[each.start : each.end] for each in document.headings] == ["T", "after"]


def test_a_block_of_html_that_needs_more_lines():
    document = read("a\n\n<table><tr><th>p<th>q<tr><td>1<td>2</table>\n\n# b\n")
    assert document.text == "a\n\np | q\n1 | 2\n\n# b\n"
    assert document.places is not None
    assert document.places.unit == "line"
    assert document.places.starts == (0, 2, 3, 15, 16, 20)
    assert [document.text[each.start : each.end] for each in document.headings] == ["b"]
    assert [document.text[table.start : table.end] for table in document.tables] == ["p | q\n1 | 2"]


def test_headings_lose_their_comments():
    document = read("# A <!-- b --> [[c|d]] heading #\n\nSet <!-- x -->text\n===\n")
    assert [document.text[each.start : each.end] for each in document.headings] == ["A  d heading", "Set text"]


MARKED = """---
title: w1
key: w2
---
# w3

w4 *w5* `w6` [w7](x) ![w8](y) ~~w9~~ [[w10|w11]] [[w12]] <!-- w13 --> %% w14 %% <b>w15</b> w16[^w17] <img alt=w18>

> w19

> [!w39]+ w40 [[w41|w42]]
> w43 ^w44

- w20
  1. w21

| w22 | w23 |
|-----|-----|
| w24 | w25 |

<details><summary>w26</summary>

w27

</details>

<div style="display:none">w28</div>

    w29

```
w30
```

[^w17]: w31

![[w32.png]]

w33
---

***
w34\\
w35 <sup>w36</sup> &amp; w37 ^w38
"""


def test_each_word_is_in_the_text_or_the_ledger():
    document = read(MARKED)
    found = sorted({int(word) for word in re.findall(r"w(\d+)", document.text)})
    hidden, addresses = [13, 14, 28, 39], [10, 38, 41, 44]
    assert found == [number for number in range(1, 45) if number not in (*addresses, *hidden)]
    assert document.losses == (
        Loss(kind=LossKind.MARKUP, place="kinds of boxes", words=1),
        Loss(kind=LossKind.HIDDEN, place="comments", words=2),
        Loss(kind=LossKind.HIDDEN, place="hidden elements", words=1),
        Loss(kind=LossKind.PICTURE, place="w32.png"),
    )


@pytest.mark.parametrize(
    "piece", ["<!--", "%% ", "[[", "`", "[^", "<sup>", "~a", "|", "&", "<a ", "a^b", "\n> [!a", "\n> > "]
)
def test_the_time_is_linear(piece: str):
    assert read("x " + piece * 100_000).text.startswith("x ")


@pytest.mark.parametrize("piece", ["a: ", "- ", "[", "'", '",', "[[,", "[a, "])
def test_front_matter_of_any_length_takes_linear_time(piece: str):
    assert read(f"---\nk: [{piece * 50_000}]\nl:\n{piece * 50_000}\n---\nx").text.endswith("x")
