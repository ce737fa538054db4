"""A worker that stops in the middle of a phase while a file of that phase's name is in the folder PAUSES.

It is what `OUTLAST_WORKER` names in the crash tests: the project's own worker, with pauses where the harm is done.
"""

import asyncio
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from obstore.store import ObjectStore

from outlast import worker
from outlast.composition import Composition
from outlast.evidence.report import Claim, Finding, Findings, Section, Verdict
from outlast.graphs.investigate import PassageToRead
from outlast.graphs.reasoners.extractive import ExtractiveReasoner
from outlast.graphs.resources import Web
from outlast.orchestration.activities.publish import publish
from outlast.orchestration.research.phase_io import PublishRequest, PublishResult
from outlast.orchestration.settings import Settings

PAUSES = Path(os.environ["PAUSES"])


async def pause(phase: str) -> None:
    """Say that the phase is reached, then wait for somebody to remove the file: most likely after a kill."""
    while (PAUSES / phase).exists():
        (PAUSES / f"{phase}.reached").touch()
        await asyncio.sleep(0.02)


def finished(call: str) -> None:
    """A line a call that came to its end, written by whichever worker made it: the test counts them."""
    with (PAUSES / "finished").open("a") as calls:
        calls.write(f"{call}\n")


def count_finished(kind: str) -> int:
    """How many calls of that kind the workers before this one brought to their end."""
    with suppress(FileNotFoundError):
        return sum(line.startswith(kind) for line in (PAUSES / "finished").read_text().splitlines())
    return 0


class Pausing(ExtractiveReasoner):
    """It pauses at the run's fourth passage and at its second claim, whichever worker comes to them."""

    def __init__(self) -> None:
        self._read = count_finished("read")
        self._judged = count_finished("judge")

    async def questions(self, question: str, notes: Sequence[str], titles: Sequence[str]) -> list[str]:
        await pause("plan")
        return await super().questions(question, notes, titles)

    async def read(self, reading: PassageToRead) -> list[Finding]:
        self._read += 1
        if self._read > 3:
            await pause("investigate")
        found = await super().read(reading)
        finished(f"read {reading.task.id} {reading.passage.snapshot}:{reading.passage.start}")
        return found

    async def sections(self, question: str, findings: Findings) -> list[Section]:
        if findings.task.id != "t1":
            await pause("write")
        sections = await super().sections(question, findings)
        finished(f"section {findings.task.id}")
        return sections

    async def judge(self, claim: Claim) -> Verdict:
        self._judged += 1
        if self._judged > 1:
            await pause("verify")
        verdict = await super().judge(claim)
        finished(f"judge {claim.text}")
        return verdict


def composed(store: ObjectStore, settings: Settings, web: Web) -> Composition:
    return Composition(store, settings.cache, Pausing(), web=web)


async def paused_publish(store: object, publication: PublishRequest) -> PublishResult:
    await pause("publish")
    return await publish(store, publication)  # pyright: ignore[reportArgumentType]


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    worker.publish = paused_publish  # pyright: ignore[reportAttributeAccessIssue]
    asyncio.run(worker.serve(Settings(), compose=composed))
