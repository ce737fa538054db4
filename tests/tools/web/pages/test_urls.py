import pytest

from outlast.tools.web.pages.failures import UnreadablePage
from outlast.tools.web.pages.urls import (
    MAX_URL_CHARACTERS,
    host_of,
    is_reserved_name,
    parse_ip_literal,
    parse_page_url,
    port_of,
)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("http://crane.example", "http://crane.example"),
        ("  https://Crane.EXAMPLE/A?b=C#d ", "https://crane.example/A?b=C"),
        ("https://crane.example:443/", "https://crane.example/"),
        ("http://crane.example:8080/", "http://crane.example:8080/"),
        ("http://crane.example/@somebody?to=a@b", "http://crane.example/@somebody?to=a@b"),
        ("http://b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example/", "http://xn--bcher-kva.example/"),
        ("http://crane.example/\N{LATIN SMALL LETTER U WITH DIAERESIS}", "http://crane.example/%C3%BC"),
        ("http://crane.example/a%2Fb", "http://crane.example/a%2Fb"),
        ("http://1.1.1.1/", "http://1.1.1.1/"),
        ("http://[2606:4700::1111]:8443/", "http://[2606:4700::1111]:8443/"),
        (
            f"http://crane.example/{'x' * (MAX_URL_CHARACTERS - 21)}",
            f"http://crane.example/{'x' * (MAX_URL_CHARACTERS - 21)}",
        ),
    ],
)
def test_addresses_of_pages(given: str, meant: str) -> None:
    assert str(parse_page_url(given)) == meant


def test_ports() -> None:
    assert [port_of(parse_page_url(url)) for url in ("http://a.example/", "https://a.example/")] == [80, 443]
    assert port_of(parse_page_url("https://a.example:8443/")) == 8443
    with pytest.raises(UnreadablePage, match="its address names port 8080, and only 80, 443 are allowed"):
        parse_page_url("http://a.example:8080/", frozenset({80, 443}))


def test_a_name_is_compared_as_resolvers_compare_it() -> None:
    assert host_of(parse_page_url("http://CRANE.example./")) == "crane.example"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("1.1.1.1", "1.1.1.1"),
        ("16843009", "1.1.1.1"),
        ("0x1010101", "1.1.1.1"),
        ("01.01.01.01", "1.1.1.1"),
        ("1.1", "1.0.0.1"),
        ("2606:4700::1111", "2606:4700::1111"),
        ("crane.example", None),
        ("1.1.1.1.example", None),
        ("", None),
    ],
)
def test_hosts_that_are_addresses(host: str, address: str | None) -> None:
    assert parse_ip_literal(host) == address


def test_names_inside_networks() -> None:
    for name in ("localhost", "a.localhost", "wiki", "metadata.google.internal", "x.local", "x.home.arpa", "x.test"):
        assert is_reserved_name(name), name
    for name in ("crane.example", "local.example", "internal.crane.example", "notlocal.org", "example.com"):
        assert not is_reserved_name(name), name
