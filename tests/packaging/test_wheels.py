"""What the two distributions bring into an environment."""

import subprocess
import tarfile
from pathlib import Path
from zipfile import ZipFile

from tests.packaging.conftest import ROOT, build

FLAT = ("cli", "evidence", "graphs", "orchestration", "tools", "worker")


def names_in(wheel: Path) -> list[str]:
    return sorted(name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name)


def test_each_has_one_name(wheels: list[Path]) -> None:
    assert [{name.split("/")[0] for name in names_in(wheel)} for wheel in wheels] == [
        {"outlast"},
        {"langgraph_heartbeat"},
    ]


def test_each_module_is_there_once(wheels: list[Path]) -> None:
    ours = [name.removeprefix("outlast/") for name in names_in(wheels[0]) if name.endswith(".py")]
    there = [path for folder in FLAT[:-1] for path in (ROOT / folder).rglob("*.py")]
    assert {path.relative_to(ROOT).as_posix() for path in there} | {"worker.py"} <= set(ours)
    assert len(ours) == len(set(ours))


def test_the_flat_names_are_not_there(installed: Path, tmp_path: Path) -> None:
    code = f"import importlib.util as it; print([name for name in {FLAT} if it.find_spec(name)])"
    done = subprocess.run([str(installed), "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    where = "import outlast.worker, langgraph_heartbeat as it; print(outlast.worker.__file__, it.__file__)"
    done = subprocess.run([str(installed), "-c", where], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert str(ROOT) not in done.stdout


def test_a_source_distribution_makes_the_same_wheel(wheels: list[Path], tmp_path: Path) -> None:
    for member, wheel in zip((ROOT, ROOT / "durable"), wheels, strict=True):
        place = tmp_path / member.name
        (place / "sdist").mkdir(parents=True)
        with tarfile.open(build(member, place / "sdist", "sdist")) as archive:
            archive.extractall(place, filter="data")
        (source,) = (folder for folder in place.iterdir() if (folder / "pyproject.toml").exists())
        again = build(source, place / "wheel", "wheel")
        assert {name: ZipFile(again).read(name) for name in names_in(again)} == {
            name: ZipFile(wheel).read(name) for name in names_in(wheel)
        }
