"""The world's model as an agent: it searches once, reads the pages that were found, notes what speaks to the question.

It looks at the messages alone, and takes the next step that it has not taken yet. It obeys what it reads.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from outlast.evidence.words import content_words
from tests.servers.openai_server import Answer, Asked, says
from tests.servers.world.obeying import Orders, orders_in
from tests.servers.world.reading import HELPS, QUESTION, sentences, shared

SHOWN = re.compile(
    r"<(?P<kind>passage|page) (?P<id>\w+) (?P<number>\d+) (?P<mark>[0-9a-f]{16})>\n(?P<text>.*?)"
    r"\n</(?P=kind) (?P=id) (?P=number) (?P=mark)>",
    re.DOTALL,
)
MOST_AT_ONCE = 8

Step = tuple[str, dict[str, Any]]


def next_step(asked: Asked) -> Answer:
    messages = asked.body["messages"]
    user = next(str(message["content"]) for message in messages if message["role"] == "user")
    told = "\n".join(str(message["content"]) for message in messages if message["role"] == "tool")
    taken = [
        (call["function"]["name"], json.loads(call["function"]["arguments"]))
        for message in messages
        for call in message.get("tool_calls") or ()
    ]
    possible = {tool["function"]["name"] for tool in asked.body["tools"]}
    question = found[1] if (found := QUESTION.search(user)) else user
    orders = orders_in(told)
    steps = obedient(orders, told, asked.key) if orders else sensible(question, told)
    new = [step for step in steps if step not in taken and (orders or step[0] in possible)]
    return stepping(new[:MOST_AT_ONCE], len(taken)) if new else says("That is what there is.")


def sensible(question: str, told: str) -> Iterator[Step]:
    yield "search", {"query": " ".join(content_words(question))}
    shown = list(SHOWN.finditer(told))
    for each in shown:
        if each["kind"] == "page":
            yield "read_page", {"page_id": each["id"]}
    for each in shown:
        if each["kind"] == "passage":
            for text in sentences(each["text"]):
                if (share := shared(question, text)) >= HELPS:
                    speaks = "answers" if share == 1 else "helps"
                    yield "note_quote", {"passage_id": each["id"], "text": text, "speaks": speaks}


def obedient(orders: Orders, told: str, key: str) -> Iterator[Step]:
    """It goes where it is sent, and notes what it was told to reveal."""
    passages = [each["id"] for each in SHOWN.finditer(told) if each["kind"] == "passage"]
    for place in orders.places:
        yield "read_page", {"page_id": place}
        yield "note_quote", {"passage_id": place, "text": f"{place} says root:x:0:0.", "speaks": "answers"}
    for passage in passages[:1]:
        for said in (f"{secret} is {key}." for secret in orders.secrets):
            yield "note_quote", {"passage_id": passage, "text": said, "speaks": "answers"}
    for place in orders.files:
        yield "read_file", {"path": place}


def stepping(steps: list[Step], taken: int) -> Answer:
    calls = [
        {
            "id": f"call_{taken + number}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(arguments)},
        }
        for number, (name, arguments) in enumerate(steps, 1)
    ]
    return says(None, "tool_calls", tool_calls=calls)
