"""The results of the phases of a run: plan, findings, draft and report. Pure data."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import ConfigDict, Field

from outlast.evidence.budget import Budget
from outlast.evidence.losses import Loss
from outlast.evidence.sources import Quote, Skipped, Source, Value
from outlast.evidence.usage import Usage


class Task(Value):
    """One question of the plan, small enough for one investigation."""

    id: str
    question: str


MAX_TASKS = 40
"""The maximum number of tasks in a plan. A person cannot judge a longer one."""


class Plan(Value):
    """The tasks of a run. `usage` is what planning spent, `estimate` what such a run usually spends in all."""

    tasks: tuple[Task, ...]
    estimate: Usage = Usage()
    usage: Usage = Usage()
    limited: tuple[str, ...] = ()
    """The kind of limit that left nothing for planning; the only task is then the question as it was asked."""


class Finding(Value):
    """A quote that is relevant to a task. `strength` is from 0 (irrelevant) to 1 (the best that a quote can be).

    `title` is that of its document, `heading` the one above the quote; "" if there is none.
    """

    quote: Quote
    strength: float
    title: str = ""
    heading: str = ""
    cosine: float | None = Field(default=None, exclude_if=lambda value: value is None)
    """How alike the task and the quote are in meaning, as the sentence encoder sees it; None without an encoder."""


class Evidence(StrEnum):
    """How well the sources answer a question."""

    STRONG = "strong"
    WEAK = "weak"
    """There are relevant quotes, but they may not be the answer."""
    NONE = "none"


class Findings(Value):
    """The result of one investigation, best findings first; without findings, the sources do not answer the task."""

    task: Task
    evidence: Evidence = Evidence.STRONG
    confidence: float | None = Field(default=None, exclude_if=lambda value: value is None)
    """The probability, from 0 to 1, that a finding answers the task; None if nothing estimates it."""
    findings: tuple[Finding, ...]
    related: tuple[Finding, ...] = ()
    """Weaker findings, which may be relevant to the task or not."""
    unknown: tuple[str, ...] = ()
    """The words of the task that no document contains."""
    refusal: str = Field(default="", exclude_if=lambda value: not value)
    """Why the task cannot be answered whatever the sources say, as a sentence: it asks for reasoning; else ""."""
    queries: tuple[str, ...]
    """Every query that was searched for, in order."""
    read: tuple[str, ...]
    """The snapshots with at least one passage that was read, sorted."""
    contradictions: tuple[tuple[Quote, ...], ...] = ()
    """Groups of quotes of `findings` that cannot all be true."""
    pages: tuple[Source, ...] = ()
    """The web pages that were fetched, without repeats."""
    skipped: tuple[Skipped, ...] = ()
    """Pages that could not be read, passages that could not, and search engines that did not answer, with reasons."""
    engines: tuple[str, ...] = ()
    """The search engines that were asked, sorted."""
    usage: Usage = Usage()
    limited: tuple[str, ...] = ()
    """The kinds of limits that ended the investigation early, such as `tokens`; sorted."""


class Verdict(StrEnum):
    SUPPORTED = "supported"
    """The quotes support the claim: they say what it says."""
    LOCATED = "located"
    """The quotes are where they should be; nobody judged what they say. Rules alone give no better verdict."""
    UNSUPPORTED = "unsupported"
    """A quote is not where it should be, or the quotes do not support the claim."""
    UNVERIFIED = "unverified"
    """Not checked yet."""


class Claim(Value):
    """A sentence of the report with its quotes."""

    text: str
    verdict: Verdict = Verdict.UNVERIFIED
    quotes: tuple[Quote, ...]


class Dispute(Value):
    """A contradiction between sources: a claim for each side, none of them preferred."""

    claims: tuple[Claim, ...]


class Section(Value):
    """A section of the report; it has at least one claim, related claim or dispute.

    `question` is the question of the plan that the section answers, `evidence` says how well. `related` are claims
    from weak findings, to be shown separately, as possibly related.
    """

    heading: str
    question: str = ""
    evidence: Evidence = Evidence.STRONG
    confidence: float | None = Field(default=None, exclude_if=lambda value: value is None)
    """The probability, from 0 to 1, that a claim answers the question; None if nothing estimates it."""
    claims: tuple[Claim, ...]
    related: tuple[Claim, ...] = ()
    disputes: tuple[Dispute, ...] = ()

    @property
    def has_answer(self) -> bool:
        """Does the section answer its question? Claims that are only related do not."""
        return bool(self.claims or self.disputes)

    def all_claims(self) -> Iterator[Claim]:
        yield from self.claims
        yield from self.related
        for dispute in self.disputes:
            yield from dispute.claims


class Draft(Value):
    """A report before it is published. `dropped` records the claims that verification removed."""

    sections: tuple[Section, ...]
    dropped: tuple[Claim, ...] = ()
    unanswered: tuple[str, ...] = ()
    """The plan's questions that lost all of their claims in verification."""
    mode: str = ""
    """The line of the report that says how it was made; the reasoner of the phase `write` gives it."""
    usage: Usage = Usage()
    limited: tuple[str, ...] = ()

    def claims(self) -> Iterator[Claim]:
        for section in self.sections:
            yield from section.all_claims()

    def answered_questions(self) -> set[str]:
        """Return the plan's questions that at least one section answers."""
        return {section.question for section in self.sections if section.has_answer}

    def verified_from(self, written: "Draft") -> "Draft":
        """Return this verified draft with the mode and limits of the `written` one, and the answers that were lost."""
        lost = sorted(written.answered_questions() - self.answered_questions())
        limited = sorted({*self.limited, *written.limited})
        return self.model_copy(update={"mode": written.mode, "unanswered": tuple(lost), "limited": tuple(limited)})


