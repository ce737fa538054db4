"""A server on loopback that speaks as OpenAI's does: it answers by the script, and logs when an answer began and ended.

The graphs' models find it by the variable OPENAI_BASE_URL. It runs in threads of this process, which is not killed. An
answer has ended when its reader, which is told to, closes the connection: a process that was killed before has not read
the answer, even if it was sent.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from bench.served.calls import Call
from bench.served.conversation import Conversation, Said

Script = Callable[[Conversation], tuple[str, Said]]
"""Returns who speaks, and what it says."""


class ModelServer:
    """`calls` has all calls in the order of their beginnings."""

    def __init__(self, script: Script) -> None:
        self.calls: list[Call] = []
        self._script = script
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=partial(self._server.serve_forever, poll_interval=0.05))

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

    def answer(self, fields: Mapping[str, Any]) -> tuple[Call, Mapping[str, Any]]:
        """Return a call that has begun and its completion, after the time that it takes."""
        conversation = Conversation.of(fields)
        speaker, said = self._script(conversation)
        label = f"{speaker}: {conversation.label}, turn {conversation.turn_of(speaker)}"
        call = Call(label, "model", time.time())
        self.calls.append(call)
        time.sleep(0.05 + sum(label.encode()) % 11 * 0.005)
        return call, completion(speaker, said, conversation)


def completion(speaker: str, said: Said, conversation: Conversation) -> dict[str, Any]:
    turn = conversation.turn_of(speaker)
    calls = [
        {
            "id": f"{speaker}-{turn}-{number}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(arguments)},
        }
        for number, (name, arguments) in enumerate(said.tools)
    ]
    message = {"role": "assistant", "content": said.text or None, **({"tool_calls": calls} if calls else {})}
    words = len(conversation.messages)
    return {
        "id": f"{speaker}-{turn}",
        "object": "chat.completion",
        "created": 0,
        "model": conversation.model,
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop"}],
        "usage": {"prompt_tokens": 10 * words, "completion_tokens": 10, "total_tokens": 10 * words + 10},
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # otherwise the body waits until the headers are acknowledged, for 40 ms

    def __init__(self, models: ModelServer, *args: Any) -> None:
        self._models = models
        super().__init__(*args)  # answers

    def handle(self) -> None:
        with suppress(ConnectionError):  # its client may be killed at any moment
            super().handle()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            call, answer = self._models.answer(json.loads(body))
        except ValueError as error:  # no script, or a tool that the agent does not have: the run must fail and say so
            self._send(400, {"error": {"message": str(error), "type": "invalid_request_error"}})
            return
        self._send(200, answer)
        self.connection.recv(1)  # returns when the other side closes the connection, having read all, or died
        call.end = time.time()

    def _send(self, status: int, content: Mapping[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as in the base class
        """Print nothing for each request."""
