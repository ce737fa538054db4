"""Where the report of a run was wanted when it was started: `watch` after a crash honours it, as `research` would.

A file a run in the home folder, whichever server the run is on: kill -9 of everything leaves it there.
"""

import asyncio
from pathlib import Path

from pydantic import ValidationError

from outlast.evidence.errors import NeedsOperator
from outlast.evidence.sources import Value
from outlast.orchestration.client.client import Run
from outlast.orchestration.client.export import Exporter
from outlast.orchestration.client.report import Format
from outlast.orchestration.settings import Settings


class Wish(Value):
    """The options `--out` (its full path, for `watch` may be typed in another folder) and `--format`."""

    out: Path | None = None
    form: Format | None = None


def remember(settings: Settings, run: Run, wish: Wish) -> None:
    """Whole, or not at all. Who joins a run and wants nothing leaves what was wanted first."""
    if wish == Wish():
        return
    file = wish_file(settings, run)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_suffix(".new")
        aside.write_text(wish.model_dump_json(), encoding="utf-8")
        aside.replace(file)
    except OSError as error:
        raise NeedsOperator(
            f"The run {run.id} is started, but {file.parent} cannot be written: {error.strerror}.",
            "Mend that; the same command again joins the run.",
        ) from None


def recall(settings: Settings, run: Run) -> Wish:
    """Nothing where nothing was wanted, or what was cannot be read any more."""
    try:
        return Wish.model_validate_json(wish_file(settings, run).read_bytes())
    except (OSError, ValidationError):
        return Wish()


def wish_file(settings: Settings, run: Run) -> Path:
    return settings.home / "wishes" / f"{run.execution}.json"


async def apply_wish(exports: Exporter, form: Format | None, run: Run) -> tuple[Exporter, Format | None]:
    """What this command says, and where it says nothing, what the run was started with."""
    wish = await asyncio.to_thread(recall, exports.settings, run)
    return Exporter(exports.settings, exports.out or wish.out), form or wish.form
