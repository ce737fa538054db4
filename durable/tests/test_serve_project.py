"""What a `langgraph.json` may say: each key has an effect, or is named, or is refused."""

import json
import os
import sys
from pathlib import Path

import pytest
from langgraph_heartbeat._serve.environment import set_environment
from langgraph_heartbeat._serve.packages import packages_of
from langgraph_heartbeat._serve.project import find_project, read_project
from langgraph_heartbeat._serve.project_keys import KNOWN_KEYS, USED, notes_of, refusals_of
from langgraph_heartbeat._serve.refusal import Refusal

from .projects import GRAPH, write_project

AGENT = {"agent": "./agent.py:graph"}


def read(folder: Path, **settings: object) -> str:
    """Return what is refused in a project with these settings."""
    write_project(folder, {}, **settings)
    with pytest.raises(Refusal) as refused:
        read_project(folder / "langgraph.json")
    return str(refused.value)


def test_graphs_are_named_by_texts_or_by_objects_with_a_description(tmp_path: Path) -> None:
    write_project(tmp_path, {}, graphs={**AGENT, "other": {"path": "p.m:g", "description": "It helps."}})
    project = find_project(None, tmp_path)
    assert project is not None
    assert [(each.name, each.where, each.description) for each in project.entries] == [
        ("agent", "./agent.py:graph", ""),
        ("other", "p.m:g", "It helps."),
    ]


def test_a_folder_without_the_file_has_no_project_and_a_named_one_is_refused(tmp_path: Path) -> None:
    assert find_project(None, tmp_path) is None
    with pytest.raises(Refusal, match="There is no file"):
        find_project(tmp_path / "langgraph.json", tmp_path)


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    said = read(tmp_path, graphs={"a": 3, "b": {"path": "x.py:g", "pth": ""}}, dependencies=".", env=[1])
    for part in ("the graph 'a' is 3", "the graph 'b' has the unknown key 'pth'", '"dependencies" is', '"env" must'):
        assert part in said


@pytest.mark.parametrize("graphs", [None, {}, [], "agent.py:graph"])
def test_a_file_without_graphs_is_refused_with_an_example(tmp_path: Path, graphs: object) -> None:
    assert 'it names no graphs. For example: {"dependencies"' in read(tmp_path, graphs=graphs)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"graphs": {"a": "./a.py:graph", "a": "./b.py:graph"}}', "has the key 'a' twice"),
        ('{"graphs": {},}', "is not JSON: "),
        ("[]", "is a JSON list, not an object"),
    ],
)
def test_a_file_that_is_no_object_or_names_a_graph_twice_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "langgraph.json").write_text(text)
    with pytest.raises(Refusal) as refused:
        read_project(tmp_path / "langgraph.json")
    assert said in str(refused.value)


@pytest.mark.parametrize("name", ["", " ", "a\nb", "\x1b[2J"])
def test_a_graph_has_a_name_that_people_can_type(tmp_path: Path, name: str) -> None:
    assert "needs a name that people can read and type" in read(tmp_path, graphs={name: "./a.py:graph"})


def test_a_key_that_is_written_wrongly_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    write_project(tmp_path, {}, graphs=AGENT, dependancies=["."], anything=1)
    assert [*read_project(tmp_path / "langgraph.json").notes] == [
        "The key 'dependancies' is unknown and has no effect. Do you mean 'dependencies'?",
        "The key 'anything' is unknown and has no effect.",
    ]


VALUES: dict[str, object] = {
    "python_version": "3.10",
    "store": {"index": {"dims": 2, "embed": "openai:small"}},
    "checkpointer": {"ttl": {"default_ttl": 5}},
}
"""Values of keys that have an effect, so far as they have none here."""


@pytest.mark.parametrize("key", sorted({*KNOWN_KEYS} - {"$schema", "graphs", "dependencies", "env", "source"}))
def test_no_known_key_is_passed_over_in_silence(key: str) -> None:
    settings = {key: VALUES.get(key, {"any": "value"})}
    said = [*notes_of(settings), *refusals_of(settings, frozenset())]
    assert len(said) == 1
    assert key in said[0]


