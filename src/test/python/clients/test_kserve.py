"""KServe's SDK, unchanged: its REST and gRPC clients of V2, and V1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import v2_calls
from real_clients import PREFIX, Call, Doors
from v2_calls import ECHOED, echo, has_missing, infer

pytestmark = [pytest.mark.served, pytest.mark.clients]

CASES = v2_calls.cases(Path(__file__).parents[4])
WAYS = {
    "rest binary": {"via": "rest"},
    "rest lists": {"via": "rest", "form": "lists"},
    "grpc raw": {"via": "grpc"},
    "grpc typed": {"via": "grpc", "form": "lists"},
}
_ROWS = [[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]]
IRIS = {"name": "X", "datatype": "FP32", "shape": [2, 4], "data": _ROWS}


def iris(**more: Any) -> Call:
    """Asks a tenant of the demo."""
    return {"do": "infer", "model": "tenant9", "inputs": [IRIS]} | more


def _can_send(way: str, call: Call) -> bool:
    """An array has no missing text, protobuf's typed contents no null, and text in them is bytes, which JSON is not."""
    if way == "grpc typed":
        return not has_missing(call) and all(tensor["datatype"] != "BYTES" for tensor in call["inputs"])
    return way == "rest lists" or not has_missing(call, "BYTES")


MODELS = {
    f"{way} {name}": infer(case, **how)
    for way, how in WAYS.items()
    for name, case in CASES.items()
    if _can_send(way, infer(case))
}
# The library refuses FP16 in lists and knows no BF16.
ECHOES = {
    f"{way} {datatype}": echo(datatype, **how)
    for way, how in WAYS.items()
    for datatype in ECHOED
    if datatype != "BF16" and not (how.get("form") and datatype == "FP16") and _can_send(way, echo(datatype))
}
HEADS = {
    f"{via} {do}": {"via": via, "do": do, "arguments": arguments}
    for via in ("rest", "grpc")
    for do, arguments in {"is_server_live": [], "is_server_ready": [], "is_model_ready": ["tenant9"]}.items()
} | {
    f"v1 {do}": {"via": "v1", "do": do, "arguments": arguments}
    for do, arguments in {"is_server_live": [], "is_model_ready": ["tenant9"]}.items()
}
MORE = {way: iris(outputs=["probabilities"], id="Köln-7", **how) for way, how in WAYS.items()}
_REFUSED: dict[str, tuple[Call, str, tuple[str, ...]]] = {
    "unknown model": (iris(model="nobody"), "404", ("nobody",)),
    "other width": (iris(inputs=[IRIS | {"shape": [1, 3], "data": [[1.0, 2.0, 3.0]]}]), "400", ("3", "4")),
    "other datatype": (iris(inputs=[IRIS | {"datatype": "FP64"}]), "400", ("FP64", "FP32")),
    "other name": (iris(inputs=[IRIS | {"name": "features"}]), "400", ("features", "X")),
    "unknown output": (iris(outputs=["nothing"]), "400", ("nothing", "label")),
}
CODES = {"400": "INVALID_ARGUMENT", "404": "NOT_FOUND"}
REFUSED = {f"{way}: {why}": call | WAYS[way] for way in WAYS for why, (call, _, _) in _REFUSED.items()}
_STRINGS = CASES["skl_df_string_labels_forest"]
_RECORDS = [dict(zip(_STRINGS.said["columns"], row, strict=True)) for row in _STRINGS.said["rows"][:3]]
V1 = {
    "instances": {"via": "v1", "do": "infer", "model": "tenant9", "body": {"instances": _ROWS}},
    "inputs": {"via": "v1", "do": "infer", "model": "tenant9", "body": {"inputs": _ROWS}},
    "records": {"via": "v1", "do": "infer", "model": PREFIX + _STRINGS.name, "body": {"instances": _RECORDS}},
    "unknown model": {"via": "v1", "do": "infer", "model": "nobody", "body": {"instances": _ROWS}},
    "other width": {"via": "v1", "do": "infer", "model": "tenant9", "body": {"instances": [[1.0]]}},
    "no list": {"via": "v1", "do": "infer", "model": "tenant9", "body": {"rows": _ROWS}},
}


@pytest.fixture(scope="module")
def answers(doors: Doors) -> dict[str, Any]:
    parts = {"model": MODELS, "echo": ECHOES, "head": HEADS, "more": MORE, "refused": REFUSED, "v1": V1}
    return doors.ask_parts("kserve", parts)


@pytest.mark.parametrize("key", MODELS)
def test_models_answer_what_their_library_answers(doors: Doors, answers: dict[str, Any], key: str) -> None:
    v2_calls.check_model(doors, answers[f"model {key}"], CASES[key.rpartition(" ")[2]])


@pytest.mark.parametrize("key", ECHOES)
def test_values_of_every_datatype_come_back_exactly(answers: dict[str, Any], key: str) -> None:
    v2_calls.check_echo(answers[f"echo {key}"], key.rpartition(" ")[2])


@pytest.mark.parametrize("key", HEADS)
def test_health_is_told(answers: dict[str, Any], key: str) -> None:
    assert answers[f"head {key}"] is True


@pytest.mark.parametrize("way", MORE)
def test_outputs_and_id_are_the_callers(answers: dict[str, Any], way: str) -> None:
    answer = answers[f"more {way}"]
    assert list(answer["outputs"]) == ["probabilities"]
    assert answer["id"] == "Köln-7"
    # Of REST the library does not read it.
    assert answer["model_version"] == (None if "rest" in way else "1")


@pytest.mark.parametrize("key", REFUSED)
def test_what_was_wrong_is_in_the_exception(answers: dict[str, Any], key: str) -> None:
    way, _, why = key.partition(": ")
    _, status, words = _REFUSED[why]
    answer = answers[f"refused {key}"]
    assert answer["kind"] == ("HTTPStatusError" if "rest" in way else "AioRpcError")
    assert answer["status"] == (status if "rest" in way else f"StatusCode.{CODES[status]}")
    assert all(word in answer["error"] for word in words), answer["error"]


@pytest.mark.parametrize("key", ["instances", "inputs"])
def test_v1_answers_predictions(answers: dict[str, Any], key: str) -> None:
    assert answers[f"v1 {key}"] == {"predictions": [0, 2]}


def test_v1_takes_columns_by_name(answers: dict[str, Any]) -> None:
    assert answers["v1 records"] == {"predictions": _STRINGS.said["expected"]["label"][:3]}


@pytest.mark.parametrize(
    ("key", "status", "word"),
    [("unknown model", "404", "nobody"), ("other width", "400", "4"), ("no list", "400", "instances")],
)
def test_v1_says_what_was_wrong(answers: dict[str, Any], key: str, status: str, word: str) -> None:
    answer = answers[f"v1 {key}"]
    assert (answer["kind"], answer["status"]) == ("HTTPStatusError", status)
    assert word in answer["error"]
