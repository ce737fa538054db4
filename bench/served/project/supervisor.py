"""A supervisor that hands work to two agents, by the package `langgraph-supervisor`."""

from langchain.agents import create_agent
from langchain_openai import ChatOpenAI
from langgraph_supervisor import create_supervisor
from toolbox import add, multiply, search_web

model = ChatOpenAI(model="gpt-4.1-mini")

research_agent = create_agent(
    model,
    tools=[search_web],
    system_prompt="You are a researcher. You do no calculations.",
    name="research_expert",
)
math_agent = create_agent(
    model,
    tools=[add, multiply],
    system_prompt="You are a mathematician. You only calculate.",
    name="math_expert",
)

workflow = create_supervisor(
    [research_agent, math_agent],
    model=model,
    prompt="You are a supervisor of a researcher and a mathematician.",
)
app = workflow.compile()
