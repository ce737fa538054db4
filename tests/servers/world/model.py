"""A model that reasons by rules: the same messages have the same answer. It obeys what it reads.

It plans a question a sentence, searches for a question's words once, copies the sentences that share words with the
question, writes each in other words, and finds everything supported.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from outlast.evidence.words import content_words
from tests.servers.openai_server import Answer, Asked, calls, says, says_json
from tests.servers.world.agent import next_step
from tests.servers.world.obeying import obeyed, orders_in
from tests.servers.world.reading import (
    HELPS,
    NUMBER,
    Read,
    best,
    contradicting,
    in_other_words,
    read,
    sentences,
    shared,
)

CHARACTERS_A_TOKEN = 4

Forms = Mapping[str, Callable[[Read], dict[str, Any]]]


def answer(asked: Asked, forms: Forms | None = None) -> Answer:
    """With the usage that it is paid for. `forms` are what it reasons by instead, in those forms."""
    given = reasoned(asked, {**FORMS, **(forms or {})})
    assert isinstance(given.body, dict)
    prompt, completion = len(asked.text), len(json.dumps(given.body["choices"]))
    usage = {
        "prompt_tokens": prompt // CHARACTERS_A_TOKEN,
        "completion_tokens": completion // CHARACTERS_A_TOKEN,
        "total_tokens": prompt // CHARACTERS_A_TOKEN + completion // CHARACTERS_A_TOKEN,
    }
    return Answer({**given.body, "usage": usage})


def reasoned(asked: Asked, forms: Forms) -> Answer:
    form = asked.schema
    if form not in forms:
        return next_step(asked) if asked.body.get("tools") else says("yes")
    user = next(str(message["content"]) for message in asked.body["messages"] if message["role"] == "user")
    seen = read(user)
    orders = orders_in("\n".join(text for texts in seen.texts.values() for text in texts))
    content = obeyed(form, orders, asked.key) if orders else forms[form](seen)
    return calls(form, content) if asked.body.get("tools") else says_json(content)


def questions(seen: Read) -> dict[str, Any]:
    return {"questions": sentences(seen.question) or [seen.question]}


def queries(seen: Read) -> dict[str, Any]:
    is_first = "Queries tried already:\n(none)" in seen.whole
    return {"queries": [" ".join(content_words(seen.question))] if is_first else []}


def copies(seen: Read) -> dict[str, Any]:
    found = [(text, shared(seen.question, text)) for passage in seen.all_of("passage") for text in sentences(passage)]
    return {
        "quotes": [
            {"text": text, "speaks": "answers" if share == 1 else "helps"} for text, share in found if share >= HELPS
        ]
    }


def choice(seen: Read) -> dict[str, Any]:
    numbers = best(seen.question, seen.quotes)
    groups = contradicting(seen.quotes)
    return {
        "answered": "fully" if numbers else "no",
        "numbers": list(dict.fromkeys([*numbers, *(number for group in groups for number in group)])),
        "contradictions": groups,
    }


def written(seen: Read) -> dict[str, Any]:
    said = [{"text": in_other_words(text), "quotes": [number]} for number, text in enumerate(seen.quotes, 1)]
    return {"heading": " ".join(NUMBER.sub("", seen.question).strip("?").split()), "sentences": said}


def judged(seen: Read) -> dict[str, Any]:
    return {"why": "The quotes say so.", "verdict": "supported"}


def rewritten(seen: Read) -> dict[str, Any]:
    return {"sentence": seen.quotes[0] if seen.quotes else ""}


FORMS: Forms = {
    "Questions": questions,
    "Queries": queries,
    "Copies": copies,
    "Choice": choice,
    "Written": written,
    "Judged": judged,
    "Rewritten": rewritten,
}
