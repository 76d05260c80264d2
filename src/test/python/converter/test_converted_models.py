"""Models of each library, converted, against what the library itself has answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

from .conftest import Converted, Converter

TOLERANCE = 1e-4
NEWEST_IR_OF_THE_APPLICATION = 13
NAMES = (
    *("gaps", "churn", "safe", "mlflow_sklearn", "forest", "hist", "margin", "voting", "logs"),
    *("logs_within", "words", "precise"),
    *("light", "light_categories", "extreme_json", "extreme_ubj", "mlflow_xgboost", "ranked", "cats"),
)
FAILURES = {
    "nothing.pkl": "it holds a dict, which is no model with predict or transform",
    "broken.joblib": "it cannot be read as pickle",
    "empty.pkl": "the file is empty",
    "unknown.bin": "the first bytes are of no format that convert takes",
    "dies.pkl": "its process ended by itself (exit code 3)",
    "twice.sav": "it becomes twice.onnx, as twice.pkl does; rename one of them",
    "disagrees.txt": "ONNX answers otherwise than the original in ",
}


def answers(model: Path, columns: list[str] | None, rows: list[list[Any]]) -> list[np.ndarray]:
    """What ONNX Runtime answers to the rows, whose cells are found by the names of the inputs."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    inputs = session.get_inputs()
    feed = {}
    for tensor in inputs:
        kind = {"tensor(string)": object, "tensor(float)": np.float32, "tensor(double)": np.float64}[tensor.type]
        cells = [[row[(columns or []).index(tensor.name)]] for row in rows] if len(inputs) > 1 else rows
        empty = "" if kind is object else np.nan
        feed[tensor.name] = np.array([[empty if cell is None else cell for cell in row] for row in cells], dtype=kind)
    return [np.asarray(answer) for answer in session.run(None, feed)]


@pytest.mark.parametrize("name", NAMES)
def test_onnx_answers_as_the_library_did(converted: Converted, name: str) -> None:
    assert name in converted.report, converted.done.stderr
    asked = converted.answers[name]
    got = answers(converted.out / f"{name}.onnx", asked["columns"], asked["rows"])
    for expected in asked["outputs"]:
        assert any(is_same(np.asarray(expected), output) for output in got), (expected, got)


def is_same(expected: np.ndarray, got: np.ndarray) -> bool:
    if expected.size != got.size:
        return False
    expected = expected.reshape(got.shape)
    if expected.dtype.kind == "f":
        return got.dtype.kind == "f" and np.allclose(expected, got, rtol=TOLERANCE, atol=TOLERANCE)
    return [str(int(cell) if isinstance(cell, bool) else cell) for cell in expected.ravel().tolist()] == [
        str(cell) for cell in got.ravel().tolist()
    ]


def test_every_model_that_can_be_is_converted_and_no_other(converted: Converted) -> None:
    made = {file.name for file in converted.out.iterdir()}
    assert made == {f"{name}{end}" for name in (*NAMES, "twice") for end in (".onnx", ".example.json")}
    assert {name for name, each in converted.report.items() if "error" in each} == FAILURES.keys()
    assert converted.done.returncode == 1
    assert f"converted {len(NAMES) + 1} of {len(NAMES) + 1 + len(FAILURES)} models" in converted.done.stdout
    assert "passed over 1 files that are no models: README.md" in converted.done.stdout
    assert "runs code of whoever made the file" in converted.done.stderr


@pytest.mark.parametrize(("file", "reason"), FAILURES.items())
def test_failures_are_reported_with_the_reason(converted: Converted, file: str, reason: str) -> None:
    assert converted.report[file]["error"].startswith(reason)
    assert f"{converted.models / file}: {reason}" in converted.done.stderr


def test_disagreement_is_told_with_the_largest_difference(converted: Converted) -> None:
    assert "by up to" in converted.report["disagrees.txt"]["error"]
    assert "by the original" in converted.report["disagrees.txt"]["error"]


@pytest.mark.parametrize("name", NAMES)
def test_example_can_be_sent_as_it_is(converted: Converted, name: str) -> None:
    """By the names of the columns that the caller knows, and the model answers it with finite numbers."""
    document = json.loads((converted.out / f"{name}.example.json").read_text(encoding="utf-8"))
    columns = converted.answers[name]["columns"]
    assert document.keys() == ({"data"} if columns is None else {"columns", "data"})
    assert sorted(document.get("columns", [])) == sorted(columns or [])
    for output in answers(converted.out / f"{name}.onnx", document.get("columns"), document["data"]):
        assert output.dtype.kind != "f" or np.isfinite(output).all()


