"""A deep agent of the package `deepagents`: it plans, delegates to subagents and writes a file."""

from deepagents import create_deep_agent
from langchain.agents.middleware import TodoListMiddleware
from langchain.chat_models import init_chat_model
from toolbox import search_web

agent = create_deep_agent(
    model=init_chat_model("openai:gpt-4.1-mini", use_responses_api=False),
    tools=[search_web],
    system_prompt="You are an editor. You delegate research and write a report.",
    middleware=[TodoListMiddleware()],
    subagents=[
        {
            "name": "researcher",
            "description": "Researches one question in depth.",
            "system_prompt": "You are a thorough researcher of one question.",
            "tools": [search_web],
        }
    ],
)
