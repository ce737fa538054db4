"""A reasoner of rules alone: it finds, ranks and quotes sentences, and never writes one of its own.

No model, no key, no network, and the same answer every time.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Self

from outlast.evidence.checking import is_verbatim, joined
from outlast.evidence.errors import Permanent
from outlast.evidence.report import Claim, Evidence, Finding, Findings, Section, Task, Verdict
from outlast.evidence.scripts import NOT_SEARCHED, is_without_blanks
from outlast.evidence.words import content_words
from outlast.graphs.investigate import Reading, Searched, Selection
from outlast.graphs.plan import lines_of
from outlast.graphs.reasoners.answerability import best_of, evidence_of
from outlast.graphs.reasoners.query_weights import Asked
from outlast.graphs.reasoners.questions import parts_of
from outlast.graphs.reasoners.reasoner import Models
from outlast.graphs.reasoners.sentence_scoring import quotes

MODE = "extractive: every sentence is verbatim"

ENOUGH = 0.6
"""A quote of this strength ends the search for better ones."""
IN_SHORT = 3
"""So many of the best quotes open a section; the others follow document by document."""
FEW = 5
"""A section of so many quotes needs no parts."""


class ExtractiveReasoner:
    """Plans, investigates, writes and verifies by rules. It holds nothing, so one object serves every run."""

    mode = MODE

    @classmethod
    def opened(cls, models: Models) -> Self:
        """It asks no model, whatever is set."""
        del models
        return cls()

    async def questions(self, question: str, notes: Sequence[str], titles: Sequence[str]) -> list[str]:
        """The question, cut where a second one begins; then each line of every note is one question more."""
        del titles  # rules do not read them; a model does
        if is_without_blanks(question):
            raise Permanent(NOT_SEARCHED)
        return parts_of(question) + lines_of(notes)

    async def queries(self, task: Task, asked: Sequence[str], known: Sequence[Finding]) -> list[str]:
        """First the question as it stands; then its words one by one, so that common ones do not hide a rare one."""
        del known
        if not asked:
            return [task.question]
        return [word for word in content_words(task.question) if word not in asked]

    async def read(self, reading: Reading) -> list[Finding]:
        asked = Asked(reading.task.question, reading.searched.terms, reading.searched.size)
        return quotes(reading.passage, asked)

    def enough(self, task: Task, known: Sequence[Finding]) -> bool:
        del task
        return bool(known) and known[0].strength >= ENOUGH

    async def select(self, task: Task, known: Sequence[Finding], searched: Searched) -> Selection:
        asked = Asked(task.question, searched.terms, searched.size)
        evidence = evidence_of(task.question, asked, known, searched.size)
        reported, related = best_of(known)
        if evidence is Evidence.NONE:
            reported, related = [], reported[:IN_SHORT]
        return Selection(
            evidence=evidence, findings=tuple(reported), related=tuple(related), unknown=tuple(asked.unknown)
        )

    async def sections(self, question: str, findings: Findings) -> list[Section]:
        """The best quotes in short; then the others document by document, each in its own order."""
        del question
        asked, evidence = findings.task.question, findings.evidence
        said = by_words(findings.findings)
        best = [same[0] for same in said.values()]
        parts = [(asked, best)]
        if len(best) > FEW:
            parts = [("In short", best[:IN_SHORT]), *by_document(best[IN_SHORT:])]
        sections = [
            Section(heading=heading, question=asked, evidence=evidence, claims=claims_of(quoted, said))
            for heading, quoted in parts
        ]
        related = claims_of(findings.related, by_words(findings.related))
        return [*sections[:-1], sections[-1].model_copy(update={"related": related})]

    async def judge(self, claim: Claim) -> Verdict:
        """A sentence that is its quote, word for word, says what the quote says. Of others, rules cannot tell."""
        return Verdict.SUPPORTED if is_verbatim(claim) else Verdict.LOCATED

    async def rewrite(self, claim: Claim) -> Claim | None:
        """Rules write nothing."""


def by_document(findings: Iterable[Finding]) -> list[tuple[str, list[Finding]]]:
    """Findings by their document, those with the strongest first; inside a document in its order."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.quote.snapshot, []).append(finding)
    return [(heading_over(group), sorted(group, key=lambda finding: finding.quote.start)) for group in groups.values()]


def heading_over(group: Sequence[Finding]) -> str:
    """What a person would write over quotes of one document: its title, and the heading where they share one."""
    title, headings = group[0].title, {finding.heading for finding in group}
    shared = headings.pop() if len(headings) == 1 else ""
    if shared and shared != title:
        return f"{title}: {shared}" if title else shared
    return title or "Elsewhere"


def by_words(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Findings that are the same, word for word, together: several documents may say it."""
    said: dict[str, list[Finding]] = {}
    for finding in findings:
        said.setdefault(joined(finding.quote.text), []).append(finding)
    return said


def claims_of(findings: Iterable[Finding], said: Mapping[str, Sequence[Finding]]) -> tuple[Claim, ...]:
    """A claim for each sentence, with a quote from each document that says it in the same words."""
    texts = dict.fromkeys(joined(finding.quote.text) for finding in findings)
    return tuple(Claim(text=text, quotes=tuple(same.quote for same in said[text])) for text in texts)
