"""What a run makes, phase by phase: a plan, findings, a draft, a report. Pure data."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import ConfigDict, Field

from outlast.evidence.budget import Budget
from outlast.evidence.sources import Quote, Skipped, Source, Value
from outlast.evidence.usage import Usage


class Task(Value):
    """One question of the plan, small enough for one investigation."""

    id: str
    question: str


MAX_TASKS = 40
"""A plan beyond this is not one that a person can decide on."""


class Plan(Value):
    """`usage` is what planning spent, `estimate` what the run will spend if it goes as such runs do."""

    tasks: tuple[Task, ...]
    estimate: Usage = Usage()
    usage: Usage = Usage()
    limited: tuple[str, ...] = ()
    """The kind of the limit that left nothing for planning: then the question is investigated as it was asked."""


class Finding(Value):
    """A quote that speaks to a task. `strength` is from 0 (says nothing) to 1 (as good as a quote gets).

    `title` and `heading` say under what it stands in its document; empty where nothing does.
    """

    quote: Quote
    strength: float
    title: str = ""
    heading: str = ""


class Evidence(StrEnum):
    """How well the documents answer a question."""

    STRONG = "strong"
    WEAK = "weak"
    """Something speaks to it, but it may not be the answer."""
    NONE = "none"


class Findings(Value):
    """What one investigation brought home, best first; empty where the documents do not answer the task."""

    task: Task
    evidence: Evidence = Evidence.STRONG
    findings: tuple[Finding, ...]
    related: tuple[Finding, ...] = ()
    """Weaker ones, which may speak to the task or not."""
    unknown: tuple[str, ...] = ()
    """The words of the task that no document contains."""
    queries: tuple[str, ...]
    """Every query asked, in order."""
    read: tuple[str, ...]
    """The snapshots of which at least one passage was read, sorted."""
    contradictions: tuple[tuple[Quote, ...], ...] = ()
    """Groups of quotes of `findings` that cannot all be true."""
    pages: tuple[Source, ...] = ()
    """The pages of the web that were fetched, each once."""
    skipped: tuple[Skipped, ...] = ()
    """Pages that were blocked or dead, and search engines that did not answer: each with its reason."""
    engines: tuple[str, ...] = ()
    """The search engines that were asked, sorted."""
    usage: Usage = Usage()
    limited: tuple[str, ...] = ()
    """The kinds of limits that ended the investigation early, such as `tokens`; sorted."""


class Verdict(StrEnum):
    SUPPORTED = "supported"
    """The quotes say what the claim says."""
    LOCATED = "located"
    """The quotes are where they should be; nobody judged whether they say what the claim says."""
    UNSUPPORTED = "unsupported"
    """A quote is not where it should be, or the quotes do not say what the claim says."""
    UNVERIFIED = "unverified"
    """Not checked yet."""


class Claim(Value):
    """A sentence of the report with its quotes."""

    text: str
    verdict: Verdict = Verdict.UNVERIFIED
    quotes: tuple[Quote, ...]


class Dispute(Value):
    """Sources that contradict each other: a claim for each side, none of them preferred."""

    claims: tuple[Claim, ...]


class Section(Value):
    """`question` is the plan's question that the section answers, and `evidence` how well. Not empty.

    `related` are claims from weak findings, to be shown apart, as possibly related.
    """

    heading: str
    question: str = ""
    evidence: Evidence = Evidence.STRONG
    claims: tuple[Claim, ...]
    related: tuple[Claim, ...] = ()
    disputes: tuple[Dispute, ...] = ()

    @property
    def has_answer(self) -> bool:
        """Whether it says anything to its question; what is only related does not."""
        return bool(self.claims or self.disputes)

    def all_claims(self) -> Iterator[Claim]:
        yield from self.claims
        yield from self.related
        for dispute in self.disputes:
            yield from dispute.claims


class Draft(Value):
    """A report before it is published. `dropped` holds claims that did not stand, for the record."""

    sections: tuple[Section, ...]
    dropped: tuple[Claim, ...] = ()
    unanswered: tuple[str, ...] = ()
    """The plan's questions whose sentences were all dropped."""
    mode: str = ""
    """The line by which the report says how it was made: who writes it says so."""
    usage: Usage = Usage()
    limited: tuple[str, ...] = ()

    def claims(self) -> Iterator[Claim]:
        for section in self.sections:
            yield from section.all_claims()

    def answered_questions(self) -> set[str]:
        """The plan's questions that some section answers."""
        return {section.question for section in self.sections if section.has_answer}

    def verified_from(self, written: "Draft") -> "Draft":
        """This one, with what the draft that was written says of how it was made, and what has become of it."""
        lost = sorted(written.answered_questions() - self.answered_questions())
        limited = sorted({*self.limited, *written.limited})
        return self.model_copy(update={"mode": written.mode, "unanswered": tuple(lost), "limited": tuple(limited)})


