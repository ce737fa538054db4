"""Which engines are opened for which settings."""

import subprocess
import sys
import traceback

import pytest

from outlast.evidence.errors import NeedsOperator
from outlast.tools.extensions import ENGINE_GROUP, find_extensions
from outlast.tools.web.engines.engine import EngineSettings
from outlast.tools.web.engines.factory import open_engines

NAMES = tuple(find_extensions(ENGINE_GROUP))


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        (EngineSettings(), ("wikipedia",)),
        (EngineSettings(tavily_api_key="tvly-0123456789"), ("tavily",)),
        (EngineSettings(searxng_url="http://localhost:8080"), ("searxng",)),
        (EngineSettings(tavily_api_key="tvly-0123456789", searxng_url="http://localhost:8080"), ("tavily", "searxng")),
        (EngineSettings(names=(" PubMed ", "arxiv", "arxiv", "")), ("pubmed", "arxiv")),
        (EngineSettings(names=NAMES, tavily_api_key="tvly-0123456789", searxng_url="http://localhost:8080"), NAMES),
    ],
)
async def test_engines(settings: EngineSettings, names: tuple[str, ...]) -> None:
    engines = open_engines(settings)
    assert engines.names == names
    await engines.close()


def test_an_unknown_name() -> None:
    with pytest.raises(
        NeedsOperator, match=r"no search engine 'gogle'\. Set OUTLAST_SEARCH to one or several of arxiv"
    ):
        open_engines(EngineSettings(names=("wikipedia", "gogle")))


@pytest.mark.parametrize(("name", "variable"), [("tavily", "TAVILY_API_KEY"), ("searxng", "SEARXNG_URL")])
def test_what_is_missing_is_named(name: str, variable: str) -> None:
    with pytest.raises(NeedsOperator, match=variable):
        open_engines(EngineSettings(names=(name,)))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("proxy", ["socks5://ann:hush@127.0.0.1:1080", "ftp://ann:hush@127.0.0.1:21"])
def test_a_proxy_that_is_none(monkeypatch: pytest.MonkeyPatch, name: str, proxy: str) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    settings = EngineSettings(names=(name,), tavily_api_key="tvly-0123456789", searxng_url="http://search.example")
    with pytest.raises(NeedsOperator, match=r"through the proxy .* Set HTTPS_PROXY") as raised:
        open_engines(settings)
    assert "hush" not in "".join(traceback.format_exception(raised.value))


def test_settings_do_not_show_their_keys() -> None:
    assert "tvly" not in repr(EngineSettings(tavily_api_key="tvly-0123456789"))


def test_only_what_is_chosen_is_imported() -> None:
    code = "import sys, outlast.tools.web.engines.factory as o; o.open_engines(o.EngineSettings(searxng_url='http://a.example'))"
    others = "('langchain', 'tavily', 'lxml', 'outlast.tools.web.engines.tavily')"
    check = f"{code}; print([name for name in sys.modules if name.startswith({others})])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