def test_keys_with_empty_values_are_not_worth_a_word() -> None:
    settings: dict[str, object] = dict.fromkeys(KNOWN_KEYS)
    assert [*notes_of({**settings, "dockerfile_lines": [], "http": {}}), *refusals_of(settings, frozenset())] == []


@pytest.mark.parametrize("key", ["auth", "encryption"])
def test_what_would_be_less_safe_without_it_is_refused_until_a_person_says_so(key: str) -> None:
    settings = {key: {"path": "./auth.py:auth"}}
    (refusal,) = refusals_of(settings, frozenset())
    assert refusal.endswith(f"--without {key}")
    assert [*refusals_of(settings, frozenset({key}))] == []
    (note,) = notes_of(settings, frozenset({key}))
    assert note.startswith(f"{key} has no effect")


def test_the_keys_of_langgraphs_own_command_line_are_all_known() -> None:
    """They are those of langgraph-cli 0.4; a new one is named as unknown until somebody decides about it."""
    langgraph_cli = {
        *("python_version", "node_version", "api_version", "base_image", "image_distro", "pip_config_file"),
        *("pip_installer", "source", "dependencies", "dockerfile_lines", "graphs", "env", "store", "auth"),
        *("encryption", "http", "webhooks", "checkpointer", "ui", "ui_config", "keep_pkg_tools"),
        *("_INTERNAL_docker_tag", "project_root", "package"),
    }
    assert langgraph_cli <= {*KNOWN_KEYS}
    assert {*USED} <= {*KNOWN_KEYS}


# --- env ---


def environment_of(folder: Path, env: object, **before: str) -> tuple[dict[str, str], list[str]]:
    write_project(folder, {}, graphs=AGENT, env=env)
    environment = dict(before)
    return environment, set_environment(read_project(folder / "langgraph.json"), environment)


