"""Reflection: one prompt writes an essay, another one criticises it, and the first one writes it again."""

from typing import Annotated

from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict

llm = ChatOpenAI(model="gpt-4.1-mini")
generate = (
    ChatPromptTemplate.from_messages(
        [
            ("system", "You are an essayist. Revise your essay if somebody criticises it."),
            MessagesPlaceholder(variable_name="messages"),
        ]
    )
    | llm
)
reflect = (
    ChatPromptTemplate.from_messages(
        [
            ("system", "You are a teacher who grades an essay and recommends changes."),
            MessagesPlaceholder(variable_name="messages"),
        ]
    )
    | llm
)


class State(TypedDict):
    messages: Annotated[list, add_messages]


async def generation_node(state: State) -> State:
    return {"messages": [await generate.ainvoke(state["messages"])]}


async def reflection_node(state: State) -> State:
    other_side = {"ai": HumanMessage, "human": AIMessage}
    first, *rest = state["messages"]
    translated = [first, *(other_side[message.type](content=message.content) for message in rest)]
    critique = await reflect.ainvoke(translated)
    return {"messages": [HumanMessage(content=critique.content)]}


def should_continue(state: State):
    return END if len(state["messages"]) > 6 else "reflect"


builder = StateGraph(State)
builder.add_node("generate", generation_node)
builder.add_node("reflect", reflection_node)
builder.add_edge(START, "generate")
builder.add_conditional_edges("generate", should_continue)
builder.add_edge("reflect", "generate")
graph = builder.compile(checkpointer=InMemorySaver())
