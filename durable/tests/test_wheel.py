"""The wheel, installed without the rest of this repository, beside a user's folders with the same names as ours."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from temporalio.client import Client

from .test_readme import kill_and_run_again

DISTRIBUTION = Path(__file__).parents[1]
FOREIGN = ("orchestration", "tools", "graphs", "evidence", "cli", "outlast", "durable", "tests")
"""A user's own packages. If the library imports one of these names by mistake, it gets the user's package."""


@pytest.fixture(scope="module")
def wheel(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with hatchling, as for a release."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=DISTRIBUTION, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment outside: the wheel, and what it depends on.

    What it depends on is found where these tests find it. The files by which a
    checkout is installed there for editing are not read, for only the folder is named.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    own = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    with zipfile.ZipFile(wheel) as content:  # what an installer does with a wheel of pure Python
        content.extractall(own)
    (own / "third-party.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return folder / "bin" / "python"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A user's project, whose folders have the same names as ours."""
    for name in FOREIGN:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f'raise ImportError("the {name} of somebody else was imported")\n')
    return tmp_path


def environment() -> dict[str, str]:
    """Return the environment without variables that would make this checkout importable."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def ask(python: Path, folder: Path, code: str) -> str:
    asked = [str(python), "-c", code]
    return subprocess.run(asked, cwd=folder, env=environment(), check=True, capture_output=True, text=True).stdout


def test_it_holds_the_package_its_types_and_its_licence_alone(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"langgraph_heartbeat"}
    assert "langgraph_heartbeat/py.typed" in names
    assert any(name.endswith("/LICENSE") for name in names)
    assert not any("test" in name for name in names if not name.startswith("langgraph_heartbeat/testing/"))


def test_it_is_imported_from_the_environment_and_outlast_is_not_there(python: Path, tmp_path: Path) -> None:
    told = ask(
        python,
        tmp_path,
        "import importlib.util, langgraph_heartbeat as l; print(l.__file__, importlib.util.find_spec('outlast'))",
    )
    file, outlast = told.split()
    assert Path(file).is_relative_to(python.parents[1])
    assert outlast == "None"


def test_it_needs_what_it_names_and_nothing_else(python: Path, tmp_path: Path) -> None:
    """Return the names of the distributions whose modules the library imports."""
    told = ask(
        python,
        tmp_path,
        "import ast, importlib.metadata as m, pathlib, re, sys, langgraph_heartbeat as l\n"
        "names = set()\n"
        "for file in pathlib.Path(l.__file__).parent.rglob('*.py'):\n"
        "    if file.parts[-2:] == ('testing', 'plugin.py'): continue\n"  # pytest imports it, which is an extra
        "    for node in ast.walk(ast.parse(file.read_text())):\n"
        "        if isinstance(node, ast.Import): names |= {each.name for each in node.names}\n"
        "        if isinstance(node, ast.ImportFrom) and not node.level: names.add(node.module)\n"
        "names = {name.partition('.')[0] for name in names} - {'langgraph_heartbeat', *sys.stdlib_module_names}\n"
        "owners = {k: [o.replace('_', '-') for o in v] for k, v in m.packages_distributions().items()}\n"
        "required = {re.match('[a-z-]+', r)[0] for r in m.requires('langgraph-heartbeat') if 'extra' not in r}\n"
        "print(sorted(name for name in names if not required & set(owners[name])))\n"
        "print(sorted(r for r in required if not any(r in owners[name] for name in names)))",
    )
    assert told.split("\n")[:2] == ["[]", "[]"]


async def test_the_program_of_the_readme_survives_kill_9_there(
    python: Path, project: Path, address: str, client: Client
) -> None:
    await kill_and_run_again(
        str(python), address, client, project, queue="stories-of-a-wheel", environment=environment()
    )
