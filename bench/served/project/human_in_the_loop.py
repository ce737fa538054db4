"""An agent whose emails a person approves, edits or rejects before they are sent."""

from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langgraph.checkpoint.memory import InMemorySaver
from toolbox import search_web, send_email

agent = create_agent(
    model="openai:gpt-4.1-mini",
    tools=[search_web, send_email],
    system_prompt="You are a secretary.",
    middleware=[
        HumanInTheLoopMiddleware(
            interrupt_on={
                "send_email": {"allowed_decisions": ["approve", "edit", "reject"]},
                "search_web": False,
            },
            description_prefix="Shall this email be sent?",
        ),
    ],
    checkpointer=InMemorySaver(),
)
