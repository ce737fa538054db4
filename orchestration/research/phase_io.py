"""What phases are asked, and what those without a graph answer. A run's history keeps each as JSON."""

from collections.abc import Iterable, Iterator, Sequence, Set
from datetime import datetime

from pydantic import Field

from outlast.evidence.budget import Budget
from outlast.evidence.report import Draft, Findings, PhaseUsage, Plan, Section, Task
from outlast.evidence.sources import Skipped, Source, Value


class ReasoningRequest(Value):
    """What is asked of every phase that reasons."""

    model: str = ""
    """That of the worker with which the run began; "" where rules reason. A worker without any refuses it."""
    budget: Budget = Budget()
    """What this phase, or this task, may spend."""
    until: datetime | None = None
    """The moment after which no further model call begins."""


class PlanRequest(ReasoningRequest):
    question: str
    notes: list[str]
    collection: str
    web: bool = False
    approved: list[str] = Field(default_factory=list[str])
    """The questions of the plan that people have approved, where its report is revised: they stay as they are."""
    whole: Budget = Budget()
    """What the run may spend in all: a plan that cannot be paid for is refused."""


class InvestigateRequest(ReasoningRequest):
    task: Task
    collection: str
    searches: int = 3
    """How many searches the task may make."""
    web: bool = False


class WriteRequest(ReasoningRequest):
    question: str
    investigated: list[Findings]

    @classmethod
    def of(cls, question: str, investigated: Sequence[Findings], model: str = "") -> "WriteRequest":
        """Without the pages that were fetched or not: they may be hundreds, and nothing is written from the list."""
        bare = [findings.model_copy(update={"pages": (), "skipped": ()}) for findings in investigated]
        return cls(question=question, investigated=bare, model=model)


class VerifyRequest(ReasoningRequest):
    draft: list[Section]
    collection: str = ""
    """For a text that is missing to be named by its document."""


class CollectRequest(Value):
    collection: str | None
    web: bool = False


class CollectResult(Value):
    """The collection of a run, fixed: the name may come to mean another later."""

    collection: str
    documents: int
    skipped: int
    model: str = ""
    """That of this worker; "" where rules reason."""
    search_attributes: bool = False
    """Whether the server has those of Outlast, so that the run may set them."""


class PublishRequest(Value):
    question: str
    collection: str
    draft: Draft
    searched: list[str]
    """Every query asked, in order, without repeats."""
    read: list[str]
    """The snapshots of which at least one passage was read."""
    unanswered: list[str]
    """The plan's questions for which nothing was found."""
    unknown: list[str] = Field(default_factory=list[str])
    """The words asked about that no document contains."""
    pages: list[Source] = Field(default_factory=list[Source])
    """Of the web, those that were fetched, each once."""
    engines: list[str] = Field(default_factory=list[str])
    """The search engines that were asked."""
    unreached: list[Skipped] = Field(default_factory=list[Skipped])
    """Pages and engines that could not be reached, each with its reason."""
    limited: list[str] = Field(default_factory=list[str])
    """Where a limit of the budget ended the work early, such as `investigate: tokens`."""
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
        """With what the findings say of how they were found. `investigated` is in the order of the plan."""
        return cls(
            question=question,
            collection=collection,
            draft=draft,
            searched=list(dict.fromkeys(query for findings in investigated for query in findings.queries)),
            read=sorted({snapshot for findings in investigated for snapshot in findings.read}),
            unanswered=unanswered_questions(investigated, draft),
            unknown=list(dict.fromkeys(word for findings in investigated for word in findings.unknown)),
            pages=list(
                unique_pages(investigated, {quote.snapshot for claim in draft.claims() for quote in claim.quotes})
            ),
            engines=sorted({engine for findings in investigated for engine in findings.engines}),
            unreached=list(dict.fromkeys(each for findings in investigated for each in findings.skipped)),
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
    """The questions for which nothing was found, or nothing that stood when it was checked."""
    lost = set(draft.unanswered) if draft else set[str]()
    return [each.task.question for each in investigated if not each.findings or each.task.question in lost]


def unique_pages(investigated: Iterable[Findings], quoted: Set[str]) -> Iterator[Source]:
    """The pages, each once; of those that are not quoted, no more than what they are."""
    pages = {page.uri: page for findings in investigated for page in findings.pages}
    for page in pages.values():
        yield page if page.snapshot in quoted else page.model_copy(update={"headings": (), "places": None})


def limits_reached(phase: str, made: Iterable[Plan | Findings | Draft]) -> Iterator[str]:
    for each in made:
        yield from (f"{phase}: {kind}" for kind in each.limited)


class PublishResult(Value):
    """Where the report is in the object store, and what is in it."""

    report_json: str
    report_md: str
    report_html: str = ""
    """Empty in runs from before there was one."""
    mode: str = ""
    """How the report was made, with the hash of the prompts where a model made it: so it stands in the history too."""
    answered: bool
    documents: int
    read: int
    claims: int
    quotes: int
    dropped: int
