"""Every block of Python on a page is complete: it runs as it stands, and prints what the page shows after it.

A block that prints nothing begins with `# name.py`: a later block of its page imports it, or its page registers it as
an extension or a worker (tests/docs/test_extensions.py), or serves the graph in it (test_langgraph_on_temporal.py).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from outlast.orchestration.embedded.dev_server import Ports
from tests.docs.pages import PAGES, ROOT, Block, all_blocks, blocks, registrations, served, workers
from tests.docs.programs import differs, imported_by, run, starts_processes
from tests.servers.openai_server import Asked, OpenAIServer, says
from tests.servers.world import model as scripted

PROGRAMS = [block for block in all_blocks("python") if not block.is_module]
MODULES = [block for block in all_blocks("python") if block.is_module]


@pytest.fixture(scope="module")
def model() -> Iterator[OpenAIServer]:
    """At the address of OpenAI's: it reasons by rules, calls tools where it has some, and otherwise knows one thing."""
    with OpenAIServer(lambda asked: scripted.answer(asked) if is_research(asked) else says("In 1871.")) as server:
        yield server


def is_research(asked: Asked) -> bool:
    return bool(asked.schema or asked.body.get("tools"))


@pytest.mark.parametrize("block", [each for each in PROGRAMS if not starts_processes(each)], ids=lambda each: each.name)
def test_a_program_prints_what_its_page_shows(documents: Path, model: OpenAIServer, block: Block) -> None:
    hold(block, run(block, documents.parent, model))


@pytest.mark.parametrize("block", [each for each in PROGRAMS if starts_processes(each)], ids=lambda each: each.name)
def test_a_program_with_a_server_prints_what_its_page_shows(
    ports: Ports, documents: Path, model: OpenAIServer, block: Block
) -> None:
    hold(block, run(block, documents.parent, model, ports.address))


def hold(block: Block, printed: str) -> None:
    assert block.output, f"{block.name} is followed by no block `text` that shows what it prints:\n{printed}"
    assert not differs(block.output, printed), f"{block.name} prints\n{printed}\nand its page shows\n{block.output}"


@pytest.mark.parametrize("block", MODULES, ids=lambda each: each.name)
def test_a_module_is_used_by_what_a_test_runs(block: Block) -> None:
    assert is_used(block)


def is_used(block: Block) -> bool:
    later = [each for each in blocks(block.page) if each.language == "python" and each.number > block.number]
    extending = [*(each.module for each in registrations()), *workers(), *served()]
    return block in extending or any(block.module in imported_by(each) for each in later)


@pytest.mark.parametrize(
    ("page", "noticed"),
    [
        ("```python\nprint(1)\n```\n```text\n2\n```\n", "and its page shows"),
        ("```python\nprint(1)\n```\n", "is followed by no block `text`"),
        ("```python\nprint(ferry)\n```\n```text\n1\n```\n", "NameError: name 'ferry' is not defined"),
        ('```python\nimport warnings\nwarnings.warn("old")\n```\n```text\n1\n```\n', "UserWarning: old"),
        ("```python\nimport sys\nprint(1, file=sys.stderr)\n```\n```text\n1\n```\n", "complains"),
        (
            '```python\nimport httpx\nhttpx.get("http://docs.example:1")\n```\n```text\n1\n```\n',
            "A program of the docs wants to reach docs.example",
        ),
    ],
    ids=["output", "no output", "incomplete", "warning", "complaint", "network"],
)
def test_a_mistake_would_be_noticed(documents: Path, model: OpenAIServer, page: str, noticed: str) -> None:
    file = documents.parent / "page.md"
    file.write_text(page, encoding="utf-8")
    block = blocks(file)[0]
    with pytest.raises(AssertionError) as error:
        hold(block, run(block, documents.parent, model))
    assert noticed in str(error.value)


def test_a_module_that_nothing_uses_would_be_noticed(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text("```python\n# tides.py\nHIGH = 12\n```\n```python\nimport times\n```\n", encoding="utf-8")
    assert not is_used(blocks(file)[0])


def test_pages_with_programs_are_found() -> None:
    found = {block.name.rpartition("-")[0] for block in (*PROGRAMS, *MODULES)}
    shown = {page for page in PAGES if "```python" in page.read_text(encoding="utf-8")}
    assert found == {str(page.relative_to(ROOT)) for page in shown}
    assert len(found) >= 8
