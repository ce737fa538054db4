"""A small world on loopback: a model, two search engines, a site, all of them scripted, all of them fallible.

    with World(seed=1, count=3, faults=Faults(seed=1, share=0.3)) as world:
        write_documents(world.topics[:1], folder)
        model = chat_model("openai:world", base_url=world.model_url, api_key=MODEL_KEY)
        ...
        assert world.says(claim.text)

The servers run in threads of their own, so that blocking tests and other processes can speak to them. A worker reaches
the site by `reaching` alone, which tests/servers/world/world_worker.py gives it.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from outlast.evidence.sources import sha256
from tests.servers import openai_server, scripted
from tests.servers.openai_server import Answer, Asked, OpenAIServer
from tests.servers.scripted import Reply, Request, ScriptedServer
from tests.servers.world import model
from tests.servers.world.engines import TAVILY_KEY, Web, searched, served
from tests.servers.world.faults import DOWN, GARBLED, QUOTA, Faults
from tests.servers.world.ledger import ANSWERED, Call, Ledger
from tests.servers.world.pages import WorldPage, pages_of
from tests.servers.world.reading import in_other_words
from tests.servers.world.topics import Topic, topics

DOMAIN = "world.example.org"
ROOT = Path(__file__).parents[3]
MODEL_KEY = "sk-world-0123456789abcdef"


@dataclass(frozen=True)
class Latency:
    """Seconds that an answer takes."""

    model: float = 0.0
    search: float = 0.0
    page: float = 0.0


class World:
    """`count` topics, and their pages or others. `answering` and `faults` may be replaced while it is up."""

    def __init__(
        self,
        seed: int = 1,
        count: int = 1,
        *,
        faults: Faults | None = None,
        latency: Latency | None = None,
        pages: Sequence[WorldPage] | None = None,
    ) -> None:
        self.topics: Sequence[Topic] = topics(seed, count)
        usual = [page for topic in self.topics for page in pages_of(topic, DOMAIN)]
        self.faults = faults or Faults(seed)
        self.latency = latency or Latency()
        self.ledger = Ledger(frozenset(topic.name for topic in self.topics))
        self.answering: Callable[[Asked], Answer] = model.answer
        self._model = OpenAIServer(self._model_script)
        self._engines = ScriptedServer(self._engine_script)
        self._site = ScriptedServer(self._site_script)
        self._web = Web(usual if pages is None else pages, int(self._site.url.rpartition(":")[2]))
        said = {said for topic in self.topics for said in topic.sentences()}
        self._said = said | {in_other_words(each) for each in said}
        self._stack = ExitStack()

    @property
    def model_url(self) -> str:
        return self._model.base_url

    @property
    def searxng_url(self) -> str:
        return self._engines.url

    @property
    def tavily_url(self) -> str:
        return self._engines.url

    @property
    def site_port(self) -> int:
        return int(self._site.url.rpartition(":")[2])

    def environment(self) -> dict[str, str]:
        """Settings of a worker that is to live in this world: its file imports these tests."""
        return {
            "PYTHONPATH": str(ROOT),
            "OUTLAST_MODEL": "openai:world",
            "OPENAI_BASE_URL": self.model_url,
            "OPENAI_API_KEY": MODEL_KEY,
            "OUTLAST_SEARCH": "searxng,tavily",
            "SEARXNG_URL": self.searxng_url,
            "TAVILY_API_KEY": TAVILY_KEY,
            "WORLD_TAVILY_URL": self.tavily_url,
            "WORLD_SITE_PORT": str(self.site_port),
        }

    def says(self, text: str) -> bool:
        """Whether a quote or a claim is one of the world's sentences, word for word or in the model's other words."""
        return " ".join(text.split()) in self._said

    def __enter__(self) -> Self:
        for server in (self._model, self._engines, self._site):
            self._stack.enter_context(server)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _model_script(self, asked: Asked) -> Answer:
        begun, run = time.time(), self.ledger.run_in(first_words(asked))
        request = sha256(json.dumps(asked.body, sort_keys=True))
        fault = self.faults.next("model", request)
        if fault and fault != GARBLED:
            self._record(Call(run, "model", asked.schema, begun, time.time(), fault, request=request))
            return failing_model(fault, self.faults.retry_after(fault))
        time.sleep(self.latency.model)
        answer = self.answering(asked)
        assert isinstance(answer.body, Mapping)
        usage = answer.body["usage"]
        spent = (usage["prompt_tokens"], usage["completion_tokens"], request)
        self._record(Call(run, "model", asked.schema, begun, time.time(), fault or ANSWERED, *spent))
        return garbled(answer) if fault else answer

    def _engine_script(self, request: Request) -> Reply:
        query = str(request.fields.get("q") or request.fields.get("query") or "")
        engine = "searxng" if request.method == "GET" else "tavily"
        begun, run = time.time(), self.ledger.run_in(query)
        fault = self.faults.next("search", f"{engine} {query}")
        if not fault:
            time.sleep(self.latency.search)
        self._record(Call(run, "search", engine, begun, time.time(), fault or ANSWERED))
        return failing_engine(fault, self.faults.retry_after(fault)) if fault else searched(self._web, request)

    def _site_script(self, request: Request) -> Reply:
        begun, run = time.time(), self.ledger.run_in(request.host)
        time.sleep(self.latency.page)
        reply = served(self._web, request)
        self._record(Call(run, "page", request.host + request.path, begun, time.time()))
        return reply

    def _record(self, call: Call) -> None:
        self.ledger.calls.append(call)


def first_words(asked: Asked) -> str:
    """Of whoever uses the model: all that it says after that is of other origin."""
    return next((str(each["content"]) for each in asked.body["messages"] if each["role"] == "user"), "")


def failing_model(fault: str, retry_after: str) -> Answer:
    bad_day = "The server has a bad day."
    known = {
        "500": openai_server.fails(500, bad_day),
        "503": openai_server.fails(503, bad_day),
        "reset": openai_server.resets(),
        "malformed": openai_server.malformed(b'{"id": "c", "choices": [{"ind'),
        "short": openai_server.short(),
        "drip": openai_server.drips(),
        DOWN: openai_server.resets(),
        QUOTA: openai_server.quota_exhausted(),
    }
    return known.get(fault) or openai_server.fails(429, "Slow down.", "rate_limit_exceeded", retry_after=retry_after)


def garbled(answer: Answer) -> Answer:
    """Half of what it says, as if that were all; its usage stays."""
    body = json.loads(json.dumps(answer.body))
    message = body["choices"][0]["message"]
    if message.get("tool_calls"):
        function = message["tool_calls"][0]["function"]
        function["arguments"] = function["arguments"][: len(function["arguments"]) // 2]
    else:
        message["content"] = message["content"][: len(message["content"]) // 2]
    return Answer(body)


def failing_engine(fault: str, retry_after: str) -> Reply:
    bad_day = "The server has a bad day."
    known = {
        "500": scripted.fails(500, bad_day),
        "503": scripted.fails(503, bad_day),
        "reset": scripted.RESET,
        "malformed": scripted.MALFORMED,
        "short": scripted.CUT,
        "drip": scripted.DRIP,
        DOWN: scripted.RESET,
    }
    return known.get(fault) or scripted.fails(429, "Slow down.", Retry_After=retry_after)
