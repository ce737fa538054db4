"""The model server of `make served`: what it answers, and when it says that an answer was paid."""

import json
import socket
from contextlib import suppress
from urllib.parse import urlsplit

import httpx

from bench.served.calls import Call
from bench.served.conversation import Conversation, Said
from bench.served.model_server import ModelServer

ASKED = {"model": "m", "messages": [{"role": "user", "content": "How warm is it?"}]}


def script(conversation: Conversation) -> tuple[str, Said]:
    if "cold" in conversation.question:
        raise ValueError("nobody speaks of that")
    return "bob", Said("Warm.", [("get_weather", {"city": "Oslo"})])


def test_it_answers_as_openai_does_and_logs_the_call() -> None:
    with ModelServer(script) as models:
        answer = httpx.post(f"{models.base_url}/chat/completions", json=ASKED, trust_env=False).json()
    message = answer["choices"][0]["message"]
    assert (message["content"], message["tool_calls"][0]["id"]) == ("Warm.", "bob-0-0")
    assert json.loads(message["tool_calls"][0]["function"]["arguments"]) == {"city": "Oslo"}
    (call,) = models.calls
    assert (call.kind, call.label.split(" #")[0]) == ("model", "bob: How warm is it?")
    assert call.end is not None
    assert call.end > call.start


def test_what_has_no_script_is_a_bad_request() -> None:
    asked = {"model": "m", "messages": [{"role": "user", "content": "How cold is it?"}]}
    with ModelServer(script) as models:
        answer = httpx.post(f"{models.base_url}/chat/completions", json=asked, trust_env=False)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "nobody speaks of that")


def test_an_answer_to_a_process_that_has_died_has_no_end() -> None:
    with ModelServer(script) as models:
        address = urlsplit(models.base_url)
        body = json.dumps(ASKED)
        with socket.create_connection((address.hostname or "", address.port or 0)) as asking:
            asking.sendall(f"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
            asking.shutdown(socket.SHUT_WR)  # as the kernel does for a process that is killed
            with suppress(ConnectionError):
                assert asking.recv(1) == b""  # it is closed without an answer
    assert [(type(call), call.end) for call in models.calls] == [(Call, None)]