def test_a_file_sets_variables_with_quotes_comments_and_references(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# keys\nexport A=\"one two\" # why\nB='$A'\nC=${A}-3\nD\nE=\n")
    environment, notes = environment_of(tmp_path, ".env")
    assert environment == {"A": "one two", "B": "$A", "C": "one two-3", "E": ""}
    assert notes == []


def test_an_object_sets_variables(tmp_path: Path) -> None:
    assert environment_of(tmp_path, {"A": "1"}) == ({"A": "1"}, [])


def test_a_missing_file_is_named_with_its_template(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("A=...\n")
    environment, notes = environment_of(tmp_path, ".env")
    assert environment == {}
    assert notes == [
        "The file .env of `env` does not exist, so it sets no variables. .env.example shows which variables it may "
        "have: copy it."
    ]


@pytest.mark.parametrize("env", [{"A=B": "1"}, {"": "1"}, {"A": "\0"}])
def test_what_cannot_be_a_variable_is_refused(tmp_path: Path, env: dict[str, str]) -> None:
    assert "which cannot be the name of an environment variable" in read(tmp_path, graphs=AGENT, env=env)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"A=\xff\xfe")
    with pytest.raises(Refusal, match=r"The file \.env of `env` cannot be read as a text in UTF-8"):
        environment_of(tmp_path, ".env")


def test_values_replace_those_of_the_process_and_the_note_does_not_show_them(tmp_path: Path) -> None:
    environment, (note,) = environment_of(tmp_path, {"KEY": "new secret", "SAME": "s"}, KEY="old secret", SAME="s")
    assert environment == {"KEY": "new secret", "SAME": "s"}
    assert note.startswith("KEY: the values of langgraph.json replace those of this process")
    assert "secret" not in note


# --- dependencies ---


def test_local_folders_are_searched_for_modules_with_their_src(tmp_path: Path) -> None:
    files = {"src/mine/__init__.py": "", "flat/__init__.py": "", "lib/thing.py": ""}
    write_project(tmp_path, files, graphs=AGENT, dependencies=[".", "./flat", "./lib"])
    folders = packages_of(read_project(tmp_path / "langgraph.json")).folders
    root = tmp_path.resolve()
    assert folders == [root, root / "src", root / "flat", root / "lib"]


def test_packages_that_are_missing_are_named_with_the_command_that_installs_them(tmp_path: Path) -> None:
    needed = ["langgraph", "no-such-package-of-ours>=2", "langgraph<0.1", 'gone; python_version < "3"', "./nowhere"]
    write_project(tmp_path, {}, graphs=AGENT, dependencies=needed)
    with pytest.raises(Refusal) as refused:
        packages_of(read_project(tmp_path / "langgraph.json"))
    local, missing = refused.value.problems
    assert "the local dependency './nowhere' is not a folder" in local
    assert "no-such-package-of-ours>=2; langgraph<0.1 (here is " in missing
    assert missing.endswith("Install them: pip install 'no-such-package-of-ours>=2' 'langgraph<0.1'")


@pytest.mark.parametrize(
    ("file", "text", "command"),
    [
        (
            "pyproject.toml",
            '[project]\nname = "mine"\ndependencies = ["no-such-package-of-ours"]\n',
            "pip install -e .",
        ),
        ("requirements.txt", "# what it needs\n-r more.txt\nno-such-package-of-ours\n", "no-such-package-of-ours"),
    ],
)
def test_what_a_local_project_requires_and_lacks_is_noted(tmp_path: Path, file: str, text: str, command: str) -> None:
    write_project(tmp_path, {file: text}, graphs=AGENT)
    (note,) = packages_of(read_project(tmp_path / "langgraph.json")).notes
    assert "requires packages that are not installed here: no-such-package-of-ours." in note
    assert note.endswith(command)


@pytest.mark.parametrize(
    ("file", "content"),
    [("pyproject.toml", b"[project"), ("pyproject.toml", b"\xff"), ("requirements.txt", b"\xff")],
)
def test_a_list_of_packages_that_cannot_be_read_is_noted(tmp_path: Path, file: str, content: bytes) -> None:
    write_project(tmp_path, {}, graphs=AGENT)
    (tmp_path / file).write_bytes(content)
    (note,) = packages_of(read_project(tmp_path / "langgraph.json")).notes
    assert f"{file} cannot be read" in note


def test_a_project_without_a_list_of_packages_requires_none(tmp_path: Path) -> None:
    write_project(tmp_path, {"pyproject.toml": "project = 3\n"}, graphs=AGENT)
    assert packages_of(read_project(tmp_path / "langgraph.json")).notes == []


def test_a_dependency_that_names_no_package_is_noted(tmp_path: Path) -> None:
    write_project(tmp_path, {}, graphs=AGENT, dependencies=["git+https://example.com/some.git"])
    (note,) = packages_of(read_project(tmp_path / "langgraph.json")).notes
    assert "It cannot be checked whether 'git+https://example.com/some.git' is installed" in note


def test_a_project_of_uv_is_searched_at_its_root(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    write_project(tmp_path, {"src/mine/graph.py": GRAPH})
    (tmp_path / "deploy" / "langgraph.json").write_text(
        json.dumps({"graphs": AGENT, "source": {"kind": "uv", "root": ".."}})
    )
    folders = packages_of(read_project(tmp_path / "deploy" / "langgraph.json")).folders
    assert folders == [tmp_path / "deploy", tmp_path.resolve() / "src", tmp_path.resolve()]


def test_reading_a_project_changes_neither_this_process_nor_its_environment(tmp_path: Path) -> None:
    before = ([*sys.path], dict(os.environ))
    packages_of(read_project(write_project(tmp_path, {}, graphs=AGENT, env={"A": "1"}) / "langgraph.json"))
    assert ([*sys.path], dict(os.environ)) == before
