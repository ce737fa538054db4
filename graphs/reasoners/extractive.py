"""A reasoner of rules only: it finds, ranks and quotes sentences, and never writes one of its own.

It needs no model, no key and no network, and gives the same answer every time.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Self

from outlast.evidence.report import Claim, Evidence, Finding, Findings, Section, Task, Verdict
from outlast.evidence.unspaced import WITHOUT_SPACES
from outlast.evidence.wording import same_wording
from outlast.evidence.words import WORD, content_words
from outlast.graphs.investigate import PassageToRead, Selection, TermStatistics
from outlast.graphs.plan import questions_in_notes
from outlast.graphs.reasoners.answerability import rate
from outlast.graphs.reasoners.likeness import SentenceComparison, compare
from outlast.graphs.reasoners.query_weights import QueryWeights
from outlast.graphs.reasoners.quotable_sentences import find_quotable_sentences, lead_of
from outlast.graphs.reasoners.reasoner import Models
from outlast.graphs.reasoners.reasoning import needed_reasoning
from outlast.graphs.reasoners.repeats import choose_findings
from outlast.graphs.reasoners.sentence_scoring import find_quotes

MODE = "extractive: every sentence is verbatim"
MODE_WITH_ENCODER = f"{MODE}; found by words and by meaning"

SUFFICIENT_STRENGTH = 0.6
"""A quote with at least this strength ends the search."""
MAX_SUMMARY_QUOTES = 3
"""The section "In short" has this many of the best quotes; the others follow document by document."""
MAX_UNDIVIDED_QUOTES = 5
"""Up to this many quotes make one section; more are divided."""


class ExtractiveReasoner:
    """Plans, investigates, writes and verifies by rules. One object serves all runs.

    With `comparison`, a sentence encoder, quotes are also found by their meaning.
    """

    _comparison: SentenceComparison | None = None  # also of a subclass with a constructor of its own

    def __init__(self, comparison: SentenceComparison | None = None) -> None:
        self._comparison = comparison

    @property
    def mode(self) -> str:
        return MODE if self._comparison is None else MODE_WITH_ENCODER

    @classmethod
    def from_models(cls, models: Models) -> Self:
        """Make the reasoner with the sentence encoder, if there is one; it ignores the chat models of the settings."""
        return cls(models.comparison)

    async def questions(self, question: str, notes: Sequence[str], titles: Sequence[str]) -> list[str]:
        """Return the question, split if it asks several things, and each line of the notes as a question."""
        del titles  # only a model can use them
        return split_question(question) + questions_in_notes(notes)

    async def queries(self, task: Task, asked: Sequence[str], known: Sequence[Finding]) -> list[str]:
        """Return the question at first; later its words one by one, so that common ones do not hide a rare one."""
        del known
        if not asked:
            return [task.question]
        return [word for word in content_words(task.question) if word not in asked]

    async def read(self, reading: PassageToRead) -> list[Finding]:
        query = QueryWeights(reading.task.question, reading.searched.terms, reading.searched.size)
        if self._comparison is None:
            return find_quotes(reading.passage, query)
        # In a thread, because the event loop has the heartbeats of all phases.
        return await asyncio.to_thread(find_like_quotes, self._comparison, reading, query)

    def enough(self, task: Task, known: Sequence[Finding]) -> bool:
        del task
        return bool(known) and known[0].strength >= SUFFICIENT_STRENGTH

    async def select(self, task: Task, known: Sequence[Finding], searched: TermStatistics) -> Selection:
        query = QueryWeights(task.question, searched.terms, searched.size)
        reasoning = needed_reasoning(task.question, query)
        answers = [each for each in known if reasoning is None or reasoning.is_stated_in(each.quote.shown)]
        rating = rate(task.question, query, answers, searched.size)
        reported, related = choose_findings(answers)
        said = [finding for finding in related if says_all(finding, query)]
        reported, related = [*reported, *said], [finding for finding in related if finding not in said]
        if rating.evidence is Evidence.NONE:
            reported, related = [], choose_findings(known)[0][:MAX_SUMMARY_QUOTES]
        return Selection(
            evidence=rating.evidence,
            confidence=rating.confidence,
            findings=tuple(reported),
            related=tuple(related),
            unknown=tuple(as_asked(task.question, query.absent)),
            refusal=reasoning.refusal if reasoning and related and not reported else "",
        )

    async def sections(self, question: str, findings: Findings) -> list[Section]:
        """Write sections of quotes: the best ones in short, then the others by document, in its own order."""
        del question
        task, evidence = findings.task, findings.evidence
        findings_by_words = group_by_words(findings.findings)
        best = [group[0] for group in findings_by_words.values()]
        parts = [(task.question, best)]
        if len(best) > MAX_UNDIVIDED_QUOTES:
            parts = [("In short", best[:MAX_SUMMARY_QUOTES]), *group_by_document(best[MAX_SUMMARY_QUOTES:])]
        sections = [
            Section(
                heading=heading,
                question=task.question,
                evidence=evidence,
                confidence=findings.confidence,
                claims=build_claims(quoted, findings_by_words),
            )
            for heading, quoted in parts
        ]
        related = build_claims(findings.related, group_by_words(findings.related))
        return [*sections[:-1], sections[-1].model_copy(update={"related": related})]

    async def judge(self, claim: Claim) -> Verdict:
        """Return that the quotes are where they should be: more cannot be told by rules."""
        del claim
        return Verdict.LOCATED

    async def rewrite(self, claim: Claim) -> Claim | None:
        """Return None: rules write no sentences."""


def says_all(finding: Finding, query: QueryWeights) -> bool:
    """Has a quote all words of the question? It is no chance hit, however strong another one is."""
    asked = query.weights.keys() - set(query.numbers)
    return len(asked) > 1 and query.matches_in(finding.quote.shown).words >= asked


def as_asked(question: str, unknown: Iterable[str]) -> Iterator[str]:
    """Yield the unknown words as the question writes them: `Docker` and `B7`, and not `docker` and `b7`."""
    written = {word.casefold(): word for word in WORD.findall(question)}
    return (written.get(word, word) for word in unknown)


def find_like_quotes(comparison: SentenceComparison, reading: PassageToRead, query: QueryWeights) -> list[Finding]:
    """Find the quotes of a passage by their words and their meaning."""
    passage = reading.passage
    texts: dict[tuple[int, int], str] = {}
    for sentence in find_quotable_sentences(passage, query):
        lead = lead_of(passage, sentence.start, sentence.end)
        texts[sentence.start, sentence.end] = " ".join([*(span.text for span in lead), sentence.text])
    return find_quotes(passage, query, compare(comparison, reading.task.question, passage.heading, texts))


def group_by_document(findings: Iterable[Finding]) -> list[tuple[str, list[Finding]]]:
    """Group findings by document, the document of the strongest first; within a document in its order."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.quote.snapshot, []).append(finding)
    return [(heading_over(group), sorted(group, key=lambda finding: finding.quote.start)) for group in groups.values()]


