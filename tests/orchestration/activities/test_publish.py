"""Publishing: the report that stands, once."""

import contextlib
import shutil
from datetime import UTC, datetime
from pathlib import Path

import obstore
import pytest

from outlast.evidence.checking import check, read_report
from outlast.evidence.errors import OutlastError, Permanent
from outlast.evidence.losses import Loss, LossKind
from outlast.evidence.page_checking import check_page
from outlast.evidence.report import Claim, Draft, Section, Verdict
from outlast.evidence.sources import Quote
from outlast.graphs.reasoners.extractive import MODE
from outlast.orchestration.activities.publish import publish
from outlast.orchestration.research.phase_io import PublishRequest
from outlast.tools.ingest.ingest import ingest_folder
from outlast.tools.store.collections import Collections
from outlast.tools.store.objects import get, open_objects
from outlast.tools.store.snapshots import Snapshots

TOLD = "The ferry crosses the sound four times a day."


@pytest.fixture
async def publication(documents: Path, tmp_path: Path) -> PublishRequest:
    store = open_objects(str(tmp_path / "objects"))
    collection = await ingest_folder(documents, store, tmp_path / "cache")
    [ferry] = [source for source in collection.sources if source.uri == "ferry.txt"]
    start = (await Snapshots(store).text(ferry.snapshot)).index(TOLD)
    quote = Quote(snapshot=ferry.snapshot, start=start, end=start + len(TOLD), text=TOLD)
    claim = Claim(text=TOLD, verdict=Verdict.SUPPORTED, quotes=(quote,))
    return PublishRequest(
        question="How often does the ferry cross?",
        collection=await Collections(store).save(collection),
        draft=Draft(sections=(Section(heading="How often?", claims=(claim,)),), mode=MODE),
        searched=["How often?"],
        read=[ferry.snapshot],
        unanswered=["When is low tide?"],
        run="run-1",
        workflow="how-often",
        started=datetime(2026, 1, 1, tzinfo=UTC),
        published=datetime(2026, 1, 2, tzinfo=UTC),
        seconds={"plan": 0.1},
    )


async def test_publishing_twice_gives_one_report(publication: PublishRequest, tmp_path: Path) -> None:
    store = open_objects(str(tmp_path / "objects"))
    first = await publish(store, publication)
    assert await publish(store, publication) == first
    kept = [each["path"] for page in obstore.list(store, "runs") for each in page]
    assert sorted(kept) == sorted([first.report_json, first.report_md, first.report_html])
    assert (first.claims, first.quotes, first.read, first.documents) == (1, 1, 1, 3)


async def test_what_is_published_stands_and_names_what_is_missing(publication: PublishRequest, tmp_path: Path) -> None:
    store = open_objects(str(tmp_path / "objects"))
    published = await publish(store, publication)
    report = read_report(await get(store, published.report_json))
    texts = {source.snapshot: await Snapshots(store).text(source.snapshot) for source in report.sources}
    assert check(report, texts.get).problems == ()
    assert [skipped.uri for skipped in report.coverage.skipped] == ["chart.pdf"]
    written = (await get(store, published.report_md)).decode()
    assert "When is low tide?" in written
    assert "ferry.txt, The ferry, line 4" in written
    assert [citation.place for citation in report.citations] == ["The ferry, line 4"]
    assert check_page(await get(store, published.report_html), texts.get).problems == ()


async def test_what_a_page_lost_is_in_the_coverage(publication: PublishRequest, tmp_path: Path) -> None:
    """Otherwise a word of a page that was read in part would be called absent."""
    store = open_objects(str(tmp_path / "objects"))
    collection = await Collections(store).load(publication.collection)
    lost = (Loss(kind=LossKind.SCAN, place="page 2"),)
    page = collection.sources[0].model_copy(update={"uri": "https://example.org/a.pdf", "losses": lost})
    published = await publish(store, publication.model_copy(update={"pages": [page], "unknown": ["tide"]}))
    report = read_report(await get(store, published.report_json))
    assert ("https://example.org/a.pdf", lost) in [(each.uri, each.losses) for each in report.coverage.losses]
    written = (await get(store, published.report_md)).decode()
    assert "tide could not be determined, because 1 document could be read only in part" in written


async def test_files_with_the_same_text_are_named(publication: PublishRequest, documents: Path, tmp_path: Path) -> None:
    (documents / "a copy.txt").write_bytes((documents / "ferry.txt").read_bytes())
    store = open_objects(str(tmp_path / "objects"))
    collection = await Collections(store).save(await ingest_folder(documents, store, tmp_path / "cache"))
    published = await publish(store, publication.model_copy(update={"collection": collection}))
    report = read_report(await get(store, published.report_json))
    assert report.coverage.identical == (("a copy.txt", "ferry.txt"),)
    written = (await get(store, published.report_md)).decode()
    assert "a copy.txt (the same text: ferry.txt), The ferry, line 4" in written


async def test_a_draft_that_does_not_stand_is_not_published(publication: PublishRequest, tmp_path: Path) -> None:
    store = open_objects(str(tmp_path / "objects"))
    [section] = publication.draft.sections
    [claim] = section.claims
    moved = claim.quotes[0].model_copy(update={"start": 0, "end": len(TOLD)})
    wrong = Draft(sections=(Section(heading="x", claims=(claim.model_copy(update={"quotes": (moved,)}),)),), mode=MODE)
    with pytest.raises(Permanent, match="did not pass its check and was not published"):
        await publish(store, publication.model_copy(update={"draft": wrong}))


async def test_a_full_disk_leaves_nothing_half_published(
    publication: PublishRequest, tmp_path: Path, small_disk: Path
) -> None:
    whole = open_objects(str(tmp_path / "objects"))
    expected = await publish(whole, publication)
    store = open_objects(str(small_disk))
    for kind in ("snapshots", "collections"):
        shutil.copytree(tmp_path / "objects" / kind, small_disk / kind)
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as filling, contextlib.suppress(OSError):
        while True:
            filling.write(bytes(4096))
    with pytest.raises(OutlastError):
        await publish(store, publication)
    ballast.unlink()
    assert await publish(store, publication) == expected
    assert await get(store, expected.report_html) == await get(whole, expected.report_html)
