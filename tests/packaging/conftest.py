"""The two wheels, built from this checkout, in an environment that has nothing of the checkout in it."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def wheels(processes: None, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return [build(member, tmp_path_factory.mktemp("wheels"), "wheel") for member in (ROOT, ROOT / "durable")]


def build(source: Path, target: Path, kind: str) -> Path:
    command = [sys.executable, "-P", "-m", "hatchling", "build", "--target", kind, "--directory", str(target)]
    subprocess.run(command, cwd=source, check=True, capture_output=True, text=True)
    (built,) = target.iterdir()
    return built


@pytest.fixture(scope="session")
def installed(wheels: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the wheels, beside the third-party packages of the present one."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--disable-pip-version-check", *map(str, wheels)], check=True)
    # A path in a .pth file is searched, but the .pth files in it are not read: editable installs stay outside.
    site = sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)})
    (Path(site) / "third_parties.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


@pytest.fixture(params=["the wheel", "the checkout"])
def python(processes: None, request: pytest.FixtureRequest) -> Path:
    """Of each of the two ways in which people have Outlast."""
    return request.getfixturevalue("installed") if request.param == "the wheel" else Path(sys.executable)
