"""The functional API: tasks in parallel, a task that writes, a person who reviews, and a task that writes again."""

from langchain.chat_models import init_chat_model
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.func import entrypoint, task
from langgraph.types import interrupt
from toolbox import get_weather

model = init_chat_model("openai:gpt-4.1-mini")


@task
def look_up(city: str) -> str:
    """Look up the weather of a city."""
    return get_weather(city)


@task
def write_essay(topic: str, facts: list[str]) -> str:
    """Write an essay."""
    return model.invoke(f"Write an essay about {topic}.\nFacts: {facts}").content


@task
def improve_essay(essay: str, wish: str) -> str:
    """Write it again, as a reviewer wishes."""
    return model.invoke(f"Improve an essay: {wish}.\n{essay}").content


@entrypoint(checkpointer=InMemorySaver())
def workflow(inputs: dict) -> dict:
    futures = [look_up(city) for city in inputs["cities"]]
    facts = [future.result() for future in futures]
    essay = write_essay(inputs["topic"], facts).result()
    wish = interrupt({"essay": essay, "action": "Please say what to improve."})
    return {"essay": improve_essay(essay, wish).result(), "wish": wish}
