"""The tools of an agent. Their results are short, delimited as data, and named by ids of ours.

A page is read by the id that a search gave it, so the model cannot request an address that no search has found. A quote
counts only if a text that the model was shown contains it. The model reads the docstrings of tools: they are prompts.
"""

import asyncio
import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from langchain.tools import ToolRuntime
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import BaseTool, tool
from langgraph.types import Command

from outlast.evidence.locating import locate
from outlast.evidence.report import Finding
from outlast.evidence.sources import Passage, Quote, Skipped, Source, sha256
from outlast.evidence.usage import Usage
from outlast.graphs.agent_state import Resources, ShownSpan, State
from outlast.graphs.prompts.delimiters import delimit
from outlast.graphs.reasoners.output_checks import STRENGTH_BY_RELEVANCE
from outlast.tools.models.metering import remaining_budget
from outlast.tools.redacting import redact
from outlast.tools.web.engines.canonical import page_key
from outlast.tools.web.engines.hits import MergedHit
from outlast.tools.web.pages.failures import UnavailablePage, UnreadablePage, display_url

MAX_QUERIES_A_SEARCH = 3
"""A search of graphs/investigate.py has the same number of queries."""
MAX_PASSAGES_A_RESULT = 6
MAX_PAGES_A_RESULT = 6
MAX_SUGGESTED_IDS = 30
"""Maximum number of valid ids in the answer to an invalid one."""
MAX_QUERY_CHARACTERS = 200
MAX_PASSAGE_CHARACTERS = 1000
MAX_TITLE_CHARACTERS = 200
MAX_SNIPPET_CHARACTERS = 300
MAX_QUOTE_CHARACTERS = 1000
SHORT_ID = re.compile(r"[pqw][0-9a-f]{8}")

# Not [Resources, State]: LangChain would let pydantic validate them, and pydantic cannot validate Protocols.
AgentRuntime = ToolRuntime[Any, Any]


@tool
async def search(
    query: Annotated[str, "2 to 6 words that such a text would use"], runtime: AgentRuntime
) -> Command[Any]:
    """Find passages of documents and, where there is a web, pages. Words are looked for, not meanings."""
    state, resources = state_and_resources(runtime)
    query = redact(" ".join(query.split()))[:MAX_QUERY_CHARACTERS]  # a page may have told the model to send out secrets
    if not query:
        return tool_result(runtime, "Give words to search for.")
    parallel_searches = count_earlier_searches(runtime)
    if len(state["queries"]) + parallel_searches >= state["searches"] * MAX_QUERIES_A_SEARCH:
        return tool_result(runtime, "No searches are left. Note what you have, then end.", limited=["searches"])
    documents = await resources.library.search([query])
    content, passages = describe_passages(documents.passages, state["passages"])
    update: dict[str, Any] = {"queries": [query], "passages": passages}
    if state.get("web") and resources.web is not None:
        affordable = remaining_budget(state).times_affordable(Usage(searches=1))
        if affordable is not None and parallel_searches >= affordable:
            content += "\n\nNo searches of the web are left."
            update["limited"] = ["searches"]
        else:
            result = await resources.web.search(query)
            failed = [Skipped(uri=failure.engine, reason=failure.reason) for failure in result.failures]
            content += "\n\n" + describe_pages(result.hits)
            update |= {
                "found": {id_of_page(hit.url): hit.url for hit in result.hits[:MAX_PAGES_A_RESULT]},
                "engines": list(result.asked),
                "skipped": failed,
                "usage": Usage(searches=1),
            }
            if failed:
                content += f"\n\nSearch engines that did not answer: {', '.join(failure.uri for failure in failed)}."
    return tool_result(runtime, content, **update)


