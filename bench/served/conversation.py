"""What a model is asked, and what it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from zlib import crc32

ToolCall = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Said:
    """What a model says: a text, or the tools that it calls at once, with their arguments."""

    text: str = ""
    tools: Sequence[ToolCall] = ()


@dataclass(frozen=True)
class Conversation:
    """The messages of a request, as OpenAI's API has them."""

    messages: Sequence[Mapping[str, Any]]
    model: str
    tools: frozenset[str]

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Self:
        tools = frozenset(tool["function"]["name"] for tool in fields.get("tools", ()))
        return cls(fields["messages"], fields["model"], tools)

    @property
    def instructions(self) -> str:
        """The system's message, or the first one if there is none."""
        return text_of(self.messages[0])

    @property
    def question(self) -> str:
        """The first line of the newest message of a person."""
        return self._asked.splitlines()[0]

    @property
    def label(self) -> str:
        """The beginning of that line, and the checksum of the whole message, which tells it from others."""
        return f"{self.question[:60]} #{crc32(self._asked.encode()):08x}"

    @property
    def _asked(self) -> str:
        return [text_of(message) for message in self.messages if message["role"] == "user"][-1]

    def turn_of(self, speaker: str) -> int:
        """Count what the speaker has said so far in this conversation, which other agents may share.

        A speaker's calls of tools have ids with its name. One that calls no tools shares its conversation with nobody.
        """
        said = [message for message in self.messages if message["role"] == "assistant"]
        own = [message for message in said if any(ids.startswith(f"{speaker}-") for ids in ids_of(message))]
        return len(own) or (0 if any(map(ids_of, said)) else len(said))


def ids_of(message: Mapping[str, Any]) -> list[str]:
    return [call["id"] for call in message.get("tool_calls") or ()]


def text_of(message: Mapping[str, Any]) -> str:
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "".join(block.get("text", "") for block in content)
