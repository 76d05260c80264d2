"""V2 over gRPC, asked by hand: the forms that the proto allows, and what a careful server refuses."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from by_hand import floats, texts
from real_clients import PREFIX, Call, Doors

pytestmark = [pytest.mark.served, pytest.mark.clients]

ROWS = [5.1, 3.5, 1.4, 0.2, 6.7, 3.0, 5.2, 2.3]
HEAD = {"name": "X", "datatype": "FP32", "shape": [2, 4]}
TYPED = HEAD | {"contents": {"fp32_contents": ROWS}}
TEXT = {"name": "x", "datatype": "BYTES", "shape": [1, 3]}


def encoded(*parts: bytes) -> list[str]:
    return [b64encode(part).decode() for part in parts]


RAW = encoded(floats(*ROWS))


def infer(inputs: list[Any], raw: list[str] | None = None, model: str = "tenant9", **more: Any) -> Call:
    message = {"model_name": model, "inputs": inputs} | ({} if raw is None else {"raw_input_contents": raw}) | more
    return {"method": "ModelInfer", "message": message}


ECHO_TEXT = f"{PREFIX}echo-bytes"
ALLOWED = {
    "typed": infer([TYPED]),
    "raw": infer([HEAD], RAW),
    "raw with empty contents": infer([HEAD | {"contents": {}}], RAW),
    "unknown parameters": infer([TYPED], parameters={"mine": {"string_param": "a"}, "priority": {"uint64_param": 1}}),
    "a version": infer([TYPED], model_version="1"),
    "a stream": {"method": "ModelStreamInfer", "message": infer([HEAD], RAW)["message"], "copies": 3},
}
REFUSED: dict[str, tuple[Call, str, tuple[str, ...]]] = {
    "unknown model": (infer([TYPED], model="nobody"), "NOT_FOUND", ("nobody",)),
    "unknown version": (infer([TYPED], model_version="77"), "NOT_FOUND", ("77",)),
    "no model": (infer([TYPED], model=""), "NOT_FOUND", ()),
    "a name that no tenant can have": (infer([TYPED], model="../tenant9"), "NOT_FOUND", ("../tenant9",)),
    "no inputs": (infer([]), "INVALID_ARGUMENT", ("inputs",)),
    "an input twice": (infer([TYPED, TYPED]), "INVALID_ARGUMENT", ("X",)),
    "neither contents nor raw": (infer([HEAD]), "INVALID_ARGUMENT", ("X",)),
    "contents and raw": (infer([TYPED], RAW), "INVALID_ARGUMENT", ("raw_input_contents",)),
    "fewer raw ones than inputs": (
        infer([HEAD, HEAD | {"name": "more"}], RAW),
        "INVALID_ARGUMENT",
        ("raw_input_contents",),
    ),
    "more raw ones than inputs": (infer([HEAD], RAW * 2), "INVALID_ARGUMENT", ("raw_input_contents",)),
    "another datatype's contents": (
        infer([HEAD | {"contents": {"fp64_contents": ROWS}}]),
        "INVALID_ARGUMENT",
        ("fp32_contents",),
    ),
    "another datatype": (infer([TYPED | {"datatype": "INT32"}]), "INVALID_ARGUMENT", ()),
    "a datatype that does not exist": (infer([TYPED | {"datatype": "FP128"}]), "INVALID_ARGUMENT", ("FP128",)),
    "fewer values than the shape has": (
        infer([HEAD | {"contents": {"fp32_contents": ROWS[:7]}}]),
        "INVALID_ARGUMENT",
        ("8", "7"),
    ),
    "fewer bytes than the shape has": (infer([HEAD], encoded(floats(*ROWS[:7]))), "INVALID_ARGUMENT", ("32", "28")),
    "another width": (infer([HEAD | {"shape": [4, 2]}], RAW), "INVALID_ARGUMENT", ("4",)),
    "a negative dimension": (infer([HEAD | {"shape": [-1, 4]}], RAW), "INVALID_ARGUMENT", ("-1",)),
    "a product that overflows": (infer([HEAD | {"shape": [2**32, 2**32]}], RAW), "INVALID_ARGUMENT", ()),
    "a product that overflows to what is there": (
        infer([HEAD | {"shape": [2**62 + 2, 4]}], RAW),
        "INVALID_ARGUMENT",
        (),
    ),
    "a huge dimension": (infer([HEAD | {"shape": [2**62, 4]}]), "INVALID_ARGUMENT", ()),
    "a million dimensions": (infer([HEAD | {"shape": [1] * 1_000_000}], RAW), "INVALID_ARGUMENT", ()),
    "FP16 typed": (
        infer(
            [{"name": "x", "datatype": "FP16", "shape": [1, 3], "contents": {"fp32_contents": [1, 2, 3]}}],
            model=f"{PREFIX}echo-fp16",
        ),
        "INVALID_ARGUMENT",
        ("FP16", "raw"),
    ),
    "a number beyond the datatype": (
        infer(
            [{"name": "x", "datatype": "INT8", "shape": [1, 3], "contents": {"int_contents": [1, 128, 3]}}],
            model=f"{PREFIX}echo-int8",
        ),
        "INVALID_ARGUMENT",
        ("128",),
    ),
    "a length of a text beyond its tensor": (
        infer([TEXT], encoded(b"\xff\xff\xff\x7fhello"), ECHO_TEXT),
        "INVALID_ARGUMENT",
        (),
    ),
    "a length of a text beyond 31 bits": (
        infer([TEXT], encoded(b"\xff\xff\xff\xffhello"), ECHO_TEXT),
        "INVALID_ARGUMENT",
        (),
    ),
    "too few texts": (infer([TEXT], encoded(texts("a", "b")), ECHO_TEXT), "INVALID_ARGUMENT", ("3",)),
    "a text that is not UTF-8": (
        infer([TEXT], encoded(b"\x01\x00\x00\x00\xff" + texts("", "")), ECHO_TEXT),
        "INVALID_ARGUMENT",
        ("UTF-8",),
    ),
    "unknown output": (infer([TYPED], outputs=[{"name": "nothing"}]), "INVALID_ARGUMENT", ("nothing", "label")),
    "shared memory": (
        infer([HEAD | {"parameters": {"shared_memory_region": {"string_param": "a"}}}]),
        "INVALID_ARGUMENT",
        ("shared",),
    ),
    "metadata of an unknown model": (
        {"method": "ModelMetadata", "message": {"name": "nobody"}},
        "NOT_FOUND",
        ("nobody",),
    ),
    "unload": ({"method": "RepositoryModelUnload", "message": {"model_name": "tenant9"}}, "UNAUTHENTICATED", ()),
    "shared memory of the system": ({"method": "SystemSharedMemoryStatus", "message": {}}, "UNIMPLEMENTED", ()),
    "a method that nobody has": (
        {"path": "/inference.GRPCInferenceService/Dance", "bytes": ""},
        "UNIMPLEMENTED",
        (),
    ),
    "bytes that are no message": (
        {"path": "/inference.GRPCInferenceService/ModelInfer", "bytes": "ffffffff"},
        "",
        (),
    ),
    "a message that is too large": (infer([HEAD]) | {"megabytes": 70}, "RESOURCE_EXHAUSTED", ()),
    "a deadline that has passed": (infer([TYPED]) | {"seconds": 0.000001}, "DEADLINE_EXCEEDED", ()),
    "health of an unknown service": (
        {"path": "/grpc.health.v1.Health/Check", "bytes": "0a06" + b"nobody".hex()},
        "NOT_FOUND",
        (),
    ),
}
SERVICE = b"inference.GRPCInferenceService"
HEALTH = {
    "of all": {"path": "/grpc.health.v1.Health/Check", "bytes": ""},
    "of the service": {
        "path": "/grpc.health.v1.Health/Check",
        "bytes": f"0a{len(SERVICE):02x}{SERVICE.hex()}",
    },
}


@pytest.fixture(scope="module")
def answers(doors: Doors) -> dict[str, Any]:
    refused = {key: call for key, (call, _, _) in REFUSED.items()}
    # Each refused one is followed by one that must be answered, on the same connection.
    between = {f"{key}, then": infer([HEAD], RAW) for key in refused}
    mixed = {
        name: call for key in refused for name, call in ((key, refused[key]), (f"{key}, then", between[f"{key}, then"]))
    }
    return doors.ask("tritonclient", {**ALLOWED, **HEALTH, **mixed}, "messages")


def test_typed_in_is_typed_out(answers: dict[str, Any]) -> None:
    for key in ("typed", "unknown parameters", "a version"):
        answer = answers[key]
        assert [output["name"] for output in answer["outputs"]] == ["label", "probabilities"]
        assert answer["outputs"][0]["contents"] == {"int64_contents": ["0", "2"]}
        assert len(answer["outputs"][1]["contents"]["fp32_contents"]) == 6
        assert "raw_output_contents" not in answer
        assert (answer["model_name"], answer["model_version"]) == ("tenant9", "1")


def test_raw_in_is_raw_out(answers: dict[str, Any]) -> None:
    for key in ("raw", "raw with empty contents"):
        assert answers[key]["raw_output_contents"][0] == b64encode(b"\0" * 8 + b"\2" + b"\0" * 7).decode()
        assert all("contents" not in output for output in answers[key]["outputs"])


def test_a_stream_answers_in_tritons_form(answers: dict[str, Any]) -> None:
    answer = answers["a stream"]
    if isinstance(answer, list):
        assert [part["infer_response"]["model_name"] for part in answer] == ["tenant9"] * 3
    else:
        assert answer["status"] == "StatusCode.UNIMPLEMENTED"


@pytest.mark.parametrize("key", REFUSED)
def test_what_is_wrong_is_said(answers: dict[str, Any], key: str) -> None:
    _, code, words = REFUSED[key]
    answer = answers[key]
    assert "error" in answer, answer
    assert answer["status"] == f"StatusCode.{code}" if code else "INTERNAL" not in answer["error"], answer
    assert all(word in answer["error"] for word in words), answer["error"]
    assert "Exception" not in answer["error"].replace("MultiThreadedRendezvous", "")


@pytest.mark.parametrize("key", REFUSED)
def test_a_refused_call_does_no_harm_to_the_next(answers: dict[str, Any], key: str) -> None:
    assert "raw_output_contents" in answers[f"{key}, then"], answers[f"{key}, then"]


@pytest.mark.parametrize("key", HEALTH)
def test_kubernetes_finds_it_serving(answers: dict[str, Any], key: str) -> None:
    assert answers[key] == "0801"
