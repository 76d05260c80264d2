"""MLflow's clients, unchanged: the scoring server's, and that of Databricks, whose address names the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import v2_calls
from real_clients import PREFIX, Doors

from measuring.corpus import Case

pytestmark = [pytest.mark.served, pytest.mark.clients]

CASES = v2_calls.cases(Path(__file__).parents[4])
_ROWS = [[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]]
# The library sends a DataFrame of columns, or an array of a model with one input.
FRAMES = v2_calls.frames(CASES)
ARRAYS = {
    name: case
    for name, case in CASES.items()
    if len(case.said["bind"]) == 1 and case.said["inputs"][0]["type"] != "string" and not case.is_one_tensor()
}


def _columns(case: Case) -> list[str]:
    inputs = {bind["columns"][0]: bind["input"] for bind in case.said["bind"]}
    return [inputs[column] for column in case.said["columns"]]


def _rows(case: Case) -> list[Any]:
    return [case.said["rows"][row] for row in v2_calls.rows_of(case)]


SERVER = {"via": "scoring server"}
FRAME_CALLS = {
    name: SERVER | {"model": PREFIX + name, "frame": {"columns": _columns(case), "rows": _rows(case)}}
    for name, case in FRAMES.items()
}
ARRAY_CALLS = {
    name: SERVER | {"model": PREFIX + name, "array": v2_calls.tensors(case, v2_calls.rows_of(case))[0]["data"]}
    for name, case in ARRAYS.items()
    # An array of Python's null is one of objects, which the library cannot write.
    if not case.said["wants_missing_values"]
}
_STRINGS = CASES["skl_df_string_labels_forest"]
_RECORDS = [dict(zip(_STRINGS.said["columns"], row, strict=True)) for row in _STRINGS.said["rows"][:3]]
_SPLIT = {"columns": _STRINGS.said["columns"], "data": _STRINGS.said["rows"][:3]}
DATABRICKS = {
    key: {"via": "databricks", "model": model, "inputs": inputs}
    for key, model, inputs in (
        ("records", PREFIX + _STRINGS.name, {"dataframe_records": _RECORDS}),
        ("split", PREFIX + _STRINGS.name, {"dataframe_split": _SPLIT}),
        ("instances", PREFIX + _STRINGS.name, {"instances": _RECORDS}),
        ("inputs", "tenant9", {"inputs": _ROWS}),
        ("named inputs", "tenant9", {"inputs": {"X": _ROWS}}),
    )
}
REST = {
    "ping of a model": SERVER | {"model": "tenant9", "do": "ping"},
    "ping": SERVER | {"model": "", "do": "ping"},
    "version of a model": SERVER | {"model": "tenant9", "do": "version"},
    "version": SERVER | {"model": "", "do": "version"},
    "params": SERVER | {"model": "tenant9", "array": _ROWS, "params": {}},
    "unknown model": SERVER | {"model": "nobody", "array": _ROWS},
    "other width": SERVER | {"model": "tenant9", "array": [[1.0]]},
    "other column": SERVER | {"model": PREFIX + _STRINGS.name, "frame": {"columns": ["planet"], "rows": [["Mars"]]}},
    "unknown model of databricks": {"via": "databricks", "model": "nobody", "inputs": {"inputs": _ROWS}},
    "nothing to databricks": {"via": "databricks", "model": "tenant9", "inputs": {}},
}


@pytest.fixture(scope="module")
def answers(doors: Doors) -> dict[str, Any]:
    parts = {"frame": FRAME_CALLS, "array": ARRAY_CALLS, "databricks": DATABRICKS, "rest": REST}
    return doors.ask_parts("mlflow", parts)


def _differences(answer: Any, case: Case) -> list[str]:
    """Of the first output, which is a number or text a row where it has one column, as scikit-learn's predictions."""
    assert "error" not in answer, answer
    name, values = next(iter(case.said["expected"].items()))
    alone = [each[0] if isinstance(each, list) and len(each) == 1 else each for each in values]
    return case.expecting({name: alone}).differences(v2_calls.rows_of(case), {name: answer["predictions"]})


@pytest.mark.parametrize("name", FRAME_CALLS)
def test_a_frame_is_answered(answers: dict[str, Any], name: str) -> None:
    assert _differences(answers[f"frame {name}"], CASES[name]) == []


@pytest.mark.parametrize("name", ARRAY_CALLS)
def test_an_array_is_answered(answers: dict[str, Any], name: str) -> None:
    assert _differences(answers[f"array {name}"], CASES[name]) == []


@pytest.mark.parametrize("key", DATABRICKS)
def test_databricks_client_names_the_model_in_the_address(answers: dict[str, Any], key: str) -> None:
    expected = [0, 2] if "inputs" in key else _STRINGS.said["expected"]["label"][:3]
    assert answers[f"databricks {key}"] == {"predictions": expected}


def test_the_server_is_there(answers: dict[str, Any]) -> None:
    assert answers["rest ping"] is None
    assert answers["rest ping of a model"] is None
    assert answers["rest version"] == answers["rest version of a model"]
    assert answers["rest version"].strip()


def test_params_may_be_empty(answers: dict[str, Any]) -> None:
    assert answers["rest params"]["predictions"] == [0, 2]


@pytest.mark.parametrize(
    ("key", "status", "words"),
    [
        ("unknown model", 404, ("nobody",)),
        ("other width", 400, ("4",)),
        ("other column", 400, ("planet", "plan")),
    ],
)
def test_what_was_wrong_is_in_the_exception(
    answers: dict[str, Any], key: str, status: int, words: tuple[str, ...]
) -> None:
    error = answers[f"rest {key}"]["error"]
    assert f"error code {status}" in error
    assert "error_code" in error
    assert all(word in error for word in words), error


@pytest.mark.parametrize(
    ("key", "status", "word"),
    [("unknown model of databricks", "404", "nobody"), ("nothing to databricks", "400", "dataframe_split")],
)
def test_what_was_wrong_is_in_the_databricks_clients_exception(
    answers: dict[str, Any], key: str, status: str, word: str
) -> None:
    answer = answers[f"rest {key}"]
    assert status in answer["error"]
    assert word in answer["error"]
