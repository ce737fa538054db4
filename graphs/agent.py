"""Investigate one task with an agent: a model that chooses its own steps, with tools to search, read and note quotes.

START -> begin -> room for more? -> model -> answered? -> tools (one a call, in parallel) -> room ... -> judge -> END

An agent is less predictable than graphs/investigate.py, but only the same thing counts: quotes that were located in
stored texts. LangChain's `create_agent` makes the graph; the middleware in this file keeps it to its task and budget.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, cast

from langchain.agents import create_agent  # pyright: ignore[reportUnknownVariableType] - theirs is partly untyped
from langchain.agents.middleware import (
    AgentMiddleware,
    ExtendedModelResponse,
    ModelRequest,
    ModelResponse,
    ToolCallRequest,
    hook_config,
)
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool
from langgraph.pregel import Pregel
from langgraph.runtime import Runtime
from langgraph.types import Command

from outlast.evidence.errors import LimitReached, Permanent
from outlast.evidence.report import Evidence, Finding
from outlast.evidence.sources import Quote, Skipped
from outlast.evidence.usage import Usage, sum_usages
from outlast.graphs.agent_state import Resources, State
from outlast.graphs.agent_tools import TOOLS, id_of_quote, note_quote, read_page
from outlast.graphs.browsing import interleave_results
from outlast.graphs.prompts import prompt_messages
from outlast.graphs.prompts.research import Prompts
from outlast.graphs.reasoners.model import MAX_PROMPT_FINDINGS
from outlast.graphs.reasoners.output_checks import MAX_DISPUTES, MAX_RELATED, STRENGTH_BY_RELEVANCE
from outlast.graphs.reasoners.query_weights import QueryWeights
from outlast.graphs.reducers import append_unique
from outlast.tools.models.answer_length import answers_within
from outlast.tools.models.failures import ContextTooLong
from outlast.tools.models.metering import (
    Meter,
    estimate_tokens,
    estimate_usage,
    metered,
    model_name_of,
    remaining_budget,
)
from outlast.tools.redacting import redact
from outlast.tools.web.engines.hits import tidy
from outlast.tools.web.pages.failures import display_url

MAX_MODEL_CALLS = 24
"""Maximum number of calls of the model in one task. The last one is for noting the quotes that it has found."""
TYPICAL_MODEL_CALLS = 5
"""A search or two, a page or two, and the notes. A task takes twice as many if its first queries find nothing."""
MAX_TOOL_CALLS_A_TURN = 8
"""Maximum number of tool calls that are answered in one turn."""
TOOL_DESCRIPTION_TOKENS = 600
"""About how many tokens the descriptions of the tools take, which every call sends."""
MAX_REASON_CHARACTERS = 300

SEARCH_REMINDER = "You have not searched. Call the tools: search, then read, then note quotes."
NOTE_REMINDER = "You have noted no quote, and only noted quotes count. Note those that help; if there are none, say so."
LAST_TURN_NOTICE = "This is your last turn: note the quotes that help now, all at once."
OMITTED_RESULT = "(Left out: the context is full.)"


def compile_agent(model: BaseChatModel, prompts: Prompts | None = None) -> Pregel[Any, Any, Any, Any]:
    """Return the agent as a graph with the inputs and outputs of graphs/investigate.py, and `Resources` as context.

    The graph raises `Permanent` if the model calls no tools although it was reminded to.
    """
    return create_agent(
        model,
        TOOLS,
        middleware=[InvestigationMiddleware(model, prompts or Prompts())],
        state_schema=State,
        context_schema=Resources,
    )


def estimate_task_usage(model: BaseChatModel) -> Usage:
    """Return about what a task spends: each call is longer than the last one, by the results of the tools."""
    return sum_usages(estimate_usage(model, 900 + 450 * turn, 150) for turn in range(TYPICAL_MODEL_CALLS))


class InvestigationMiddleware(AgentMiddleware[State, Resources]):
    """Gives the model its task, limits its calls, answers invalid ones, and turns its notes into findings."""

    def __init__(self, model: BaseChatModel, prompts: Prompts) -> None:
        self._model = model
        self._prompts = prompts

    @property
    def name(self) -> str:
        return "agent"

    async def abefore_agent(self, state: State, runtime: Runtime[Resources]) -> dict[str, Any]:
        titles, web = runtime.context.library.titles, bool(state.get("web")) and runtime.context.web is not None
        if state.get("web") and not web:
            raise Permanent("This run uses the web, but its resources have none: pass Resources(..., web=...).")
        return {"messages": prompt_messages.agent(self._prompts, state["task"], titles, web)}

    @hook_config(can_jump_to=["end"])
    async def abefore_model(self, state: State, runtime: Runtime[Resources]) -> dict[str, Any] | None:
        """End the loop if the limits do not allow one more call."""
        del runtime
        if count_turns(state) >= MAX_MODEL_CALLS:
            return {"limited": ["calls"], "jump_to": "end"}
        limited, _ = self._check_budget(state)
        return {"limited": limited, "jump_to": "end"} if limited else None

    async def awrap_model_call(
        self,
        request: ModelRequest[Resources],
        handler: Callable[[ModelRequest[Resources]], Awaitable[ModelResponse[Any]]],
    ) -> ExtendedModelResponse[Any]:
        state = cast("State", request.state)
        is_last = count_turns(state) == MAX_MODEL_CALLS - 1
        tools: list[BaseTool | dict[str, Any]] = [note_quote]
        if not is_last:
            tools = [tool for tool in TOOLS if tool is not read_page or state.get("web")]
        extra_messages = [HumanMessage(LAST_TURN_NOTICE)] if is_last else []
        messages, shortened = request.messages, list[ToolMessage]()
        limited, max_answer_tokens = self._check_budget(state)
        if limited:  # the step before allowed this call; since then the budget was lowered, or its time is over
            return ExtendedModelResponse(ModelResponse([]), Command(update={"limited": limited}))
        with metered() as meter, answers_within(max_answer_tokens):
            while True:
                try:
                    response = await handler(request.override(messages=[*messages, *extra_messages], tools=tools))
                except ContextTooLong:
                    if not (shorter := omit_older_results(messages)):
                        raise
                    shortened += shorter.values()
                    messages = [shorter.get(message.id or "", message) for message in messages]
                except NotImplementedError as error:
                    raise Permanent(no_tool_calls_message(self._model)) from error
                else:
                    break
        reply = cast("AIMessage", response.result[0])
        if refusal := reply.additional_kwargs.get("refusal"):
            raise Permanent(f"The model refuses to answer: {refusal}")
        return ExtendedModelResponse(
            ModelResponse([with_call_ids(reply, count_turns(state))]),
            Command(update={"messages": shortened, "usage": meter.usage}),
        )

    def _check_budget(self, state: State) -> tuple[list[str], int | None]:
        """Return the limit that does not allow one more call, if any, and the maximum tokens of the answer."""
        meter = Meter(remaining_budget(state), state.get("until"))
        try:
            return [], meter.admit(
                estimate_usage(self._model, estimate_tokens(state["messages"]) + TOOL_DESCRIPTION_TOKENS)
            )
        except LimitReached:
            return meter.limited, None

    @hook_config(can_jump_to=["model", "end"])
    async def aafter_model(self, state: State, runtime: Runtime[Resources]) -> dict[str, Any] | None:
        """Answer calls that cannot be parsed, and remind a model that wants to end without a note."""
        del runtime
        reply = state["messages"][-1]
        if not isinstance(reply, AIMessage):  # the model was not called, because the limits did not allow it
            return {"jump_to": "end"}
        answers = [
            ToolMessage(
                "The arguments are not JSON, or were cut off: call it again.", tool_call_id=call["id"], status="error"
            )
            for call in reply.invalid_tool_calls
        ]
        if answers:
            return {"messages": answers, "jump_to": None if reply.tool_calls else "model"}
        if reply.tool_calls or state["noted"]:
            return None
        if state["reminders"] < (1 if state["queries"] else 2):
            reminder = HumanMessage(NOTE_REMINDER if state["queries"] else SEARCH_REMINDER)
            return {"messages": [reminder], "reminders": 1, "jump_to": "model"}
        if not state["queries"]:
            raise Permanent(no_tool_calls_message(self._model))
        return None

    async def awrap_tool_call(
        self,
        request: ToolCallRequest,
        handler: Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]],
    ) -> ToolMessage | Command[Any]:
        """Run a tool. A call that is not possible gets an answer that says what is."""
        call, names = request.tool_call, ", ".join(each.name for each in TOOLS)
        turn = next(message for message in reversed(request.state["messages"]) if isinstance(message, AIMessage))
        index = [each["id"] for each in turn.tool_calls].index(call["id"])
        if index >= MAX_TOOL_CALLS_A_TURN:
            return error_result(call["id"], f"Not done: call at most {MAX_TOOL_CALLS_A_TURN} tools at once.")
        if request.tool is None:
            reason = tidy(
                redact(f"refused: there is no such tool; it was called with {call['args']}"), MAX_REASON_CHARACTERS
            )
            answer = error_result(call["id"], f"There is no such tool. The tools are: {names}.")
            skipped = Skipped(uri=redact(display_url(call["name"])), reason=reason)
            return Command(update={"messages": [answer], "skipped": [skipped]})
        result = await handler(request)
        if isinstance(result, ToolMessage) and result.status == "error":  # only for arguments that do not fit
            return error_result(call["id"], f"These arguments do not fit. It takes: {sorted(request.tool.args)}.")
        return result

    async def aafter_agent(self, state: State, runtime: Runtime[Resources]) -> dict[str, Any]:
        """Turn the noted quotes into findings, and rate the evidence."""
        resources, question, pages = (
            runtime.context,
            state["task"].question,
            append_unique([], list(state["opened"].values())),
        )
        notes = state["noted"][:MAX_PROMPT_FINDINGS]
        findings = [note for note in notes if note.strength >= STRENGTH_BY_RELEVANCE["helps"]]
        related = [note for note in notes if note.strength < STRENGTH_BY_RELEVANCE["helps"]]
        result = await resources.library.search([question])
        if pages and resources.web is not None:
            result = interleave_results(result, await resources.web.passages(pages, [question]))
        return {
            "evidence": rate_notes(notes),
            "findings": findings,
            "related": related[:MAX_RELATED],
            "unknown": list(QueryWeights(question, result.terms, result.size).absent),
            "contradictions": group_contradictions(findings, state["conflicts"]),
            "read": sorted({each.snapshot for each in (*state["passages"].values(), *pages)}),
            "pages": pages,
        }


def rate_notes(notes: Sequence[Finding]) -> Evidence:
    if any(note.strength >= STRENGTH_BY_RELEVANCE["answers"] for note in notes):
        return Evidence.STRONG
    return Evidence.WEAK if notes else Evidence.NONE


def group_contradictions(findings: Sequence[Finding], conflicts: Iterable[tuple[str, str]]) -> list[tuple[Quote, ...]]:
    """Return groups of quotes that were noted as contradicting each other, directly or through a third quote."""
    quotes = {id_of_quote(finding.quote): finding.quote for finding in findings}
    groups: list[set[str]] = []
    for pair in conflicts:
        if quotes.keys() >= set(pair):
            touched = [group for group in groups if group & set(pair)]
            groups = [*(group for group in groups if group not in touched), set(pair).union(*touched)]
    return [tuple(quote for name, quote in quotes.items() if name in group) for group in groups[:MAX_DISPUTES]]


def count_turns(state: State) -> int:
    return sum(isinstance(message, AIMessage) for message in state["messages"])


def omit_older_results(messages: Sequence[BaseMessage]) -> dict[str, ToolMessage]:
    """Return placeholders for the older half of the tool results, by message id; empty if no result is left."""
    results = [
        message for message in messages if isinstance(message, ToolMessage) and message.content != OMITTED_RESULT
    ]
    older = results[: (len(results) + 1) // 2]
    return {message.id or "": message.model_copy(update={"content": OMITTED_RESULT}) for message in older}


def with_call_ids(reply: AIMessage, turn: int) -> AIMessage:
    """Give calls ids of ours if they lack ids or share one, as with some local servers: an answer names its call."""
    ids = [call["id"] for call in (*reply.tool_calls, *reply.invalid_tool_calls)]
    if all(ids) and len(set(ids)) == len(ids):
        return reply
    calls = [{**call, "id": f"call_{turn}_{number}"} for number, call in enumerate(reply.tool_calls)]
    invalid = [{**call, "id": f"call_{turn}_x{number}"} for number, call in enumerate(reply.invalid_tool_calls)]
    return reply.model_copy(update={"tool_calls": calls, "invalid_tool_calls": invalid})


def error_result(call_id: str | None, text: str) -> ToolMessage:
    return ToolMessage(text, tool_call_id=call_id or "", status="error")


def no_tool_calls_message(model: BaseChatModel) -> str:
    return (
        f"The model {model_name_of(model)} calls no tools, so it cannot investigate as an agent. Use another model, or "
        "OUTLAST_INVESTIGATOR=graph."
    )
