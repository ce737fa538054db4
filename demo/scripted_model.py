"""A model server on loopback that answers slowly and by rules, and records each call, without a key or network.

It implements the part of OpenAI's protocol that Outlast uses. The same messages always get the same answer, so two
calls with the same messages are one call made twice.
"""

import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

DELIMITED_PATTERN = re.compile(r"<(\w+) (\d+) ([0-9a-f]{16})>\n(.*?)\n</\1 \2 \3>", re.DOTALL)
QUESTION_PATTERN = re.compile(r"question:\n(.+?)(?:\n\n|\Z)", re.DOTALL)
SENTENCE = re.compile(r"[A-Z][^.!?]{20,300}[.!?](?=\s|\Z)")
MIN_SHARED_WORDS = 2
"""Minimum number of long words that a sentence must share with the question to answer it."""


@dataclass
class Call:
    """One call of the model. `request` is a hash of its messages; times are seconds of the monotonic clock."""

    number: int
    request: str
    form: str
    about: str
    begun: float
    answered: float | None = None


class ScriptedModel:
    """A server. It runs `changed` when a call arrives and when it answers, `shortest` to `longest` seconds later."""

    def __init__(self, shortest: float, longest: float, changed: Callable[[Call], None]) -> None:
        self.calls: list[Call] = []
        self.lock = threading.Lock()
        """Held while a call begins and while it ends, so that its holder sees which calls are in flight."""
        self._shortest, self._longest = shortest, longest
        self._changed = changed
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def in_flight(self) -> list[Call]:
        return [call for call in self.calls if call.answered is None]

    def answer(self, body: Mapping[str, Any]) -> bytes:
        """Wait, and return a chat completion as JSON."""
        form = str(body["response_format"]["json_schema"]["name"])
        prompt = "\n".join(str(message["content"]) for message in body["messages"])
        request = hashlib.sha256(f"{form}\n{prompt}".encode()).hexdigest()
        user = str(body["messages"][-1]["content"])
        with self.lock:
            call = Call(len(self.calls) + 1, request, form, about(form, user), time.monotonic())
            self.calls.append(call)
        self._changed(call)
        time.sleep(self._shortest + int(request[:4], 16) / 0xFFFF * (self._longest - self._shortest))
        with self.lock:
            call.answered = time.monotonic()
        self._changed(call)
        text = json.dumps(ANSWERS[form](user))
        tokens = {"prompt_tokens": len(prompt) // 4, "completion_tokens": len(text) // 4}
        message = {"role": "assistant", "content": text}
        return json.dumps(
            {
                "id": f"call-{call.number}",
                "object": "chat.completion",
                "created": 1,
                "model": "scripted",
                "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
                "usage": tokens | {"total_tokens": sum(tokens.values())},
            }
        ).encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, model: ScriptedModel, *args: Any) -> None:
        self._model = model
        super().__init__(*args)  # answers

    def handle(self) -> None:
        with suppress(ConnectionError):  # the worker that made the call was killed
            super().handle()

    def do_POST(self) -> None:
        content = self._model.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in its base class
        """Print nothing, because `ScriptedModel.calls` records every call."""


def texts(user: str) -> list[str]:
    """Return the texts between marks: passages, quotes and titles. The title above a quote is left out."""
    return [re.sub(r"\A\[[^\n]*\]\n", "", match[4]) for match in DELIMITED_PATTERN.finditer(user)]


def question(user: str) -> str:
    """Return the question that the call is about, which is the last one in the message."""
    found = QUESTION_PATTERN.findall(DELIMITED_PATTERN.sub("", user))
    return " ".join(found[-1].split()) if found else ""


def long_words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{5,}", text.lower()))


def questions(user: str) -> dict[str, Any]:
    parts = re.split(r",(?: and)? (?=what|when|how|who|where|why)", question(user).rstrip("?"))
    return {"questions": [f"{part[:1].upper()}{part[1:]}?" for part in parts]}


def queries(user: str) -> dict[str, Any]:
    is_first = "Queries tried already:\n(none)" in user
    return {"queries": [" ".join(sorted(long_words(question(user)))[:6])] if is_first else []}


def copies(user: str) -> dict[str, Any]:
    question_words = long_words(question(user))
    sentences = SENTENCE.findall(texts(user)[-1])
    relevant = [each for each in sentences if len(question_words & long_words(each)) >= MIN_SHARED_WORDS]
    return {"quotes": [{"text": each, "speaks": "answers"} for each in relevant[:2]]}


def choice(user: str) -> dict[str, Any]:
    numbers = list(range(1, len(texts(user)) + 1))[:3]
    return {"answered": "fully" if numbers else "no", "numbers": numbers, "contradictions": []}


def written(user: str) -> dict[str, Any]:
    quotes = [" ".join(each.split()) for each in texts(user)]
    sentences = [{"text": f"As the documents say: {each}", "quotes": [number]} for number, each in enumerate(quotes, 1)]
    return {"heading": question(user).rstrip("?"), "sentences": sentences}


def judged(user: str) -> dict[str, Any]:
    del user
    return {"why": "The quotes say so.", "verdict": "supported"}


def rewritten(user: str) -> dict[str, Any]:
    return {"sentence": " ".join(texts(user)[-1].split())}


ANSWERS: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "Questions": questions,
    "Queries": queries,
    "Copies": copies,
    "Choice": choice,
    "Written": written,
    "Judged": judged,
    "Rewritten": rewritten,
}
"""The function that makes each answer, by the name of the form (JSON schema) that Outlast asks for."""

CALL_PURPOSES = {
    "Questions": "plan the questions",
    "Queries": "think of a search",
    "Copies": "read a passage of",
    "Choice": "choose among the quotes",
    "Written": "write a section",
    "Judged": "judge a sentence",
    "Rewritten": "correct a sentence",
}


def about(form: str, user: str) -> str:
    """Return the purpose of a call in a few words, and the document of a passage that it reads."""
    document = f" {texts(user)[0].partition(',')[0]}" if form == "Copies" else ""
    return f"{CALL_PURPOSES[form]}{document}"
