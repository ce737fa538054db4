"""What the pages show of packages and workers that extend Outlast: installed as it stands there, found, and at work."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import requests

from outlast.graphs.reasoners.reasoner import Models, open_reasoner
from outlast.tools.documents.reading import load_reader
from outlast.tools.extensions import Extension, find_extensions
from outlast.tools.web.engines.engine import EngineSettings, SearchEngine
from outlast.tools.web.engines.factory import open_engine
from tests.docs.pages import Block, Registered, registrations, workers
from tests.packages import install
from tests.servers.scripted import Reply, Request, ScriptedServer, answers, fails
from tests.terminal import Terminal

KEY = "key-0123456789"
HARBOUR, BRAVE = "https://search.harbour.example", "https://api.search.brave.com"
REGISTERED = registrations()


@pytest.mark.filterwarnings("ignore:.langchain-community. is being sunset:DeprecationWarning")  # which is known
@pytest.mark.parametrize("shown", REGISTERED, ids=lambda each: each.name)
async def test_an_extension_is_found_and_does_its_work(
    shown: Registered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedServer(the_services) as server:
        real_get = requests.get
        monkeypatch.setattr(requests, "get", lambda url, **given: real_get(url.replace(BRAVE, server.url), **given))
        for name in ("HARBOUR_KEY", "BRAVE_SEARCH_API_KEY"):
            monkeypatch.setenv(name, KEY)
        code = shown.module.code.replace(HARBOUR, server.url)
        install(tmp_path, {shown.group: {shown.name: shown.value}}, code, name=shown.module.module)
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, shown.module.module, raising=False)
        await WORK[shown.name](find_extensions(shown.group)[shown.name])


def the_services(request: Request) -> Reply:
    """The harbour's search, and Brave's: each wants its key, and finds one page."""
    page = {"url": "https://harbour.example/tides", "title": "Tides"}
    if request.path.startswith("/find") and request.headers.get("authorization") == f"Bearer {KEY}":
        return answers([page | {"text": "The tide is late."}])
    if request.path.startswith("/res/v1/web/search") and request.headers.get("x-subscription-token") == KEY:
        return answers({"web": {"results": [page | {"description": "The tide is late."}]}})
    return fails(401)


async def searches(extension: Extension) -> None:
    engine: SearchEngine = open_engine(extension, EngineSettings())
    assert engine.name == extension.name
    [hit] = await engine.search("tides", 3)
    assert (hit.url, hit.title, hit.snippet) == ("https://harbour.example/tides", "Tides", "The tide is late.")
    await engine.close()


async def reads(extension: Extension) -> None:
    document = load_reader(extension).read(b"[00:01.50]The tide is late.\n", "harbour")
    assert (document.text, document.title) == ("The tide is late.\n", "harbour")


async def reasons(extension: Extension) -> None:
    assert open_reasoner(extension, Models()).mode.startswith("careful: every sentence is verbatim")


WORK: dict[str, Callable[[Extension], Awaitable[None]]] = {
    "harbour": searches,
    "brave": searches,
    ".lrc": reads,
    "careful": reasons,
}
"""What each of the extensions is seen to do."""


def test_each_page_s_extensions_are_found() -> None:
    assert {shown.module.page.name for shown in REGISTERED} == {"documents.md", "graphs.md", "web.md"}


@pytest.mark.parametrize("block", workers(), ids=lambda each: each.name)
def test_a_worker_does_a_run(processes: None, documents: Path, block: Block) -> None:
    folder = documents.parent
    (folder / block.file_name).write_text(block.code, encoding="utf-8")
    terminal = Terminal(folder, OUTLAST_WORKER=block.file_name)
    try:
        done = terminal.run(
            "research", "How often does the ferry cross?", "--docs", "documents", "--yes", "--out", "out"
        )
        assert done.returncode == 0, done.stderr + terminal.logs()
        assert "four times a day" in (folder / "out" / "report.md").read_text(encoding="utf-8")
        assert '"mode": "careful' in (folder / "out" / "report.json").read_text(encoding="utf-8")
    finally:
        terminal.kill_everything()


def test_the_pages_show_one() -> None:
    assert [block.page.name for block in workers()] == ["graphs.md"]
