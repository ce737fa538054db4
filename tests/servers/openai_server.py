"""An OpenAI-compatible model server on loopback that answers what a test tells it, faults included.

    with OpenAIServer(in_order(fails(429), says("Rye."))) as server:
        model = chat_model("openai:scripted", base_url=server.base_url, api_key="sk-test")

It runs in a thread of its own, so that blocking tests and other processes can speak to it.
"""

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

from tests.servers.scripted import Reply, Request, ScriptedServer

NOT_FOUND = 404


@dataclass(frozen=True)
class Asked:
    """A request as it came: `number` counts from 1, `body` is its JSON."""

    number: int
    path: str
    headers: Mapping[str, str]  # their names in lower case
    body: Mapping[str, Any]

    @property
    def text(self) -> str:
        """All that the messages say, one after the other."""
        return "\n".join(str(message.get("content") or "") for message in self.body.get("messages", ()))

    @property
    def schema(self) -> str:
        """The name of the form that the answer is wanted in, however that is asked for; "" where none is."""
        wanted = self.body.get("response_format") or {}
        if wanted.get("type") == "json_schema":
            return wanted["json_schema"]["name"]
        if self.body.get("tools"):
            return self.body["tools"][0]["function"]["name"]
        in_words = re.search(r'\{"title": "(\w+)"', self.text)
        return in_words[1] if in_words else ""

    @property
    def key(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")


@dataclass(frozen=True)
class Answer:
    """What goes back. `way` is how: whole, with the connection reset before a byte, or a byte now and then for ever."""

    body: Mapping[str, Any] | bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    way: Literal["whole", "reset", "drip", "short"] = "whole"


Script = Callable[[Asked], Answer]


def says(text: str | None, finish: str = "stop", **message: Any) -> Answer:
    """A chat completion with that text."""
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
    return Answer({"id": "c", "object": "chat.completion", "created": 1, "model": "scripted", "choices": [choice]})


def says_json(content: object) -> Answer:
    return says(json.dumps(content))


def calls(tool: str, arguments: object) -> Answer:
    """A chat completion that calls a tool; `arguments` that are a string go out as they are."""
    given = arguments if isinstance(arguments, str) else json.dumps(arguments)
    call = {"id": "call_1", "type": "function", "function": {"name": tool, "arguments": given}}
    return says(None, "tool_calls", tool_calls=[call])


def fails(status: int, message: str = "No.", code: str = "", **headers: str) -> Answer:
    """An error as the provider gives it; `retry_after="3"` becomes the header Retry-After."""
    error = {"message": message, "type": code or "error", "code": code or None, "param": None}
    return Answer({"error": error}, status, {name.replace("_", "-"): value for name, value in headers.items()})


def quota_exhausted() -> Answer:
    return fails(429, "You exceeded your current quota, please check your plan.", "insufficient_quota")


def context_too_long() -> Answer:
    return fails(400, "This model's maximum context length is 4096 tokens.", "context_length_exceeded")


def resets() -> Answer:
    return Answer(way="reset")


def drips() -> Answer:
    """A byte now and then: no timeout between bytes ever ends it."""
    return Answer(way="drip")


def short() -> Answer:
    """Half of the promised bytes, then the end of the connection."""
    return Answer(b'{"id": "c", "choices": [{"index": 0, "mess', way="short")


def malformed(body: bytes = b'{"choices": null}') -> Answer:
    return Answer(body)


def in_order(*answers: Answer) -> Script:
    """Each once; the last one for ever."""
    return lambda asked: answers[min(asked.number, len(answers)) - 1]


class OpenAIServer:
    """`asked` has every request for an answer, in the order of arrival; `script` may be replaced while it runs."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[Asked] = []
        self._lock = threading.Lock()
        self._server = ScriptedServer(self._reply)

    @property
    def base_url(self) -> str:
        return f"{self._server.url}/v1"

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()

    def _reply(self, request: Request) -> Reply:
        if request.method == "GET":
            models = {"object": "list", "data": [{"id": "scripted", "object": "model"}]}
            return as_reply(Answer(models) if request.path.endswith("/models") else fails(NOT_FOUND))
        with self._lock:
            asked = Asked(len(self.asked) + 1, request.path, request.headers, request.fields)
            self.asked.append(asked)
        if request.path not in {"/v1/chat/completions", "/v1/responses"}:
            return as_reply(fails(NOT_FOUND, f"There is nothing at {request.path}."))
        return as_reply(with_usage(self.script(asked), asked))


def with_usage(answer: Answer, asked: Asked) -> Answer:
    """A completion that does not say what it cost says about a token for four characters."""
    if isinstance(answer.body, bytes) or "choices" not in answer.body or "usage" in answer.body:
        return answer
    prompt, completion = len(asked.text) // 4, len(json.dumps(answer.body["choices"])) // 4
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return replace(answer, body={**answer.body, "usage": usage})


def as_reply(answer: Answer) -> Reply:
    body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
    headers = {"Content-Type": "application/json", "Connection": "close", **answer.headers}
    if answer.way == "short":  # the connection ends, as if in order, before all is there that was promised
        return Reply(body, answer.status, headers | {"Content-Length": str(2 * len(body))})
    if answer.way == "drip":
        return Reply(body + b" " * 100_000, answer.status, headers, "drip")
    return Reply(body, answer.status, headers, answer.way)
