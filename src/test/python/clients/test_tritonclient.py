"""tritonclient, all four of its clients, unchanged: what it sends by default, and its other ways."""

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
    "http": {"via": "http"},
    "http json": {"via": "http", "binary": False},
    "http.aio": {"via": "http.aio"},
    "http.aio json": {"via": "http.aio", "binary": False},
    "grpc": {"via": "grpc"},
    "grpc.aio": {"via": "grpc.aio"},
}
VIAS = ("http", "http.aio", "grpc", "grpc.aio")
IRIS = {"name": "X", "datatype": "FP32", "shape": [2, 4], "data": [[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]]}


def iris(**more: Any) -> Call:
    """Asks a tenant of the demo."""
    return {"do": "infer", "model": "tenant9", "inputs": [IRIS]} | more


def altered(**more: Any) -> list[Call]:
    return [IRIS | more]


# Without named outputs the library asks for bytes, whatever it sends.
MODELS = {
    f"{way} {name}": infer(case, outputs=list(case.said["expected"]) if "json" in way else None, **how)
    for way, how in WAYS.items()
    for name, case in CASES.items()
}
# An array has no missing text.
MODELS = {key: call for key, call in MODELS.items() if not has_missing(call, "BYTES")}
# The library itself sends neither of them as JSON.
ECHOES = {
    f"{way} {datatype}": echo(datatype, **how)
    for way, how in WAYS.items()
    for datatype in ECHOED
    if "json" not in way or datatype not in ("FP16", "BF16")
}
IMAGES = {
    way: {
        "do": "infer",
        "model": f"{PREFIX}image",
        "inputs": [{"name": "x", "datatype": "FP32", "shape": [2, 3, 4, 5], "data": v2_calls.image()}],
    }
    | how
    for way, how in WAYS.items()
}
ROOM = {
    way: iris(outputs=["probabilities"], options={"request_id": "Köln-7"}, version="1", **WAYS[way]) for way in WAYS
}
COMPRESSED = {
    f"{way} {algorithm}": iris(
        **WAYS[way],
        options={"request_compression_algorithm": algorithm, "response_compression_algorithm": algorithm}
        if "http" in way
        else {"compression_algorithm": algorithm},
    )
    for way in WAYS
    for algorithm in ("gzip", "deflate")
}
HEADS = {
    f"{via} {do}": {"via": via, "do": do, "arguments": arguments}
    for via in VIAS
    for do, arguments in {
        "is_server_live": [],
        "is_server_ready": [],
        "is_model_ready": ["tenant9"],
        "get_server_metadata": [],
        "get_model_metadata": ["tenant9"],
        "get_model_config": ["tenant9"],
        "get_inference_statistics": ["tenant9"],
        "get_model_repository_index": [],
    }.items()
}
_REFUSED: dict[str, tuple[Call, str, tuple[str, ...]]] = {
    "unknown model": (iris(model="nobody"), "404", ("nobody",)),
    "unknown version": (iris(version="77"), "404", ("77",)),
    "other width": (iris(inputs=altered(shape=[1, 3], data=[[1.0, 2.0, 3.0]])), "400", ("3", "4")),
    "other rank": (iris(inputs=altered(shape=[4], data=[1.0, 2.0, 3.0, 4.0])), "400", ("4",)),
    "other datatype": (iris(inputs=altered(datatype="FP64")), "400", ("FP64", "FP32")),
    "other name": (iris(inputs=altered(name="features")), "400", ("features", "X")),
    "one input more": (iris(inputs=[IRIS, IRIS | {"name": "more"}]), "400", ("more",)),
    "unknown output": (iris(outputs=["nothing"]), "400", ("nothing", "label")),
    "a load without a token": ({"do": "load_model", "arguments": ["tenant9"]}, "401", ("oken",)),
}
CODES = {"400": "INVALID_ARGUMENT", "401": "UNAUTHENTICATED", "404": "NOT_FOUND"}
REFUSED = {f"{via} {why}": call | {"via": via} for via in VIAS for why, (call, _, _) in _REFUSED.items()}
# What Triton has and we have not, as the library calls it.
UNKNOWN_TENANTS = {via: {"via": via, "do": "is_model_ready", "arguments": ["nobody"]} for via in VIAS}


@pytest.fixture(scope="module")
def answers(doors: Doors) -> dict[str, Any]:
    parts = {
        "model": MODELS,
        "echo": ECHOES,
        "image": IMAGES,
        "room": ROOM,
        "compressed": COMPRESSED,
        "head": HEADS,
        "refused": REFUSED,
        "unknown": UNKNOWN_TENANTS,
    }
    return doors.ask_parts("tritonclient", parts)


