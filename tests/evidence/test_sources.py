"""What may be a link."""

import random

import pytest

from outlast.evidence.sources import is_web_address
from outlast.tools.web.pages.urls import parse_page_url


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org",
        "http://example.org:8080/a/b.html?c=d&e=[f]|{g}`^~'#h",
        "https://[2001:db8::1]:8443/x",
        "https://xn--mnchen-3ya.example/%C3%BC",
        "HTTPS://EXAMPLE.ORG/",
    ],
)
def test_addresses_of_the_web(text: str) -> None:
    assert is_web_address(text)


HARMFUL = [
    "javascript:alert(1)",
    "JavaScript:alert(1)//https://example.org",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "ftp://example.org/",
    "//example.org/",
    "/etc/passwd",
    "https:example.org",
    "https://",
    "https:///x",
    "https://user@example.org/",
    "https://bank.example:443@example.org/",
    'https://example.org/"onclick="alert(1)',
    "https://example.org/<b>",
    "https://example.org/>x",
    "https://example.org/a b",
    "https://example.org/a\nb",
    "https://example.org/\x00",
    "https://example.org\\@evil.example/",
    "https://example.org/\u202egpj.exe",
    "https://ex\u0430mple.org/",
    "https://example.org:port/",
    "see https://example.org/",
    "",
]


@pytest.mark.parametrize("text", [*HARMFUL, " https://example.org/", "https://example.org/\n"])
def test_what_is_none(text: str) -> None:
    assert not is_web_address(text)


@pytest.mark.parametrize("seed", range(200))
def test_whatever_is_fetched_can_be_a_link(seed: int) -> None:
    """A report whose sources were fetched is never refused for how their addresses are written."""
    rng = random.Random(seed)
    pieces = [*"abc/?#&=%+~!$'()*,;:@[]{}|^`\"<>-._", "%20", "ü", "日", "x" * 9]
    given = f"https://{rng.choice(['example.org', 'münchen.example', '[2001:db8::1]:8080', '93.184.216.34'])}/"
    address = str(parse_page_url(given + "".join(rng.choices(pieces, k=20))))
    assert is_web_address(address), address
