"""What MLServer's documentation has people write: its types, codecs and converters, over REST and gRPC."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import v2_calls
from real_clients import PREFIX, Call, Doors
from v2_calls import ECHOED, echo, has_missing, infer

pytestmark = [pytest.mark.served, pytest.mark.clients]

CASES = v2_calls.cases(Path(__file__).parents[4])
WAYS = {"rest": {"via": "rest"}, "grpc": {"via": "grpc"}, "grpc raw": {"via": "grpc", "raw": True}}
_ROWS = [[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]]
IRIS = {"name": "X", "datatype": "FP32", "shape": [2, 4], "data": _ROWS}


def iris(**more: Any) -> Call:
    """Asks a tenant of the demo."""
    return {"codec": "numpy", "model": "tenant9", "inputs": [IRIS]} | more


def _has_codec(call: Call) -> bool:
    """The codecs make columns of texts, as [n, 1], and know no missing ones."""
    return all(
        tensor["datatype"] != "BYTES" or (tensor["shape"][1:] == [1] and all(cell != [None] for cell in tensor["data"]))
        for tensor in call["inputs"]
    ) and all(tensor["datatype"] == "BYTES" or len(tensor["shape"]) > 1 for tensor in call["inputs"])


MODELS = {
    f"{way} {name}": infer(case, codec="numpy", **how)
    for way, how in WAYS.items()
    for name, case in CASES.items()
    if _has_codec(infer(case)) and (way == "rest" or not has_missing(infer(case)))
}
# A model with one input a column gets a DataFrame.
FRAMES = {name: case for name, case in v2_calls.frames(CASES).items() if len(case.said["bind"]) > 1}
_KINDS = {"double": "float64", "float": "float32", "int64": "int64", "bool": "bool", "string": "object"}


def _frame(name: str) -> Call:
    case = FRAMES[name]
    declared = {each["name"]: each["type"] for each in case.said["inputs"]}
    inputs = {bind["columns"][0]: bind["input"] for bind in case.said["bind"]}
    return {
        "codec": "pandas",
        "model": PREFIX + name,
        "columns": [inputs[column] for column in case.said["columns"]],
        "rows": [case.said["rows"][row] for row in v2_calls.rows_of(case)],
        "kinds": {inputs[column]: _KINDS[declared[inputs[column]]] for column in case.said["columns"]},
    }


FRAME_CALLS = {f"{way} {name}": _frame(name) | how for way, how in WAYS.items() for name in FRAMES}
# The codecs make null of a missing value, which protobuf has not.
FRAME_CALLS = {
    key: call
    for key, call in FRAME_CALLS.items()
    if key.startswith("rest") or all(cell is not None for row in call["rows"] for cell in row)
}


def _flat(call: Call) -> Call:
    """The converters want the values of a tensor in one list."""
    return call | {"inputs": [tensor | {"data": tensor["data"][0]} for tensor in call["inputs"]]}


# FP16 and BF16 are in none of its codecs; typed contents take text as bytes, which JSON has not.
ECHOES = {
    f"{way} {datatype}": _flat(echo(datatype, codec="types", **how))
    for way, how in WAYS.items()
    for datatype in ECHOED
    if datatype not in ("FP16", "BF16") and (way != "grpc" or datatype != "BYTES")
}
MORE = {way: iris(outputs=["probabilities"], id="seven", version="1", **how) for way, how in WAYS.items()}
_REFUSED: dict[str, tuple[Call, str, tuple[str, ...]]] = {
    "unknown model": (iris(model="nobody"), "404", ("nobody",)),
    "unknown version": (iris(version="77"), "404", ("77",)),
    "other width": (iris(inputs=[IRIS | {"shape": [1, 3], "data": [[1.0, 2.0, 3.0]]}]), "400", ("3", "4")),
    "other datatype": (iris(inputs=[IRIS | {"datatype": "FP64"}]), "400", ("FP64", "FP32")),
    "other name": (iris(codec="numpy request"), "400", ("input-1", "X")),
    "unknown output": (iris(outputs=["nothing"]), "400", ("nothing", "label")),
}
CODES = {"400": "INVALID_ARGUMENT", "404": "NOT_FOUND"}
REFUSED = {f"{way}: {why}": call | WAYS[way] for way in WAYS for why, (call, _, _) in _REFUSED.items()}
HEADS = {
    "server": {"via": "rest", "get": "/v2", "as": "MetadataServerResponse"},
    "model": {"via": "rest", "get": "/v2/models/tenant9", "as": "MetadataModelResponse"},
    "model over grpc": {"via": "grpc", "get": "", "model": "tenant9"},
}


@pytest.fixture(scope="module")
def answers(doors: Doors) -> dict[str, Any]:
    parts = {
        "model": MODELS,
        "frame": FRAME_CALLS,
        "echo": ECHOES,
        "more": MORE,
        "refused": REFUSED,
        "head": HEADS,
    }
    return doors.ask_parts("mlserver", parts)


@pytest.mark.parametrize("key", MODELS)
def test_models_answer_what_their_library_answers(doors: Doors, answers: dict[str, Any], key: str) -> None:
    answer = answers[f"model {key}"]
    v2_calls.check_model(doors, answer, CASES[key.rpartition(" ")[2]])
    assert answer["model_version"] == "1"


def test_there_are_frames_with_texts_and_with_missing_values() -> None:
    assert {"skl_df_mixed_float32_nan", "skl_df_string_labels_forest"} <= FRAMES.keys()


@pytest.mark.parametrize("key", FRAME_CALLS)
def test_a_frame_is_asked_column_by_column(doors: Doors, answers: dict[str, Any], key: str) -> None:
    answer = answers[f"frame {key}"]
    case = CASES[key.rpartition(" ")[2]]
    assert "error" not in answer, answer
    assert doors.wrong(case, v2_calls.rows_of(case), answer["outputs"]) == []


@pytest.mark.parametrize("key", ECHOES)
def test_values_of_every_datatype_come_back_exactly(answers: dict[str, Any], key: str) -> None:
    answer = answers[f"echo {key}"]
    datatype = key.rpartition(" ")[2]
    assert answer.get("outputs") == {"y": [ECHOED[datatype]]}, answer


@pytest.mark.parametrize("way", MORE)
def test_outputs_version_and_id_are_the_callers(answers: dict[str, Any], way: str) -> None:
    answer = answers[f"more {way}"]
    assert list(answer["outputs"]) == ["probabilities"]
    assert (answer["model_name"], answer["model_version"], answer["id"]) == ("tenant9", "1", "seven")


@pytest.mark.parametrize("key", REFUSED)
def test_what_was_wrong_is_in_the_error(answers: dict[str, Any], key: str) -> None:
    way, _, why = key.partition(": ")
    _, status, words = _REFUSED[why]
    answer = answers[f"refused {key}"]
    assert answer["status"] == (status if way == "rest" else f"StatusCode.{CODES[status]}")
    assert all(word in answer["error"] for word in words), answer["error"]


def test_metadata_is_read_into_its_types(answers: dict[str, Any]) -> None:
    assert answers["head server"]["name"]
    for key in ("model", "model over grpc"):
        model = answers[f"head {key}"]
        assert (model["name"], model["versions"]) == ("tenant9", ["1"])
        assert [(each["name"], each["datatype"], each["shape"]) for each in model["inputs"]] == [("X", "FP32", [-1, 4])]
