"""Plan and execute: a planner makes a list of steps, an agent does one after the other, and each time it is updated."""

import operator
from typing import Annotated

from langchain.agents import create_agent
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI
from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel, Field
from toolbox import get_weather, search_web
from typing_extensions import TypedDict

llm = ChatOpenAI(model="gpt-4.1-mini", temperature=0)
agent_executor = create_agent(llm, tools=[search_web, get_weather], system_prompt="You are an executor of one step.")


class PlanExecute(TypedDict):
    input: str
    plan: list[str]
    past_steps: Annotated[list[tuple[str, str]], operator.add]
    response: str


class Plan(BaseModel):
    """A plan to follow."""

    steps: list[str] = Field(description="The steps, in the order in which they are to be done.")


class Response(BaseModel):
    """An answer to the user."""

    response: str


class Act(BaseModel):
    """What to do now."""

    action: Response | Plan = Field(description="A Response to answer the user, or a Plan if there is more to do.")


planner = ChatPromptTemplate.from_messages(
    [
        ("system", "You are a planner. Make a simple plan for the objective, step by step."),
        ("placeholder", "{messages}"),
    ]
) | llm.with_structured_output(Plan)

replanner = ChatPromptTemplate.from_template(
    "You are a replanner. The objective is: {input}\n"
    "The original plan is: {plan}\n"
    "The steps that are done: {past_steps}\n"
    "Update the plan, or answer if there is nothing more to do."
) | llm.with_structured_output(Act)


async def execute_step(state: PlanExecute):
    plan = state["plan"]
    steps = "\n".join(f"{number}. {step}" for number, step in enumerate(plan, 1))
    task = f"Do step 1, {plan[0]}, of this plan:\n{steps}"
    response = await agent_executor.ainvoke({"messages": [("user", task)]})
    return {"past_steps": [(plan[0], response["messages"][-1].content)]}


async def plan_step(state: PlanExecute):
    plan = await planner.ainvoke({"messages": [("user", state["input"])]})
    return {"plan": plan.steps}


async def replan_step(state: PlanExecute):
    output = await replanner.ainvoke(state)
    if isinstance(output.action, Response):
        return {"response": output.action.response}
    return {"plan": output.action.steps}


def should_end(state: PlanExecute):
    return END if state.get("response") else "agent"


workflow = StateGraph(PlanExecute)
workflow.add_node("planner", plan_step)
workflow.add_node("agent", execute_step)
workflow.add_node("replan", replan_step)
workflow.add_edge(START, "planner")
workflow.add_edge("planner", "agent")
workflow.add_edge("agent", "replan")
workflow.add_conditional_edges("replan", should_end, ["agent", END])
app = workflow.compile()
