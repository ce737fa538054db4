"""Build the exact messages that a model gets, with one function for each call."""

from collections.abc import Sequence

from langchain_core.messages import BaseMessage

from outlast.evidence.named_values import find_missing_values
from outlast.evidence.report import Claim, Finding, Task
from outlast.evidence.sources import Passage
from outlast.graphs.prompts.delimiters import delimit
from outlast.graphs.prompts.research import Prompts

NOTHING_TO_LIST = "(none)"
MAX_TITLES = 200


def plan(prompts: Prompts, question: str, notes: Sequence[str], titles: Sequence[str]) -> list[BaseMessage]:
    title_lines = "\n".join(titles[:MAX_TITLES])
    return prompts.plan.messages(
        {
            "question": question,
            "notes": bullet_list(notes),
            "titles": delimit([title_lines], "titles") if title_lines else NOTHING_TO_LIST,
        }
    )


def queries(prompts: Prompts, task: Task, asked: Sequence[str], known: Sequence[Finding]) -> list[BaseMessage]:
    return prompts.queries.messages(
        {"question": task.question, "asked": bullet_list(asked), "known": mark_findings(known)}
    )


def read(prompts: Prompts, task: Task, passage: Passage) -> list[BaseMessage]:
    place = ", ".join(part for part in (passage.title, passage.heading) if part) or "a document"
    return prompts.read.messages(
        {
            "question": task.question,
            "place": delimit([place], "title"),
            "passage": delimit([passage.text], "passage"),
        }
    )


def select(prompts: Prompts, task: Task, known: Sequence[Finding]) -> list[BaseMessage]:
    return prompts.select.messages({"question": task.question, "known": mark_findings(known)})


def write(prompts: Prompts, question: str, task: Task, known: Sequence[Finding]) -> list[BaseMessage]:
    return prompts.write.messages({"question": question, "task": task.question, "known": mark_findings(known)})


def judge(prompts: Prompts, claim: Claim) -> list[BaseMessage]:
    return prompts.judge.messages({"claim": delimit([claim.text], "sentence"), "quotes": mark_quotes(claim)})


def rewrite(prompts: Prompts, claim: Claim) -> list[BaseMessage]:
    missing = find_missing_values(claim.text, [quote.shown for quote in claim.quotes])
    return prompts.rewrite.messages(
        {
            "claim": delimit([claim.text], "sentence"),
            "missing": ", ".join(missing) or "(something that it says)",
            "quotes": mark_quotes(claim),
        }
    )


def agent(prompts: Prompts, task: Task, titles: Sequence[str], web: bool = False) -> list[BaseMessage]:
    title_lines = "\n".join(titles[:MAX_TITLES])
    sources = [*(["documents"] if titles else []), *(["the web"] if web else [])]
    return prompts.agent.messages(
        {
            "question": task.question,
            "sources": " and ".join(sources) or NOTHING_TO_LIST,
            "titles": delimit([title_lines], "titles") if title_lines else NOTHING_TO_LIST,
        }
    )


def mark_findings(known: Sequence[Finding]) -> str:
    """Delimit quotes, numbered from 1, each under the title of its document."""
    texts = [f"[{finding.title or 'untitled'}]\n{finding.quote.text}" for finding in known]
    return delimit(texts, "quote") if texts else NOTHING_TO_LIST


def mark_quotes(claim: Claim) -> str:
    return delimit([quote.shown for quote in claim.quotes], "quote")


def bullet_list(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines) or NOTHING_TO_LIST
