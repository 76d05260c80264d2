"""The way from a DataFrame to scores, as the README and the notebook go it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import onnxruntime
import pytest
from served_demo import Served

from .conftest import LIMIT_SECONDS, Converter

MARKED_PYTHON = re.compile(r"^<!-- test -->\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def notebook(repository: Path) -> Path:
    return repository / "notebooks" / "churn.ipynb"


def test_model_of_the_readme_is_converted(converter: Converter, repository: Path, tmp_path: Path) -> None:
    (script,) = MARKED_PYTHON.findall((repository / "README.md").read_text(encoding="utf-8"))
    (tmp_path / "train.py").write_text(f"import os\nos.chdir({str(tmp_path)!r})\n{script}", encoding="utf-8")
    converter.run(tmp_path / "train.py")
    done = converter.convert(tmp_path / "churn.joblib", tmp_path / "converted")
    assert done.returncode == 0, done.stderr
    session = onnxruntime.InferenceSession(tmp_path / "converted" / "churn.onnx")
    row = {"plan": np.array([["pro"]], dtype=object), "hours": np.array([[9.0]], dtype=np.float32)}
    assert session.run(["label"], row)[0].tolist() == ["stays"]


def test_notebook_is_committed_with_outputs_of_one_run(repository: Path) -> None:
    read = nbformat.read(notebook(repository), as_version=4)
    nbformat.validate(read)
    code = [cell for cell in read.cells if cell.cell_type == "code"]
    assert [cell for cell in code if "parameters" in cell.metadata.get("tags", [])] == [code[0]]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert "labels are the same" in json.dumps(code[-1].outputs)
    assert not [output for cell in code for output in cell.outputs if output.output_type == "error"]


@pytest.mark.served
@pytest.mark.usefixtures("converter")
def test_notebook_runs(served: Served, repository: Path, tmp_path: Path) -> None:
    parameters = {
        "BASE_URL": served.base_url,
        "MANY_MODELS": str(repository / "many-models"),
        "REGISTRY": str(served.registry),
    }
    homes = ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MANY_MODELS_")}
    token = {"MANY_MODELS_ADMIN_TOKEN": served.admin_token} if served.admin_token else {}
    result = tmp_path / "result.ipynb"
    command = [sys.executable, "-m", "papermill", str(notebook(repository)), str(result), "-k", "python3"]
    command += [word for name, value in parameters.items() for word in ("-r", name, value)]
    run = subprocess.run(
        [*command, "--no-progress-bar", "--execution-timeout", str(LIMIT_SECONDS)],
        env=kept | token | {name: str(tmp_path / name.lower()) for name in homes},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=2 * LIMIT_SECONDS,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-4000:]
    last = [cell for cell in nbformat.read(result, as_version=4).cells if cell.cell_type == "code"][-1]
    assert "500 labels are the same" in json.dumps(last.outputs)
