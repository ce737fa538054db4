"""Whether two addresses lead to the same page: a key to compare by. What is fetched is the address as it was found."""

import re
from contextlib import suppress
from posixpath import normpath
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

# Where readers came from and who paid for it. Only names that mean nothing else: `ref`, `id`, `source`, `session` or
# `keyword` choose the page on many sites (courlan, which trafilatura brings, strips those too: pages would be lost).
TRACKING = re.compile(
    r"utm_.*|[a-z]{1,4}clid|gclsrc|gbraid|wbraid|igshid?|mc_[ce]id|mkt_tok|_ga|_gl|_hsenc|_hsmi|hsctatracking|srsltid"
    r"|msclkid|ref_src|ref_url|oly_(?:enc|anon)_id|vero_id|s_cid|li_fat_id|wickedid|itm_.*|mtm_.*|pk_(?:campaign|kwd|source)"
    r"|jsessionid|phpsessid|__cft__.*|__tn__|at_(?:medium|campaign)|ns_(?:source|campaign|mchannel)|cmpid|icid|ncid",
    re.IGNORECASE,
)
SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid)=[^/;]*", re.IGNORECASE)
DEFAULT_PORTS = {"http": 80, "https": 443}
WIKIMEDIA = ("wikipedia.org", "wiktionary.org", "wikimedia.org", "wikibooks.org", "wikisource.org", "wikiquote.org")
"""`en.m.wikipedia.org`: the mobile label is the second one, here only."""


SECOND_LEVEL = frozenset("ac co com edu go gob gov ne net nic or org".split())
"""What stands before the country in `co.uk`."""


def page_key(url: str) -> str:
    """The key of a page: scheme and host without what does not matter, no fragment, no tracking, parameters in order.

    An address that cannot be taken apart is its own key.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return url.strip()
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS or not host:
        return url.strip()
    usual = port is None or port == DEFAULT_PORTS[scheme]
    place = f"//{_host(host)}" if usual else f"{scheme}://{_host(host)}:{port}"
    return place + _path(parts.path) + _query(parts.query) + _hashbang(parts)


def _host(host: str) -> str:
    """Lower case, in ASCII, without `www.` and mobile labels."""
    host = host.rstrip(".").lower()
    with suppress(UnicodeError):  # no name, or an odd one: compared as it stands
        host = host.encode("idna").decode("ascii")
    labels = host.split(".")
    if host.endswith(WIKIMEDIA) and len(labels) == 4 and labels[1] == "m":
        del labels[1]
    if labels[0] in ("www", "m", "mobile") and _is_site(labels[1:]):
        del labels[0]
    return f"[{host}]" if ":" in host else ".".join(labels)


def _is_site(labels: list[str]) -> bool:
    """Whether that can be a site of its own: `m.me` and `m.co.uk` are sites themselves, not the mobile form of one."""
    return len(labels) > 2 or (len(labels) == 2 and labels[0] not in SECOND_LEVEL)


def _path(path: str) -> str:
    path = SESSION_IN_PATH.sub("", path)
    if "/." in path:
        path = normpath(path) + ("/" if path.endswith("/") else "")
    segments = path.split("/")  # apart, since an encoded slash is no slash
    path = "/".join(
        quote(unquote(segment, errors="surrogateescape"), "", errors="surrogateescape") for segment in segments
    )
    return path.rstrip("/")


def _query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    kept = sorted((name, value) for name, value in pairs if not TRACKING.fullmatch(name))
    return "?" + urlencode(kept, errors="surrogateescape") if kept else ""


def _hashbang(parts: SplitResult) -> str:
    """A fragment is a place on the page; but for `#!`, by which old sites choose one."""
    return "#" + parts.fragment if parts.fragment.startswith("!") else ""
