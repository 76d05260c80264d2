"""Runs the notebook headless against the demo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from served_demo import Served

NOTEBOOK = Path(__file__).resolve().parents[4] / "notebooks" / "test_scoring.ipynb"


@pytest.fixture
def dedicated_pool(served: Served) -> Iterator[dict[str, str]]:
    """The pool before the test. It is put back also when the notebook stops half way."""
    pool = served.call("/deployment_map")["dedicated"]
    yield pool
    if served.call("/deployment_map")["dedicated"] != pool:
        served.call("/update_dedicated_pool", {"mapping": pool})


def test_notebook_is_committed_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell for cell in code if "parameters" in cell.metadata.get("tags", [])] == [code[0]]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


@pytest.mark.served
def test_notebook_runs(served: Served, dedicated_pool: dict[str, str], tmp_path: Path) -> None:
    parameters = tmp_path / "parameters.yaml"  # a file, so that no process list shows the token
    values = {"BASE_URL": served.base_url, "ADMIN_TOKEN": served.admin_token}
    parameters.write_text(json.dumps(values), encoding="utf-8")
    parameters.chmod(0o600)
    homes = ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR")
    environment = os.environ | {name: str(tmp_path / name.lower()) for name in homes}
    result = tmp_path / "result.ipynb"
    command = [sys.executable, "-m", "papermill", str(NOTEBOOK), str(result), "-k", "python3", "-f", str(parameters)]
    command += ["--no-progress-bar", "--execution-timeout", "120"]
    run = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=240)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-4000:]

    outputs = [output for cell in nbformat.read(result, as_version=4).cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.output_type == "error"]
    assert len([output for output in outputs if "image/png" in output.get("data", {})]) == 2
    assert served.call("/deployment_map")["dedicated"] == dedicated_pool