class CitedSource(Value):
    """A source with at least one quote. `uri` is a path or an address; `fetched` and `final_url` as in `Source`."""

    snapshot: str
    uri: str
    title: str
    media_type: str
    fetched: datetime | None = None
    final_url: str = ""


class Citation(Value):
    """The meaning of a citation number: a span of a snapshot, and its locator in the document."""

    snapshot: str
    start: int
    end: int
    place: str
    """For example `12.3 Locking, page 45`; "" if only the document can be named."""
    lead: tuple[tuple[int, int], ...] = Field(default=(), exclude_if=lambda value: not value)
    """The spans before it that the quote has too, such as the header of its table."""


class Refused(Value):
    """A question that asks for something that the reasoner cannot do. `reason` is a sentence for people."""

    question: str
    reason: str


class DocumentLosses(Value):
    """What the stored text of a document does not have."""

    uri: str
    losses: tuple[Loss, ...]


class Coverage(Value):
    """What the run searched and read, and what it did not find."""

    collection: str
    documents: int
    """The number of documents that could be searched."""
    searched: tuple[str, ...]
    """Every query that was searched for, in order, without repeats."""
    read: int
    """The number of documents with at least one passage that was read."""
    skipped: tuple[Skipped, ...]
    losses: tuple[DocumentLosses, ...] = Field(default=(), exclude_if=lambda value: not value)
    """What the stored texts do not have of their documents, for each document that lost something."""
    unanswered: tuple[str, ...]
    """The plan's questions that the report does not answer."""
    refused: tuple[Refused, ...] = Field(default=(), exclude_if=lambda value: not value)
    """Those of them that ask for reasoning, which needs a model."""
    unknown: tuple[str, ...] = ()
    """The words of the questions that no document contains."""
    identical: tuple[tuple[str, ...], ...] = ()
    """Groups of uris of files with the same text; the first file of each group was searched and is cited."""
    dropped: int
    """The number of claims that verification removed."""
    pages: int = 0
    """The number of web pages that were fetched."""
    engines: tuple[str, ...] = ()
    """The search engines that were asked."""
    unreached: tuple[Skipped, ...] = ()
    """Pages that could not be read, and search engines that did not answer, each with its reason."""
    limited: tuple[str, ...] = ()
    """The phases that a limit of the budget ended early, with the kind of limit, such as `investigate: tokens`."""


class PhaseUsage(Value):
    phase: str
    usage: Usage


class RunRecord(Value):
    """The run that made the report. `seconds` has the time of each phase, without the time spent waiting for people."""

    id: str
    workflow: str
    started: datetime
    published: datetime
    seconds: dict[str, float]


class Report(Value):
    """The published report; `report.json` has exactly these fields."""

    model_config = ConfigDict(serialize_by_alias=True)

    format: Literal[1, 2] = Field(default=2, alias="schema")  # pydantic keeps the name `schema` for itself
    question: str
    mode: str
    answered: bool
    sections: tuple[Section, ...]
    sources: tuple[CitedSource, ...]
    citations: tuple[Citation, ...] = ()
    """The meaning of each citation number of the page, the first that of [1]: one for each of `quotes()`, in order."""
    coverage: Coverage
    usage: Usage
    """The usage of the whole run."""
    phases: tuple[PhaseUsage, ...] = ()
    """The usage of each phase that spent anything."""
    budget: Budget = Budget()
    """What the run was allowed to spend."""
    run: RunRecord

    def claims(self) -> Iterator[Claim]:
        for section in self.sections:
            yield from section.all_claims()

    def quotes(self) -> tuple[Quote, ...]:
        """Return every quote once, in the order of the report: the first is [1] on the page."""
        return tuple(dict.fromkeys(quote for claim in self.claims() for quote in claim.quotes))
