"""A reasoner that asks chat models. Their answers count only as far as they can be checked.

A quote counts if it is found in the text of its passage; its offsets are those found, not the model's. A sentence must
name located quotes, else it is dropped. A sentence with a number, a date or a name that its quotes lack is unsupported,
and no model is asked about it.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any, Literal, Self, TypeVar

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import BaseMessage
from pydantic import BaseModel

from outlast.evidence.checking import is_verbatim
from outlast.evidence.errors import LimitReached
from outlast.evidence.locating import locate
from outlast.evidence.named_values import find_missing_values
from outlast.evidence.report import MAX_TASKS, Claim, Evidence, Finding, Findings, Section, Task, Verdict
from outlast.evidence.sources import Passage, Quote
from outlast.evidence.usage import Usage, sum_usages
from outlast.graphs.investigate import PassageToRead, Selection, TermStatistics
from outlast.graphs.plan import questions_in_notes
from outlast.graphs.prompts import prompt_messages
from outlast.graphs.prompts.prompt import Prompt
from outlast.graphs.prompts.research import Prompts
from outlast.graphs.prompts.schemas import Choice, Copies, Judged, Queries, Questions, Rewritten, Written
from outlast.graphs.reasoners.extractive import ExtractiveReasoner, build_claims, group_by_words
from outlast.graphs.reasoners.output_checks import (
    MAX_RELATED,
    STRENGTH_BY_RELEVANCE,
    build_claim,
    build_disputes,
    clean_contradictions,
    clean_heading,
    clean_sentence,
    pick_by_number,
    select_by_strength,
)
from outlast.graphs.reasoners.query_weights import QueryWeights
from outlast.graphs.reasoners.reasoner import Models
from outlast.tools.models.failures import ContextTooLong
from outlast.tools.models.metering import estimate_tokens, estimate_usage
from outlast.tools.models.structured import StructuredModel, Unfitting
from outlast.tools.redacting import redact

SUFFICIENT_ANSWERING_QUOTES = 8
"""This many answering quotes end the search without asking the model whether anything is missing."""
MAX_QUERIES = 3
MAX_PROMPT_FINDINGS = 40
"""Maximum number of quotes in one prompt; they are the strongest ones."""
TOKENS_A_FINDING = 80
QUERIES_A_TASK, READINGS_A_TASK, CLAIMS_A_TASK = 2, 30, 6
MIN_STRONG_CALLS, MIN_CHEAP_CALLS, MIN_INPUT_TOKENS = 4, 6, 1_000
"""For the smallest run: a plan, a selection, a section and its check; a query and some readings."""
EVIDENCE_BY_ANSWER = {"fully": Evidence.STRONG, "partly": Evidence.WEAK, "no": Evidence.NONE}

ReasonerCall = Literal["plan", "queries", "read", "select", "write", "judge", "rewrite", "agent"]
MESSAGE_BUILDERS: dict[ReasonerCall, Callable[..., list[BaseMessage]]] = {
    "plan": prompt_messages.plan,
    "queries": prompt_messages.queries,
    "read": prompt_messages.read,
    "select": prompt_messages.select,
    "write": prompt_messages.write,
    "judge": prompt_messages.judge,
    "rewrite": prompt_messages.rewrite,
    "agent": prompt_messages.agent,
}

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class ModelReasoner:
    """Plans, investigates, writes and verifies with a chat model; `cheap`, if given, makes queries and reads passages.

    `name` is the model's name in reports; by default, the one that the model has. `a_task` is about what a task
    spends if an agent investigates it instead; it is used for the estimate of a run.
    """

    def __init__(
        self,
        model: BaseChatModel,
        cheap: BaseChatModel | None = None,
        *,
        prompts: Prompts | None = None,
        name: str = "",
        a_task: Usage | None = None,
    ) -> None:
        self.prompts = prompts or Prompts()
        self.name = name or " and ".join(dict.fromkeys(model_name_of(each) for each in (model, cheap) if each))
        self._models = (model, cheap)
        self._task_usage = a_task
        self._rules = ExtractiveReasoner()  # for selecting and writing when nothing is left to spend
        self._strong = StructuredModel(model)
        self._cheap = StructuredModel(cheap) if cheap else self._strong

    @classmethod
    def from_models(cls, models: Models) -> Self:
        return cls(models.needed, models.cheap, a_task=models.agent_task)

    @property
    def prompts_hash(self) -> str:
        return self.prompts.hash

    @property
    def mode(self) -> str:
        """The line of the report that says how it was made."""
        return f"model {self.name}, prompts {self.prompts_hash}: sentences are a model's, each with its located quotes"

    def with_prompts(self, **prompts: Prompt) -> Self:
        """Return a copy with the given prompts replaced: `with_prompts(plan=Prompt(system=..., user=...))`."""
        model, cheap = self._models
        changed = Prompts.model_validate({**dict(self.prompts), **prompts})
        return type(self)(model, cheap, prompts=changed, name=self.name, a_task=self._task_usage)

    def preview(self, call: ReasonerCall, *arguments: Any) -> list[BaseMessage]:
        """Return the messages that a call sends, without sending them.

        `arguments` are those of `outlast.graphs.prompts.prompt_messages.<call>`:

        plan: question, notes, titles; queries: task, queries asked, findings; read: task, passage;
        select: task, findings; write: question, task, findings; judge: claim; rewrite: claim;
        agent: task, titles, whether the run uses the web.
        """
        return MESSAGE_BUILDERS[call](self.prompts, *arguments)

    async def questions(self, question: str, notes: Sequence[str], titles: Sequence[str]) -> list[str]:
        try:
            planned, _ = await ask_within_context(
                titles,
                lambda titles: self._strong.answer(
                    prompt_messages.plan(self.prompts, question, notes, titles), Questions
                ),
            )
        except LimitReached:
            return [question, *questions_in_notes(notes)]
        questions = [" ".join(each.split()) for each in planned.questions if each.strip()]
        return questions[:MAX_TASKS] or [question]

    async def queries(self, task: Task, asked: Sequence[str], known: Sequence[Finding]) -> list[str]:
        """Return the question itself and queries of the model at first; later, its queries for what is missing."""
        try:
            answer, _ = await ask_within_context(
                known[:MAX_PROMPT_FINDINGS],
                lambda known: self._cheap.answer(prompt_messages.queries(self.prompts, task, asked, known), Queries),
            )
        except (LimitReached, Unfitting):
            return [] if asked else [task.question]
        proposed = [redact(" ".join(each.split())) for each in answer.queries if each.strip()][:MAX_QUERIES]
        first = [] if asked else [task.question]
        return [each for each in dict.fromkeys([*first, *proposed]) if each not in asked]

    async def read(self, reading: PassageToRead) -> list[Finding]:
        passage = reading.passage
        try:
            copies = await self._cheap.answer(prompt_messages.read(self.prompts, reading.task, passage), Copies)
        except LimitReached:
            return []
        findings: list[Finding] = []
        for copied in copies.quotes:
            if (span := locate(passage.text, copied.text)) is None:
                continue
            start, end = span
            quote = Quote(
                snapshot=passage.snapshot,
                start=passage.start + start,
                end=passage.start + end,
                text=passage.text[start:end],
            )
            strength = STRENGTH_BY_RELEVANCE[copied.speaks]
            findings.append(Finding(quote=quote, strength=strength, title=passage.title, heading=passage.heading))
        return findings

    def enough(self, task: Task, known: Sequence[Finding]) -> bool:
        del task
        return (
            sum(finding.strength >= STRENGTH_BY_RELEVANCE["answers"] for finding in known)
            >= SUFFICIENT_ANSWERING_QUOTES
        )

    async def select(self, task: Task, known: Sequence[Finding], searched: TermStatistics) -> Selection:
        unknown = tuple(QueryWeights(task.question, searched.terms, searched.size).absent)
        if not known:
            return Selection(evidence=Evidence.NONE, unknown=unknown)
        groups = list(group_by_words(known).values())[:MAX_PROMPT_FINDINGS]
        try:
            choice, included = await ask_within_context(
                [group[0] for group in groups],
                lambda known: self._strong.answer(prompt_messages.select(self.prompts, task, known), Choice),
            )
        except (LimitReached, Unfitting):
            return select_by_strength(groups, unknown)
        evidence, judged = EVIDENCE_BY_ANSWER[choice.answered], groups[: len(included)]
        disputed = clean_contradictions(choice.contradictions, len(judged))
        chosen = pick_by_number(judged, chain(choice.numbers, *disputed))
        if evidence is Evidence.NONE or not chosen:
            evidence, chosen, disputed = Evidence.NONE, [], []
        helping = [
            group for group in groups if group not in chosen and group[0].strength >= STRENGTH_BY_RELEVANCE["helps"]
        ]
        return Selection(
            evidence=evidence,
            findings=tuple(finding for group in chosen for finding in group),
            related=tuple(finding for group in helping[:MAX_RELATED] for finding in group),
            unknown=unknown,
            contradictions=tuple(
                tuple(finding.quote for group in pick_by_number(judged, numbers) for finding in group)
                for numbers in disputed
            ),
        )

    async def sections(self, question: str, findings: Findings) -> list[Section]:
        """Write one section of sentences that rest on located quotes; without such sentences, of the bare quotes."""
        task, findings_by_words = findings.task, group_by_words(findings.findings)
        groups, heading, claims = list(findings_by_words.values()), task.question, list[Claim]()
        if groups:
            with suppress(LimitReached, Unfitting):  # then the section has the bare quotes
                written, included = await ask_within_context(
                    [group[0] for group in groups],
                    lambda known: self._strong.answer(
                        prompt_messages.write(self.prompts, question, task, known), Written
                    ),
                )
                claims = [
                    claim
                    for sentence in written.sentences
                    if (claim := build_claim(sentence.text, sentence.quotes, groups[: len(included)]))
                ]
                heading = clean_heading(written.heading, findings.findings) or heading
        return [
            Section(
                heading=heading,
                question=task.question,
                evidence=findings.evidence,
                claims=tuple(claims) or build_claims(findings.findings, findings_by_words),
                related=build_claims(findings.related, group_by_words(findings.related)),
                disputes=tuple(build_disputes(findings.contradictions)),
            )
        ]

    async def judge(self, claim: Claim) -> Verdict:
        if is_verbatim(claim):
            return Verdict.SUPPORTED
        if find_missing_values(claim.text, [quote.shown for quote in claim.quotes]):
            return Verdict.UNSUPPORTED
        try:
            judged = await self._strong.answer(prompt_messages.judge(self.prompts, claim), Judged)
        except Unfitting:
            return Verdict.UNVERIFIED
        except LimitReached:
            return Verdict.LOCATED
        return Verdict(judged.verdict)

    async def rewrite(self, claim: Claim) -> Claim | None:
        try:
            answer = await self._strong.answer(prompt_messages.rewrite(self.prompts, claim), Rewritten)
        except (Unfitting, LimitReached):
            return None
        text = clean_sentence(answer.sentence, [quote.shown for quote in claim.quotes])
        return claim.model_copy(update={"text": text}) if text and text != claim.text else None

    def reading(self, task: Task, passage: Passage) -> Usage:
        return estimate_call(self._cheap, prompt_messages.read(self.prompts, task, passage), Copies)

    def choice(self, task: Task, known: Sequence[Finding], more: int) -> Usage:
        included = [group[0] for group in group_by_words(known).values()][:MAX_PROMPT_FINDINGS]
        tokens = estimate_tokens(prompt_messages.select(self.prompts, task, included)) + TOKENS_A_FINDING * min(
            more, MAX_PROMPT_FINDINGS
        )
        return self._strong.need(tokens, Choice) if included or more else Usage()

    def section(self, findings: Findings) -> Usage:
        """Estimate writing a section; related findings cost nothing, because they are only quoted."""
        if not findings.findings:
            return Usage()
        included = [group[0] for group in group_by_words(findings.findings).values()]
        return estimate_call(self._strong, prompt_messages.write(self.prompts, "", findings.task, included), Written)

    def verdict(self, claim: Claim) -> Usage:
        if is_verbatim(claim):
            return Usage()
        return estimate_call(self._strong, prompt_messages.judge(self.prompts, claim), Judged)

    def run(self, tasks: int) -> Usage:
        """Estimate a run from what runs of this reasoner took on documents and pages of usual length."""
        strong, cheap = self._strong.model, self._cheap.model
        investigating = self._task_usage or sum_usages(
            [
                *[estimate_usage(cheap, 900, 100)] * QUERIES_A_TASK,
                *[estimate_usage(cheap, 1_000, 150)] * READINGS_A_TASK,
                estimate_usage(strong, 3_500, 150),
            ]
        )
        writing = sum_usages([estimate_usage(strong, 3_000, 500), *[estimate_usage(strong, 600, 80)] * CLAIMS_A_TASK])
        return sum_usages([estimate_usage(strong, 900, 200), *[investigating, writing] * tasks])

    def least(self) -> Usage:
        strong, cheap = (estimate_usage(each.model, MIN_INPUT_TOKENS) for each in (self._strong, self._cheap))
        return sum_usages([*[strong] * MIN_STRONG_CALLS, *[cheap] * MIN_CHEAP_CALLS])


def estimate_call(model: StructuredModel, messages: Sequence[BaseMessage], answer_schema: type[BaseModel]) -> Usage:
    return model.need(estimate_tokens(messages), answer_schema)


async def ask_within_context(
    items: Sequence[Item], ask: Callable[[Sequence[Item]], Awaitable[Answer]]
) -> tuple[Answer, Sequence[Item]]:
    """Ask about `items`, best first; return the answer and the items it is about: fewer, if not all fit the context."""
    while True:
        try:
            return await ask(items), items
        except ContextTooLong:
            if len(items) < 2:
                raise
            items = items[: len(items) // 2]


def model_name_of(model: BaseChatModel) -> str:
    for name in ("known_as", "model_name", "model"):
        if isinstance(value := getattr(model, name, None), str) and value:
            return value
    return type(model).__name__
