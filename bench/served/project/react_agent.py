"""A ReAct agent of one's own nodes: a model, a `ToolNode`, and an edge from one to the other and back."""

from langchain.chat_models import init_chat_model
from langchain_core.messages import SystemMessage
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from toolbox import get_weather, search_web

tools = [get_weather, search_web]
llm = init_chat_model("openai:gpt-4.1-mini")
llm_with_tools = llm.bind_tools(tools)


def call_model(state: MessagesState):
    system = SystemMessage("You are a travel assistant.")
    return {"messages": [llm_with_tools.invoke([system, *state["messages"]])]}


builder = StateGraph(MessagesState)
builder.add_node("call_model", call_model)
builder.add_node("tools", ToolNode(tools))
builder.add_edge(START, "call_model")
builder.add_conditional_edges("call_model", tools_condition)
builder.add_edge("tools", "call_model")
agent = builder.compile()
