"""A reader of subtitles (SubRip and WebVTT): one paragraph for each, with the time at which it is shown."""

import re

from outlast.evidence.losses import Loss, LossKind
from outlast.evidence.sources import Places
from outlast.tools.documents.decoding import decode
from outlast.tools.documents.document import Document

EXTRACTOR = "subtitles/1"

TIMING = re.compile(
    r"(?P<start>(?:\d+:)?\d{1,2}:\d{2})[.,]\d{1,3}[ \t]*-->[ \t]*(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}(?P<settings>.*)"
)
HIDDEN_BLOCK = re.compile(r"(?:NOTE|STYLE|REGION)\b|WEBVTT\b")
VOICE = re.compile(r"<v(?:\.[\w.]+)?[ \t]+([^>]{1,100})>")
TAG = re.compile(r"</?(?:[biu]|font|c|lang|ruby|rt|v)\b[^>\n]{0,200}>|<\d[\d:.]{0,20}>|\{\\an?\d\}", re.IGNORECASE)
ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&nbsp;": " ", "&lrm;": "", "&rlm;": ""}
ENTITY = re.compile("|".join(ENTITIES))
WORD = re.compile(r"\w+")


def read(content: bytes, stem: str) -> Document:
    """Read subtitles. What is no subtitle, such as a note, is in the ledger. Raises Unreadable."""
    text = decode(content)
    parts, starts, times, hidden, length = list[str](), list[int](), list[str](), 0, 0
    for block in re.split(r"\n[ \t]*\n\s*", text):
        lines = block.strip("\n").split("\n")
        number = next((number for number, line in enumerate(lines[:2]) if TIMING.search(line)), None)
        if number is None:
            if HIDDEN_BLOCK.match(lines[0]) or lines == [""]:
                hidden += len(WORD.findall(block.removeprefix("WEBVTT")))
                continue
            spoken, time = _spoken(lines), ""  # words that a damaged file has between its subtitles
        else:
            timing = TIMING.search(lines[number])
            hidden += 0 if not timing else len(WORD.findall(timing.group("settings")))
            hidden += sum(0 if line.strip().isdigit() else len(WORD.findall(line)) for line in lines[:number])
            spoken, time = _spoken(lines[number + 1 :]), timing.group("start") if timing else ""
        if not spoken:
            continue
        if parts:
            parts.append("\n\n")
            length += 2
        starts.append(length)
        times.append(time)
        parts.append(spoken)
        length += len(spoken)
    losses = (Loss(kind=LossKind.HIDDEN, place="notes and settings", words=hidden),) if hidden else ()
    places = Places(unit="time", starts=tuple(starts), names=tuple(times)) if starts else None
    return Document("".join(parts), stem, "application/x-subrip", (), EXTRACTOR, places, losses=losses)


def _spoken(lines: list[str]) -> str:
    text = TAG.sub("", VOICE.sub(r"\1: ", "\n".join(lines)))
    return ENTITY.sub(lambda entity: ENTITIES[entity.group()], text).strip()
