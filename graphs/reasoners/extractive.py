"""A reasoner of rules alone: it finds, ranks and quotes sentences, and never writes one of its own.

No model, no key, no network, and the same answer every time. How good a sentence is for a question: how much of the
question's weight it covers, where a word weighs as much as it is rare in the collection (inverse document frequency).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from math import log

from evidence.checking import is_verbatim
from evidence.report import Claim, Finding, Findings, Section, Task, Verdict
from evidence.sentences import is_prose, sentences
from evidence.sources import Passage, Quote
from evidence.words import content_words, stem, words
from graphs.investigate import Reading

MODE = "extractive: every sentence is verbatim"

FLOOR = 0.45
"""A best sentence that covers less of the question than this is no answer: the documents are about something else."""
ENOUGH = 0.6
TAIL = 0.6
"""Sentences far weaker than the best one make a report worse, not longer."""
MOST_FINDINGS = 10
SAME = 0.7
"""Jaccard similarity of the words above which two sentences say the same."""
ELSEWHERE = 0.5
"""What a word counts that stands in the heading above a sentence and not in the sentence itself."""

ANOTHER_QUESTION = re.compile(
    r"(?:\?|,? and|;|,)\s+(?=(?:what|how|why|when|where|which|who|whose|does|do|did|can|could|is|are|must|should)\b)",
    re.IGNORECASE,
)
POINTS_ELSEWHERE = re.compile(
    r"^see\b|\bsee (?:also|section)\b|\b(?:found|is|are|described|documented) in section\b", re.I
)
"""A sentence that says where to read says nothing itself."""
FOOTNOTE_MARK = re.compile(r"\[\d{1,3}\]\s+")
LEANS_BACK = re.compile(
    r"(?:this|these|that|those|it|its|they|however|therefore|thus|otherwise|such|in this case)\b", re.I
)


class ExtractiveReasoner:
    """Plans, investigates, writes and verifies by rules. It holds nothing, so one object serves every run."""

    async def questions(self, question: str, notes: Sequence[str], titles: Sequence[str]) -> list[str]:
        """The question, cut where a second question begins; then each line of every note is one question more."""
        del titles  # rules do not read them; a model does
        asked = [part.strip(" \n?,;") for part in ANOTHER_QUESTION.split(question)]
        added = [line.strip(" \t-*•") for note in notes for line in note.splitlines()]
        return [f"{part[0].upper()}{part[1:]}?" for part in asked if content_words(part)] + [n for n in added if n]

    async def queries(self, task: Task, asked: Sequence[str], known: Sequence[Finding]) -> list[str]:
        """First the question as it stands; then its words one by one, so that common ones do not hide a rare one."""
        del known
        if not asked:
            return [task.question]
        return [word for word in content_words(task.question) if word not in asked]

    async def read(self, reading: Reading) -> list[Finding]:
        passage, weights = reading.passage, weights_of(reading)
        heading = covered(f"{passage.title} {passage.heading}", weights)
        nearness = passage.score / reading.best_score if reading.best_score > 0 else 0.0
        found: list[Finding] = []
        for start, end, sentence in quotable(passage):
            said = covered(sentence, weights)
            if not said:
                continue
            coverage = sum(weights[word] for word in said) + ELSEWHERE * sum(weights[word] for word in heading - said)
            strength = 0.85 * coverage / sum(weights.values()) + 0.15 * nearness
            if POINTS_ELSEWHERE.search(" ".join(sentence.split())):
                strength /= 2
            quote = Quote(snapshot=passage.snapshot, start=start, end=end, text=sentence)
            found.append(Finding(quote=quote, strength=round(min(strength, 1.0), 4)))
        return found

    def enough(self, task: Task, known: Sequence[Finding]) -> bool:
        del task
        return bool(known) and known[0].strength >= ENOUGH

    async def select(self, task: Task, known: Sequence[Finding]) -> list[Finding]:
        """The strongest, without those that repeat a stronger one; nothing where even the best is weak."""
        del task
        if not known or known[0].strength < FLOOR:
            return []
        selected: list[Finding] = []
        vocabularies: list[set[str]] = []
        for finding in known:
            if len(selected) == MOST_FINDINGS or finding.strength < TAIL * known[0].strength:
                break
            vocabulary = {stem(word) for word in words(finding.quote.text)}
            if any(overlap(finding.quote, other.quote) for other in selected):
                continue
            if all(similarity(vocabulary, other) <= SAME for other in vocabularies):
                selected.append(finding)
                vocabularies.append(vocabulary)
        return selected

    async def sections(self, question: str, findings: Findings) -> list[Section]:
        del question
        quotes = [finding.quote for finding in findings.findings]
        claims = tuple(Claim(text=" ".join(quote.text.split()), quotes=(quote,)) for quote in quotes)
        return [Section(heading=findings.task.question, question=findings.task.question, claims=claims)]

    async def judge(self, claim: Claim) -> Verdict:
        """A sentence that is its quote, word for word, says what the quote says. Of others, rules cannot tell."""
        return Verdict.SUPPORTED if is_verbatim(claim) else Verdict.LOCATED


def weights_of(reading: Reading) -> dict[str, float]:
    """How much each word of the task weighs, by its stem: its inverse document frequency over passages.

    A word that no passage contains weighs most of all: a document that never mentions it does not answer.
    """
    frequencies: Mapping[str, int] = reading.frequencies
    return {
        stem(word): log(1 + (reading.size - frequencies.get(word, 0) + 0.5) / (frequencies.get(word, 0) + 0.5))
        for word in content_words(reading.task.question)
    }


def covered(text: str, weights: Mapping[str, float]) -> set[str]:
    return {stem(word) for word in words(text)} & weights.keys()


def quotable(passage: Passage) -> Iterator[tuple[int, int, str]]:
    """Sentences of prose with their place in the snapshot; one that leans on the one before it brings that along."""
    spans = sentences(passage.text)
    for number, (start, end) in enumerate(spans):
        if not is_prose(passage.text[start:end]):
            continue
        if number and LEANS_BACK.match(passage.text[start:end]):
            before, until = spans[number - 1]
            if "\n\n" not in passage.text[until:start] and is_prose(passage.text[before:until]):
                start = before  # noqa: PLW2901 - the quote begins earlier
        if mark := FOOTNOTE_MARK.match(passage.text, start):
            start = mark.end()  # noqa: PLW2901 - the mark is not part of the sentence
        yield passage.start + start, passage.start + end, passage.text[start:end]


def overlap(one: Quote, other: Quote) -> bool:
    return one.snapshot == other.snapshot and one.start < other.end and other.start < one.end


def similarity(one: set[str], other: set[str]) -> float:
    """Jaccard: shared words over all words."""
    return len(one & other) / (len(one | other) or 1)
