"""A command run to its end, and its exit code."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

import typer

from outlast.cli.errors import Interrupted
from outlast.cli.exits import Exit


def run(command: Coroutine[Any, Any, Exit], how_to_go_on: str = "The same command again is all it takes.") -> None:
    logging.getLogger("stamina").setLevel(logging.ERROR)  # what is tried again is nothing to read about
    try:
        code = asyncio.run(command)
    except KeyboardInterrupt:
        raise Interrupted(f"Interrupted. {how_to_go_on}") from None
    raise typer.Exit(code)
