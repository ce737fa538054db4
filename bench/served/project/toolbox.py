"""The tools of the graphs. Each takes some time, and writes into a file when it began and when it finished."""

import asyncio
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

TOOL_LOG = os.environ.get("TOOL_LOG", os.devnull)
_numbers = count(1)


@contextmanager
def logged(tool: str, *arguments: object) -> Iterator[float]:
    """Log one call of a tool, and yield how many seconds it takes: 0.05 to 0.45, always the same for its arguments.

    A line is with the kernel before the tool goes on, so that no kill of the process loses one.
    """
    label = f"{tool}({', '.join(map(str, arguments))})"
    name = f"{os.getpid()}.{next(_numbers)}"
    write(event="start", name=name, label=label)
    try:
        yield 0.05 + sum(label.encode()) % 11 * 0.04
    except BaseException:  # a cancelled tool is cut off too, and its end must not be logged
        write(event="cut", name=name)
        raise
    write(event="end", name=name)


def write(**line: str) -> None:
    text = json.dumps({**line, "kind": "tool", "time": time.time()}) + "\n"
    file = os.open(TOOL_LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        os.write(file, text.encode())
    finally:
        os.close(file)


def get_weather(city: str) -> str:
    """Get the weather of a city."""
    with logged("get_weather", city) as seconds:
        time.sleep(seconds)
    return f"It is {10 + len(city)} degrees and windy in {city}."


async def search_web(query: str) -> str:
    """Search the web."""
    with logged("search_web", query) as seconds:
        await asyncio.sleep(seconds)
    return f"Three pages say something about {query}."


def add(a: float, b: float) -> float:
    """Add two numbers."""
    with logged("add", a, b) as seconds:
        time.sleep(seconds)
    return a + b


def multiply(a: float, b: float) -> float:
    """Multiply two numbers."""
    with logged("multiply", a, b) as seconds:
        time.sleep(seconds)
    return a * b


def send_email(to: str, subject: str) -> str:
    """Send an email."""
    with logged("send_email", to, subject) as seconds:
        time.sleep(seconds)
    return f"Sent {subject!r} to {to}."
