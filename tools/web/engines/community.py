"""arXiv, Wikipedia and PubMed, by langchain-community's wrappers. None needs a key.

langchain-community is archived upstream, so its wrappers are used in this file alone, and for what they know of each
source: where it is, how a query is put, what an answer means. The requests are made here. Theirs have no timeouts, keep
answers for ever, go over plain HTTP, print, make a request an article, and put keys into addresses; and arXiv's wrapper
calls a method that the arxiv package no longer has. Their checks for those packages are passed by, with
`model_construct`: they are not needed.
"""

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, TypeVar, cast
from xml.parsers.expat import ExpatError

import httpx
import xmltodict
from pydantic import BaseModel

from outlast.evidence.errors import Permanent, Transient
from outlast.tools.documents.document import Unreadable
from outlast.tools.documents.xml_tree import parse_xml
from outlast.tools.retrying import Patience
from outlast.tools.web.engines.engine import RefusedQuery
from outlast.tools.web.engines.hits import Found, Hit, number, shorten, tidy
from outlast.tools.web.engines.http_client import SEARCH_PATIENCE, Account, Exchange

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # says that it is archived, which is known
    from langchain_community.utilities.arxiv import ArxivAPIWrapper
    from langchain_community.utilities.pubmed import PubMedAPIWrapper
    from langchain_community.utilities.wikipedia import WikipediaAPIWrapper

AGENT = "Outlast/0.1 (research pipeline{contact})"
"""Wikimedia turns away programs that do not say what they are."""
QUERY_CHARACTERS = 300
"""What the wrappers, and Wikipedia's search, take."""
MOST = 20

ARXIV_ADDRESS = "https://export.arxiv.org/api/query"
WIKIPEDIA_ADDRESS = "https://{language}.wikipedia.org/w/api.php"

Wrapper = TypeVar("Wrapper", bound=BaseModel)

ATOM = {"atom": "http://www.w3.org/2005/Atom"}
FEED = "{http://www.w3.org/2005/Atom}feed"
BUSY = re.compile(
    r"maxlag|ratelimited|readonly|internal_api_error|search-.*(?:busy|timeout)|cirrussearch-(?!query-|parse-).*"
)
DENIED = re.compile(r".*blocked|readapidenied|permissiondenied")
"""Codes of errors that Wikipedia sends as 200; the others are of the search."""
INLINE_MARKUP = re.compile(rb"</?(?:i|b|u|em|strong|sup|sub|sc)\s*/?>")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]{2,8})*|simple")


