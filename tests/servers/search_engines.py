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
                "score": 1.0,
            }
            for page in pages
        ]
        return answers({"query": request.fields["q"], "results": results, "unresponsive_engines": list(unresponsive)})

    return script


def wikipedia(pages: Sequence[Page]) -> Script:
    def script(request: Request) -> Reply:
        if not pages:
            return answers({"batchcomplete": True})
        shown = [
            {
                "pageid": number,
                "title": page.title,
                "index": number,
                "extract": page.snippet,
                "fullurl": "https://en.wikipedia.org/wiki/" + page.title.replace(" ", "_"),
            }
            for number, page in enumerate(pages[: int(request.fields["gsrlimit"])], start=1)
        ]
        return answers({"batchcomplete": True, "query": {"pages": shown[::-1]}})  # in no order, as the real one

    return script


def arxiv(pages: Sequence[Page]) -> Script:
    def script(request: Request) -> Reply:
        entries = "".join(
            f"<entry><id>http://arxiv.org/abs/2405.{page.number}v1</id><updated>2024-06-01T00:00:00Z</updated>"
            f"<published>{page.published}T12:00:00Z</published><title>{escape(page.title)}</title>"
            f"<summary>\n  {escape(page.snippet)}\n</summary><author><name>A. Keeper</name></author></entry>"
            for page in pages[: int(request.fields["max_results"])]
        )
        return feed(entries)

    return script


def feed(entries: str) -> Reply:
    body = f'<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>'
    return Reply(body.encode(), headers={"Content-Type": "application/atom+xml"})


def pubmed(pages: Sequence[Page]) -> Script:
    by_number = {page.number: page for page in pages}

    def script(request: Request) -> Reply:
        if request.path.endswith("/esearch.fcgi"):
            numbers = list(by_number)[: int(request.fields["retmax"])]
            return answers({"esearchresult": {"count": str(len(numbers)), "idlist": numbers}})
        wanted = [by_number[number] for number in request.fields["id"].split(",")]
        return articles("".join(map(article, wanted[::-1])))

    return script


def article(page: Page) -> str:
    year, month, day = page.published.split("-")
    return (
        f"<PubmedArticle><MedlineCitation><PMID Version='1'>{page.number}</PMID><Article>"
        f"<ArticleTitle>{escape(page.title)}</ArticleTitle>"
        f"<Abstract><AbstractText>{escape(page.snippet)}</AbstractText></Abstract>"
        f"<ArticleDate><Year>{year}</Year><Month>{month}</Month><Day>{day}</Day></ArticleDate>"
        "</Article></MedlineCitation></PubmedArticle>"
    )


def articles(inside: str) -> Reply:
    return Reply(f"<?xml version='1.0'?><PubmedArticleSet>{inside}</PubmedArticleSet>".encode())