@tool
async def read_page(
    page_id: Annotated[str, "The id of a page that a search has found"],
    runtime: AgentRuntime,
    about: Annotated[str, "A few words to look for in it"] = "",
) -> Command[Any]:
    """Show the passages of a page that speak to a few words, or to the question."""
    state, resources = state_and_resources(runtime)
    url = state["found"].get(page_id)
    if url is None or resources.web is None:
        return refuse_id(runtime, page_id, "page", state["found"])
    page, update = state["opened"].get(page_id), dict[str, Any]()
    if page is None:
        try:
            page = await resources.web.read(url)
        except (UnreadablePage, UnavailablePage) as error:
            content = f"The page {page_id} cannot be read:\n{delimit([error.skipped.reason], 'reason')}"
            return tool_result(runtime, content, skipped=[error.skipped])
        update = {"opened": {page_id: page}, "usage": Usage(pages=1)}
    query = " ".join(about.split())[:MAX_QUERY_CHARACTERS] or state["task"].question
    result = await resources.web.passages([page], [query])
    spans = result.passages or first_passages(page, await resources.snapshots.text(page.snapshot))
    content, passages = describe_passages(spans, {})
    return tool_result(runtime, content, passages=passages, **update)


@tool
async def note_quote(
    passage_id: Annotated[str, "The id of the passage it stands in, or of a page that was read"],
    text: Annotated[str, "The sentence, character for character"],
    speaks: Annotated[Literal["answers", "helps", "mentions"], "What it does for the question"],
    runtime: AgentRuntime,
    contradicts: Annotated[tuple[str, ...], "The ids of noted quotes that cannot be true if this one is"] = (),
) -> Command[Any]:
    """Keep a sentence as evidence, copied from what was shown."""
    state, resources = state_and_resources(runtime)
    passage = state["passages"].get(passage_id)
    page = state["opened"].get(passage_id)
    if passage is None and page is None:
        return refuse_id(runtime, passage_id, "passage", [*state["passages"], *state["opened"]])
    if len(text) > MAX_QUOTE_CHARACTERS:
        return tool_result(
            runtime, f"Too long: note sentences one by one, of at most {MAX_QUOTE_CHARACTERS} characters."
        )
    snapshot = passage.snapshot if passage else page.snapshot if page else ""
    stored = await resources.snapshots.text(snapshot)
    inside = (passage.start, passage.end) if passage else (0, len(stored))
    span = await asyncio.to_thread(locate_quote, stored, text, inside)  # in a text of megabytes this takes long
    if span is None:
        return tool_result(
            runtime, "Not noted: this does not stand there. Copy it from what was shown, letter for letter."
        )
    start, end = span
    is_inside = passage is not None and passage.start <= start and end <= passage.end
    finding = Finding(
        quote=Quote(snapshot=snapshot, start=start, end=end, text=stored[start:end]),
        strength=STRENGTH_BY_RELEVANCE[speaks],
        title=passage.title if passage else page.title if page else "",
        heading=passage.heading if passage and is_inside else "",
    )
    name, noted = id_of_quote(finding.quote), {id_of_quote(each.quote) for each in state["noted"]}
    others = [other for other in contradicts if other in noted and other != name]
    unknown = ", ".join(other for other in contradicts if other not in noted)[:MAX_TITLE_CHARACTERS]
    content = f"Noted as {name}." + (f" There are no quotes {unknown}." if unknown else "")
    return tool_result(runtime, content, noted=[finding], conflicts=[(name, other) for other in others])


TOOLS: Sequence[BaseTool] = (search, read_page, note_quote)


def state_and_resources(runtime: AgentRuntime) -> tuple[State, Resources]:
    return runtime.state, runtime.context


def tool_result(runtime: AgentRuntime, content: str, **update: Any) -> Command[Any]:
    return Command(update={"messages": [ToolMessage(content, tool_call_id=runtime.tool_call_id or "")], **update})


def refuse_id(runtime: AgentRuntime, unknown_id: str, what: str, valid_ids: Iterable[str]) -> Command[Any]:
    """Refuse an id that no tool gave out. If it has not even the form of an id, such as an address, report it too."""
    ids = list(valid_ids)[-MAX_SUGGESTED_IDS:]
    content = f"There is no {what} of that id. Possible are: {', '.join(ids) or 'none yet; search first'}."
    if SHORT_ID.fullmatch(unknown_id):
        return tool_result(runtime, content)
    reason = "refused: the agent asked for it, and no search has found it"
    return tool_result(runtime, content, skipped=[Skipped(uri=redact(display_url(unknown_id)), reason=reason)])


