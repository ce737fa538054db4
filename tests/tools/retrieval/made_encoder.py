"""A sentence encoder with the network of the real one and weights by chance: for what does not depend on meaning."""

from pathlib import Path

import numpy as np

from outlast.tools.retrieval.encoder.encoder import GRAPH_FILE, VOCABULARY_FILE
from outlast.tools.retrieval.encoder.model_graph import LAYERS, WIDTH, Weights, build_model

VOCABULARY = """
[PAD] [UNK] [CLS] [SEP] the keeper lights lamp at dusk ferry oil in can ##s ##board a . , : ? 日 本
""".split()
WIDE = 4 * WIDTH
POSITIONS = 512


def made_weights() -> Weights:
    chance = np.random.default_rng(5)

    def matrix(outputs: int, inputs: int) -> np.ndarray:
        return chance.normal(0, inputs**-0.5, (outputs, inputs)).astype(np.float32)

    weights: dict[str, np.ndarray] = {
        "embeddings.word_embeddings.weight": matrix(len(VOCABULARY), WIDTH),
        "embeddings.position_embeddings.weight": matrix(POSITIONS, WIDTH),
        "embeddings.token_type_embeddings.weight": matrix(2, WIDTH),
    }
    norms = ["embeddings.LayerNorm"]
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}"
        parts = {f"attention.self.{part}": (WIDTH, WIDTH) for part in ("query", "key", "value")}
        parts |= {"attention.output.dense": (WIDTH, WIDTH), "intermediate.dense": (WIDE, WIDTH)}
        for part, shape in (parts | {"output.dense": (WIDTH, WIDE)}).items():
            weights[f"{prefix}.{part}.weight"] = matrix(*shape)
            weights[f"{prefix}.{part}.bias"] = matrix(1, shape[0])[0]
        norms += [f"{prefix}.attention.output.LayerNorm", f"{prefix}.output.LayerNorm"]
    for norm in norms:
        weights[f"{norm}.weight"] = np.ones(WIDTH, np.float32)
        weights[f"{norm}.bias"] = np.zeros(WIDTH, np.float32)
    return weights


def make_encoder(folder: Path) -> Path:
    """Build such an encoder in `folder`, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / VOCABULARY_FILE).write_text("\n".join(VOCABULARY), encoding="utf-8")
    build_model(made_weights(), folder / GRAPH_FILE)
    return folder
