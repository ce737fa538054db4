"""A small report over real text, for the tests of this folder."""

from datetime import UTC, datetime
from pydoc_data.topics import topics

from outlast.evidence.budget import Budget
from outlast.evidence.report import (
    Citation,
    CitedSource,
    Claim,
    Coverage,
    Dispute,
    Evidence,
    PhaseUsage,
    Report,
    RunRecord,
    Section,
    Verdict,
)
from outlast.evidence.sources import Quote, Skipped, sha256
from outlast.evidence.usage import ModelUsage, Usage, sum_usages

TEXTS = {sha256(topics[name]): topics[name] for name in ("try", "naming")}
TRY, NAMING = TEXTS
EXTRACTIVE = "extractive: every sentence is verbatim"


def quote(snapshot: str, words: str) -> Quote:
    start = TEXTS[snapshot].index(words)
    return Quote(snapshot=snapshot, start=start, end=start + len(words), text=words)


def claim(*quotes: Quote, text: str | None = None, verdict: Verdict = Verdict.SUPPORTED) -> Claim:
    words = " ".join(quote.text for quote in quotes) if text is None else text
    return Claim(text=" ".join(words.split()), verdict=verdict, quotes=quotes)


EXECUTED = quote(TRY, 'The "finally" clause is executed.')
SAVED = quote(TRY, 'If\nthere is a saved exception it is re-raised at the end of the "finally"\nclause.')
NAMES = quote(NAMING, "*Names* refer to objects.")


def report(
    *claims: Claim, mode: str = EXTRACTIVE, answered: bool = True, question: str = "What does finally do?"
) -> Report:
    return Report(
        question=question,
        mode=mode,
        answered=answered,
        sections=(Section(heading="The finally clause", claims=claims),) if claims else (),
        sources=tuple(
            CitedSource(snapshot=snapshot, uri=uri, title=uri, media_type="text/plain")
            for snapshot, uri in ((TRY, "try.txt"), (NAMING, "deep/naming.txt"))
            if any(quote.snapshot == snapshot for claim in claims for quote in claim.quotes)
        ),
        coverage=Coverage(
            collection="c" * 64,
            documents=79,
            searched=("finally clause", "cleanup handler"),
            read=4,
            skipped=(Skipped(uri="a.bin", reason="not text"),),
            unanswered=(),
            dropped=0,
        ),
        usage=Usage(),
        run=RunRecord(
            id="run-1",
            workflow="research-1",
            started=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            published=datetime(2026, 1, 2, 3, 5, tzinfo=UTC),
            seconds={"plan": 0.5, "write": 1.25},
        ),
    )


def placed(told: Report, words: str = "page 7") -> Report:
    """With a place for each of its quotes."""
    citations = (
        Citation(snapshot=each.snapshot, start=each.start, end=each.end, place=words) for each in told.quotes()
    )
    return told.model_copy(update={"citations": tuple(citations)})


def covering(told: Report, **values: object) -> Report:
    return told.model_copy(update={"coverage": told.coverage.model_copy(update=values)})


def many_questions() -> Report:
    """Three questions, one answered well, one weakly, one not at all; and everything else that a page can have."""
    finally_, names, nothing = "What does finally do?", "What are names?", "Who keeps the lighthouse?"
    sections = (
        Section(heading="When it is executed", question=finally_, claims=(claim(EXECUTED),)),
        Section(heading="Saved exceptions", question=finally_, claims=(claim(SAVED),), related=(claim(NAMES),)),
        Section(heading=names, question=names, evidence=Evidence.WEAK, claims=(claim(NAMES), claim(EXECUTED, NAMES))),
    )
    told = report(claim(EXECUTED), claim(SAVED), claim(NAMES), question=f"{finally_} And names, and lighthouses?")
    told = told.model_copy(update={"sections": sections})
    told = covering(
        told, unanswered=(nothing,), unknown=("lighthouse",), identical=(("deep/naming.txt", "copy of naming.txt"),)
    )
    return placed(told)


PAGE = "https://docs.example.org/naming?a=1&b=(2)#top"
MOVED = "https://www.example.org/en/naming_and_binding"
SPENT = (
    PhaseUsage(
        phase="plan", usage=Usage.of([ModelUsage(model="big", calls=1, input_tokens=900, output_tokens=100, usd=0.02)])
    ),
    PhaseUsage(
        phase="investigate",
        usage=Usage.of(
            [
                ModelUsage(model="big", calls=2, input_tokens=10_000, output_tokens=500, usd=0.1034),
                ModelUsage(model="<own>", calls=3, input_tokens=20_000, output_tokens=0, unpriced=3),
            ],
            searches=5,
            pages=12,
        ),
    ),
)


def from_the_web() -> Report:
    """By a model, from documents and the web; two sources disagree, and everything that there is to say is said."""
    written = claim(EXECUTED, NAMES, text="It is executed, and names refer to objects.")
    dispute = Dispute(claims=(claim(EXECUTED), claim(NAMES)))
    told = report(written, mode="model big")
    page = {"uri": PAGE, "title": "Naming | and <binding>", "fetched": datetime(2026, 1, 1, 23, 30, tzinfo=UTC)}
    sources = (told.sources[0], told.sources[1].model_copy(update={**page, "final_url": MOVED}))
    section = told.sections[0].model_copy(update={"disputes": (dispute,), "related": (claim(SAVED),)})
    told = told.model_copy(
        update={
            "sections": (section,),
            "sources": sources,
            "usage": sum_usages(each.usage for each in SPENT),
            "phases": SPENT,
            "budget": Budget(usd=2.5, tokens=100_000, searches=20, seconds=600),
        }
    )
    told = covering(
        told,
        pages=12,
        engines=("searxng", "tavily"),
        unreached=(Skipped(uri="http://10.0.0.1/admin", reason="its address is not public"),),
        limited=("investigate: tokens",),
        unknown=("ferry",),
    )
    return placed(told, "Binding")
