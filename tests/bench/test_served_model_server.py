"""The model server of `make served`: what it answers, and when it says that an answer was paid."""

import json
import socket
import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

import httpx

from bench.served.conversation import Conversation, Said
from bench.served.model_server import ModelServer

ASKED = {"model": "m", "messages": [{"role": "user", "content": "How warm is it?"}]}


def script(conversation: Conversation) -> tuple[str, Said]:
    if "cold" in conversation.question:
        raise ValueError("nobody speaks of that")
    return "bob", Said("Warm.", [("get_weather", {"city": "Oslo"})])


def wait_for_ends(models: ModelServer) -> None:
    """Wait until the threads of the server have heard that their connections are closed."""
    while any(call.end is None for call in models.calls):
        time.sleep(0.01)


def test_it_answers_as_openai_does_and_logs_the_call() -> None:
    with ModelServer(script) as models:
        answer = httpx.post(f"{models.base_url}/chat/completions", json=ASKED, trust_env=False).json()
        wait_for_ends(models)
    message = answer["choices"][0]["message"]
    assert (message["content"], message["tool_calls"][0]["id"]) == ("Warm.", "bob-0-0")
    assert json.loads(message["tool_calls"][0]["function"]["arguments"]) == {"city": "Oslo"}
    (call,) = models.calls
    assert (call.kind, call.label.split(" #")[0]) == ("model", "bob: How warm is it?")
    assert (call.end or 0) > call.start


def test_what_has_no_script_is_a_bad_request() -> None:
    asked = {"model": "m", "messages": [{"role": "user", "content": "How cold is it?"}]}
    with ModelServer(script) as models:
        answer = httpx.post(f"{models.base_url}/chat/completions", json=asked, trust_env=False)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "nobody speaks of that")


def ask(models: ModelServer) -> HTTPConnection:
    """Ask, and return the connection once the answer has begun to come."""
    asking = HTTPConnection(urlsplit(models.base_url).netloc)
    asking.request("POST", "/v1/chat/completions", json.dumps(ASKED))
    assert asking.sock.recv(1, socket.MSG_PEEK) == b"H"
    return asking


def test_an_answer_has_ended_when_it_was_read() -> None:
    with ModelServer(script) as models:
        asking = ask(models)
        (call,) = models.calls
        assert call.end is None
        read = time.time()
        asking.getresponse().read()  # which closes the connection
        wait_for_ends(models)
    assert (call.end or 0) >= read


def test_an_answer_that_nobody_has_read_has_no_end() -> None:
    with ModelServer(script) as models:
        ask(models).close()
    assert [call.end for call in models.calls] == [None]
