"""What each search engine answers, in its own format: `ScriptedServer(tavily(PAGES))` is a Tavily that knows PAGES."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from tests.servers.scripted import Reply, Request, Script, answers, fails


@dataclass(frozen=True)
class Page:
    """`published` is a day, as in 2024-05-01; the scholarly engines have their own addresses and ignore `url`."""

    url: str
    title: str
    snippet: str
    published: str = "2024-05-01"

    @property
    def number(self) -> str:
        """An article's, always the same for the same page."""
        return str(10_000 + sum(self.url.encode()) * 7 % 89_999)


def tavily(pages: Sequence[Page]) -> Script:
    def script(request: Request) -> Reply:
        if request.path != "/search" or request.method != "POST":
            return fails(404)
        if not request.headers.get("authorization", "").startswith("Bearer "):
            return fails(401, {"detail": {"error": "Unauthorized: missing or invalid API key."}})
        shown = pages[: request.fields["max_results"]]
        results = [
            {"url": page.url, "title": page.title, "content": page.snippet, "score": 0.9, "raw_content": None}
            for page in shown
        ]
        return answers({"query": request.fields["query"], "results": results, "response_time": 0.1})

    return script


def searxng(pages: Sequence[Page], unresponsive: Sequence[tuple[str, str]] = ()) -> Script:
    def script(request: Request) -> Reply:
        if not request.path.endswith("/search"):
            return fails(404)
        if request.fields.get("format") != "json":
            return fails(403)
        results = [
            {
                "url": page.url,
                "title": page.title,
                "content": page.snippet,
                "publishedDate": page.published + "T00:00:00",
                "engine": "one",
                "engines": ["one"],
                "category": "general",
                "score": 1.0,
            }
            for page in pages
        ]
        return answers({"query": request.fields["q"], "results": results, "unresponsive_engines": list(unresponsive)})

    return script


def bing(pages: Sequence[Page]) -> Script:
    def script(request: Request) -> Reply:
        if not request.headers.get("ocp-apim-subscription-key"):
            return fails(401, {"error": {"code": "401", "message": "Access denied due to missing subscription key."}})
        found = [
            {
                "id": f"#{page.number}",
                "name": page.title,
                "url": page.url,
                "snippet": page.snippet,
                "isNavigational": False,
            }
            for page in pages[: int(request.fields["count"])]
        ]
        query = {"_type": "SearchResponse", "queryContext": {"originalQuery": request.fields["q"]}}
        return answers(query | ({"webPages": {"totalEstimatedMatches": len(found), "value": found}} if found else {}))

    return script


def brave(pages: Sequence[Page]) -> Script:
    def script(request: Request) -> Reply:
        if not request.headers.get("x-subscription-token"):
            return fails(422)
        results = [
            {"type": "search_result", "title": page.title, "url": page.url, "description": page.snippet}
            for page in pages
        ]
        return answers({"type": "search", "query": {"original": request.fields["q"]}, "web": {"results": results}})

    return script


def wikipedia(pages: Sequence[Page]) -> Script:
    """MediaWiki's `generator=search` with extracts: pages in no order, each with its `index` in the search."""

    def script(request: Request) -> Reply:
        if request.path != "/w/api.php":
            return fails(404)
        if not pages:
            return answers({"batchcomplete": True})
        limit = int(request.fields["gsrlimit"])
        shown = [
            {
                "pageid": 1_000 + index,
                "ns": 0,
                "title": page.title,
                "index": index,
                "extract": page.snippet,
                "contentmodel": "wikitext",
                "pagelanguage": "en",
                "touched": f"{page.published}T00:00:00Z",
                "length": 5_000,
                "fullurl": "https://en.wikipedia.org/wiki/" + page.title.replace(" ", "_"),
            }
            for index, page in enumerate(pages[:limit], start=1)
        ]
        rest = {"continue": {"gsroffset": limit, "continue": "gsroffset||"}} if len(pages) > limit else {}
        return answers({"batchcomplete": True} | rest | {"query": {"pages": shown[::-1]}})

    return script


def arxiv(pages: Sequence[Page]) -> Script:
    """An Atom feed with OpenSearch's counts, its titles and summaries broken into lines."""

    def script(request: Request) -> Reply:
        if request.path != "/api/query":
            return fails(404)
        return feed("".join(map(paper, pages[: int(request.fields["max_results"])])), len(pages))

    return script