def count_earlier_searches(runtime: AgentRuntime) -> int:
    """Count the searches before this one in its turn: they run in parallel, so none sees what the others spend."""
    turn = next(
        message for message in reversed(state_and_resources(runtime)[0]["messages"]) if isinstance(message, AIMessage)
    )
    ids = [call["id"] for call in turn.tool_calls if call["name"] == search.name and call["args"].get("query")]
    return ids.index(runtime.tool_call_id)


def describe_passages(found: Sequence[Passage], old: dict[str, ShownSpan]) -> tuple[str, dict[str, ShownSpan]]:
    """Return a text about passages for the model, and the new spans that it may quote; `old` ones are only named."""
    ids = {id_of_passage(passage): passage for passage in found}
    new = {name: passage for name, passage in ids.items() if name not in old}
    again = [name for name in list(ids)[:MAX_PASSAGES_A_RESULT] if name in old]
    descriptions, spans = list[str](), dict[str, ShownSpan]()
    for name, passage in list(new.items())[:MAX_PASSAGES_A_RESULT]:
        place = " > ".join(dict.fromkeys(part for part in (passage.title, passage.heading) if part))[
            :MAX_TITLE_CHARACTERS
        ]
        text = passage.text[:MAX_PASSAGE_CHARACTERS]
        descriptions.append(delimit([f"[{place or 'untitled'}]\n{text}"], f"passage {name}"))
        spans[name] = ShownSpan(
            snapshot=passage.snapshot,
            start=passage.start,
            end=passage.start + len(text),
            title=passage.title,
            heading=passage.heading,
        )
    content = "\n\n".join(descriptions) or ("Nothing new." if again else "No passage has these words.")
    return content + (f"\n\nFound again: {', '.join(again)}." if again else ""), spans


def describe_pages(hits: Sequence[MergedHit]) -> str:
    """Return titles and snippets for the model to choose by; only pages that were read can be quoted."""
    descriptions = [
        delimit(
            [
                f"[{hit.title[:MAX_TITLE_CHARACTERS]}] {urlsplit(hit.url).hostname}\n"
                f"{hit.snippet[:MAX_SNIPPET_CHARACTERS]}"
            ],
            f"page {id_of_page(hit.url)}",
        )
        for hit in hits[:MAX_PAGES_A_RESULT]
    ]
    return "\n\n".join(descriptions) or "No page of the web was found."


def first_passages(page: Source, text: str) -> list[Passage]:
    """Return the beginning of a page as passages, for a page without passages that match the query."""
    starts = range(0, min(len(text), MAX_PASSAGE_CHARACTERS * MAX_PASSAGES_A_RESULT), MAX_PASSAGE_CHARACTERS)
    return [
        Passage(
            snapshot=page.snapshot,
            start=start,
            end=min(len(text), start + MAX_PASSAGE_CHARACTERS),
            text=text[start : start + MAX_PASSAGE_CHARACTERS],
            title=page.title,
            heading="",
        )
        for start in starts
    ]


def locate_quote(stored: str, wanted: str, inside: tuple[int, int]) -> tuple[int, int] | None:
    """Find a quote `inside` a passage, or else nearest to it: models also quote the text around a passage."""
    start, end = inside
    if (span := locate(stored[start:end], wanted)) is not None:
        return start + span[0], start + span[1]
    return locate(stored, wanted, near=start)


def id_of_passage(passage: Passage) -> str:
    return f"p{sha256(f'{passage.snapshot}:{passage.start}')[:8]}"


def id_of_quote(quote: Quote) -> str:
    return f"q{sha256(f'{quote.snapshot}:{quote.start}:{quote.end}')[:8]}"


def id_of_page(url: str) -> str:
    return f"w{sha256(page_key(url))[:8]}"