class Arxiv:
    name = "arxiv"

    def __init__(
        self,
        *,
        contact: str = "",
        address: str = ARXIV_ADDRESS,
        pace: timedelta = timedelta(seconds=3),  # arXiv's terms: one request every three seconds
        patience: Patience = SEARCH_PATIENCE,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._address = address
        self._exchange = _exchange("arXiv", contact, pace, patience, transport)

    async def search(self, query: str, most: int) -> list[Hit]:
        # a colon names a field and a minus excludes, in arXiv's language; people and models mean neither
        query = shorten(re.sub(r"[:\-\"()]+", " ", query), QUERY_CHARACTERS)
        if not query:
            raise RefusedQuery("arXiv takes words or numbers of papers, and this search has none.")
        wrapper = _construct(ArxivAPIWrapper, arxiv_exceptions=(), top_k_results=min(most, MOST))
        by_number = wrapper.is_arxiv_identifier(query)
        params: dict[str, str | int] = {
            "id_list" if by_number else "search_query": query.replace(" ", "," if by_number else " ")
        }
        params |= {"max_results": min(most, MOST), "sortBy": "relevance"}
        papers = await self._exchange.fetch("GET", self._address, _papers, params=params)
        wrapper.arxiv_search = _answering(papers)
        found = [
            Found(one.metadata["Entry ID"], one.metadata["Title"], one.page_content)
            for one in wrapper.get_summaries_as_docs(query)
        ]
        return number(self.name, found, most)

    async def close(self) -> None:
        await self._exchange.close()


class Wikipedia:
    """`language` is a part of its host: `en`, `de`, `simple`."""

    name = "wikipedia"

    def __init__(
        self,
        *,
        contact: str = "",
        language: str = "en",
        address: str = WIKIPEDIA_ADDRESS,
        patience: Patience = SEARCH_PATIENCE,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        if not LANGUAGE.fullmatch(language):
            raise Permanent("The language of Wikipedia is a code such as en, de or simple.")
        self._address = address.format(language=language)
        self._exchange = _exchange("Wikipedia", contact, timedelta(0), patience, transport)

    async def search(self, query: str, most: int) -> list[Hit]:
        query = shorten(query, QUERY_CHARACTERS)
        params: dict[str, str | int] = {
            "action": "query", "format": "json", "formatversion": 2, "redirects": 1,
            "generator": "search", "gsrsearch": query, "gsrlimit": min(most, MOST),
            "prop": "extracts|info|pageprops", "inprop": "url", "ppprop": "disambiguation",
            "exintro": 1, "explaintext": 1, "exlimit": "max",
        }  # fmt: skip
        pages = await self._exchange.fetch("GET", self._address, _pages, params=params)
        wrapper = _construct(WikipediaAPIWrapper, wiki_client=_Encyclopedia(pages), top_k_results=min(most, MOST))
        found = [
            Found(one.metadata["source"], one.metadata["title"], one.metadata["summary"]) for one in wrapper.load(query)
        ]
        return number(self.name, found, most)

    async def close(self) -> None:
        await self._exchange.close()


class _Articles(PubMedAPIWrapper):
    """Its public way in makes a request an article; this parses articles that were fetched together."""

    def parsed(self, uid: str, text_dict: dict[str, Any]) -> dict[str, Any]:
        """Nothing where the article lacks what its parser expects, such as an abstract with something in it."""
        try:
            return self._parse_article(uid, text_dict)  # pyright: ignore[reportUnknownVariableType]
        except (AttributeError, LookupError, TypeError):
            return {}


class Pubmed:
    """`api_key` is optional: with one, PubMed takes ten requests a second instead of three."""

    name = "pubmed"

    def __init__(
        self,
        *,
        contact: str = "",
        api_key: str = "",
        pace: timedelta | None = None,
        patience: Patience = SEARCH_PATIENCE,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._wrapper = _construct(_Articles, parse=xmltodict.parse)
        # in the body, never in the address: an address stands in logs
        self._who = (
            {"tool": "outlast"} | ({"email": contact} if contact else {}) | ({"api_key": api_key} if api_key else {})
        )
        if pace is None:
            pace = timedelta(seconds=0.11 if api_key else 0.35)
        self._exchange = _exchange("PubMed", contact, pace, patience, transport, secrets=(api_key,))

    async def search(self, query: str, most: int) -> list[Hit]:
        term = shorten(query, QUERY_CHARACTERS)
        asked: dict[str, str | int] = {"db": "pubmed", "term": term, "retmode": "json", "retmax": min(most, MOST)}
        asked |= {"sort": "relevance"} | self._who
        numbers = await self._exchange.fetch("POST", self._wrapper.base_url_esearch.rstrip("?"), _numbers, data=asked)
        if not numbers:
            return []
        wanted = {"db": "pubmed", "retmode": "xml", "id": ",".join(numbers)} | self._who
        articles = await self._exchange.fetch(
            "POST", self._wrapper.base_url_efetch.rstrip("?"), self._articles, data=wanted
        )
        found = [articles[one] for one in numbers if one in articles]
        return number(self.name, found, most)

    def _articles(self, body: bytes) -> dict[str, Found]:
        """Each article by its number."""
        kinds = ("PubmedArticle", "PubmedBookArticle")
        try:
            read: dict[str, Any] = self._wrapper.parse(INLINE_MARKUP.sub(b"", body), force_list=kinds)
        except ExpatError as error:
            raise ValueError(str(error)) from error
        every: dict[str, list[Any]] = read["PubmedArticleSet"] or {}
        found = dict[str, Found]()
        for kind in kinds:
            for article in every.get(kind, ()):
                uid = _text(article["MedlineCitation" if kind == "PubmedArticle" else "BookDocument"]["PMID"])
                parsed = self._wrapper.parsed(uid, {"PubmedArticleSet": {kind: article}})
                found[uid] = Found(
                    f"https://pubmed.ncbi.nlm.nih.gov/{uid}/",
                    _text(parsed.get("Title")) or f"PubMed {uid}",
                    _text(parsed.get("Summary")),
                )
        return found

    async def close(self) -> None:
        await self._exchange.close()


def _exchange(
    name: str,
    contact: str,
    pace: timedelta,
    patience: Patience,
    transport: httpx.AsyncBaseTransport | None,
    *,
    secrets: tuple[str, ...] = (),
) -> Exchange:
    headers = {"User-Agent": AGENT.format(contact=f"; {contact}" if contact else "")}
    account = Account(name, key="Check NCBI_API_KEY." if any(secrets) else "")
    return Exchange(account, secrets=secrets, headers=headers, pace=pace, patience=patience, transport=transport)


def _construct(kind: type[Wrapper], **fields: Any) -> Wrapper:
    """Past the wrapper's checks."""
    return kind.model_construct(**fields)


def _papers(body: bytes) -> list[SimpleNamespace]:
    """The papers of arXiv's answer, as its wrapper reads them."""
    try:
        feed = parse_xml(body, "feed")
    except Unreadable as error:
        raise ValueError(str(error)) from error
    if feed.tag != FEED:
        raise ValueError("not an Atom feed")
    papers = list[SimpleNamespace]()
    for entry in feed.iterfind("atom:entry", ATOM):
        text: dict[str, str] = {
            name: entry.findtext(f"atom:{name}", "", ATOM) for name in ("id", "title", "summary", "published")
        }
        if "/api/errors" in text["id"]:  # an error comes as the only entry, as 200 too
            raise RefusedQuery(f"arXiv does not take this search ({tidy(text['summary'], 200)}).")
        papers.append(
            SimpleNamespace(
                entry_id=text["id"],
                title=text["title"],
                summary=text["summary"],
                updated=datetime.fromisoformat(text["published"]),  # the wrapper gives `updated` as the day it came out
                authors=(),
            )
        )
    return papers


def _answering(papers: Sequence[SimpleNamespace]) -> Callable[..., SimpleNamespace]:
    """What stands for the `Search` of the arxiv package."""
    return lambda *_, **__: SimpleNamespace(results=lambda: iter(papers))


def _pages(body: bytes) -> list[dict[str, Any]]:
    """Wikipedia's pages, best first, without those that only tell namesakes apart."""
    answer = httpx.Response(200, content=body).json()
    if error := answer.get("error"):
        said = f"{error.get('code')}: {tidy(error.get('info'), 200)}"
        if BUSY.match(str(error.get("code"))):
            raise Transient(f"Wikipedia does not answer now ({said}).")
        if DENIED.fullmatch(str(error.get("code"))):
            raise Permanent(f"Wikipedia refuses access ({said}).")
        raise RefusedQuery(f"Wikipedia does not take this search ({said}).")
    pages: list[dict[str, Any]] = answer.get("query", {}).get("pages", [])
    if not pages and "batchcomplete" not in answer:
        raise ValueError("neither pages nor an end of them")
    return sorted(
        (page for page in pages if "disambiguation" not in page.get("pageprops", {})), key=lambda page: page["index"]
    )


@dataclass(frozen=True)
class _Encyclopedia:
    """What stands for the wikipedia package: pages that were fetched already."""

    pages: Sequence[Mapping[str, Any]]

    exceptions = SimpleNamespace(PageError=LookupError, DisambiguationError=LookupError)

    def search(self, _: str, results: int) -> list[str]:
        return [page["title"] for page in self.pages][:results]

    def page(self, title: str, auto_suggest: bool = False) -> SimpleNamespace:  # noqa: ARG002 - as the package has it
        page = next(page for page in self.pages if page["title"] == title)
        extract = page.get("extract", "")
        return SimpleNamespace(summary=extract, content=extract, url=page["fullurl"])


def _numbers(body: bytes) -> list[str]:
    result = httpx.Response(200, content=body).json()["esearchresult"]
    if "ERROR" in result:
        raise Transient(f"PubMed does not answer now ({tidy(result['ERROR'], 200)}).")
    return [number for number in result["idlist"] if number.isdecimal()]


def _text(value: object) -> str:
    """The words of a piece of XML as xmltodict gives it: a text, or a text with attributes."""
    if isinstance(value, Mapping):
        value = cast("Mapping[str, object]", value).get("#text", "")
    return value if isinstance(value, str) else ""