@pytest.mark.parametrize("key", MODELS)
def test_models_answer_what_their_library_answers(doors: Doors, answers: dict[str, Any], key: str) -> None:
    answer = answers[f"model {key}"]
    v2_calls.check_model(doors, answer, CASES[key.rpartition(" ")[2]])
    assert answer["model_version"] == "1"
    if key.startswith("http"):
        assert answer["binary"] is ("json" not in key)


@pytest.mark.parametrize("key", ECHOES)
def test_values_of_every_datatype_come_back_exactly(answers: dict[str, Any], key: str) -> None:
    v2_calls.check_echo(answers[f"echo {key}"], key.rpartition(" ")[2])


@pytest.mark.parametrize("way", IMAGES)
def test_images_have_four_dimensions(answers: dict[str, Any], way: str) -> None:
    assert answers[f"image {way}"]["outputs"] == {"y": v2_calls.means()}


@pytest.mark.parametrize("way", ROOM)
def test_outputs_version_and_id_are_the_callers(answers: dict[str, Any], way: str) -> None:
    answer = answers[f"room {way}"]
    assert list(answer["outputs"]) == ["probabilities"]
    assert (answer["model_name"], answer["model_version"], answer["id"]) == ("tenant9", "1", "Köln-7")


@pytest.mark.parametrize("key", COMPRESSED)
def test_both_ways_may_be_compressed(answers: dict[str, Any], key: str) -> None:
    assert answers[f"compressed {key}"]["outputs"]["label"] == [0, 2]


@pytest.mark.parametrize("via", VIAS)
def test_health_is_told(answers: dict[str, Any], via: str) -> None:
    for do in ("is_server_live", "is_server_ready", "is_model_ready"):
        assert answers[f"head {via} {do}"] is True, do


@pytest.mark.parametrize("via", VIAS)
def test_an_unknown_tenant_is_not_ready(answers: dict[str, Any], via: str) -> None:
    answer = answers[f"unknown {via}"]
    assert answer is False or answer["status"] == "StatusCode.NOT_FOUND"


@pytest.mark.parametrize("via", VIAS)
def test_metadata_says_what_to_send(answers: dict[str, Any], via: str) -> None:
    server = answers[f"head {via} get_server_metadata"]
    assert server["name"]
    assert server["version"]
    if "http" in via:
        assert "binary_tensor_data" in server["extensions"]
    model = answers[f"head {via} get_model_metadata"]
    assert (model["name"], model["versions"]) == ("tenant9", ["1"])
    assert [_tensor(each) for each in model["inputs"]] == [("X", "FP32", [-1, 4])]
    assert [each["name"] for each in model["outputs"]] == ["label", "probabilities"]


@pytest.mark.parametrize("via", VIAS)
def test_perf_analyzer_finds_what_it_reads_before_it_starts(answers: dict[str, Any], via: str) -> None:
    config = answers[f"head {via} get_model_config"]
    config = config.get("config", config)
    assert config["name"] == "tenant9"
    assert [(each["name"], each["data_type"]) for each in config["input"]] == [("X", "TYPE_FP32")]
    assert [each["name"] for each in config["output"]] == ["label", "probabilities"]
    # Written as strings by protobuf, and left out when 0.
    (statistics,) = answers[f"head {via} get_inference_statistics"]["model_stats"]
    assert (statistics["name"], statistics["version"]) == ("tenant9", "1")
    assert int(statistics["inference_count"]) >= int(statistics["execution_count"]) > 0
    assert int(statistics["inference_stats"]["success"]["count"]) > 0
    assert int(statistics["inference_stats"]["success"]["ns"]) > 0


@pytest.mark.parametrize("via", VIAS)
def test_the_index_lists_every_tenant(answers: dict[str, Any], via: str) -> None:
    index = answers[f"head {via} get_model_repository_index"]
    assert "error" not in index, index
    models = {model["name"]: model for model in (index if isinstance(index, list) else index["models"])}
    assert {"tenant1", "tenant30", f"{PREFIX}stats"} <= models.keys()
    assert (models["tenant9"]["state"], models["tenant9"]["version"]) == ("READY", "1")


@pytest.mark.parametrize("key", REFUSED)
def test_what_was_wrong_is_in_the_exception(answers: dict[str, Any], key: str) -> None:
    via, _, why = key.partition(" ")
    _, status, words = _REFUSED[why]
    answer = answers[f"refused {key}"]
    assert answer["kind"] == "InferenceServerException"
    assert answer["status"] == (status if "http" in via else f"StatusCode.{CODES[status]}")
    assert all(word in answer["error"] for word in words), answer["error"]


def _tensor(said: dict[str, Any]) -> tuple[str, str, list[int]]:
    return said["name"], said["datatype"], [int(size) for size in said["shape"]]
