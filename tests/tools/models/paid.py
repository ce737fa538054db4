"""A model without a server, whose calls cost 100 tokens, and reasoners that ask it as long as the budget allows."""

from collections.abc import Sequence
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import PrivateAttr

from outlast.evidence.errors import LimitReached
from outlast.evidence.report import Claim, Evidence, Finding, Findings, Section, Task, Verdict
from outlast.evidence.sources import Passage
from outlast.evidence.usage import Usage
from outlast.graphs.investigate import PassageToRead, Selection, TermStatistics
from outlast.tools.models.metering import admit, estimate_usage
from tests.graphs.scripted import Reader

TOKENS = 100


class Model(BaseChatModel):
    _calls: list[str] = PrivateAttr(default_factory=list)

    @property
    def calls(self) -> list[str]:
        return self._calls

    @property
    def _llm_type(self) -> str:
        return "paid"

    def _get_ls_params(self, *_: Any, **__: Any) -> Any:
        return {"ls_provider": "test", "ls_model_name": "paid"}

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        self._calls.append(messages[0].text)
        usage = {"input_tokens": TOKENS - 1, "output_tokens": 1, "total_tokens": TOKENS}
        return ChatResult(generations=[ChatGeneration(message=AIMessage("x", usage_metadata=usage))])

    async def may_answer(self, question: str) -> bool:
        """Ask the model if the budget allows it, and return whether it did."""
        try:
            admit(ONE)
        except LimitReached:
            return False
        await self.ainvoke(question)
        return True


ONE = estimate_usage(Model(), TOKENS - 1, 1)


class Costs:
    """The costs of a reasoner that makes one call for each of its decisions."""

    def reading(self, task: Task, passage: Passage) -> Usage:
        return ONE

    def choice(self, task: Task, known: Sequence[Finding], more: int) -> Usage:
        return ONE

    def section(self, findings: Findings) -> Usage:
        return ONE if findings.findings else Usage()

    def verdict(self, claim: Claim) -> Usage:
        return Usage() if claim.text == claim.quotes[0].text else ONE

    def run(self, tasks: int) -> Usage:
        return estimate_usage(Model(), tasks * TOKENS, 0)

    def least(self) -> Usage:
        return estimate_usage(Model(), 5 * TOKENS, 0)


class PaidReader(Reader):
    """Asks the model before it reads and judges. Without budget for a call it finds nothing and judges nothing."""

    def __init__(self, model: Model, *, enough: int = 99, queries: int = 9) -> None:
        super().__init__(enough, queries)
        self.model = model

    async def queries(self, task: Task, asked: Sequence[str], known: Sequence[Finding]) -> list[str]:
        if await self.model.may_answer("queries"):
            return await super().queries(task, asked, known)
        return [] if asked else [task.question]

    async def read(self, reading: PassageToRead) -> list[Finding]:
        return await super().read(reading) if await self.model.may_answer("read") else []

    async def select(self, task: Task, known: Sequence[Finding], searched: TermStatistics) -> Selection:
        selected = await super().select(task, known, searched)
        judged = not known or await self.model.may_answer("select")
        return selected if judged else Selection(evidence=Evidence.WEAK, findings=selected.findings)


class PaidWriter:
    def __init__(self, model: Model) -> None:
        self.model = model

    async def sections(self, question: str, findings: Findings) -> list[Section]:
        written = bool(findings.findings) and await self.model.may_answer(f"write {findings.task.id}")
        claims = tuple(
            Claim(text=f"In words: {finding.quote.text}" if written else finding.quote.text, quotes=(finding.quote,))
            for finding in findings.findings
        )
        return [Section(heading=findings.task.question, claims=claims)]


class PaidVerifier:
    def __init__(self, model: Model, verdict: Verdict = Verdict.SUPPORTED) -> None:
        self.model = model
        self.verdict = verdict

    async def judge(self, claim: Claim) -> Verdict:
        if claim.text == claim.quotes[0].text:
            return Verdict.SUPPORTED
        return self.verdict if await self.model.may_answer(f"judge {claim.text}") else Verdict.LOCATED

    async def rewrite(self, claim: Claim) -> Claim | None:
        if await self.model.may_answer(f"rewrite {claim.text}"):
            return claim.model_copy(update={"text": f"{claim.text} Again."})
        return None
