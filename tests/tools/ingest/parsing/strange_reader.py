"""A reader that does what the file tells it: things that no reader should do, but that a file may cause."""

import os
import re
import signal
import sys
import threading
from collections.abc import Callable

from outlast.tools.documents.document import Document, Unreadable

READER = f"{__name__}:read_document"

kept: list[object] = []
"""What earlier files left behind."""


def read_document(name: str, content: bytes) -> Document:
    word = content.decode().strip()
    if "spoilt" in kept:
        os.abort()
    if word in DEEDS:
        DEEDS[word]()
    text, title = TEXTS.get(word, f"{word} {os.getpid()}"), TITLES.get(word, name)
    return Document(text, title, "text/plain", (), "strange/1")


def signalled(number: signal.Signals) -> Callable[[], object]:
    return lambda: os.kill(os.getpid(), number)


def use_memory() -> None:
    held = [b"x" * (1 << 20) for _ in range(10_000)]
    del held


def fail() -> None:
    raise ZeroDivisionError


def recurse() -> None:
    recurse()


def refuse() -> None:
    raise Unreadable("it is strange")


def make_noise() -> None:
    sys.stdout.write("noise")
    sys.stdout.flush()
    os.write(1, b"noise")
    os.write(2, b"noise")


TEXTS = {"surrogate": "a\ud800b"}
TITLES = {"surrogate title": "a\ud800b"}
DEEDS: dict[str, Callable[[], object]] = {
    "segfault": signalled(signal.SIGSEGV),
    "abort": os.abort,
    "kill": signalled(signal.SIGKILL),
    "exit": lambda: os._exit(3),
    "regex": lambda: re.match("(a+)+$", "a" * 50 + "b"),
    "wait": lambda: threading.Event().wait(),
    "memory": use_memory,
    "grow": lambda: kept.append(b"x" * (230 << 20)),
    "raise": fail,
    "recurse": recurse,
    "refuse": refuse,
    "noise": make_noise,
    "babble": lambda: os.write(0, (3).to_bytes(4, "big") + b"abc"),
    "threaten": lambda: os.write(0, b"\xff" * 4),
    "spoil": lambda: kept.append("spoilt"),
    "deaf": lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN),
}
