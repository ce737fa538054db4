"""Ten graphs in the shapes of LangGraph's documentation and templates, whose models answer by scripts.

Each is made by a function, so that a process makes it as it would make its own.
"""

import operator
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypedDict, cast

from deepagents import create_deep_agent  # pyright: ignore[reportUnknownVariableType] - LangChain's are partly untyped
from langchain.agents import create_agent  # pyright: ignore[reportUnknownVariableType]
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.tools import tool
from langgraph.func import entrypoint, task
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.pregel import Pregel
from langgraph.store.base import BaseStore
from langgraph.types import Send, interrupt
from langgraph_heartbeat import CallJournal, GraphLike
from langgraph_heartbeat.testing import ScriptedChatModel, calling
from langgraph_supervisor import create_supervisor  # pyright: ignore[reportUnknownVariableType]
from langgraph_swarm import create_handoff_tool, create_swarm  # pyright: ignore[reportUnknownVariableType]
from pydantic import BaseModel

AnyGraph = Pregel[Any, Any, Any, Any]


@tool
async def search(query: str) -> str:
    """Search for something."""
    return f"What is known of {query}"


@tool
async def weigh(query: str) -> str:
    """Weigh something."""
    return f"{query} weighs much"


def scripted(*answers: Any) -> ScriptedChatModel:
    return ScriptedChatModel(answers, cache=CallJournal())


def react_agent() -> GraphLike:
    """A node that asks the model, and a `ToolNode`."""
    script = (
        calling("search", query="the height"),
        calling("weigh", query="the lamp") & calling("search", query="the keepers"),
        calling("weigh", query="the bell"),
        "It is 31 m high.",
    )
    assistant = scripted(*script).bind_tools([search, weigh])

    async def ask(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await assistant.ainvoke([("system", "You know lighthouses."), *state["messages"]])]}

    builder = StateGraph(MessagesState).add_node("ask", ask).add_node("tools", ToolNode([search, weigh]))
    builder.add_edge(START, "ask").add_conditional_edges("ask", tools_condition).add_edge("tools", "ask")
    return builder.compile(name="react agent")


def member(name: str, tools: list[Any], *script: Any) -> AnyGraph:
    agent: AnyGraph = create_agent(scripted(*script), tools, system_prompt=f"You are the {name}.", name=name)
    return agent


