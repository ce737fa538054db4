"""Map and reduce: jokes about several subjects are made in parallel, by `Send`, and the best one is chosen."""

import operator
from typing import Annotated

from langchain.chat_models import init_chat_model
from langgraph.graph import END, START, StateGraph
from langgraph.types import Send
from pydantic import BaseModel
from typing_extensions import TypedDict

model = init_chat_model("openai:gpt-4.1-mini")


class Subjects(BaseModel):
    subjects: list[str]


class Joke(BaseModel):
    joke: str


class BestJoke(BaseModel):
    id: int


class OverallState(TypedDict):
    topic: str
    subjects: list[str]
    jokes: Annotated[list[str], operator.add]
    best_selected_joke: str


class JokeState(TypedDict):
    subject: str


def generate_topics(state: OverallState):
    response = model.with_structured_output(Subjects).invoke(f"List subjects that belong to {state['topic']}.")
    return {"subjects": response.subjects}


def continue_to_jokes(state: OverallState):
    return [Send("generate_joke", {"subject": subject}) for subject in state["subjects"]]


def generate_joke(state: JokeState):
    response = model.with_structured_output(Joke).invoke(f"Make a joke about {state['subject']}.")
    return {"jokes": [response.joke]}


def best_joke(state: OverallState):
    jokes = "\n\n".join(state["jokes"])
    response = model.with_structured_output(BestJoke).invoke(f"Select the best joke about {state['topic']}.\n\n{jokes}")
    return {"best_selected_joke": state["jokes"][response.id]}


builder = StateGraph(OverallState)
builder.add_node("generate_topics", generate_topics)
builder.add_node("generate_joke", generate_joke)
builder.add_node("best_joke", best_joke)
builder.add_edge(START, "generate_topics")
builder.add_conditional_edges("generate_topics", continue_to_jokes, ["generate_joke"])
builder.add_edge("generate_joke", "best_joke")
builder.add_edge("best_joke", END)
graph = builder.compile()
