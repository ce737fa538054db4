"""Several lists as one: what agrees comes first, and each page comes once."""

from itertools import permutations

import pytest

from outlast.tools.web.engines.hits import Hit
from outlast.tools.web.engines.merging import merge

LONG = "The lighthouse at Grey Point was built in 1871 by the harbour board and stands 31 metres above the sea."


def hits(engine: str, *urls: str) -> list[Hit]:
    return [
        Hit(url=f"https://{url}", title=url, snippet=f"{engine} on {url}", rank=rank, engine=engine)
        for rank, url in enumerate(urls, start=1)
    ]


def hit(url: str, title: str, snippet: str, *, rank: int = 1, engine: str = "one") -> Hit:
    return Hit(url=url, title=title, snippet=snippet, rank=rank, engine=engine)


def urls(lists: list[list[Hit]], most: int = 10) -> list[str]:
    return [hit.url.removeprefix("https://") for hit in merge(lists, most)]


def test_what_two_engines_found_comes_before_what_one_found_first() -> None:
    assert urls([hits("one", "a.ex", "c.ex"), hits("two", "b.ex", "c.ex")]) == ["c.ex", "a.ex", "b.ex"]


def test_a_page_is_worth_the_sum_of_its_reciprocal_ranks() -> None:
    found = merge([hits("one", "a.ex", "c.ex"), hits("two", "b.ex", "x.ex", "c.ex", "a.ex")], 10)
    # 1/61 + 1/64, then 1/62 + 1/63: the sums, not the best or the mean rank, tell them apart
    assert [hit.url for hit in found] == ["https://a.ex", "https://c.ex", "https://b.ex", "https://x.ex"]
    assert found[0].engines == ("one", "two")


def test_equal_scores_stand_in_the_order_of_the_engines() -> None:
    assert urls([hits("one", "a.ex", "b.ex"), hits("two", "c.ex", "d.ex")]) == ["a.ex", "c.ex", "b.ex", "d.ex"]


def test_an_engine_counts_once_for_a_page_that_it_has_twice() -> None:
    twice = [*hits("one", "a.ex", "b.ex"), hit("http://www.a.ex/#top", "a.ex", "", rank=3)]
    other = hits("two", "c.ex", "b.ex")
    assert urls([twice, other]) == ["b.ex", "a.ex", "c.ex"]


def test_no_more_than_asked_for() -> None:
    assert urls([hits("one", "a.ex", "b.ex"), hits("two", "b.ex", "c.ex")], 1) == ["b.ex"]


def test_nothing_from_nothing() -> None:
    assert merge([], 5) == merge([[], []], 5) == ()


def test_the_same_address_in_other_words_is_one_page() -> None:
    one = hit("https://harbour.example/pier?utm_source=x", "Pier", "", rank=2)
    other = hit("http://www.harbour.example/pier/", "The pier", "Old.", rank=1, engine="two")
    (page,) = merge([[one], [other]], 5)
    assert (page.url, page.title, page.engines) == (other.url, "The pier", ("two", "one"))


def test_the_text_comes_from_whoever_has_some() -> None:
    one, other = hit("https://a.ex", "A", ""), hit("https://a.ex/", "A", "Old.", rank=4, engine="two")
    (page,) = merge([[one], [other]], 5)
    assert (page.url, page.snippet) == ("https://a.ex", "Old.")


def test_the_same_text_at_two_addresses_is_one_page() -> None:
    one = hit("https://harbour.example/lighthouse", "Grey Point", LONG)
    other = hit("https://mirror.example/17", "Grey  point", f"Home. {LONG} More", rank=2, engine="two")
    (page,) = merge([[one], [other]], 5)
    assert page.url == one.url
    assert page.engines == ("one", "two")


@pytest.mark.parametrize(
    ("title", "snippet"),
    [
        ("Another title", LONG),
        ("Grey Point", "We use cookies."),
        ("Grey Point", ""),
        ("Grey Point", LONG.replace("1871", "1872")),
    ],
)
def test_what_only_looks_alike_stays_apart(title: str, snippet: str) -> None:
    one = hit("https://harbour.example/lighthouse", "Grey Point", LONG if snippet != "We use cookies." else snippet)
    assert len(merge([[one], [hit("https://b.ex/", title, snippet, engine="two")]], 5)) == 2


def test_words_are_compared_whole() -> None:
    one = hit("https://a.ex/", "T", LONG)
    other = hit("https://b.ex/", "T", "x" + LONG.removesuffix("sea.") + "season", engine="two")
    assert len(merge([[one], [other]], 5)) == 2


def test_the_pages_do_not_depend_on_the_order_of_the_engines() -> None:
    lists = [hits("one", "a.ex", "b.ex", "c.ex"), hits("two", "c.ex", "d.ex"), hits("three", "b.ex", "c.ex", "a.ex")]
    assert len({frozenset(urls(list(order))) for order in permutations(lists)}) == 1
    assert {urls(list(order))[0] for order in permutations(lists)} == {"c.ex"}
