"""Blocks of JSON, TOML and YAML on the pages parse; JSON is what its page says: an input, an answer, a report."""

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any, get_args

import pytest
import yaml

from outlast.evidence.report import Report
from outlast.orchestration.research.messages import Decision, DecisionResult, Outcome, Steering, parse_ask
from tests.docs.pages import FENCED, PAGES, Block, all_blocks

INLINE = re.compile(r"`(\{\"[^`]+\})`")
FORMAT = "docs/report-format.md"
SERVED = "docs/langgraph-on-temporal.md"
"""What it shows is used as it stands there by tests/docs/test_langgraph_on_temporal.py."""


def values(block: Block) -> list[Any]:
    """The one value of the block, or one a line."""
    try:
        return [json.loads(block.code)]
    except json.JSONDecodeError:
        return [json.loads(line) for line in block.code.splitlines()]


def spoken() -> Iterator[Any]:
    """The objects that stand in sentences; `...` is whatever belongs there."""
    for page in PAGES:
        for code in INLINE.findall(FENCED.sub("", page.read_text(encoding="utf-8"))):
            yield json.loads(re.sub(r'(?<!")\.\.\.', "null", code.replace(", ...}", "}")))


def read(value: Any) -> object:
    """As the project reads what has such fields. Raises where it would be refused, or nothing has such fields."""
    match value:
        case str() | {"question": _}:
            return parse_ask(value)
        case {"decision": _, "gates": _}:
            return DecisionResult.model_validate(value)
        case {"decision": _}:
            return Decision.model_validate(value)
        case {"budget": _}:
            return Steering.model_validate(value)
        case {"phase": _, "attempt": _} if value.keys() <= PROGRESS:
            return value
        case {"status": status} if status in get_args(Outcome.model_fields["status"].annotation):
            return status
        case _:
            raise ValueError(f"Nothing has the fields of {value}.")


ELSEWHERE = (FORMAT, SERVED)
PROGRESS = frozenset("phase attempt step finished running calls tokens beats kib last doing retries".split())
"""What the heartbeats of a phase say, as durable/tests/test_doing.py and test_heartbeats.py see it."""
SHOWN = [value for block in all_blocks("json") if not block.name.startswith(ELSEWHERE) for value in values(block)]


@pytest.mark.parametrize("value", [*SHOWN, *spoken()], ids=str)
def test_a_value_that_is_shown_would_be_accepted(value: Any) -> None:
    assert read(value)


@pytest.mark.parametrize(
    "value", [{"question": "Why?", "budgets": {}}, {"decision": "approved"}, {"status": "over"}], ids=str
)
def test_a_mistake_would_be_noticed(value: Any) -> None:
    with pytest.raises(Exception, match=r"budgets|approved|Nothing has the fields"):
        read(value)


def test_the_format_of_reports_is_the_one_that_is_written() -> None:
    """Every field is shown somewhere, and none that there is not."""
    [block] = [block for block in all_blocks("json") if block.name.startswith(FORMAT)]
    schema = Report.model_json_schema(by_alias=True)
    shown = dict[str, set[str]]()
    collect(json.loads(block.code), schema, schema["$defs"], shown)
    models = {"Report": schema, **{name: each for name, each in schema["$defs"].items() if "properties" in each}}
    assert shown == {name: set(each["properties"]) for name, each in models.items()}


def collect(value: Any, schema: dict[str, Any], definitions: dict[str, Any], shown: dict[str, set[str]]) -> None:
    """The names of the fields in `value`, by the name of the model that they belong to."""
    for option in schema.get("anyOf", ()):
        collect(value, option, definitions, shown)
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    if isinstance(value, dict) and "properties" in schema:
        shown.setdefault(schema["title"], set()).update(value)
        for name, each in value.items():
            collect(each, schema["properties"].get(name, {}), definitions, shown)
    elif isinstance(value, list):
        for each in value:
            collect(each, schema.get("items", {}), definitions, shown)


@pytest.mark.parametrize("block", all_blocks("toml"), ids=lambda block: block.name)
def test_toml_is_of_a_project(block: Block) -> None:
    assert set(tomllib.loads(block.code)) == {"project"}


@pytest.mark.parametrize("block", all_blocks("yaml"), ids=lambda block: block.name)
def test_yaml_is_settings_by_name(block: Block) -> None:
    assert isinstance(yaml.safe_load(block.code), dict)
