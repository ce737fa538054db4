"""A key that is equal for addresses of the same page. It is only compared: pages are fetched by the original URL."""

import re
from contextlib import suppress
from posixpath import normpath
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

# Parameters that say where readers came from and who paid for it. Only names with no other meaning are listed: `ref`,
# `id`, `source`, `session` or `keyword` choose the page on many sites (courlan, which trafilatura depends on, strips
# those too: pages would be lost).
TRACKING = re.compile(
    r"utm_.*|[a-z]{1,4}clid|gclsrc|gbraid|wbraid|igshid?|mc_[ce]id|mkt_tok|_ga|_gl|_hsenc|_hsmi|hsctatracking|srsltid"
    r"|msclkid|ref_src|ref_url|oly_(?:enc|anon)_id|vero_id|s_cid|li_fat_id|wickedid|itm_.*|mtm_.*|pk_(?:campaign|kwd|source)"
    r"|jsessionid|phpsessid|__cft__.*|__tn__|at_(?:medium|campaign)|ns_(?:source|campaign|mchannel)|cmpid|icid|ncid",
    re.IGNORECASE,
)
SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid)=[^/;]*", re.IGNORECASE)
DEFAULT_PORTS = {"http": 80, "https": 443}
WIKIMEDIA = ("wikipedia.org", "wiktionary.org", "wikimedia.org", "wikibooks.org", "wikisource.org", "wikiquote.org")
"""Only on these sites, the label of the mobile form is the second one: `en.m.wikipedia.org`."""

SECOND_LEVEL = frozenset("ac co com edu go gob gov ne net nic or org".split())
"""Labels that precede the country code, as in `co.uk`."""


def page_key(url: str) -> str:
    """Return the key of a page: normalised scheme and host, no fragment, no tracking parameters, sorted parameters.

    The key of an address that cannot be parsed is the address itself.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return url.strip()
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS or not host:
        return url.strip()
    is_default_port = port is None or port == DEFAULT_PORTS[scheme]
    origin = f"//{_host(host)}" if is_default_port else f"{scheme}://{_host(host)}:{port}"
    return origin + _path(parts.path) + _query(parts.query) + _hashbang(parts)


def _host(host: str) -> str:
    """Return the host in lower case, in ASCII, without `www.` and mobile labels."""
    host = host.rstrip(".").lower()
    with suppress(UnicodeError):  # not a valid name: compared unchanged
        host = host.encode("idna").decode("ascii")
    labels = host.split(".")
    if host.endswith(WIKIMEDIA) and len(labels) == 4 and labels[1] == "m":
        del labels[1]
    if labels[0] in ("www", "m", "mobile") and _is_site(labels[1:]):
        del labels[0]
    return f"[{host}]" if ":" in host else ".".join(labels)


def _is_site(labels: list[str]) -> bool:
    """Return whether the labels can be a site: `me` and `co.uk` cannot, so `m.me` and `m.co.uk` are no mobile forms."""
    return len(labels) > 2 or (len(labels) == 2 and labels[0] not in SECOND_LEVEL)


def _path(path: str) -> str:
    path = SESSION_IN_PATH.sub("", path)
    if "/." in path:
        path = normpath(path) + ("/" if path.endswith("/") else "")
    segments = path.split("/")  # each segment separately, since an encoded slash does not separate segments
    path = "/".join(
        quote(unquote(segment, errors="surrogateescape"), "", errors="surrogateescape") for segment in segments
    )
    return path.rstrip("/")


def _query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    kept = sorted((name, value) for name, value in pairs if not TRACKING.fullmatch(name))
    return "?" + urlencode(kept, errors="surrogateescape") if kept else ""


def _hashbang(parts: SplitResult) -> str:
    """Return the fragment if it begins with `#!`, by which old sites choose the page; others are places on the page."""
    return "#" + parts.fragment if parts.fragment.startswith("!") else ""