def supervisor() -> GraphLike:
    """A supervisor over two agents, of the package `langgraph-supervisor`."""
    finder = member("finder", [search], calling("search", query="first") & calling("search", query="second"), "Found.")
    assessor = member("assessor", [weigh], calling("weigh", query="first"), "Weighed.")
    lead = scripted(calling("transfer_to_finder"), calling("transfer_to_assessor"), "Both have answered.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the package still builds on `create_react_agent`
        team = cast("StateGraph[Any, Any, Any, Any]", create_supervisor([finder, assessor], model=lead))
    return team.compile(name="supervisor")


def swarm() -> GraphLike:
    """Two agents that hand the conversation over to each other, of the package `langgraph-swarm`."""
    to_assessor, to_finder = create_handoff_tool(agent_name="assessor"), create_handoff_tool(agent_name="finder")
    found = calling("search", query="first"), calling("transfer_to_assessor"), "I have looked."
    weighed = calling("weigh", query="first"), calling("transfer_to_finder")
    finder, assessor = member("finder", [search, to_assessor], *found), member("assessor", [weigh, to_finder], *weighed)
    pair = cast("StateGraph[Any, Any, Any, Any]", create_swarm([finder, assessor], default_active_agent="finder"))
    return pair.compile(name="swarm")


def deep_agent() -> GraphLike:
    """An agent of the package `deepagents`: it plans, delegates to two agents at once, and writes a file."""
    tasks = ("Describe the tower", "Describe the lamp")
    script = (
        calling("write_todos", todos=[{"content": each, "status": "in_progress"} for each in tasks]),
        calling("task", description=tasks[0], subagent_type="researcher")
        & calling("task", description=tasks[1], subagent_type="researcher"),
        calling("write_file", file_path="/report.md", content="The tower is white."),
        calling("search", query="the harbour") & calling("read_file", file_path="/report.md"),
        "The report is written.",
    )
    look_up = calling("search", query="the tower")
    researcher = ScriptedChatModel({"is known": "It is white.", "tower": look_up, "lamp": "It is bright."})
    agent: AnyGraph = create_deep_agent(
        model=scripted(*script),
        tools=[search],
        name="deep agent",
        subagents=[
            {
                "name": "researcher",
                "description": "Finds out one thing.",
                "system_prompt": "You find out one thing.",
                "tools": [search],
                "model": researcher,
            }
        ],
    )
    return agent


class Plan(BaseModel):
    steps: list[str]


class Planning(TypedDict, total=False):
    question: str
    plan: list[str]
    done: Annotated[list[str], operator.add]
    answer: str


def plan_and_execute() -> GraphLike:
    """A planner with structured output, a step after the other, and a plan that is made anew in between."""
    plans = [Plan(steps=["measure", "describe"]), Plan(steps=["describe"]), Plan(steps=[])]
    planner = scripted(*plans).with_structured_output(Plan)
    worker = scripted("31 m", "white and red")
    writer = scripted("It is 31 m high, white and red.")

    async def plan(state: Planning) -> Planning:
        made = await planner.ainvoke(f"Plan for {state.get('question')}")
        return {"plan": made.steps if isinstance(made, Plan) else []}

    async def execute(state: Planning) -> Planning:
        return {"done": [(await worker.ainvoke(f"Do: {state.get('plan', [])[0]}")).text]}

    async def replan(state: Planning) -> Planning:
        made = await planner.ainvoke(f"Done: {state.get('done')}. What is left?")
        return {"plan": made.steps if isinstance(made, Plan) else []}

    async def answer(state: Planning) -> Planning:
        return {"answer": (await writer.ainvoke(f"Answer from {state.get('done')}")).text}

    def what_is_left(state: Planning) -> str:
        return "execute" if state.get("plan") else "write"

    builder = StateGraph(Planning).add_node(plan).add_node(execute).add_node(replan)
    builder.add_node("write", answer).add_edge(START, "plan").add_edge("plan", "execute").add_edge("execute", "replan")
    builder.add_conditional_edges("replan", what_is_left, ["execute", "write"])
    return builder.add_edge("write", END).compile(name="plan and execute")


def reflection() -> GraphLike:
    """A writer and a critic, in two rounds; the writer asks twice in its node, and its model has a journal."""
    writer = scripted("An outline.", "A draft.", "A better outline.", "A better draft.")
    critic = scripted("Shorter, please.", "Good.")

    async def write(state: MessagesState) -> dict[str, Any]:
        outline = await writer.ainvoke([*state["messages"], HumanMessage("First the outline.")])
        return {"messages": [await writer.ainvoke([*state["messages"], outline, HumanMessage("Now the text.")])]}

    async def criticise(state: MessagesState) -> dict[str, Any]:
        said = await critic.ainvoke(state["messages"])
        return {"messages": [HumanMessage(said.text)]}

    def enough(state: MessagesState) -> str:
        return END if state["messages"][-1].text == "Good." else "write"

    builder = StateGraph(MessagesState).add_node(write).add_node(criticise).add_edge(START, "write")
    builder.add_edge("write", "criticise").add_conditional_edges("criticise", enough, ["write", END])
    return builder.compile(name="reflection")


class Jokes(TypedDict, total=False):
    topic: str
    subjects: list[str]
    jokes: Annotated[list[str], operator.add]
    best: str


def map_reduce() -> GraphLike:
    """Subjects, a joke on each at the same time, and the best one."""
    model = ScriptedChatModel(
        {
            r"Subjects of (\w+)": "ships, gulls, keepers, lamps",
            "Joke on ships": "A ship walks into a bar.",
            "Joke on": "A funny one.",
            "Best of": "The one about ships.",
        }
    )

    async def subjects(state: Jokes) -> Jokes:
        return {"subjects": (await model.ainvoke(f"Subjects of {state.get('topic')}")).text.split(", ")}

    def distribute(state: Jokes) -> list[Send]:
        return [Send("joke", {"topic": each}) for each in state.get("subjects", [])]

    async def joke(state: Jokes) -> Jokes:
        return {"jokes": [(await model.ainvoke(f"Joke on {state.get('topic')}")).text]}

    async def best(state: Jokes) -> Jokes:
        return {"best": (await model.ainvoke(f"Best of {state.get('jokes')}")).text}

    builder = StateGraph(Jokes).add_node("list", subjects).add_node(joke).add_node("choose", best)
    builder.add_edge(START, "list").add_conditional_edges("list", distribute, ["joke"]).add_edge("joke", "choose")
    return builder.add_edge("choose", END).compile(name="map reduce")


def memory_agent() -> GraphLike:
    """An agent that reads what it knows of a person from the store, and keeps what it learns."""
    model = scripted("You like tides.", "Ada likes tides.", "Hello, Ada.")

    async def learn(state: MessagesState, *, store: BaseStore) -> dict[str, Any]:
        learnt = await model.ainvoke([*state["messages"], HumanMessage("What is new?")])
        await store.aput(("people", "ada"), "likes", {"text": learnt.text})
        summary = await model.ainvoke([*state["messages"], learnt])
        await store.aput(("people", "ada"), "summary", {"text": summary.text})
        return {}

    async def greet(state: MessagesState, *, store: BaseStore) -> dict[str, Any]:
        known = sorted(each.value["text"] for each in await store.asearch(("people", "ada")))
        return {"messages": [await model.ainvoke([AIMessage(" ".join(known)), *state["messages"]])]}

    builder = StateGraph(MessagesState).add_sequence([learn, greet]).add_edge(START, "learn")
    return builder.compile(name="memory agent")


def human_in_the_loop() -> GraphLike:
    """A draft, a question to a person in the middle of a node, and a second one."""
    model = scripted("Draft.", "What is changed?", "Changed.", "Signed.")

    async def draft(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await model.ainvoke(state["messages"])]}

    async def review(state: MessagesState) -> dict[str, Any]:
        asked = await model.ainvoke(state["messages"])
        wish = interrupt("How shall the draft be changed?")
        return {"messages": [await model.ainvoke([*state["messages"], asked, HumanMessage(str(wish))])]}

    async def sign(state: MessagesState) -> dict[str, Any]:
        name = interrupt("Who signs?")
        return {"messages": [await model.ainvoke([*state["messages"], HumanMessage(str(name))])]}

    builder = StateGraph(MessagesState).add_sequence([draft, review, sign]).add_edge(START, "draft")
    return builder.compile(name="human in the loop")


