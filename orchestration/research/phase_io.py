"""The requests of all phases, and the results of the phases without a graph. A run's history keeps each as JSON."""

from collections.abc import Iterable, Iterator, Sequence, Set
from datetime import datetime

from pydantic import Field

from outlast.evidence.budget import Budget
from outlast.evidence.report import Draft, Findings, PhaseUsage, Plan, Refused, Section, Task
from outlast.evidence.sources import Skipped, Source, Value


class ReasoningRequest(Value):
    """The fields that the requests of all reasoning phases have."""

    model: str = ""
    """The model of the worker that began the run, or "" for rules. A worker without a model refuses the request."""
    budget: Budget = Budget()
    """Maximum amount that this phase or task may spend."""
    until: datetime | None = None
    """The moment after which no further model call begins."""


class PlanRequest(ReasoningRequest):
    question: str
    notes: list[str]
    collection: str
    web: bool = False
    approved: list[str] = Field(default_factory=list[str])
    """The task questions that people have approved already, if the report is revised: planning keeps them unchanged."""
    whole: Budget = Budget()
    """The budget of the whole run: a plan that it cannot pay for is refused."""


class InvestigateRequest(ReasoningRequest):
    task: Task
    collection: str
    searches: int = 3
    """Maximum number of searches for the task."""
    web: bool = False


class WriteRequest(ReasoningRequest):
    question: str
    investigated: list[Findings]

    @classmethod
    def of(cls, question: str, investigated: Sequence[Findings], model: str = "") -> "WriteRequest":
        """Make the request without the lists of fetched and skipped pages: there may be hundreds, and the writer does
        not use them."""
        without_pages = [findings.model_copy(update={"pages": (), "skipped": ()}) for findings in investigated]
        return cls(question=question, investigated=without_pages, model=model)


class VerifyRequest(ReasoningRequest):
    draft: list[Section]
    collection: str = ""
    """The collection, so that an error about a missing text can name its document."""


class CollectRequest(Value):
    collection: str | None
    web: bool = False


class CollectResult(Value):
    """The collection of a run, by its id: a name may refer to another collection later."""

    collection: str
    documents: int
    skipped: int
    model: str = ""
    """The model of this worker, or "" for rules."""
    search_attributes: bool = False
    """Whether the server has Outlast's search attributes, so that the run may set them."""


class PublishRequest(Value):
    question: str
    collection: str
    draft: Draft
    searched: list[str]
    """Every search query, in order, without repeats."""
    read: list[str]
    """The snapshots of which at least one passage was read."""
    unanswered: list[str]
    """The plan's questions for which nothing was found."""
    refused: list[Refused] = Field(default_factory=list[Refused])
    """Those of them that ask for something that the reasoner cannot do."""
    unknown: list[str] = Field(default_factory=list[str])
    """The words of the questions that no document contains."""
    pages: list[Source] = Field(default_factory=list[Source])
    """The web pages that were fetched, each once."""
    engines: list[str] = Field(default_factory=list[str])
    """The search engines that were asked."""
    unreached: list[Skipped] = Field(default_factory=list[Skipped])
    """Pages and engines that could not be reached, each with its reason."""
    limited: list[str] = Field(default_factory=list[str])
    """The phases that a limit of the budget ended early, each with the limit: `investigate: tokens`."""
    usage: list[PhaseUsage] = Field(default_factory=list[PhaseUsage])
    budget: Budget = Budget()
    run: str
    workflow: str
    started: datetime
    published: datetime
    seconds: dict[str, float]

    @classmethod
    def of(
        cls,
        question: str,
        collection: str,
        investigated: Sequence[Findings],
        draft: Draft,
        *,
        plan: Plan,
        usage: Sequence[PhaseUsage] = (),
        budget: Budget | None = None,
        run: str,
        workflow: str,
        started: datetime,
        published: datetime,
        seconds: dict[str, float],
    ) -> "PublishRequest":
        """Make the request from the draft and the findings. `investigated` is in the order of the plan."""
        return cls(
            question=question,
            collection=collection,
            draft=draft,
            searched=list(dict.fromkeys(query for findings in investigated for query in findings.queries)),
            read=sorted({snapshot for findings in investigated for snapshot in findings.read}),
            unanswered=unanswered_questions(investigated, draft),
            refused=[
                Refused(question=findings.task.question, reason=findings.refusal)
                for findings in investigated
                if findings.refusal
            ],
            unknown=list(dict.fromkeys(word for findings in investigated for word in findings.unknown)),
            pages=list(
                unique_pages(investigated, {quote.snapshot for claim in draft.claims() for quote in claim.quotes})
            ),
            engines=sorted({engine for findings in investigated for engine in findings.engines}),
            unreached=list(dict.fromkeys(skipped for findings in investigated for skipped in findings.skipped)),
            limited=sorted(
                {
                    *limits_reached("plan", [plan]),
                    *limits_reached("investigate", investigated),
                    *limits_reached("write and verify", [draft]),
                }
            ),
            usage=list(usage),
            budget=budget or Budget(),
            run=run,
            workflow=workflow,
            started=started,
            published=published,
            seconds=seconds,
        )


def unanswered_questions(investigated: Iterable[Findings], draft: Draft | None) -> list[str]:
    """Return the questions for which nothing was found, or whose findings did not pass verification."""
    unverified = set(draft.unanswered) if draft else set[str]()
    return [
        findings.task.question
        for findings in investigated
        if not findings.findings or findings.task.question in unverified
    ]


def unique_pages(investigated: Iterable[Findings], quoted: Set[str]) -> Iterator[Source]:
    """Yield each page once. Pages that are not quoted come without headings and places, which only quotes need."""
    pages = {page.uri: page for findings in investigated for page in findings.pages}
    for page in pages.values():
        yield page if page.snapshot in quoted else page.model_copy(update={"headings": (), "places": None})


def limits_reached(phase: str, results: Iterable[Plan | Findings | Draft]) -> Iterator[str]:
    for result in results:
        yield from (f"{phase}: {kind}" for kind in result.limited)


class PublishResult(Value):
    """The object keys of the report's three files, and its figures."""

    report_json: str
    report_md: str
    report_html: str = ""
    """Empty in runs of older versions, which published no HTML."""
    mode: str = ""
    """How the report was made, with the hash of the prompts if a model made it, so that the history records it too."""
    answered: bool
    documents: int
    read: int
    claims: int
    quotes: int
    dropped: int
