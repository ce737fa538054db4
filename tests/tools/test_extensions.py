"""Engines and readers of other packages: found where they are installed, and harmless where they are broken."""

import sys
from collections.abc import Iterator
from importlib import invalidate_caches
from pathlib import Path

import pytest
from obstore.store import ObjectStore

from outlast.evidence.errors import NeedsOperator
from outlast.evidence.sources import Skipped
from outlast.tools.documents.reading import describe_readable_kinds, extractors, load_reader, read_document, suffixes
from outlast.tools.extensions import (
    ENGINE_GROUP,
    OWN_DISTRIBUTION,
    READER_GROUP,
    BrokenExtension,
    check_extensions,
    find_extensions,
)
from outlast.tools.ingest.ingest import ingest_folder
from outlast.tools.store.snapshots import Snapshots
from outlast.tools.web.engines.engine import EngineSettings
from outlast.tools.web.engines.factory import open_engine, open_engines
from tests.packages import REGISTERED, install


def forget() -> None:
    suffixes.cache_clear()
    load_reader.cache_clear()
    sys.modules.pop("harbour", None)
    sys.modules.pop("pier", None)
    invalidate_caches()


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of packages on the path."""
    folder = tmp_path / "packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    forget()
    yield folder
    forget()


def test_ours_are_registered_as_others_are() -> None:
    assert list(find_extensions(ENGINE_GROUP)) == ["arxiv", "pubmed", "searxng", "tavily", "wikipedia"]
    assert {extension.source.split()[0] for extension in find_extensions(READER_GROUP).values()} == {OWN_DISTRIBUTION}


async def test_an_engine_of_another_package(packages: Path) -> None:
    install(packages)
    engines = open_engines(EngineSettings(names=("Harbour",), contact="keeper@harbour.example"))
    found = await engines.search("tides", 5)
    assert [(hit.title, hit.snippet) for hit in found.hits] == [("tides", "keeper@harbour.example")]
    await engines.close()
    with pytest.raises(NeedsOperator, match=r"Set OUTLAST_CONTACT\."):
        open_engines(EngineSettings(names=("harbour",)))


async def test_a_reader_of_another_package_reads_in_parser_processes(
    packages: Path, folder: Path, store: ObjectStore, cache: Path
) -> None:
    (folder / "low.tide").write_bytes(b".noon ta tuo seog edit ehT")
    (folder / "notes.txt").write_text("The tide comes in at six.")
    with_it_missing = await ingest_folder(folder, store, cache)
    assert [source.extractor for source in with_it_missing.sources] == ["plain/5"] * 2
    install(packages)
    forget()
    collection = await ingest_folder(folder, store, cache)
    low, notes = collection.sources
    assert (low.title, low.media_type, low.extractor) == ("low", "text/x-tide", "tide/1")
    assert await Snapshots(store).text(low.snapshot, low.uri) == "The tide goes out at noon."
    assert notes.extractor.startswith("plain/")
    assert ".tide" in describe_readable_kinds()
    assert "tide/1" in extractors()


BROKEN = {
    "it is gone": ({".tide": "gone"}, "", "cannot be loaded (ModuleNotFoundError: No module named 'gone')"),
    "it raises": ({".tide": "pier"}, "raise RuntimeError('no\\nlibtide')", "loaded (RuntimeError: no libtide)"),
    "it ends": ({".tide": "pier"}, "import sys; sys.exit(3)", "cannot be loaded (SystemExit: 3)"),
    "it lacks a name": ({".tide": "pier:read"}, "", "cannot be loaded (AttributeError:"),
    "it is no reader": ({".tide": "pier"}, "EXTRACTOR = 'tide/1'", "is not a DocumentReader: it needs EXTRACTOR"),
    "of no version": ({".tide": "pier"}, "EXTRACTOR = 1\ndef read(content, stem): ...", "is not a DocumentReader"),
}


@pytest.mark.parametrize("case", BROKEN)
async def test_a_broken_reader_costs_its_own_files_alone(
    packages: Path, folder: Path, store: ObjectStore, cache: Path, case: str
) -> None:
    registered, code, error = BROKEN[case]
    install(packages, {READER_GROUP: registered}, code, name="pier", version="3")
    (folder / "low.tide").write_bytes(b"tide")
    (folder / "notes.txt").write_text("The tide comes in at six.")
    collection = await ingest_folder(folder, store, cache)
    assert [source.uri for source in collection.sources] == ["notes.txt"]
    (skipped,) = collection.skipped
    assert isinstance(skipped, Skipped)
    assert skipped.reason.startswith("The reader of documents .tide of pier 3 ")
    assert error in skipped.reason
    assert skipped.reason.endswith("Install another version of pier, or uninstall it.")
    assert "\n" not in skipped.reason


async def test_a_broken_engine_stops_no_other(packages: Path) -> None:
    install(
        packages, {ENGINE_GROUP: {"pier": "pier:open", "quay": "pier:open_nothing"}}, "open_nothing = dict", name="pier"
    )
    engines = open_engines(EngineSettings(names=("arxiv",)))
    assert engines.names == ("arxiv",)
    await engines.close()
    with pytest.raises(BrokenExtension, match=r"search engine pier of pier 1\.2 cannot be loaded .*uninstall it"):
        open_engines(EngineSettings(names=("arxiv", "pier")))

    async def use(extension: object) -> None:
        engine = open_engine(extension, EngineSettings())  # pyright: ignore[reportArgumentType]
        await engine.close()

    found = {each.name: each for each in await check_extensions(ENGINE_GROUP, use)}
    assert found["pier"].is_broken
    assert found["quay"].is_broken
    assert "cannot be opened (TypeError" in found["quay"].problem
    assert not found["tavily"].is_broken
    assert "Set TAVILY_API_KEY" in found["tavily"].problem
    assert found["wikipedia"].problem == ""


def test_what_is_installed_takes_the_place_of_ours(packages: Path) -> None:
    install(packages, {READER_GROUP: {".TXT": "harbour"}})
    assert read_document("a.txt", b"edit").text == "tide"
    assert read_document("a.md", b"edit").text == "edit"


def test_a_name_that_two_packages_want_is_neithers(packages: Path) -> None:
    install(packages)
    install(packages, {ENGINE_GROUP: {"harbour": "pier:open"}}, "", name="pier", version="3")
    with pytest.raises(BrokenExtension, match=r"register the .*: harbour 1\.2 and pier 3\. Uninstall one of them"):
        find_extensions(ENGINE_GROUP)["harbour"].load()
    assert find_extensions(READER_GROUP)[".tide"].load().EXTRACTOR == "tide/1"


def test_files_of_outlast_without_the_package(packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(packages)
    monkeypatch.setattr(sys, "path", [str(packages)])
    with pytest.raises(NeedsOperator, match=r"Outlast is not installed in this Python.*make setup"):
        find_extensions(ENGINE_GROUP)


def test_nothing_of_a_package_is_imported_before_it_is_used(packages: Path) -> None:
    install(packages, REGISTERED)
    assert find_extensions(ENGINE_GROUP)["harbour"].source == "harbour 1.2"
    assert ".tide" in suffixes()
    assert "harbour" not in sys.modules