@pytest.mark.parametrize("name", NAMES)
def test_graph_is_one_that_the_application_loads(converted: Converted, name: str) -> None:
    model = onnx.load(converted.out / f"{name}.onnx")
    onnx.checker.check_model(model)
    assert model.ir_version <= NEWEST_IR_OF_THE_APPLICATION
    assert not [node for node in model.graph.node if node.op_type == "ZipMap"]
    for value in [*model.graph.input, *model.graph.output]:
        assert not value.type.tensor_type.shape.dim[0].dim_value, "any number of rows"


def test_missing_text_is_stated_in_the_file(converted: Converted) -> None:
    properties = {each.key: each.value for each in onnx.load(converted.out / "gaps.onnx").metadata_props}
    assert json.loads(properties["manymodels.missing"]) == {"plan": "", "region": ""}
    assert converted.report["gaps"]["missing"] == {"plan": "", "region": ""}


def test_loss_of_precision_is_told(converted: Converted) -> None:
    assert "double precision" in " ".join(converted.report["precise"]["notes"])


def test_one_file_says_how_to_go_on(converted: Converted, converter: Converter, tmp_path: Path) -> None:
    example = tmp_path / "rows.json"
    example.write_text('{"records": [{"hours": 9.5, "plan": "pro", "seats": 3, "region": "east"}]}', encoding="utf-8")
    done = converter.convert(converted.models / "churn.pkl", tmp_path / "out", "--example", str(example))
    assert done.returncode == 0, done.stderr
    assert "compared on 201 rows, 1 of them from the example: the largest difference is " in done.stdout
    assert f"./many-models models publish churn {tmp_path}/out/churn.onnx --example" in done.stdout
    written = json.loads((tmp_path / "out" / "churn.example.json").read_text(encoding="utf-8"))
    assert written == {"columns": ["plan", "region", "seats", "hours"], "data": [["pro", "east", 3, 9.5]]}


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ('{"data": [["pro"]]}', "the example has a row of 1 cells, the model takes 4"),
        ('{"columns": ["plan"], "data": [["pro"]]}', "the example lacks the columns region, seats, hours"),
        ("[[", "the example rows.json cannot be read"),
        ('{"rows": 3}', "the example rows.json is none of the forms of a request"),
    ],
)
def test_example_that_does_not_fit_is_refused(
    converted: Converted, converter: Converter, tmp_path: Path, rows: str, complaint: str
) -> None:
    example = tmp_path / "rows.json"
    example.write_text(rows, encoding="utf-8")
    done = converter.convert(converted.models / "churn.pkl", tmp_path / "out", "--example", str(example))
    assert done.returncode == 2
    assert complaint in done.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_model_that_takes_too_long_is_given_up(converter: Converter, tmp_path: Path) -> None:
    (tmp_path / "slow.pkl").write_bytes(b"ctime\nsleep\n(I600\ntR.")
    done = converter.convert(tmp_path / "slow.pkl", tmp_path / "out", "--timeout-s", "1")
    assert (done.returncode, "it took longer than 1 s" in done.stderr) == (2, True)


def test_model_sees_no_setting_of_the_application(converter: Converter, tmp_path: Path) -> None:
    (tmp_path / "curious.pkl").write_bytes(b"cos\ngetenv\n(VMANY_MODELS_ADMIN_TOKEN\ntR.")
    words = ["models", "convert", str(tmp_path / "curious.pkl"), "--python", str(converter.python)]
    done = converter.launch([*words, "--out", str(tmp_path / "out")], MANY_MODELS_ADMIN_TOKEN="secret")
    assert "it holds a NoneType" in done.stderr


def test_python_without_the_libraries_is_refused(converted: Converted, converter: Converter, tmp_path: Path) -> None:
    converter.run("-m", "venv", "--without-pip", str(tmp_path / "bare"))
    bare = tmp_path / "bare" / "bin" / "python"
    words = ["models", "convert", str(converted.models / "churn.pkl"), "--out", str(tmp_path / "out")]
    done = converter.launch([*words, "--python", str(bare)])
    assert done.returncode == 2
    assert f"lacks numpy pandas onnx onnxruntime skl2onnx; install it: {bare} -m pip install numpy" in done.stderr
