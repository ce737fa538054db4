"""What the tests of this floor share: an object store and a cache in a temporary folder."""

from pathlib import Path

import pytest
from obstore.store import ObjectStore

from tools.objects import open_objects


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
