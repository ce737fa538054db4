"""The world's search engines, a SearXNG and a Tavily, and its site: what they answer to a request."""

import time
from collections.abc import Sequence

from outlast.evidence.words import content_words
from tests.servers.scripted import Reply, Request, answers, fails
from tests.servers.world.pages import WorldPage

MOST = 10
SLOW_SECONDS = 0.3
TAVILY_KEY = "tvly-world"


class Web:
    """The pages that there are, at `http://HOST:port`; the first word of a host is the name of its topic."""

    def __init__(self, pages: Sequence[WorldPage], port: int) -> None:
        self._port = port
        self._pages: dict[str, list[WorldPage]] = {}
        for page in pages:
            self._pages.setdefault(page.host.partition(".")[0], []).append(page)

    def url(self, page: WorldPage) -> str:
        return page.elsewhere or f"http://{page.host}:{self._port}{page.path}"

    def found(self, query: str) -> list[WorldPage]:
        """The pages about the names in a query, those that share most words with it first."""
        wanted = content_words(query)

        def score(page: WorldPage) -> int:
            return len(set(wanted) & set(content_words(f"{page.title} {' '.join(page.paragraphs)}")))

        near = [page for word in wanted for page in self._pages.get(word, ())]
        return sorted(near, key=lambda page: (-score(page), page.path))[:MOST]

    def page(self, host: str, path: str) -> WorldPage | None:
        pages = self._pages.get(host.partition(".")[0], ())
        return next((page for page in pages if (page.host, page.path) == (host, path)), None)


def searched(web: Web, request: Request) -> Reply:
    """As SearXNG to GET, as Tavily to POST."""
    if request.path != "/search":
        return fails(404)
    if request.method == "GET":
        return searxng(web, request)
    if request.headers.get("authorization") != f"Bearer {TAVILY_KEY}":
        return fails(401, {"detail": {"error": "Unauthorized: missing or invalid API key."}})
    query = request.fields["query"]
    results = [
        {"url": web.url(page), "title": page.title, "content": snippet(page), "score": 0.5, "raw_content": None}
        for page in web.found(query)[: request.fields["max_results"]]
    ]
    return answers({"query": query, "results": results, "response_time": 0.1})


def searxng(web: Web, request: Request) -> Reply:
    if request.fields.get("format") != "json":
        return fails(403)
    query = request.fields["q"]
    results = [{"url": web.url(page), "title": page.title, "content": snippet(page)} for page in web.found(query)]
    return answers({"query": query, "results": results, "unresponsive_engines": []})


def snippet(page: WorldPage) -> str:
    return page.paragraphs[0][:150]


def served(web: Web, request: Request) -> Reply:
    """The site's answer; it has no robots.txt."""
    page = web.page(request.host.partition(":")[0], request.path)
    if page is None or page.manner == "gone":
        return fails(404, "There is no such page.")
    if page.manner == "closed":
        return fails(403, "Members only.")
    if page.manner == "slow":
        time.sleep(SLOW_SECONDS)
    return Reply(page.html.encode(), headers={"Content-Type": "text/html; charset=utf-8"})
