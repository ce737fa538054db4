"""The tools of an agent. What they give back is short, marked as data, and named by ids of ours.

A page is read by the id that a search gave it, so an address that no search has found cannot be asked for; and a quote
counts once it stands in a text that the model was shown. Docstrings are read by the model: they are part of its prompt.
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
from outlast.graphs.agent_state import Resources, Shown, State
from outlast.graphs.prompts.delimiters import marked
from outlast.graphs.reasoners.output_checks import STRENGTH
from outlast.tools.models.metering import left_of
from outlast.tools.redacting import redact
from outlast.tools.web.engines.canonical import canonical
from outlast.tools.web.engines.hits import MergedHit
from outlast.tools.web.pages.failures import UnavailablePage, UnreadablePage, shown

QUERIES_A_SEARCH = 3
"""As many queries as one search of graphs/investigate.py has."""
MOST_PASSAGES = 6
MOST_PAGES = 6
MOST_IDS = 30
"""Of those that are possible, in the answer to one that is not."""
LONGEST_QUERY = 200  # characters, as all of these
LONGEST_PASSAGE = 1000
LONGEST_TITLE = 200
LONGEST_SNIPPET = 300
LONGEST_QUOTE = 1000
ID = re.compile(r"[pqw][0-9a-f]{8}")

# Of `Resources` and `State`; named here, LangChain would have pydantic validate them, and Protocols cannot be.
Running = ToolRuntime[Any, Any]


@tool
async def search(query: Annotated[str, "2 to 6 words that such a text would use"], runtime: Running) -> Command[Any]:
    """Find passages of documents and, where there is a web, pages. Words are looked for, not meanings."""
    state, resources = known(runtime)
    query = redact(" ".join(query.split()))[:LONGEST_QUERY]  # whatever a page told the model to send out
    if not query:
        return answer(runtime, "Give words to search for.")
    side_by_side = searches_before(runtime)
    if len(state["queries"]) + side_by_side >= state["searches"] * QUERIES_A_SEARCH:
        return answer(runtime, "No searches are left. Note what you have, then end.", limited=["searches"])
    shelf = await resources.library.search([query])
    said, passages = of_passages(shelf.passages, state["passages"])
    update: dict[str, Any] = {"queries": [query], "passages": passages}
    if state.get("web") and resources.web is not None:
        affordable = left_of(state).affords(Usage(searches=1))
        if affordable is not None and side_by_side >= affordable:
            said += "\n\nNo searches of the web are left."
            update["limited"] = ["searches"]
        else:
            result = await resources.web.search(query)
            failed = [Skipped(uri=each.engine, reason=each.reason) for each in result.failures]
            said += "\n\n" + of_pages(result.hits)
            update |= {
                "found": {id_of_page(hit.url): hit.url for hit in result.hits[:MOST_PAGES]},
                "engines": list(result.asked),
                "skipped": failed,
                "usage": Usage(searches=1),
            }
            if failed:
                said += f"\n\nSearch engines that did not answer: {', '.join(each.uri for each in failed)}."
    return answer(runtime, said, **update)


@tool
async def read_page(
    page_id: Annotated[str, "The id of a page that a search has found"],
    runtime: Running,
    about: Annotated[str, "A few words to look for in it"] = "",
) -> Command[Any]:
    """Show the passages of a page that speak to a few words, or to the question."""
    state, resources = known(runtime)
    url = state["found"].get(page_id)
    if url is None or resources.web is None:
        return refuse(runtime, page_id, "page", state["found"])
    page, update = state["opened"].get(page_id), dict[str, Any]()
    if page is None:
        try:
            page = await resources.web.read(url)
        except (UnreadablePage, UnavailablePage) as error:
            said = f"The page {page_id} cannot be read:\n{marked([error.skipped.reason], 'reason')}"
            return answer(runtime, said, skipped=[error.skipped])
        update = {"opened": {page_id: page}, "usage": Usage(pages=1)}
    wanted = " ".join(about.split())[:LONGEST_QUERY] or state["task"].question
    result = await resources.web.passages([page], [wanted])
    spans = result.passages or beginning(page, await resources.snapshots.text(page.snapshot))
    said, passages = of_passages(spans, {})
    return answer(runtime, said, passages=passages, **update)


@tool
async def note_quote(
    passage_id: Annotated[str, "The id of the passage it stands in, or of a page that was read"],
    text: Annotated[str, "The sentence, character for character"],
    speaks: Annotated[Literal["answers", "helps", "mentions"], "What it does for the question"],
    runtime: Running,
    contradicts: Annotated[tuple[str, ...], "The ids of noted quotes that cannot be true if this one is"] = (),
) -> Command[Any]:
    """Keep a sentence as evidence, copied from what was shown."""
    state, resources = known(runtime)
    place = state["passages"].get(passage_id)
    page = state["opened"].get(passage_id)
    if place is None and page is None:
        return refuse(runtime, passage_id, "passage", [*state["passages"], *state["opened"]])
    if len(text) > LONGEST_QUOTE:
        return answer(runtime, f"Too long: note sentences one by one, of at most {LONGEST_QUOTE} characters.")
    snapshot = place.snapshot if place else page.snapshot if page else ""
    stored = await resources.snapshots.text(snapshot)
    inside = (place.start, place.end) if place else (0, len(stored))
    span = await asyncio.to_thread(located, stored, text, inside)  # a text of megabytes takes its time
    if span is None:
        return answer(runtime, "Not noted: this does not stand there. Copy it from what was shown, letter for letter.")
    start, end = span
    is_inside = place is not None and place.start <= start and end <= place.end
    finding = Finding(
        quote=Quote(snapshot=snapshot, start=start, end=end, text=stored[start:end]),
        strength=STRENGTH[speaks],
        title=place.title if place else page.title if page else "",
        heading=place.heading if place and is_inside else "",
    )
    name, noted = id_of_quote(finding.quote), {id_of_quote(each.quote) for each in state["noted"]}
    others = [other for other in contradicts if other in noted and other != name]
    lost = ", ".join(other for other in contradicts if other not in noted)[:LONGEST_TITLE]
    said = f"Noted as {name}." + (f" There are no quotes {lost}." if lost else "")
    return answer(runtime, said, noted=[finding], conflicts=[(name, other) for other in others])


TOOLS: Sequence[BaseTool] = (search, read_page, note_quote)


def known(runtime: Running) -> tuple[State, Resources]:
    return runtime.state, runtime.context


def answer(runtime: Running, said: str, **update: Any) -> Command[Any]:
    return Command(update={"messages": [ToolMessage(said, tool_call_id=runtime.tool_call_id or "")], **update})


def refuse(runtime: Running, given: str, what: str, possible: Iterable[str]) -> Command[Any]:
    """An id that was never given out. One that is not even an id, such as an address, goes into the report."""
    ids = list(possible)[-MOST_IDS:]
    said = f"There is no {what} of that id. Possible are: {', '.join(ids) or 'none yet; search first'}."
    if ID.fullmatch(given):
        return answer(runtime, said)
    reason = "refused: the agent asked for it, and no search has found it"
    return answer(runtime, said, skipped=[Skipped(uri=redact(shown(given)), reason=reason)])


def searches_before(runtime: Running) -> int:
    """Searches of the same turn that come before this one. They run side by side: none sees what the others spend."""
    turn = next(message for message in reversed(known(runtime)[0]["messages"]) if isinstance(message, AIMessage))
    ids = [call["id"] for call in turn.tool_calls if call["name"] == search.name and call["args"].get("query")]
    return ids.index(runtime.tool_call_id)


def of_passages(found: Sequence[Passage], old: dict[str, Shown]) -> tuple[str, dict[str, Shown]]:
    """What the model is told of passages, and what it may quote from then on; those that it knows only by their ids."""
    ids = {id_of_passage(passage): passage for passage in found}
    new = {name: passage for name, passage in ids.items() if name not in old}
    again = [name for name in list(ids)[:MOST_PASSAGES] if name in old]
    told, spans = list[str](), dict[str, Shown]()
    for name, passage in list(new.items())[:MOST_PASSAGES]:
        place = " > ".join(dict.fromkeys(part for part in (passage.title, passage.heading) if part))[:LONGEST_TITLE]
        text = passage.text[:LONGEST_PASSAGE]
        told.append(marked([f"[{place or 'untitled'}]\n{text}"], f"passage {name}"))
        spans[name] = Shown(
            snapshot=passage.snapshot,
            start=passage.start,
            end=passage.start + len(text),
            title=passage.title,
            heading=passage.heading,
        )
    said = "\n\n".join(told) or ("Nothing new." if again else "No passage has these words.")
    return said + (f"\n\nFound again: {', '.join(again)}." if again else ""), spans


def of_pages(hits: Sequence[MergedHit]) -> str:
    """Titles and snippets, to choose by; quotes are only taken from pages that were read."""
    told = [
        marked(
            [f"[{hit.title[:LONGEST_TITLE]}] {urlsplit(hit.url).hostname}\n{hit.snippet[:LONGEST_SNIPPET]}"],
            f"page {id_of_page(hit.url)}",
        )
        for hit in hits[:MOST_PAGES]
    ]
    return "\n\n".join(told) or "No page of the web was found."


def beginning(page: Source, text: str) -> list[Passage]:
    """What a page starts with, where no passage of it speaks to what was asked."""
    starts = range(0, min(len(text), LONGEST_PASSAGE * MOST_PASSAGES), LONGEST_PASSAGE)
    return [
        Passage(
            snapshot=page.snapshot,
            start=start,
            end=min(len(text), start + LONGEST_PASSAGE),
            text=text[start : start + LONGEST_PASSAGE],
            title=page.title,
            heading="",
        )
        for start in starts
    ]


def located(stored: str, wanted: str, inside: tuple[int, int]) -> tuple[int, int] | None:
    """In the passage that was named, else nearest to it in the same text: models also quote what stands around it."""
    start, end = inside
    if (span := locate(stored[start:end], wanted)) is not None:
        return start + span[0], start + span[1]
    return locate(stored, wanted, near=start)


def id_of_passage(passage: Passage) -> str:
    return f"p{sha256(f'{passage.snapshot}:{passage.start}')[:8]}"


def id_of_quote(quote: Quote) -> str:
    return f"q{sha256(f'{quote.snapshot}:{quote.start}:{quote.end}')[:8]}"


def id_of_page(url: str) -> str:
    return f"w{sha256(canonical(url))[:8]}"
