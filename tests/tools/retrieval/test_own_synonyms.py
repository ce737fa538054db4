from pathlib import Path

import pytest

from outlast.evidence.errors import Permanent
from outlast.tools.ingest.ingest import ingest_folder
from outlast.tools.retrieval.library import Library
from outlast.tools.retrieval.thesaurus.synonyms import MAX_SYNONYMS_BYTES, read_own_groups
from outlast.tools.store.collections import Collections
from outlast.tools.store.objects import open_objects


async def test_words_that_mean_the_same_in_a_folder_find_each_other(tmp_path: Path) -> None:
    store = open_objects(str(tmp_path / "objects"))
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "tides.txt").write_text("The zibble runs out at dusk.\n")
    (folder / "bread.txt").write_text("Rye bread is baked on Tuesdays.\n")

    async def found(question: str) -> list[str]:
        collection = await Collections(store).save(await ingest_folder(folder, store, tmp_path / "cache"))
        async with await Library.open(collection, store, tmp_path / "cache") as library:
            return [passage.uri for passage in (await library.search([question])).passages]

    assert await found("What about the wobblegong?") == []
    (folder / ".outlast-synonyms").write_text("# ours\nwobblegong, zibble\n")
    assert await found("What about the wobblegong?") == ["tides.txt"]


def test_a_folder_without_the_file_has_none(tmp_path: Path) -> None:
    assert read_own_groups(tmp_path) == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"caf\xe9, bar\n", "not in UTF-8"), (b"a, b\n" * (MAX_SYNONYMS_BYTES // 4), "larger than 1 MB")],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / ".outlast-synonyms").write_bytes(content)
    with pytest.raises(Permanent, match=message):
        read_own_groups(tmp_path)


def test_a_folder_of_that_name_is_no_list_of_words(tmp_path: Path) -> None:
    (tmp_path / ".outlast-synonyms").mkdir()
    with pytest.raises(Permanent, match="cannot be read"):
        read_own_groups(tmp_path)
