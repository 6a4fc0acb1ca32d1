"""`examples/explore.ipynb` runs, and gives the results that it shows."""

from pathlib import Path
from typing import Any

import pytest

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")

NOTEBOOK = Path(__file__).resolve().parents[2] / "examples/explore.ipynb"


def read_texts(notebook: Any) -> list[str]:
    """Return the texts of all outputs; a plot has the text with its size."""
    outputs = [each for cell in notebook.cells for each in cell.get("outputs", ())]
    assert {each.output_type for each in outputs} == {"display_data", "execute_result"}
    return [each.data["text/plain"] for each in outputs]


def count_plots(notebook: Any) -> int:
    outputs = [each for cell in notebook.cells for each in cell.get("outputs", ())]
    return sum("image/png" in each.data for each in outputs)


# The kernel is a process, whose sockets jupyter_client leaves for the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_the_notebook_gives_the_results_that_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    shown = nbformat.read(NOTEBOOK, as_version=4)
    ran = nbformat.read(NOTEBOOK, as_version=4)
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(ran, timeout=120, resources=resources).execute()
    assert read_texts(ran) == read_texts(shown)
    assert count_plots(ran) == count_plots(shown) == 3
    assert (tmp_path / "explore.duckdb").stat().st_size > 0


def test_the_notebook_is_small() -> None:
    assert NOTEBOOK.stat().st_size < 100_000
