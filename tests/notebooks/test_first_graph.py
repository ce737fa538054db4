"""The notebook runs from its first cell to its last, in a kernel of its own, and leaves nothing behind."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "first_graph.ipynb"


@pytest.mark.usefixtures("processes")
def test_every_cell_runs_without_a_word_of_warning(temporary: Path) -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    place = {"metadata": {"path": temporary}}
    NotebookClient(notebook, timeout=200, kernel_name="python3", resources=place).execute()
    warnings = [
        output["text"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stderr"
    ]
    assert warnings == []
    assert list(temporary.iterdir()) == []


def test_it_is_kept_without_outputs() -> None:
    cells = [cell for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell["cell_type"] == "code"]
    assert [cell["id"] for cell in cells if cell["outputs"] or cell["execution_count"]] == []
