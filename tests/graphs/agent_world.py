"""A small world for agents: documents, a web of pages, and a model that calls the tools that a test tells it to call.

The model is asked by the real client over HTTP; ids are those that the tools give out.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from langchain_core.messages import ToolMessage

from outlast.evidence.report import Findings, Task
from outlast.evidence.sources import Passage, SearchResult, Source, Term, sha256
from outlast.graphs import agent
from outlast.graphs.agent_state import Resources
from outlast.graphs.agent_tools import id_of_page, id_of_passage
from outlast.tools.models.chat_models import chat_model
from outlast.tools.web.engines.hits import EngineFailure, MergedHit, WebResult
from tests.servers.openai_server import Answer, Asked, OpenAIServer, Script, says

TASK = Task(id="t1", question="When does the ferry sail?")
FERRY = "The ferry sails at six and at noon. It rests when the wind is above force eight."
BAKERY = "The bakery opens at six. Rye bread is baked on Tuesdays."
TIMETABLE = "https://harbour.example/timetable"
TIMES = "Timetable of the ferry. From November to March it sails once a day, at ten."

Call = tuple[str, Mapping[str, Any] | str]
Turn = Sequence[Call] | str


class World:
    """Library, web and snapshots: each text is a passage, which any word of a query finds."""

    def __init__(
        self,
        documents: Sequence[str] = (FERRY, BAKERY),
        pages: Mapping[str, str | Exception] | None = None,
        failures: Sequence[EngineFailure] = (),
        down: Exception | None = None,
    ) -> None:
        self.documents = documents
        self.pages = pages or {}
        self.failures = failures
        self.down = down
        self.searched: list[str] = []
        self.asked_engines: list[str] = []
        self.fetched: list[str] = []
        stored = [*documents, *(page for page in self.pages.values() if isinstance(page, str))]
        self.texts = {sha256(text): text for text in stored}

    @property
    def titles(self) -> Sequence[str]:
        return [f"Document {number}" for number, _ in enumerate(self.documents, 1)]

    def resources(self) -> Resources:
        return Resources(library=self, web=Pages(self), snapshots=self)

    async def search(self, queries: Sequence[str]) -> SearchResult:
        self.searched += queries
        return found([document(text) for text in self.documents], queries)

    async def text(self, snapshot: str) -> str:
        return self.texts[snapshot]


class Pages:
    """The web of a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def search(self, query: str) -> WebResult:
        self.world.asked_engines.append(query)
        if self.world.down:
            raise self.world.down
        hits = [
            MergedHit(url=url, title=f"Page at {url}", snippet="A snippet.", engines=("scripted",))
            for rank, url in enumerate(self.world.pages, 1)
        ]
        return WebResult(hits=tuple(hits), asked=("scripted",), failures=tuple(self.world.failures))

    async def read(self, url: str) -> Source:
        self.world.fetched.append(url)
        page = self.world.pages[url]
        if isinstance(page, Exception):
            raise page
        return Source(
            uri=url,
            title="Timetable",
            media_type="text/html",
            snapshot=sha256(page),
            bytes_sha256="0" * 64,
            extractor="html/1",
            fetched=datetime(2026, 1, 2, tzinfo=UTC),
        )

    async def passages(self, pages: Sequence[Source], queries: Sequence[str]) -> SearchResult:
        return found([document(self.world.texts[page.snapshot], page.title) for page in pages], queries)


def document(text: str, title: str = "Harbour") -> Passage:
    return Passage(snapshot=sha256(text), start=0, end=len(text), text=text, title=title, heading="Times")


def found(passages: Sequence[Passage], queries: Sequence[str]) -> SearchResult:
    words = list(dict.fromkeys(word for query in queries for word in query.casefold().strip("?").split()))
    frequency = {word: sum(word in passage.text.casefold() for passage in passages) for word in words}
    best = [passage for passage in passages if any(word in passage.text.casefold() for word in words)]
    terms = [Term(word=word, frequency=count) for word, count in frequency.items()]
    return SearchResult(passages=tuple(best), terms=tuple(terms), size=len(passages))


def passage_of(text: str) -> str:
    return id_of_passage(document(text))


def page_of(url: str) -> str:
    return id_of_page(url)


def calling(*calls: Call, number: int = 1, ids: Sequence[str | None] = ()) -> Answer:
    """Return an answer that calls tools; arguments in a string are sent as they are."""
    made = [
        {
            "id": ids[place] if ids else f"call_{number}_{place}",
            "type": "function",
            "function": {"name": name, "arguments": given if isinstance(given, str) else json.dumps(given)},
        }
        for place, (name, given) in enumerate(calls)
    ]
    return says(None, "tool_calls", tool_calls=made)


def turns(*script: Turn) -> Script:
    """Script the turns of the model; the last one repeats for ever. A string ends the task."""

    def answer(asked: Asked) -> Answer:
        number = turn_of(asked)
        turn = script[min(number, len(script)) - 1]
        return says(turn) if isinstance(turn, str) else calling(*turn, number=number)

    return answer


def turn_of(asked: Asked) -> int:
    """Return the number of the turn that is requested; a repeated request gets the same turn."""
    return 1 + sum(message["role"] == "assistant" for message in asked.body["messages"])


SEARCH = ("search", {"query": "ferry sail"})
READ = ("read_page", {"page_id": page_of(TIMETABLE), "about": "winter"})


def note(text: str, passage: str = passage_of(FERRY), speaks: str = "answers") -> tuple[str, dict[str, Any]]:
    return "note_quote", {"passage_id": passage, "text": text, "speaks": speaks}


SAILS = note("The ferry sails at six and at noon.")


def web(page: str | Exception = TIMES) -> World:
    return World(pages={TIMETABLE: page})


class Done:
    """A finished investigation: its findings, its messages, and the requests to the model."""

    def __init__(self, state: Mapping[str, Any], asked: Sequence[Asked]) -> None:
        self.state = state
        self.asked = asked
        self.findings = Findings.model_validate(
            {field: state[field] for field in Findings.model_fields if field in state}
        )

    @property
    def told(self) -> list[str]:
        """The results of the tools, in order."""
        return [str(message.content) for message in self.state["messages"] if isinstance(message, ToolMessage)]

    @property
    def quotes(self) -> list[str]:
        return [finding.quote.text for finding in self.findings.findings]


class Investigating:
    """Investigates with the real client, as in a notebook; many tests share one server and one client."""

    def __init__(self, server: OpenAIServer) -> None:
        self._server = server
        model = chat_model("openai:scripted", base_url=server.base_url, api_key="sk-test")
        self._graph = agent.compile_agent(model)

    async def __call__(
        self, script: Script, world: World | None = None, resources: Resources | None = None, **given: Any
    ) -> Done:
        self._server.asked.clear()
        self._server.script = script
        start = {"task": TASK, "searches": 3, **given}
        state = await self._graph.ainvoke(start, context=resources or (world or World()).resources())
        return Done(state, [*self._server.asked])
