"""Two agents that hand the conversation over to each other, by the package `langgraph-swarm`."""

from langchain.agents import create_agent
from langgraph.checkpoint.memory import InMemorySaver
from langgraph_swarm import create_handoff_tool, create_swarm
from toolbox import add, get_weather, search_web

alice = create_agent(
    "openai:gpt-4.1-mini",
    tools=[add, create_handoff_tool(agent_name="Bob", description="Hand over to Bob, who knows the weather.")],
    system_prompt="You are Alice, an expert of addition.",
    name="Alice",
)
bob = create_agent(
    "openai:gpt-4.1-mini",
    tools=[
        get_weather,
        search_web,
        create_handoff_tool(agent_name="Alice", description="Hand over to Alice, who adds."),
    ],
    system_prompt="You are Bob, an expert of the weather.",
    name="Bob",
)

checkpointer = InMemorySaver()
workflow = create_swarm([alice, bob], default_active_agent="Alice")
app = workflow.compile(checkpointer=checkpointer)
