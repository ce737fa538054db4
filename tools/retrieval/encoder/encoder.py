"""The sentence encoder: vectors of texts, which are near each other if the texts mean something similar.

The model is a folder that `outlast encoder` makes. ONNX Runtime, which runs it, comes with the
extra `encoder`. Without either, search and answers use rules alone.
"""

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from outlast.evidence.errors import NeedsOperator
from outlast.tools.retrieval.encoder.wordpiece import WordPiece

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    """A row of length 1 for each text: the product of two rows is the cosine of their angle."""

MODEL_VERSION = "minilm-l6-1"
"""Increase its last number with any change of the vectors: stored ones are then made again."""
GRAPH_FILE, VOCABULARY_FILE = "model.onnx", "vocabulary.txt"
WIDTH = 384
MAX_THREADS = 4
LIBRARY = "onnxruntime"
INSTALL_COMMAND, BUILD_COMMAND = "pip install 'outlast[encoder]'", "outlast encoder"


class Encoder:
    """Makes vectors of texts. It loads its model with the first text. Any thread may use it.

    Each text goes through the network by itself: so its vector depends on nothing else, and no time goes into padding.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loading = threading.Lock()
        self._model: _Model | None = None

    def encode(self, texts: Sequence[str]) -> "Vectors":
        """Return a row for each text. Raises NeedsOperator if the model cannot be loaded."""
        return self._loaded().encode(texts)

    def _loaded(self) -> "_Model":
        with self._loading:
            if self._model is None:
                self._model = _Model(self._folder)
            return self._model


class _Model:
    """A model in memory, with the threads that run it."""

    def __init__(self, folder: Path) -> None:
        try:
            import onnxruntime as ort  # noqa: PLC0415 - it takes 0.1 s, and only the encoder needs it
        except ImportError as error:
            raise NeedsOperator(
                f"The encoder in {folder} needs the package {LIBRARY}, which cannot be imported: {error}.",
                f"{INSTALL_COMMAND}, or set OUTLAST_ENCODER=off.",
            ) from error
        options = cast("Any", ort.SessionOptions())  # pyright: ignore[reportUnknownMemberType] - it has no types
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # the threads below run whole sentences
        options.log_severity_level = 3
        try:
            self._pieces = WordPiece.read(folder / VOCABULARY_FILE)
            self._session = ort.InferenceSession(str(folder / GRAPH_FILE), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime has an error class for each way in which a file can be damaged
            raise NeedsOperator(
                f"The encoder in {folder} cannot be loaded: {error}.",
                f"Delete that folder and build it again: {BUILD_COMMAND}. Or set OUTLAST_ENCODER=off.",
            ) from error
        self._threads = ThreadPoolExecutor(usable_processors(), thread_name_prefix="encoder")

    def encode(self, texts: Sequence[str]) -> "Vectors":
        import numpy as np  # noqa: PLC0415 - it takes 0.1 s, and only the encoder needs it

        if not texts:
            return np.zeros((0, WIDTH), np.float32)
        # The longest first, so that no thread begins a long one when the others have ended.
        order = sorted(range(len(texts)), key=lambda number: -len(texts[number]))
        rows = dict(zip(order, self._threads.map(self._encode_one, [texts[number] for number in order]), strict=True))
        return np.concatenate([rows[number] for number in range(len(texts))])

    def _encode_one(self, text: str) -> "Vectors":
        import numpy as np  # noqa: PLC0415 - see above

        pieces = self._pieces.numbers(text)
        return cast("Any", self._session.run(None, {"ids": np.array([pieces]), "places": np.arange(len(pieces))}))[0]


def usable_processors() -> int:
    """Return the number of processors that this process may use, up to MAX_THREADS."""
    if hasattr(os, "sched_getaffinity"):
        return min(MAX_THREADS, len(os.sched_getaffinity(0)))
    return min(MAX_THREADS, os.cpu_count() or 1)


def is_library_installed() -> bool:
    return find_spec(LIBRARY) is not None


def is_built(folder: Path) -> bool:
    """Whether the folder holds a model. A folder gets its name when it is complete."""
    return (folder / GRAPH_FILE).is_file() and (folder / VOCABULARY_FILE).is_file()


@cache
def open_encoder(folder: Path) -> Encoder | None:
    """Return the encoder in `folder`, one for the whole process; None if it was not built or its library is missing."""
    return Encoder(folder) if is_built(folder) and is_library_installed() else None
