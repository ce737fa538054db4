"""JSON is found where weak models put it; what was cut off is not taken for whole."""

import pytest

from outlast.tools.models.structured import find_json_objects


@pytest.mark.parametrize(
    "said",
    [
        '{"a": [1]}',
        'Sure! Here it is:\n```json\n{"a": [1]}\n```\nAnything else?',
        '<think>{"a": 2} may be wrong</think>{"a": [1]}',
        '{"a": [1,],}',
        'The set {x} is {"a": [1]}.',
    ],
)
def test_the_object_is_found(said: str) -> None:
    assert next(find_json_objects(said)) == {"a": [1]}


@pytest.mark.parametrize("said", ["", "no", "[1, 2]", '{"a": [1', '{"a": {"b": 1', "<think>{}", "{" * 100_000])
def test_where_there_is_no_whole_object_none_is_found(said: str) -> None:
    assert "a" not in {key for found in find_json_objects(said) for key in found}


def test_a_line_end_inside_a_string_is_taken() -> None:
    assert next(find_json_objects('{"a": "one\ntwo"}')) == {"a": "one\ntwo"}
