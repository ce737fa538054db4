"""The parts of an engine's result that are kept: a web page's address and lines of visible text."""

import pytest

from outlast.tools.web.engines.hits import RawHit, is_web_url, rank_hits, shorten, tidy


def test_a_page_that_comes_twice_is_numbered_once() -> None:
    found = [RawHit("https://a.ex/"), RawHit("http://www.a.ex#x"), RawHit("https://b.ex/")]
    assert [(hit.url, hit.rank) for hit in rank_hits("one", found, 5)] == [("https://a.ex/", 1), ("https://b.ex/", 2)]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//a.example/x",
        "https://",
        "https://a.example/a b",
        "https://a.example/\u202ex",
        "https://a.example:0/",
        "https://a.example:99999/",
        "http://[::1",
        "https://a.example/" + "x" * 2_000,
    ],
)
def test_what_is_no_web_page(url: str) -> None:
    assert not is_web_url(url)


@pytest.mark.parametrize("url", ["http://a.example", "HTTPS://a.example:8443/x?y#z", "https://bücher.example/ü"])
def test_what_is_one(url: str) -> None:
    assert is_web_url(url)


def test_text_is_one_line_of_what_can_be_seen() -> None:
    assert tidy(" a\n\tb\u200b\u202e c\x00 ", 50) == "a b\ufffd c\ufffd"
    assert tidy("abcdef", 4) == "abc…"
    assert tidy(None, 5) == tidy(["a"], 5) == ""


def test_a_query_is_cut_between_words() -> None:
    assert shorten("one  two\nthree", 50) == "one two three"
    assert shorten("one two three", 7) == "one two"
    assert shorten("one two three", 6) == "one"
    assert shorten("abcdefgh", 4) == "abcd"
