"""What the tests of this floor share: an object store and a cache in a temporary folder."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from obstore.store import ObjectStore

from outlast.tools.ingest.parsing.parsers import ParserPool
from outlast.tools.store.objects import open_objects
from outlast.tools.web.pages.pages import PARSING_LIMITS, READER


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return open_objects(str(tmp_path / "objects"))


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "docs"
    made.mkdir()
    return made


@pytest.fixture(scope="session")
async def page_parsers() -> AsyncGenerator[ParserPool]:
    """For the pages of all tests: a process that parses them takes half a second to start."""
    async with ParserPool(2, PARSING_LIMITS, READER) as parsers:
        yield parsers
