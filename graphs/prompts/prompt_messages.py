"""From what a graph knows to the exact messages that a model gets, call by call."""

from collections.abc import Sequence

from langchain_core.messages import BaseMessage

from outlast.evidence.named_values import missing
from outlast.evidence.report import Claim, Finding, Task
from outlast.evidence.sources import Passage
from outlast.graphs.prompts.delimiters import marked
from outlast.graphs.prompts.research import Prompts

NONE = "(none)"
MOST_TITLES = 200


def plan(prompts: Prompts, question: str, notes: Sequence[str], titles: Sequence[str]) -> list[BaseMessage]:
    shown = "\n".join(titles[:MOST_TITLES])
    return prompts.plan.messages(
        {"question": question, "notes": listed(notes), "titles": marked([shown], "titles") if shown else NONE}
    )


def queries(prompts: Prompts, task: Task, asked: Sequence[str], known: Sequence[Finding]) -> list[BaseMessage]:
    return prompts.queries.messages({"question": task.question, "asked": listed(asked), "known": quoted(known)})


def read(prompts: Prompts, task: Task, passage: Passage) -> list[BaseMessage]:
    place = ", ".join(part for part in (passage.title, passage.heading) if part) or "a document"
    return prompts.read.messages(
        {
            "question": task.question,
            "place": marked([place], "title"),
            "passage": marked([passage.text], "passage"),
        }
    )


def select(prompts: Prompts, task: Task, known: Sequence[Finding]) -> list[BaseMessage]:
    return prompts.select.messages({"question": task.question, "known": quoted(known)})


def write(prompts: Prompts, question: str, task: Task, known: Sequence[Finding]) -> list[BaseMessage]:
    return prompts.write.messages({"question": question, "task": task.question, "known": quoted(known)})


def judge(prompts: Prompts, claim: Claim) -> list[BaseMessage]:
    return prompts.judge.messages({"claim": marked([claim.text], "sentence"), "quotes": quotes_of(claim)})


def rewrite(prompts: Prompts, claim: Claim) -> list[BaseMessage]:
    lacking = missing(claim.text, [quote.text for quote in claim.quotes])
    return prompts.rewrite.messages(
        {
            "claim": marked([claim.text], "sentence"),
            "missing": ", ".join(lacking) or "(something that it says)",
            "quotes": quotes_of(claim),
        }
    )


def agent(prompts: Prompts, task: Task, titles: Sequence[str], web: bool = False) -> list[BaseMessage]:
    shown = "\n".join(titles[:MOST_TITLES])
    sources = [*(["documents"] if titles else []), *(["the web"] if web else [])]
    return prompts.agent.messages(
        {
            "question": task.question,
            "sources": " and ".join(sources) or NONE,
            "titles": marked([shown], "titles") if shown else NONE,
        }
    )


def quoted(known: Sequence[Finding]) -> str:
    """Quotes, numbered from 1, each under its document's title."""
    texts = [f"[{finding.title or 'untitled'}]\n{finding.quote.text}" for finding in known]
    return marked(texts, "quote") if texts else NONE


def quotes_of(claim: Claim) -> str:
    return marked([quote.text for quote in claim.quotes], "quote")


def listed(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines) or NONE
