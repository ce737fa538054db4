"""PubMed: medical articles with their abstracts, through NCBI's E-utilities. A key is optional."""

from datetime import timedelta
from typing import Any, Self

import httpx

from outlast.evidence.errors import Transient
from outlast.tools.documents.document import Unreadable
from outlast.tools.documents.xml_tree import parse_xml
from outlast.tools.retrying import Patience
from outlast.tools.web.engines.engine import EngineSettings
from outlast.tools.web.engines.hits import Hit, RawHit, rank_hits, shorten, tidy
from outlast.tools.web.engines.http_client import SEARCH_PATIENCE, open_http_client

ADDRESS = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
ARTICLE = "https://pubmed.ncbi.nlm.nih.gov/{pmid}/"
PACE, PACE_WITH_KEY = timedelta(seconds=0.35), timedelta(seconds=0.11)
"""PubMed allows three requests a second without a key, ten with a key."""
MAX_QUERY_CHARACTERS = 300
MAX_RESULTS = 20

ARTICLE_PATHS = {
    "PubmedArticle": ("MedlineCitation", ("Article/ArticleTitle", "Article/VernacularTitle"), "Article/Abstract"),
    "PubmedBookArticle": ("BookDocument", ("ArticleTitle", "Book/BookTitle"), "Abstract"),
}
"""For each kind of article: the path of the citation, and within it the paths of the title and of the abstract."""


class Pubmed:
    """The search engine PubMed. With `api_key` it is asked up to ten times a second instead of three."""

    name = "pubmed"

    def __init__(
        self,
        *,
        contact: str = "",
        api_key: str = "",
        address: str = ADDRESS,
        pace: timedelta | None = None,
        patience: Patience = SEARCH_PATIENCE,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._address = address
        # These go in the request's body, never in its address, because addresses are written to logs.
        self._who = (
            {"tool": "outlast"} | ({"email": contact} if contact else {}) | ({"api_key": api_key} if api_key else {})
        )
        self._http_client = open_http_client(
            "PubMed",
            contact,
            pace=pace if pace is not None else PACE_WITH_KEY if api_key else PACE,
            patience=patience,
            transport=transport,
            key="Check NCBI_API_KEY." if api_key else "",
            secrets=(api_key,),
        )

    @classmethod
    def from_settings(cls, settings: EngineSettings) -> Self:
        return cls(contact=settings.contact, api_key=settings.ncbi_api_key)

    async def search(self, query: str, max_hits: int) -> list[Hit]:
        term = shorten(query, MAX_QUERY_CHARACTERS)
        search_parameters: dict[str, str | int] = {"db": "pubmed", "term": term, "retmode": "json", "sort": "relevance"}
        search_parameters |= {"retmax": min(max_hits, MAX_RESULTS)} | self._who
        pmids = await self._http_client.fetch(
            "POST", f"{self._address}/esearch.fcgi", _parse_pmids, data=search_parameters
        )
        if not pmids:
            return []
        fetch_parameters = {"db": "pubmed", "retmode": "xml", "id": ",".join(pmids)} | self._who
        articles = await self._http_client.fetch(
            "POST", f"{self._address}/efetch.fcgi", _parse_articles, data=fetch_parameters
        )
        return rank_hits(self.name, [articles[pmid] for pmid in pmids if pmid in articles], max_hits)

    async def close(self) -> None:
        await self._http_client.close()


def _parse_pmids(body: bytes) -> list[str]:
    """Return PubMed's numbers (PMIDs) of the articles that it found, best first."""
    result = httpx.Response(200, content=body).json()["esearchresult"]
    if "ERROR" in result:
        raise Transient(f"PubMed does not answer now ({tidy(result['ERROR'], 200)}).")
    return [pmid for pmid in result["idlist"] if pmid.isdecimal()]


def _parse_articles(body: bytes) -> dict[str, RawHit]:
    """Return each article by its PMID."""
    try:
        articles = parse_xml(body, "set of articles")
    except Unreadable as error:
        raise ValueError(str(error)) from error
    if articles.tag != "PubmedArticleSet":
        raise ValueError("not a set of articles")
    found = dict[str, RawHit]()
    for article in articles:
        if article.tag not in ARTICLE_PATHS:
            continue
        path, titles, abstract = ARTICLE_PATHS[article.tag]
        for citation in article.iterfind(path):
            if pmid := citation.findtext("PMID", ""):  # deeper PMID elements belong to articles that it cites
                title = next(
                    (text for each in titles if (text := _element_text(citation.find(each)))), f"PubMed {pmid}"
                )
                parts = (_part(part) for part in citation.iterfind(f"{abstract}/AbstractText"))
                found[pmid] = RawHit(ARTICLE.format(pmid=pmid), title, " ".join(filter(None, parts)))
    if not found and len(articles):
        raise ValueError("no readable article in it")
    return found


def _part(part: Any) -> str:
    """Return a part of an abstract with its label, if it has one: `METHODS: ...`."""
    text, label = _element_text(part), part.get("Label", "")
    return f"{label}: {text}" if text and label else text


def _element_text(element: Any) -> str:
    """Return all words of an element, including those in italics and formulas."""
    return "" if element is None else " ".join("".join(element.itertext()).split())