class CitedSource(Value):
    """`uri` is a document's path or a page's address; `fetched` and `final_url` are those of `Source`."""

    snapshot: str
    uri: str
    title: str
    media_type: str
    fetched: datetime | None = None
    final_url: str = ""


class Citation(Value):
    """What a number of the report stands for: a span, and where that is in its document, as people cite it."""

    snapshot: str
    start: int
    end: int
    place: str
    """Such as `12.3 Locking, page 45`; "" where there is nothing to say but the document."""


class Coverage(Value):
    """What the run looked at, and what it did not find."""

    collection: str
    documents: int
    """How many documents could be searched."""
    searched: tuple[str, ...]
    """Every query asked, in order, without repeats."""
    read: int
    """Of how many documents at least one passage was read."""
    skipped: tuple[Skipped, ...]
    unanswered: tuple[str, ...]
    """The plan's questions for which nothing was found."""
    unknown: tuple[str, ...] = ()
    """The words asked about that no document contains."""
    identical: tuple[tuple[str, ...], ...] = ()
    """Groups of files with the same text, by their uris; of each group the first was searched and is cited."""
    dropped: int
    """How many claims were left out because they did not stand when checked."""
    pages: int = 0
    """How many pages of the web were fetched."""
    engines: tuple[str, ...] = ()
    """The search engines that were asked."""
    unreached: tuple[Skipped, ...] = ()
    """Pages that could not be read, and search engines that did not answer; each with its reason."""
    limited: tuple[str, ...] = ()
    """Where a limit of the budget ended the work early, such as `investigate: tokens`."""


class PhaseUsage(Value):
    phase: str
    usage: Usage


class RunRecord(Value):
    """Which run made the report. `seconds` is the time each phase took, waiting for people not counted."""

    id: str
    workflow: str
    started: datetime
    published: datetime
    seconds: dict[str, float]


class Report(Value):
    """The published report; `report.json` is this, field by field."""

    model_config = ConfigDict(serialize_by_alias=True)

    format: Literal[1] = Field(default=1, alias="schema")  # pydantic keeps the name `schema` for itself
    question: str
    mode: str
    answered: bool
    sections: tuple[Section, ...]
    sources: tuple[CitedSource, ...]
    citations: tuple[Citation, ...] = ()
    """What the numbers of the page stand for, the first for [1]: one for each of `quotes()`, in that order."""
    coverage: Coverage
    usage: Usage
    """Of the whole run."""
    phases: tuple[PhaseUsage, ...] = ()
    """The same, phase by phase; without those that spent nothing."""
    budget: Budget = Budget()
    """What the run was allowed to spend."""
    run: RunRecord

    def claims(self) -> Iterator[Claim]:
        for section in self.sections:
            yield from section.all_claims()

    def quotes(self) -> tuple[Quote, ...]:
        """Every span that is quoted, once, in the order of the report: the first is the page's [1]."""
        return tuple(dict.fromkeys(quote for claim in self.claims() for quote in claim.quotes))
