"""The page of settings names every setting that is read, and none that is not."""

import re
from pathlib import Path

from pydantic import AliasChoices

from outlast.orchestration.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_every_setting_is_on_the_page_and_nothing_else() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    documented = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row.split("|")[1])}
    assert documented == {name for field in Settings.model_fields for name in variables(field)}


def variables(field: str) -> list[str]:
    """Names in the environment that the field is read from."""
    match Settings.model_fields[field].validation_alias:
        case AliasChoices(choices=choices):
            return [str(name) for name in choices]
        case None:
            return [f"OUTLAST_{field.upper()}"]
        case alias:
            return [str(alias)]
