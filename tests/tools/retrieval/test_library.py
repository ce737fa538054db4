import asyncio
import json
import shutil
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from obstore.store import ObjectStore

from outlast.evidence.errors import NeedsOperator, Transient
from outlast.evidence.sources import sha256
from outlast.evidence.words import content_words
from outlast.tools.ingest.ingest import ingest_folder
from outlast.tools.retrieval import library as library_module
from outlast.tools.retrieval import terms as terms_module
from outlast.tools.retrieval.fts_query import MAX_QUERY_CHARACTERS
from outlast.tools.retrieval.library import Library
from outlast.tools.retrieval.passage_search import SYNONYM_WEIGHT
from outlast.tools.store.collections import Collections
from outlast.tools.store.objects import get, open_objects, put_new

LAMP = "# Lamp\n\nThe lamp is lit at dusk.\n\n## Oil\n\nRape oil burns in it. The straße is weiß.\n"
FERRY = "Ferry\n=====\n\nThe ferry crosses the sound. It carries oil for the lamps in a can.\n"


@pytest.fixture(scope="module")
async def once(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Return the id of a collection of two texts, one of them twice, and its objects, which each test copies."""
    home = tmp_path_factory.mktemp("once")
    folder = home / "docs"
    folder.mkdir()
    (folder / "lamp.md").write_text(LAMP)
    (folder / "copy.md").write_text(LAMP)
    (folder / "ferry.txt").write_text(FERRY)
    store = open_objects(str(home / "objects"))
    return await Collections(store).save(await ingest_folder(folder, store, home / "cache")), home / "objects"


@pytest.fixture
def stored(once: tuple[str, Path], store: ObjectStore, tmp_path: Path) -> str:
    collection, objects = once
    shutil.copytree(objects, tmp_path / "objects", dirs_exist_ok=True)
    return collection


@pytest.fixture
async def library(stored: str, store: ObjectStore, cache: Path):
    async with await Library.open(stored, store, cache) as opened:
        yield opened


def index_of(cache: Path) -> Path:
    [file] = (cache / "libraries").iterdir()
    return file


async def texts(library: Library, *queries: str) -> list[str]:
    return [passage.text for passage in (await library.search(queries)).passages]


async def test_what_it_holds(library: Library, stored: str):
    assert library.document_count == 3
    assert library.titles == ["Ferry", "Lamp"]
    assert library.collection.id == stored


async def test_passages_are_spans_of_snapshots(library: Library):
    result = await library.search(["where does the oil burn?"])
    assert result.size == 3  # the text that two files share counts once
    assert [passage.heading for passage in result.passages] == ["Oil", "Ferry"]
    for passage in result.passages:
        text = {sha256(LAMP): LAMP, sha256(FERRY): FERRY}[passage.snapshot]
        assert text[passage.start : passage.end] == passage.text
    assert result.passages[0].score > result.passages[1].score > 0


async def test_words_are_found_in_any_form_and_in_headings(library: Library):
    assert (await texts(library, "BURNING"))[0].startswith("Rape oil")
    assert len(await texts(library, "lamps")) == 3  # in the title as well
    assert len(await texts(library, "Straße")) == len(await texts(library, "WEIß")) == 1


async def test_frequencies(library: Library):
    result = await library.search(["Does oil burn in the lamps?", "zeppelin oil"])
    assert {term.word: term.frequency for term in result.terms} == {"oil": 2, "burn": 1, "lamps": 3, "zeppelin": 0}
    assert [term.word for term in result.terms] == [*content_words("Does oil burn in the lamps?"), "zeppelin"]


async def test_stop_words_alone_are_searched(library: Library):
    assert len(await texts(library, "in it")) == 2


async def test_queries_are_merged_by_best_score(library: Library):
    one, two = await library.search(["ferry"]), await library.search(["oil dusk"])
    both = await library.search(["ferry", "oil dusk"])
    scores = [passage.score for passage in both.passages]
    assert scores == sorted(scores, reverse=True)
    best = {
        text: max(passage.score for result in (one, two) for passage in result.passages if passage.text == text)
        for text in (passage.text for passage in both.passages)
    }
    assert {passage.text: passage.score for passage in both.passages} == best
    assert len((await library.search(["ferry", "oil dusk"], max_passages=1)).passages) == 1


async def test_ties_are_broken_by_place(folder: Path, store: ObjectStore, cache: Path):
    for number in range(9):
        (folder / f"{number}.txt").write_text(f"number {number}\n\n{'x' * 799}\n\nnumber {number}")
    collection = await Collections(store).save(await ingest_folder(folder, store, cache))
    async with await Library.open(collection, store, cache) as library:
        passages = (await library.search(["number"], max_passages=12)).passages
    places = [(passage.snapshot, passage.start) for passage in passages]
    assert len({passage.score for passage in passages}) == 1
    assert places == sorted(places)
    assert len(places) == 12


HOSTILE = [
    '"', '""', "'", "lamp\" OR \"x", "lamp AND", "NOT lamp", "NEAR(lamp oil)", "lamp*", "^lamp", "title:lamp", "-lamp",
    "{title heading}: lamp", "(lamp", "lamp)", "lamp + oil", "\0", "lamp\0oil", "😀", "👩‍👩‍👧 lamp", "_", "__ _", "²",
    "ｌａｍｐ", "'; DROP TABLE passages; --", "%", "\ud800", "lamp \udfff", "\u0301", "𞤀𞤁",
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
async def test_no_character_has_a_meaning_of_its_own(library: Library, query: str):
    found = await texts(library, query)
    if "lamp" in query:
        assert len(found) == 3
    assert len((await library.search([query, "lamp"])).passages) == 3


@pytest.mark.parametrize(
    "query", ["x" * 1_000_000, "word " * 200_000, " ".join(map(str, range(150_000))), '"' * 1_000_000]
)
async def test_a_megabyte_of_query(library: Library, query: str):
    result = await library.search([f"lamp {query}"])
    assert len(result.passages) == 3
    assert len(result.terms) <= 64


@pytest.mark.parametrize("queries", [[], [""], [" ", "?!"]])
async def test_nothing_asked_is_nothing_found(library: Library, queries: list[str]):
    result = await library.search(queries)
    assert (result.passages, result.terms, result.size) == ((), (), 3)


async def test_searches_in_parallel(library: Library):
    alone = await library.search(["oil"])
    together = await asyncio.gather(*(library.search(["oil"]) for _ in range(50)))
    assert all(result == alone for result in together)


async def test_the_index_is_kept(library: Library, stored: str, store: ObjectStore, cache: Path, monkeypatch):
    monkeypatch.setattr(library_module, "build_index", None)  # building it again would fail
    async with await Library.open(stored, store, cache) as again:
        assert await again.search(["oil"]) == await library.search(["oil"])


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "other"])
async def test_a_damaged_index_is_built_again(stored: str, store: ObjectStore, cache: Path, damage: str, caplog):
    async with await Library.open(stored, store, cache) as library:
        expected = await library.search(["oil"])
    file = index_of(cache)
    content = file.read_bytes()
    made = {"empty": b"", "text": b"no database " * 999, "cut": content[: len(content) // 2], "other": content}
    if damage == "other":  # intact, but of another collection
        file.rename(file.with_name(f"{'0' * 64}-1.db"))
        made["other"] = file.with_name(f"{'0' * 64}-1.db").read_bytes().replace(stored.encode(), b"0" * 64)
        file.with_name(f"{'0' * 64}-1.db").unlink()
    file.write_bytes(made[damage])
    async with await Library.open(stored, store, cache) as library:
        assert await library.search(["oil"]) == expected
    assert "is built again" in caplog.text
    assert index_of(cache) == file


async def test_damage_that_a_search_meets(stored: str, store: ObjectStore, cache: Path, monkeypatch):
    async with await Library.open(stored, store, cache) as library:
        monkeypatch.setattr(terms_module, "COUNT_MATCHES_SQL", "SELECT count(*) FROM lost WHERE lost MATCH ?")
        with pytest.raises(Transient, match="It was deleted"):
            await library.search(["oil"])
    monkeypatch.undo()
    async with await Library.open(stored, store, cache) as library:
        assert await texts(library, "oil")


async def test_a_missing_snapshot_leaves_no_index(stored: str, store: ObjectStore, cache: Path, tmp_path: Path):
    (tmp_path / "objects" / "snapshots" / f"{sha256(LAMP)}.txt").unlink()
    with pytest.raises(NeedsOperator, match=rf"The text of copy\.md \(snapshot {sha256(LAMP)}\) is not in the object"):
        await Library.open(stored, store, cache)
    assert list((cache / "libraries").iterdir()) == []


async def test_an_unknown_collection(store: ObjectStore, cache: Path):
    with pytest.raises(NeedsOperator, match="is not in the object store"):
        await Library.open(sha256("unknown"), store, cache)


async def test_a_cache_that_cannot_be_written(stored: str, store: ObjectStore, tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(NeedsOperator, match="OUTLAST_HOME"):
        await Library.open(stored, store, tmp_path / "file")


async def test_builders_at_the_same_time(stored: str, store: ObjectStore, cache: Path):
    libraries = await asyncio.gather(*(Library.open(stored, store, cache) for _ in range(5)))
    results = [await library.search(["oil"]) for library in libraries]
    assert all(result == results[0] for result in results)
    for library in libraries:
        library.close()
    index_of(cache)  # one file, and no temporary one beside it


BUILDER = """
import asyncio, sys
from pathlib import Path
from outlast.tools.retrieval.library import Library
from outlast.tools.store.objects import get, put_new
from outlast.tools.retrieval.passage_search import SYNONYM_WEIGHT
from outlast.tools.store.objects import open_objects
async def main(collection, objects, cache):
    async with await Library.open(collection, open_objects(objects), Path(cache)) as library:
        print(len((await library.search(["oil"])).passages))
asyncio.run(main(*sys.argv[1:]))
"""


def test_builders_in_several_processes(stored: str, cache: Path, tmp_path: Path):
    command = [sys.executable, "-c", BUILDER, stored, str(tmp_path / "objects"), str(cache)]
    builders = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [builder.communicate()[0] for builder in builders] == ["2\n"] * 4
    index_of(cache)


async def test_an_unusual_cache_path(stored: str, store: ObjectStore, tmp_path: Path):
    async with await Library.open(stored, store, tmp_path / "a?b#c %41") as library:
        assert await texts(library, "oil")


async def test_a_manifest_that_an_earlier_version_wrote(stored: str, store: ObjectStore, cache: Path):
    """An older manifest has fewer fields. Its id is the hash of its bytes, not of what this version would write."""
    content = json.loads(await get(store, f"collections/{stored}.json"))
    for source in content["sources"]:
        del source["places"]
    earlier = json.dumps(content).encode()
    await put_new(store, f"collections/{sha256(earlier)}.json", earlier)
    async with await Library.open(sha256(earlier), store, cache) as library:
        assert len(await texts(library, "oil")) == 2
    async with await Library.open(sha256(earlier), store, cache) as library:
        assert len(await texts(library, "oil")) == 2


async def test_a_cache_on_a_full_disk(stored: str, store: ObjectStore, small_disk: Path):
    (small_disk / "filling").write_bytes(b"x" * 1_020_000)
    with pytest.raises(NeedsOperator, match=r"cannot be written: .*full.*Free some space"):
        await Library.open(stored, store, small_disk)
    assert list((small_disk / "libraries").iterdir()) == []
    (small_disk / "filling").unlink()
    async with await Library.open(stored, store, small_disk) as library:
        assert await texts(library, "oil")


async def opened(folder: Path, store: ObjectStore, cache: Path, files: dict[str, str], **fields: object) -> Library:
    for name, text in files.items():
        (folder / name).write_text(text)
    collection = (await ingest_folder(folder, store, cache)).model_copy(update=fields)
    return await Library.open(await Collections(store).save(collection), store, cache)


async def test_synonyms_find_passages_but_weigh_less(folder: Path, store: ObjectStore, cache: Path):
    files = {"a.txt": "The gizmo is out of order.", "b.txt": "The widget is out of order.", "c.txt": "Rye bread."}
    async with await opened(folder, store, cache, files, synonyms=(("gizmo", "widget"),)) as library:
        for word, other in (("gizmo", "widget"), ("widget", "gizmo")):
            result = await library.search([f"Where is the {word}?"])
            own, synonym = result.passages
            assert (word in own.text, other in synonym.text) == (True, True)
            assert 0 < synonym.score < SYNONYM_WEIGHT * own.score  # its document does not have the word itself
            assert [term.synonyms for term in result.terms] == [(other,)]
    async with await opened(folder, store, cache, files) as library:
        assert len(await texts(library, "gizmo")) == 1


async def test_a_passage_with_the_word_and_its_synonym_comes_first(folder: Path, store: ObjectStore, cache: Path):
    files = {"a.txt": "The gizmo is in place.", "b.txt": "The gizmo or widget."}
    files |= {f"{number}.txt": f"Rye bread number {number}." for number in range(9)}  # both words are rare
    async with await opened(folder, store, cache, files, synonyms=(("gizmo", "widget"),)) as library:
        assert await texts(library, "gizmo") == ["The gizmo or widget.", "The gizmo is in place."]


async def test_a_document_that_speaks_of_it_in_other_places_comes_first(folder: Path, store: ObjectStore, cache: Path):
    once, said = "The gasket leaks at night.", "The gasket fails every other night."
    elsewhere = "\n\n".join(f"# Part {number}\n\nA gasket of size {number} is made of cork." for number in range(3))
    other = "\n\n".join(f"# Part {number}\n\nA loaf of size {number} is made of rye." for number in range(3))
    files = {"a.md": f"{once}\n\n{other}", "b.md": f"{said}\n\n{elsewhere}", "c.md": other.replace("loaf", "bun")}
    async with await opened(folder, store, cache, files) as library:
        alone = {passage.text: passage.score for _, passage in library._search._best_passages('"gasket"')}
        assert alone[once] > alone[said]
        found = await texts(library, "gasket")
        assert found.index(said) < found.index(once)


async def test_the_name_of_the_file_is_searched(folder: Path, store: ObjectStore, cache: Path):
    text = "# Chapter one\n\nIt is said in the first {} words."
    files = {"clock-work_repair.md": text.format("ten"), "other.md": text.format("nine")}
    async with await opened(folder, store, cache, files) as library:
        for query in ("repairs", "clock", "work"):
            [passage] = (await library.search([query])).passages
            assert passage.uri == "clock-work_repair.md"
            assert passage.title == "Chapter one"
        assert await texts(library, "md") == []  # the suffix of a file is not searched


@pytest.mark.parametrize("word", ["x", "l", "e", "ll", "or", "our", "ise", "ä", "灯", "Lamp"])
@pytest.mark.timeout(120)
async def test_a_word_as_long_as_a_book_is_one_word_that_is_searched_once(library: Library, word: str):
    """Spelling variants of a word of 20,000 letters, one for each of them, would take gigabytes."""
    tracemalloc.start()
    try:
        result = await library.search([word * 20_000, "lamp"])
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(result.passages) == 3
    assert most_bytes < 20_000_000


@pytest.mark.parametrize("words", ["oil lamp ", "run out ", "give up ", "colour ", "beakon ", "a "])
@pytest.mark.timeout(120)
async def test_a_megabyte_of_words_costs_as_much_as_its_beginning(library: Library, words: str):
    """The test counts the statements that reach the index, because time means little on a busy machine."""
    statements: list[str] = []
    library._search._index.set_trace_callback(statements.append)
    await library.search([(words * MAX_QUERY_CHARACTERS)[:MAX_QUERY_CHARACTERS]])
    few = [each for each in statements if "'main'" not in each]  # those are of FTS5 itself
    statements.clear()
    await library.search([words * (1_000_000 // len(words))])
    assert [each for each in statements if "'main'" not in each] == few
