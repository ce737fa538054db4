"""The journal as a LangChain cache: `ChatModel(..., cache=CallJournal())`."""

from typing import Any

from langchain_core.caches import RETURN_VAL_TYPE, BaseCache
from langchain_core.outputs import Generation

from .call_observer import Run, calls_of_context, claim_run
from .journal import Journal, current_journal


class CallJournal(BaseCache):
    """A LangChain cache with which a phase remembers the finished model calls of a node that has not finished.

    Give it to your models: `init_chat_model("openai:gpt-5", cache=CallJournal())`. For models that other code makes,
    call `langchain_core.globals.set_llm_cache(CallJournal())` once for the whole process.

    After a crash, a node that makes several calls gets the answers of the finished calls, and makes the others. Equal
    requests stay different samples. If the node rejects an answer by raising, the call is made again. Several models
    may share a journal: it holds nothing itself; the answers travel in the phase's checkpoint until their node has
    finished. Outside a phase it does nothing. Calls of a model's `astream` in a node bypass LangChain's caches, and so
    this one; the progress of the phase counts them as "not remembered". Use `remembered(model)` for a model that
    streams: it has a journal, and its streams are remembered too.

    ```python
    import asyncio
    from typing import Any

    from langchain_core.language_models import FakeListChatModel
    from langgraph.graph import START, MessagesState, StateGraph
    from langgraph_heartbeat import CallJournal, phase_function
    from pydantic import BaseModel

    model = FakeListChatModel(responses=["In 1871.", "It was built in 1871."], cache=CallJournal())


    class Conversation(BaseModel):
        messages: list[Any]


    async def answer(state: MessagesState) -> MessagesState:
        draft = await model.ainvoke(state["messages"])  # in a phase, a crash after this call repeats the next one alone
        return {"messages": [await model.ainvoke([*state["messages"], draft, ("user", "In a whole sentence.")])]}


    builder = StateGraph(MessagesState).add_node(answer).add_edge(START, "answer")
    answered = phase_function(Conversation, Conversation, builder)
    result = asyncio.run(answered(Conversation(messages=[("user", "When was it built?")])))
    assert result.messages[-1].content == "It was built in 1871."
    ```
    """

    def lookup(self, prompt: str, llm_string: str) -> RETURN_VAL_TYPE | None:
        if (journal := current_journal.get()) is None:
            return None
        run = claim_run()
        journal.wait_for_guard()
        return begin(journal, run, prompt, llm_string)

    async def alookup(self, prompt: str, llm_string: str) -> RETURN_VAL_TYPE | None:
        journal = current_journal.get()
        if journal is None:
            return None
        run = claim_run()
        await journal.guard()
        return begin(journal, run, prompt, llm_string)

    def update(self, prompt: str, llm_string: str, return_val: RETURN_VAL_TYPE) -> None:
        # The lookup and the update of a call run in one context, and only the call itself runs between them.
        journal, calls = current_journal.get(), calls_of_context.get()
        if journal is None:
            return
        for call in reversed(calls):
            if call.request == f"{prompt}\0{llm_string}" and not call.failed:
                calls_of_context.set(tuple(each for each in calls if each is not call and not each.failed))
                journal.end(call, return_val)
                return

    async def aupdate(self, prompt: str, llm_string: str, return_val: RETURN_VAL_TYPE) -> None:
        self.update(prompt, llm_string, return_val)

    def clear(self, **kwargs: Any) -> None:
        """Do nothing, because entries are deleted with their tasks."""


def begin(journal: Journal, run: Run, prompt: str, llm_string: str) -> list[Generation] | None:
    """Return the remembered answer to a request; None if the call must be made, and is under way in this context."""
    call, answer = journal.begin(f"{prompt}\0{llm_string}", run)
    if answer is None:
        calls_of_context.set((*calls_of_context.get(), call))
    return answer