def functional_api() -> GraphLike:
    """An `@entrypoint` with tasks in a row and at the same time."""
    model = ScriptedChatModel({"Outline": "Tower, lamp", "Write on": "A paragraph.", "Join": "An essay."})

    @task
    async def outline(topic: str) -> list[str]:
        return (await model.ainvoke(f"Outline {topic}")).text.split(", ")

    @task
    async def write(part: str) -> str:
        return (await model.ainvoke(f"Write on {part}")).text

    @task
    async def join(parts: list[str]) -> str:
        return (await model.ainvoke(f"Join {parts}")).text

    @entrypoint()
    async def essay(topic: str) -> str:
        writing = [write(part) for part in await outline(topic)]
        return await join([await each for each in writing])

    return cast("AnyGraph", essay)


def without_times(result: Any) -> Any:
    """Return what a deep agent has said and written, without the times at which it wrote its files."""
    return result.messages, {path: file["content"] for path, file in result.files.items()}


def messages(text: str) -> Mapping[str, list[BaseMessage | dict[str, str]]]:
    return {"messages": [{"role": "user", "content": text}]}


@dataclass(frozen=True)
class Shape:
    make: Callable[[], GraphLike]
    given: Any
    answers: Mapping[str, str] = field(default_factory=dict[str, str])
    key: Callable[[Any], Any] | None = None
    """What of a result is compared, if a part of it differs each time."""


TEN = {
    "react agent": Shape(react_agent, messages("How high is the lighthouse?")),
    "supervisor": Shape(supervisor, messages("Compare the lighthouses.")),
    "swarm": Shape(swarm, messages("Compare the lighthouses.")),
    "deep agent": Shape(deep_agent, messages("Write a report on the lighthouse."), key=without_times),
    "plan and execute": Shape(plan_and_execute, {"question": "How is the lighthouse?"}),
    "reflection": Shape(reflection, messages("Write on the lighthouse.")),
    "map reduce": Shape(map_reduce, {"topic": "lighthouses"}),
    "memory agent": Shape(memory_agent, messages("I like tides.")),
    "human in the loop": Shape(
        human_in_the_loop, messages("Write a letter."), {"be changed": "Shorter.", "signs": "Ada"}
    ),
    "functional API": Shape(functional_api, "the lighthouse"),
}