def paper(page: Page) -> str:
    address = f"arxiv.org/abs/2405.{page.number}v1"
    title, summary = (escape(text).replace(" ", "\n  ", 1) for text in (page.title, page.snippet))
    return (
        f"<entry><id>http://{address}</id><title>{title}</title><updated>2024-06-01T00:00:00Z</updated>"
        f'<link href="https://{address}" rel="alternate" type="text/html"/>'
        f'<link href="https://{address.replace("abs", "pdf")}" rel="related" type="application/pdf" title="pdf"/>'
        f'<summary>\n  {summary}\n</summary><category term="physics.ao-ph" scheme="http://arxiv.org/schemas/atom"/>'
        f"<published>{page.published}T12:00:00Z</published><arxiv:comment>5 pages</arxiv:comment>"
        '<arxiv:primary_category term="physics.ao-ph"/><author><name>A. Keeper</name></author></entry>'
    )


def feed(entries: str, total: int = 1) -> Reply:
    spaces = (
        'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns="http://www.w3.org/2005/Atom"'
    )
    body = (
        f"<?xml version='1.0' encoding='UTF-8'?><feed {spaces}><id>https://arxiv.org/api/x</id>"
        "<title>arXiv Query: search_query=x</title><updated>2024-06-02T00:00:00Z</updated>"
        f"<opensearch:itemsPerPage>10</opensearch:itemsPerPage><opensearch:totalResults>{total}</opensearch:totalResults>"
        f"<opensearch:startIndex>0</opensearch:startIndex>{entries}</feed>"
    )
    return Reply(body.encode(), headers={"Content-Type": "application/atom+xml; charset=utf-8"})


def pubmed(pages: Sequence[Page]) -> Script:
    """E-utilities: numbers as JSON, best first; then their articles as XML, in no order."""
    by_number = {page.number: page for page in pages}

    def script(request: Request) -> Reply:
        if request.path == "/entrez/eutils/esearch.fcgi":
            numbers = list(by_number)[: int(request.fields["retmax"])]
            result = {"count": str(len(by_number)), "retmax": str(len(numbers)), "retstart": "0", "idlist": numbers}
            result |= {"translationset": [], "querytranslation": f"{request.fields['term']}[All Fields]"}
            if not numbers:
                result |= {"warninglist": {"phrasesignored": [], "outputmessages": ["No items found."]}}
            return answers({"header": {"type": "esearch", "version": "0.3"}, "esearchresult": result})
        if request.path != "/entrez/eutils/efetch.fcgi":
            return fails(404)
        wanted = [by_number[number] for number in request.fields["id"].split(",")]
        return articles("".join(map(article, wanted[::-1])))

    return script


def article(page: Page) -> str:
    year, month, day = page.published.split("-")
    return (
        "<PubmedArticle><MedlineCitation Status='MEDLINE' Owner='NLM' IndexingMethod='Automated'>"
        f"<PMID Version='1'>{page.number}</PMID><DateRevised><Year>{year}</Year></DateRevised>"
        "<Article PubModel='Print-Electronic'><Journal><ISSN IssnType='Print'>0000-0000</ISSN><Title>Tides</Title>"
        f"</Journal><ArticleTitle>{escape(page.title)}</ArticleTitle>"
        f"<Abstract><AbstractText>{escape(page.snippet)}</AbstractText><CopyrightInformation>© A. Keeper"
        "</CopyrightInformation></Abstract><AuthorList CompleteYN='Y'><Author ValidYN='Y'><LastName>Keeper</LastName>"
        "<Initials>A</Initials></Author></AuthorList><Language>eng</Language><ArticleDate DateType='Electronic'>"
        f"<Year>{year}</Year><Month>{month}</Month><Day>{day}</Day></ArticleDate></Article><CommentsCorrectionsList>"
        "<CommentsCorrections RefType='CommentIn'><PMID Version='1'>1</PMID></CommentsCorrections>"
        "</CommentsCorrectionsList></MedlineCitation><PubmedData><PublicationStatus>ppublish</PublicationStatus>"
        f"<ArticleIdList><ArticleId IdType='pubmed'>{page.number}</ArticleId></ArticleIdList></PubmedData>"
        "</PubmedArticle>"
    )


def articles(inside: str) -> Reply:
    body = (
        "<?xml version='1.0' ?><!DOCTYPE PubmedArticleSet PUBLIC '-//NLM//DTD PubMedArticle, 1st January 2025//EN' "
        f"'https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd'><PubmedArticleSet>{inside}</PubmedArticleSet>"
    )
    return Reply(body.encode(), headers={"Content-Type": "text/xml; charset=UTF-8"})