def heading_over(group: Sequence[Finding]) -> str:
    """Return a heading for quotes of one document: its title, and the heading that all of them share, if any."""
    title, headings = group[0].title, {finding.heading for finding in group}
    shared = headings.pop() if len(headings) == 1 else ""
    if shared and shared != title:
        return f"{title}: {shared}" if title else shared
    return title or "Untitled document"


def group_by_words(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Group findings with the same words: several documents may have the same sentence. The keys are `same_wording`."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(same_wording(finding.quote.shown), []).append(finding)
    return groups


def build_claims(findings: Iterable[Finding], groups: Mapping[str, Sequence[Finding]]) -> tuple[Claim, ...]:
    """Build a claim from each sentence, with a quote from each document that has the same words."""
    wordings = dict.fromkeys(same_wording(finding.quote.shown) for finding in findings)
    return tuple(
        Claim(text=groups[wording][0].quote.shown, quotes=tuple(finding.quote for finding in groups[wording]))
        for wording in wordings
    )


QUESTION_WORDS = (
    "what|how|why|when|where|which|who|whose|whom|does|do|did|can|could|is|are|was|were|will|would|should|must|may"
    "|has|have"
)
NEXT_QUESTION = re.compile(rf"(?:\?|,? and|;|,)\s+(?=(?:{QUESTION_WORDS})\b)", re.IGNORECASE)
QUESTION_START = re.compile(rf"(?:{QUESTION_WORDS})\b", re.IGNORECASE)
BACK_REFERENCE = re.compile(r"\b(?:it|its|they|them|their|that|this|these|those|one)\b", re.IGNORECASE)
ENDS = " \n?,;？؟"
MIN_CONTENT_WORDS = 2  # a part with fewer has no subject of its own to search for


def split_question(question: str) -> list[str]:
    """Split a question that asks several things; each part stands alone and has a question mark.

    "If I lock a row, what happens?" stays one question, because its first half asks nothing. So does "How do I lock a
    row, and is that safe?", because its second half does not say what "that" is. A request such as "Describe the lamp."
    keeps its full stop.
    """
    parts = [part for each in NEXT_QUESTION.split(question) if (part := each.strip(ENDS))]
    all_ask = all(QUESTION_START.match(part) for part in parts)
    all_have_subjects = all(
        not BACK_REFERENCE.search(part) and len(content_words(part)) >= MIN_CONTENT_WORDS for part in parts[1:]
    )
    questions = parts if all_ask and all_have_subjects else [question.strip(ENDS)]
    return [with_end_mark(f"{part[0].upper()}{part[1:]}") for part in questions if content_words(part)]


def with_end_mark(part: str) -> str:
    if part.endswith((".", "!", "。")) and not QUESTION_START.match(part):
        return part
    return f"{part}？" if WITHOUT_SPACES.match(part[-1]) else f"{part}?"
