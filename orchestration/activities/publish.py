"""The last phase of a run: it checks and renders the report, and puts its files into the object store.

The object keys contain the run id and the hash of the content, so that a repeated attempt writes the same objects.
"""

from collections.abc import Iterator, Mapping

from obstore.store import ObjectStore

from outlast.evidence.checking import check
from outlast.evidence.errors import Permanent
from outlast.evidence.locators import locator_of
from outlast.evidence.rendering.html import render_html
from outlast.evidence.rendering.markdown import render_markdown
from outlast.evidence.report import Citation, CitedSource, Coverage, DocumentLosses, Report, RunRecord
from outlast.evidence.sources import Collection, Source, sha256
from outlast.evidence.usage import sum_usages
from outlast.orchestration.research.phase_io import PublishRequest, PublishResult
from outlast.tools.store.collections import Collections
from outlast.tools.store.objects import put_new
from outlast.tools.store.snapshots import Snapshots


async def publish(store: ObjectStore, publication: PublishRequest) -> PublishResult:
    """Publish the report. Raises `Permanent` if the report does not pass its check."""
    report, texts = await assemble_report(store, publication)
    content = report.model_dump_json(indent=2)
    folder = f"runs/{publication.run}/publish/{sha256(content)}"
    await put_new(store, f"{folder}/report.json", content.encode())
    await put_new(store, f"{folder}/report.md", render_markdown(report).encode())
    await put_new(store, f"{folder}/report.html", render_html(report, texts).encode())
    return PublishResult(
        report_json=f"{folder}/report.json",
        report_md=f"{folder}/report.md",
        report_html=f"{folder}/report.html",
        mode=report.mode,
        answered=report.answered,
        documents=report.coverage.documents,
        read=report.coverage.read,
        claims=sum(1 for _ in report.claims()),
        quotes=sum(len(claim.quotes) for claim in report.claims()),
        dropped=report.coverage.dropped,
    )


async def assemble_report(store: ObjectStore, publication: PublishRequest) -> tuple[Report, dict[str, str]]:
    """Return the report, and the quoted texts by their snapshots. Raises `Permanent` if the check finds a problem."""
    collection = await Collections(store).load(publication.collection)
    report = build_report(publication, collection)
    snapshots = Snapshots(store)
    texts = {source.snapshot: await snapshots.text(source.snapshot, source.uri) for source in report.sources}
    sources = sources_by_snapshot(publication, collection)
    report = report.model_copy(update={"citations": tuple(citations(report, sources, texts))})
    if problems := check(report, texts.get).problems:
        raise Permanent(f"The report did not pass its check and was not published: {'; '.join(problems[:3])}")
    return report, texts


def build_report(publication: PublishRequest, collection: Collection) -> Report:
    draft, read = publication.draft, set(publication.read)
    quoted = {quote.snapshot for claim in draft.claims() for quote in claim.quotes}
    sources = sources_by_snapshot(publication, collection)
    cited = [require_source(sources, snapshot) for snapshot in sorted(quoted)]
    return Report(
        question=publication.question,
        mode=draft.mode,
        answered=any(section.claims or section.disputes for section in draft.sections),
        sections=draft.sections,
        sources=tuple(
            CitedSource(
                snapshot=source.snapshot,
                uri=source.uri,
                title=source.title,
                media_type=source.media_type,
                fetched=source.fetched,
                final_url=source.final_url,
            )
            for source in sorted(cited, key=lambda source: source.uri)
        ),
        coverage=Coverage(
            collection=publication.collection,
            documents=len(collection.sources),
            searched=tuple(publication.searched),
            read=sum(1 for source in collection.sources if source.snapshot in read),
            skipped=collection.skipped,
            losses=tuple(
                DocumentLosses(uri=source.uri, losses=source.losses)
                for source in (*collection.sources, *publication.pages)
                if source.losses
            ),
            unanswered=tuple(publication.unanswered),
            refused=tuple(publication.refused),
            unknown=tuple(publication.unknown),
            identical=tuple(identical_files(collection)),
            dropped=len(draft.dropped),
            pages=len(publication.pages),
            engines=tuple(publication.engines),
            unreached=tuple(publication.unreached),
            limited=tuple(publication.limited),
        ),
        usage=sum_usages(phase.usage for phase in publication.usage),
        phases=tuple(publication.usage),
        budget=publication.budget,
        run=RunRecord(
            id=publication.run,
            workflow=publication.workflow,
            started=publication.started,
            published=publication.published,
            seconds=publication.seconds,
        ),
    )


def sources_by_snapshot(publication: PublishRequest, collection: Collection) -> Mapping[str, Source]:
    """Return the sources that a claim may quote, by snapshot. The first of several files with the same text is used."""
    sources: dict[str, Source] = {}
    for source in (*collection.sources, *publication.pages):
        sources.setdefault(source.snapshot, source)
    return sources


def require_source(sources: Mapping[str, Source], snapshot: str) -> Source:
    if snapshot not in sources:
        raise Permanent(f"A claim quotes the snapshot {snapshot}, which this run has not read.")
    return sources[snapshot]


def citations(report: Report, sources: Mapping[str, Source], texts: Mapping[str, str]) -> Iterator[Citation]:
    for quote in report.quotes():
        place = locator_of(require_source(sources, quote.snapshot), texts[quote.snapshot], quote)
        lead = tuple((span.start, span.end) for span in quote.lead)
        yield Citation(snapshot=quote.snapshot, start=quote.start, end=quote.end, place=place, lead=lead)


def identical_files(collection: Collection) -> Iterator[tuple[str, ...]]:
    """Return the groups of files with the same text, in the order of the collection."""
    files: dict[str, list[str]] = {}
    for source in collection.sources:
        files.setdefault(source.snapshot, []).append(source.uri)
    return (tuple(uris) for uris in files.values() if len(uris) > 1)
