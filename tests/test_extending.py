"""What the docs show of packages that extend Outlast, installed as it stands there."""

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from outlast.graphs.reasoners.reasoner import Models, open_reasoner
from outlast.tools.documents.reading import load_reader
from outlast.tools.extensions import ENGINE_GROUP, READER_GROUP, REASONER_GROUP, Extension, find_extensions
from outlast.tools.web.engines.engine import EngineSettings
from outlast.tools.web.engines.factory import open_engine
from tests.packages import install

DOCS = Path(__file__).parent.parent / "docs"
BLOCK = re.compile(r"```(python|toml)\n(.*?)```", re.DOTALL)
REGISTERS = re.compile(r'\[project\.entry-points\."([\w.]+)"\]\n"?([\w.]+)"? = "([\w:]+)"')


def shown_in(page: str, marker: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> Extension:
    """The extension of that page: its package with the code that has `marker` in it, registered as the page says."""
    blocks = BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))
    ((group, name, value),) = (REGISTERS.findall(code)[0] for kind, code in blocks if kind == "toml")
    (code,) = (code for kind, code in blocks if kind == "python" and marker in code)
    module = value.partition(":")[0]
    install(path, {group: {name: value}}, code, name=module)
    monkeypatch.syspath_prepend(str(path))
    monkeypatch.delitem(sys.modules, module, raising=False)
    return find_extensions(group)[name]


async def test_an_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = shown_in("web.md", "class Harbour", tmp_path, monkeypatch)
    assert shown.name in find_extensions(ENGINE_GROUP)
    monkeypatch.setenv("HARBOUR_KEY", "key-0123456789")
    engine = open_engine(shown, EngineSettings())
    assert engine.name == "harbour"
    await engine.close()


@pytest.mark.filterwarnings("ignore:.langchain-community. is being sunset:DeprecationWarning")  # which is known
def test_what_langchain_can_search_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRAVE_SEARCH_API_KEY", "key-0123456789")
    (code,) = (code for _, code in BLOCK.findall((DOCS / "web.md").read_text(encoding="utf-8")) if "Brave" in code)
    made = dict[str, Any]()
    exec(code, made)  # noqa: S102 - our own page
    assert made["open_engine"](EngineSettings()).name == "brave"


def test_a_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = shown_in("documents.md", "EXTRACTOR", tmp_path, monkeypatch)
    assert shown.name in find_extensions(READER_GROUP)
    document = load_reader(shown).read(b"1\n00:00:01,000 --> 00:00:02,000\nThe tide is late.\n", "harbour")
    assert (document.text, document.title) == ("The tide is late.\n", "harbour")


def test_a_reasoner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = shown_in("graphs.md", "open_reasoner", tmp_path, monkeypatch)
    assert shown.name in find_extensions(REASONER_GROUP)
    assert open_reasoner(shown, Models()).mode.startswith("careful: every sentence is verbatim")
