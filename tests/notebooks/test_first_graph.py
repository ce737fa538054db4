"""The notebook runs from its first cell to its last, in a kernel of its own, and leaves nothing behind."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "first_graph.ipynb"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The kernel's folder for temporary files; nothing of the person's own settings is read or written."""
    jupyter = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    for name in (*jupyter, "XDG_CONFIG_HOME", "TMPDIR"):  # Temporal's server keeps a file in its configuration folder
        folder = tmp_path / name.lower()
        folder.mkdir()
        monkeypatch.setenv(name, str(folder))
    monkeypatch.delenv("JUPYTER_PATH", raising=False)
    return tmp_path / "tmpdir"


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
