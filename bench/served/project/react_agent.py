"""A ReAct agent: a model in a loop with tools, as `create_agent` makes it."""

from langchain.agents import create_agent
from toolbox import get_weather, search_web

agent = create_agent(
    model="openai:gpt-4.1-mini",
    tools=[get_weather, search_web],
    system_prompt="You are a travel assistant.",
)
