"""The options `--out` and `--format` of `outlast research`, saved so that `outlast watch` honours them after a crash.

Each run has a file for them in the home folder, whichever server it is on, so that kill -9 of every process leaves it.
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
    """The options `--out` (a full path, because `watch` may be typed in another folder) and `--format`."""

    out: Path | None = None
    form: Format | None = None


def remember(settings: Settings, run: Run, wish: Wish) -> None:
    """Write the options completely or not at all. A command without them keeps those that the run was started with."""
    if wish == Wish():
        return
    file = wish_file(settings, run)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        new_file = file.with_suffix(".new")
        new_file.write_text(wish.model_dump_json(), encoding="utf-8")
        new_file.replace(file)
    except OSError as error:
        raise NeedsOperator(
            f"The run {run.id} is started, but {file.parent} cannot be written: {error.strerror}.",
            "Fix that and run the same command again, which joins the run.",
        ) from None


def recall(settings: Settings, run: Run) -> Wish:
    """Return the saved options; an empty Wish if none were saved, or if they cannot be read."""
    try:
        return Wish.model_validate_json(wish_file(settings, run).read_bytes())
    except (OSError, ValidationError):
        return Wish()


def wish_file(settings: Settings, run: Run) -> Path:
    return settings.home / "wishes" / f"{run.execution}.json"


async def apply_wish(exports: Exporter, form: Format | None, run: Run) -> tuple[Exporter, Format | None]:
    """Fill in the options that this command leaves out with those that the run was started with."""
    wish = await asyncio.to_thread(recall, exports.settings, run)
    return Exporter(exports.settings, exports.out or wish.out), form or wish.form
