"""Which addresses count as the same page, and which must not."""

import pytest

from outlast.tools.web.engines.canonical import page_key

SAME = [
    ("http://harbour.example", "https://harbour.example/"),
    ("https://Harbour.EXAMPLE/Pier", "https://harbour.example/Pier"),
    ("https://harbour.example:443/pier", "http://harbour.example:80/pier"),
    ("https://harbour.example./pier", "https://harbour.example/pier"),
    ("https://www.harbour.example/pier", "https://harbour.example/pier"),
    ("https://harbour.example/pier/", "https://harbour.example/pier"),
    ("https://harbour.example/pier#history", "https://harbour.example/pier"),
    ("https://harbour.example/pier#:~:text=old%20lamp", "https://harbour.example/pier"),
    ("https://harbour.example/pier?utm_source=x&utm_medium=y", "https://harbour.example/pier"),
    ("https://harbour.example/pier?fbclid=1&id=7&gclid=2&msclkid=3", "https://harbour.example/pier?id=7"),
    ("https://harbour.example/pier?b=2&a=1", "https://harbour.example/pier?a=1&b=2"),
    ("https://harbour.example/pier?", "https://harbour.example/pier"),
    ("https://harbour.example/a/./b/../pier", "https://harbour.example/a/pier"),
    ("https://harbour.example/%7Ekeeper/caf%c3%a9", "https://harbour.example/~keeper/café"),
    ("https://harbour.example/pier;jsessionid=4F", "https://harbour.example/pier"),
    ("https://bücher.example/", "https://xn--bcher-kva.example/"),
    ("https://keeper:lamp@harbour.example/pier", "https://harbour.example/pier"),
    ("https://en.m.wikipedia.org/wiki/Pier", "https://en.wikipedia.org/wiki/Pier"),
    ("https://m.harbour.example/pier", "https://www.harbour.example/pier"),
    ("https://www.vw.de/pier", "https://vw.de/pier"),
    ("https://m.harbour.co.uk/pier", "https://harbour.co.uk/pier"),
    ("https://mobile.harbour.example/pier", "https://harbour.example/pier"),
    ("  https://harbour.example/pier\n", "https://harbour.example/pier"),
    ("http://[2001:DB8::1]:80/x", "https://[2001:db8::1]/x"),
]
OTHER = [
    ("https://harbour.example/pier", "https://harbour.example/Pier"),
    ("https://harbour.example/pier?id=1", "https://harbour.example/pier?id=2"),
    ("https://harbour.example/pier?ref=main", "https://harbour.example/pier?ref=next"),
    ("https://harbour.example/?keyword=lamp", "https://harbour.example/?keyword=oil"),
    ("https://harbour.example/?session=2024", "https://harbour.example/?session=2023"),
    ("https://harbour.example/pier?a=", "https://harbour.example/pier"),
    ("https://harbour.example/a%2Fb", "https://harbour.example/a/b"),
    ("https://harbour.example/#!pier", "https://harbour.example/#!ferry"),
    ("https://harbour.example:8080/", "https://harbour.example/"),
    ("http://harbour.example:8080/", "https://harbour.example:8080/"),
    ("https://news.harbour.example/", "https://harbour.example/"),
    ("https://de.wikipedia.org/wiki/Pier", "https://en.wikipedia.org/wiki/Pier"),
    ("https://m.me/pier", "https://me/pier"),
    ("https://m.co.uk/pier", "https://co.uk/pier"),
    ("https://x.m.harbour.example/", "https://x.harbour.example/"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_page(one: str, other: str) -> None:
    assert page_key(one) == page_key(other)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_another_page(one: str, other: str) -> None:
    assert page_key(one) != page_key(other)


@pytest.mark.parametrize(
    "url", ["", "not an address", "mailto:a@b.example", "http://[::1", "https://a.example:99999/", "http:///x"]
)
def test_what_cannot_be_taken_apart_is_its_own_key(url: str) -> None:
    assert page_key(url) == url


@pytest.mark.parametrize("url", [url for pair in SAME + OTHER for url in pair])
def test_a_key_is_found_again_from_itself(url: str) -> None:
    key = page_key(url)
    assert page_key(key if "://" in key else f"https:{key}") == key


@pytest.mark.parametrize("host", ["a" * 70 + ".example", "-.example", "ａ.example", "a..example", "\u200b.example"])
def test_odd_hosts_raise_nothing(host: str) -> None:
    assert page_key(f"https://{host}/x") == page_key(f"https://{host}/x/")
