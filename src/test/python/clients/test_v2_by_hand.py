"""V2 over REST, asked by hand: all that the protocol's text allows, and what a careful server refuses."""

from __future__ import annotations

import gzip
import http.client
import json
import zlib
from typing import Any

import by_hand
import pytest
from by_hand import LENGTH, Request, floats, get, texts, with_bytes
from real_clients import PREFIX, Doors

pytestmark = [pytest.mark.served, pytest.mark.clients]

INFER = "/v2/models/tenant9/infer"
ROWS = [5.1, 3.5, 1.4, 0.2, 6.7, 3.0, 5.2, 2.3]
NESTED = [ROWS[:4], ROWS[4:]]
LABELS = [0, 2]
X = {"name": "X", "shape": [2, 4], "datatype": "FP32", "data": ROWS}
BINARY_X = {"name": "X", "shape": [2, 4], "datatype": "FP32", "parameters": {"binary_data_size": 32}}
ECHO = f"/v2/models/{PREFIX}echo-"
TEXT = {"name": "x", "shape": [1, 3], "datatype": "BYTES"}
FOREST = f"/v2/models/{PREFIX}skl_df_string_labels_forest/infer"


def asked(outputs: Any = None, **parameters: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"inputs": [X]}
    return (
        body
        | ({"outputs": outputs} if outputs is not None else {})
        | ({"parameters": parameters} if parameters else {})
    )


def x(**more: Any) -> dict[str, Any]:
    return {"inputs": [X | more]}


def echoed(datatype: str, data: Any, shape: list[int] | None = None) -> Request:
    tensor = {"name": "x", "shape": shape or [1, 3], "datatype": datatype, "data": data}
    return Request(f"{ECHO}{datatype.lower()}/infer", {"inputs": [tensor]})


ALLOWED: dict[str, tuple[Request, dict[str, Any]]] = {
    "flat data": (Request(INFER, asked()), {"label": LABELS}),
    "nested data": (Request(INFER, x(data=NESTED)), {"label": LABELS}),
    "a version": (Request("/v2/models/tenant9/versions/1/infer", asked()), {"label": LABELS}),
    "no outputs named": (Request(INFER, asked(outputs=[])), {"label": LABELS}),
    "null members": (
        Request(INFER, {"id": None, "parameters": None, "outputs": None, "inputs": [X | {"parameters": None}]}),
        {"label": LABELS},
    ),
    "unknown members": (Request(INFER, asked() | {"model_name": "other", "more": {"a": [1]}}), {"label": LABELS}),
    "whole numbers": (Request(INFER, x(shape=[1, 4], data=[5, 3, 1, 0])), {"label": [0]}),
    "content types are not asked": (Request(INFER, asked(), {"Content-Type": "text/plain"}), {"label": LABELS}),
    "octet-stream without bytes": (
        Request(INFER, asked(), {"Content-Type": "application/octet-stream"}),
        {"label": LABELS},
    ),
    "content types of MLServer": (Request(INFER, x(parameters={"content_type": "np"})), {"label": LABELS}),
    "priority and timeout": (Request(INFER, asked(priority=1, timeout=1000000)), {"label": LABELS}),
    "bytes in": (with_bytes(INFER, {"inputs": [BINARY_X]}, floats(*ROWS)), {"label": LABELS}),
    "all of the body is JSON": (
        Request(INFER, json.dumps(asked()).encode(), {LENGTH: str(len(json.dumps(asked())))}),
        {"label": LABELS},
    ),
    "bytes out": (Request(INFER, asked(binary_data_output=True)), {"label": LABELS}),
    "one output as bytes": (
        Request(INFER, asked([{"name": "probabilities"}, {"name": "label", "parameters": {"binary_data": True}}])),
        {"label": LABELS},
    ),
    "one output not as bytes": (
        Request(
            INFER,
            asked(
                [{"name": "label", "parameters": {"binary_data": False}}, {"name": "probabilities"}],
                binary_data_output=True,
            ),
        ),
        {"label": LABELS},
    ),
    "raw": (with_bytes(INFER, b"", floats(*ROWS[:4])), {"label": [0]}),
    "raw text": (
        with_bytes(f"/v2/models/{PREFIX}skl_tfidf_logreg/infer", b"", b"wonderful product"),
        {},
    ),
    "gzip": (
        Request(INFER, gzip.compress(json.dumps(asked()).encode()), {"Content-Encoding": "gzip"}),
        {"label": LABELS},
    ),
    "deflate": (
        Request(INFER, zlib.compress(json.dumps(asked()).encode()), {"Content-Encoding": "deflate"}),
        {"label": LABELS},
    ),
    "gzip of bytes": (
        Request(
            INFER,
            gzip.compress(json.dumps({"inputs": [BINARY_X]}).encode() + floats(*ROWS)),
            {LENGTH: str(len(json.dumps({"inputs": [BINARY_X]}))), "Content-Encoding": "gzip"},
        ),
        {"label": LABELS},
    ),
    "encodings that nobody must use": (
        Request(INFER, asked(), {"Accept-Encoding": "br, zstd"}),
        {"label": LABELS},
    ),
    "the name in percent": (Request("/v2/models/%74enant9/infer", asked()), {"label": LABELS}),
    "a model named stats": (
        Request(
            f"/v2/models/{PREFIX}stats/infer",
            {"inputs": [{"name": "x", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}]},
        ),
        {"y": [1, 2, 3]},
    ),
    "missing as null": (echoed("FP32", [None, 1, None]), {"y": [None, 1, None]}),
    "missing as NaN": (
        Request(f"{ECHO}fp32/infer", b'{"inputs":[{"name":"x","shape":[1,3],"datatype":"FP32","data":[NaN,1,NaN]}]}'),
        {"y": [None, 1, None]},
    ),
    "infinite": (
        Request(
            f"{ECHO}fp64/infer",
            b'{"inputs":[{"name":"x","shape":[1,3],"datatype":"FP64","data":[Infinity,-Infinity,1e300]}]}',
        ),
        {"y": [None, None, 1e300]},
    ),
    "64 bits": (echoed("INT64", [2**63 - 1, -(2**63), 2**53 + 1]), {"y": [2**63 - 1, -(2**63), 2**53 + 1]}),
    "64 bits without sign": (echoed("UINT64", [2**64 - 1, 2**63, 0]), {"y": [2**64 - 1, 2**63, 0]}),
    "yes and no": (echoed("BOOL", [True, False, True]), {"y": [True, False, True]}),
    "strings": (echoed("BYTES", ["", "\u0000", "Köln 🍺"]), {"y": ["", "\u0000", "Köln 🍺"]}),
    "strings as bytes": (
        with_bytes(
            f"{ECHO}bytes/infer",
            {"inputs": [TEXT | {"parameters": {"binary_data_size": len(texts("", "a", "Köln"))}}]},
            texts("", "a", "Köln"),
        ),
        {"y": ["", "a", "Köln"]},
    ),
    "bytes and JSON mixed, in another order": (
        with_bytes(
            FOREST,
            {
                "inputs": [
                    {"name": "usage_hours", "shape": [1, 1], "datatype": "FP32", "parameters": {"binary_data_size": 4}},
                    {"name": "plan", "shape": [1, 1], "datatype": "BYTES", "data": ["pro"]},
                    {"name": "seats", "shape": [1, 1], "datatype": "FP32", "data": [[48]]},
                    {
                        "name": "country",
                        "shape": [1, 1],
                        "datatype": "BYTES",
                        "parameters": {"binary_data_size": len(texts("DE"))},
                    },
                ]
            },
            floats(9.0) + texts("DE"),
        ),
        {},
    ),
    "no rows to skip: a column as a vector": (
        Request(
            f"/v2/models/{PREFIX}skl_df_onehot_regression/infer",
            {
                "parameters": {"content_type": "pd"},
                "inputs": [
                    {"name": "plan", "shape": [2], "datatype": "BYTES", "data": ["pro", "basic"]},
                    {"name": "country", "shape": [2], "datatype": "BYTES", "data": ["DE", "FR"]},
                    {"name": "seats", "shape": [2], "datatype": "FP32", "data": [1, 2]},
                    {"name": "usage_hours", "shape": [2], "datatype": "FP32", "data": [1, 2]},
                ],
            },
        ),
        {},
    ),
}

MISSING = "/v2/models/nobody"
REFUSED: dict[str, tuple[Request, int, tuple[str, ...]]] = {
    "unknown model": (Request(f"{MISSING}/infer", asked()), 404, ("nobody",)),
    "metadata of an unknown model": (get(MISSING), 404, ("nobody",)),
    "readiness of an unknown model": (get(f"{MISSING}/ready"), 404, ("nobody",)),
    "config of an unknown model": (get(f"{MISSING}/config"), 404, ("nobody",)),
    "statistics of an unknown model": (get(f"{MISSING}/stats"), 404, ("nobody",)),
    "unknown version": (Request("/v2/models/tenant9/versions/77/infer", asked()), 404, ("77",)),
    "a version of letters": (Request("/v2/models/tenant9/versions/one/infer", asked()), 404, ("one",)),
    "metadata of an unknown version": (get("/v2/models/tenant9/versions/77"), 404, ("77",)),
    "readiness of an unknown version": (get("/v2/models/tenant9/versions/77/ready"), 404, ("77",)),
    "no such path": (get("/v2/nothing"), 404, ()),
    "no such path of a model": (get("/v2/models/tenant9/nothing"), 404, ()),
    "infer by GET": (get(INFER), 405, ()),
    "health by POST": (Request("/v2/health/live", {}), 405, ()),
    "no body": (Request(INFER), 400, ()),
    "not JSON": (Request(INFER, b"{"), 400, ()),
    "not UTF-8": (Request(INFER, b'{"inputs": ["\xff"]}'), 400, ()),
    "more after the JSON": (Request(INFER, json.dumps(asked()).encode() + b"{}"), 400, ()),
    "a list": (Request(INFER, []), 400, ()),
    "no inputs": (Request(INFER, {}), 400, ("inputs",)),
    "inputs that are null": (Request(INFER, {"inputs": None}), 400, ("inputs",)),
    "inputs that are an object": (Request(INFER, {"inputs": X}), 400, ("inputs",)),
    "an empty list of inputs": (Request(INFER, {"inputs": []}), 400, ("inputs",)),
    "an input that is a number": (Request(INFER, {"inputs": [7]}), 400, ()),
    "an input without a name": (
        Request(INFER, {"inputs": [{k: v for k, v in X.items() if k != "name"}]}),
        400,
        ("name",),
    ),
    "an input without a shape": (
        Request(INFER, {"inputs": [{k: v for k, v in X.items() if k != "shape"}]}),
        400,
        ("shape",),
    ),
    "an input without a datatype": (
        Request(INFER, {"inputs": [{k: v for k, v in X.items() if k != "datatype"}]}),
        400,
        ("datatype",),
    ),
    "an input without data": (Request(INFER, {"inputs": [{k: v for k, v in X.items() if k != "data"}]}), 400, ("X",)),
    "data that is null": (Request(INFER, x(data=None)), 400, ("X",)),
    "data that is an object": (Request(INFER, x(data={"a": 1})), 400, ()),
    "a name that is a number": (Request(INFER, x(name=7)), 400, ("name",)),
    "an input twice": (Request(INFER, {"inputs": [X, X]}), 400, ("X",)),
    "another name": (Request(INFER, x(name="features")), 400, ("features", "X")),
    "one input more": (Request(INFER, {"inputs": [X, X | {"name": "more"}]}), 400, ("more",)),
    "a missing input": (
        Request(FOREST, {"inputs": [{"name": "plan", "shape": [1, 1], "datatype": "BYTES", "data": ["pro"]}]}),
        400,
        ("country",),
    ),
    "another datatype": (Request(INFER, x(datatype="FP64")), 400, ("FP64", "FP32")),
    "whole numbers of a model of numbers": (Request(INFER, x(datatype="INT64", data=[1] * 8)), 400, ("INT64", "FP32")),
    "a datatype that does not exist": (Request(INFER, x(datatype="FP128")), 400, ("FP128",)),
    "a datatype in lower case": (Request(INFER, x(datatype="fp32")), 400, ("fp32",)),
    "another width": (Request(INFER, x(shape=[2, 3], data=ROWS[:6])), 400, ("4",)),
    "a vector of a matrix": (Request(INFER, x(shape=[8])), 400, ("4",)),
    "one dimension too many": (Request(INFER, x(shape=[2, 4, 1])), 400, ()),
    "no rows": (Request(INFER, x(shape=[0, 4], data=[])), 400, ()),
    "fewer values than the shape has": (Request(INFER, x(data=ROWS[:7])), 400, ("8", "7")),
    "more values than the shape has": (Request(INFER, x(data=[*ROWS, 1])), 400, ("8", "9")),
    "a negative dimension": (Request(INFER, x(shape=[-1, 4])), 400, ("-1",)),
    "two negative dimensions": (Request(INFER, x(shape=[-2, -4])), 400, ("-2",)),
    "a dimension that is a string": (Request(INFER, x(shape=["2", 4])), 400, ("shape",)),
    "a broken dimension": (Request(INFER, x(shape=[2.5, 4])), 400, ("shape",)),
    "a shape that is a string": (Request(INFER, x(shape="2,4")), 400, ("shape",)),
    "a huge dimension": (Request(INFER, x(shape=[2**31, 4])), 400, ()),
    "a product that overflows": (Request(INFER, x(shape=[2**32, 2**32])), 400, ()),
    "a product that overflows to what is there": (Request(INFER, x(shape=[2**62 + 2, 4])), 400, ()),
    "a dimension beyond 64 bits": (Request(INFER, x(shape=[2**70, 4])), 400, ()),
    "a million dimensions": (Request(INFER, x(shape=[1] * 1_000_000)), 400, ()),
    "a word among numbers": (Request(INFER, x(data=["a", *ROWS[1:]])), 400, ()),
    "a number in a string": (Request(INFER, x(data=["5.1", *ROWS[1:]])), 400, ()),
    "a number among strings": (echoed("BYTES", ["a", 7, "b"]), 400, ()),
    "null among strings": (echoed("BYTES", ["a", None, "b"]), 400, ()),
    "null among whole numbers": (echoed("INT64", [1, None, 2]), 400, ()),
    "a broken number among whole ones": (echoed("INT64", [1, 2.5, 2]), 400, ("2.5",)),
    "beyond the range": (echoed("INT8", [1, 128, 2]), 400, ("128",)),
    "below the range": (echoed("UINT8", [1, -1, 2]), 400, ("-1",)),
    "beyond 64 bits": (echoed("UINT64", [1, 2**64, 2]), 400, (f"to {2**64 - 1}, got {2**64}",)),
    "below 64 bits": (echoed("INT64", [1, -(2**63) - 1, 2]), 400, (f"got {-(2**63) - 1}",)),
    "2 as yes": (echoed("BOOL", [True, 2, False]), 400, ("2",)),
    "nested otherwise than the shape": (Request(INFER, x(data=[ROWS[:3], ROWS[3:]])), 400, ()),
    "nested too deep": (Request(INFER, b'{"inputs": ' + b"[" * 100_000), 400, ()),
    "an unknown output": (Request(INFER, asked([{"name": "nothing"}])), 400, ("nothing", "label", "probabilities")),
    "an output twice": (Request(INFER, asked([{"name": "label"}, {"name": "label"}])), 400, ("label",)),
    "an output without a name": (Request(INFER, asked([{}])), 400, ("name",)),
    "outputs that are a string": (Request(INFER, asked("label")), 400, ("outputs",)),
    "an id that is a number": (Request(INFER, asked() | {"id": 7}), 400, ("id",)),
    "shared memory": (
        Request(INFER, x(data=None, parameters={"shared_memory_region": "a", "shared_memory_byte_size": 32})),
        400,
        ("shared",),
    ),
    "shared memory of an output": (
        Request(INFER, asked([{"name": "label", "parameters": {"shared_memory_region": "a"}}])),
        400,
        ("shared",),
    ),
    "a sequence": (Request(INFER, asked(sequence_id=7, sequence_start=True)), 400, ("sequence",)),
    "bytes that the JSON does not announce": (with_bytes(INFER, asked(), b"more"), 400, ()),
    "fewer bytes than announced": (with_bytes(INFER, {"inputs": [BINARY_X]}, floats(*ROWS[:7])), 400, ("32",)),
    "more bytes than announced": (with_bytes(INFER, {"inputs": [BINARY_X]}, floats(*ROWS, 1)), 400, ()),
    "another size than the shape's": (
        with_bytes(INFER, {"inputs": [BINARY_X | {"shape": [1, 4]}]}, floats(*ROWS)),
        400,
        ("32", "16"),
    ),
    "a negative size": (
        with_bytes(INFER, {"inputs": [BINARY_X | {"parameters": {"binary_data_size": -32}}]}, floats(*ROWS)),
        400,
        ("binary_data_size",),
    ),
    "a size that is a string": (
        with_bytes(INFER, {"inputs": [BINARY_X | {"parameters": {"binary_data_size": "32"}}]}, floats(*ROWS)),
        400,
        ("binary_data_size",),
    ),
    "a size beyond 64 bits": (
        with_bytes(INFER, {"inputs": [BINARY_X | {"parameters": {"binary_data_size": 2**70}}]}, floats(*ROWS)),
        400,
        (),
    ),
    "bytes and data": (with_bytes(INFER, {"inputs": [BINARY_X | {"data": ROWS}]}, floats(*ROWS)), 400, ("X",)),
    "bytes without the header": (
        Request(INFER, json.dumps({"inputs": [BINARY_X]}).encode() + floats(*ROWS)),
        400,
        (LENGTH,),
    ),
    "a size without the header": (Request(INFER, {"inputs": [BINARY_X]}), 400, (LENGTH,)),
    "a header beyond the body": (with_bytes(INFER, asked(), b"", 10**6), 400, (LENGTH,)),
    "a header beyond 64 bits": (with_bytes(INFER, asked(), b"", 10**30), 400, (LENGTH,)),
    "a negative header": (with_bytes(INFER, asked(), b"", -1), 400, (LENGTH,)),
    "a header of letters": (with_bytes(INFER, asked(), b"", "many"), 400, (LENGTH,)),
    "an empty header": (with_bytes(INFER, asked(), b"", ""), 400, (LENGTH,)),
    "a header too short": (with_bytes(INFER, asked(), b"", 10), 400, ()),
    "a length of a text beyond its tensor": (
        with_bytes(
            f"{ECHO}bytes/infer",
            {"inputs": [TEXT | {"parameters": {"binary_data_size": 9}}]},
            b"\xff\xff\xff\x7fhello",
        ),
        400,
        (),
    ),
    "a length of a text beyond 31 bits": (
        with_bytes(
            f"{ECHO}bytes/infer",
            {"inputs": [TEXT | {"parameters": {"binary_data_size": 9}}]},
            b"\xff\xff\xff\xffhello",
        ),
        400,
        (),
    ),
    "too few texts": (
        with_bytes(
            f"{ECHO}bytes/infer",
            {"inputs": [TEXT | {"parameters": {"binary_data_size": len(texts("a", "b"))}}]},
            texts("a", "b"),
        ),
        400,
        ("3",),
    ),
    "a text that is not UTF-8": (
        with_bytes(
            f"{ECHO}bytes/infer",
            {"inputs": [TEXT | {"parameters": {"binary_data_size": 13}}]},
            b"\x01\x00\x00\x00\xff" + texts("", ""),
        ),
        400,
        ("UTF-8",),
    ),
    "raw to several inputs": (with_bytes(FOREST, b"", b"abc"), 400, ()),
    "raw of another size": (with_bytes(INFER, b"", b"abc"), 400, ()),
    "raw and nothing": (with_bytes(INFER, b"", b""), 400, ()),
    "gzip that is none": (Request(INFER, b"hello", {"Content-Encoding": "gzip"}), 400, ("gzip",)),
    "another coding": (Request(INFER, b"hello", {"Content-Encoding": "br"}), 415, ("br", "gzip")),
    "a load of an unknown model": (Request("/v2/repository/models/nobody/load", {}), 401, ()),
}
HEALTH = {
    "/v2/health/live": {"live": True},
    "/v2/health/ready": {"ready": True},
    "/v2/models/tenant9/ready": {"name": "tenant9", "ready": True},
    "/v2/models/tenant9/versions/1/ready": {"name": "tenant9", "ready": True},
}


@pytest.mark.parametrize("key", ALLOWED)
def test_all_that_the_text_allows_is_answered(doors: Doors, key: str) -> None:
    request, expected = ALLOWED[key]
    answer = request.send(doors.http)
    assert answer.status == 200, answer.body
    assert by_hand.tensors(answer).items() >= expected.items()
    assert answer.headers.get("content-encoding") in (None, "gzip", "deflate")


@pytest.mark.parametrize("key", REFUSED)
def test_what_is_wrong_is_said(doors: Doors, key: str) -> None:
    request, status, words = REFUSED[key]
    answer = request.send(doors.http)
    assert answer.status == status, answer.body
    error = answer.error()
    assert all(word in error for word in words), error
    assert len(error) < 1000
    if status == 405:
        assert answer.headers["allow"]
    if status == 415:
        assert answer.headers["accept-encoding"] == "gzip, deflate"


def test_a_refused_request_does_no_harm_to_the_next_on_its_connection(doors: Doors) -> None:
    connection = http.client.HTTPConnection(doors.http, timeout=30)
    for request, _, _ in REFUSED.values():
        refused = request.over(connection)
        if refused.headers.get("connection") == "close":
            connection.close()
        assert by_hand.tensors(Request(INFER, asked()).over(connection))["label"] == LABELS
    connection.close()


@pytest.mark.parametrize("path", HEALTH)
def test_health_has_a_body(doors: Doors, path: str) -> None:
    answer = get(path).send(doors.http)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json().items() >= HEALTH[path].items()


@pytest.mark.parametrize("path", ["/v2", "/v2/models/tenant9", "/v2/health/live", "/v2/models/tenant9/ready"])
def test_head_is_get_without_the_body(doors: Doors, path: str) -> None:
    whole, head = get(path).send(doors.http), Request(path, method="HEAD").send(doors.http)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-type"] == whole.headers["content-type"]


def test_an_answer_has_what_was_asked_in_its_order(doors: Doors) -> None:
    body = asked([{"name": "probabilities"}, {"name": "label"}]) | {"id": "seven"}
    said = Request(INFER, body).send(doors.http).json()
    assert (said["id"], said["model_name"], said["model_version"]) == ("seven", "tenant9", "1")
    assert [output["name"] for output in said["outputs"]] == ["probabilities", "label"]
    assert [output["shape"] for output in said["outputs"]] == [[2, 3], [2]]
    assert [output["datatype"] for output in said["outputs"]] == ["FP32", "INT64"]


def test_without_an_id_there_is_none(doors: Doors) -> None:
    assert "id" not in Request(INFER, asked()).send(doors.http).json()


def test_bytes_follow_the_order_of_the_answer(doors: Doors) -> None:
    names = [
        {"name": "probabilities", "parameters": {"binary_data": True}},
        {"name": "label", "parameters": {"binary_data": True}},
    ]
    answer = Request(INFER, asked(names)).send(doors.http)
    assert answer.headers["content-type"] == "application/octet-stream"
    head = json.loads(answer.body[: int(answer.headers[LENGTH.lower()])])
    assert [output["parameters"]["binary_data_size"] for output in head["outputs"]] == [24, 16]
    assert all("data" not in output for output in head["outputs"])
    assert by_hand.tensors(answer)["label"] == LABELS


@pytest.mark.parametrize("accepted", ["gzip", "deflate", "gzip, deflate, br"])
def test_long_answers_are_compressed_for_those_who_can_read_it(doors: Doors, accepted: str) -> None:
    tensor = {"name": "X", "shape": [500, 4], "datatype": "FP32", "data": ROWS * 250}
    answer = Request(INFER, {"inputs": [tensor]}, {"Accept-Encoding": accepted}).send(doors.http)
    used = answer.headers.get("content-encoding")
    assert used in ("gzip", "deflate")
    assert used in accepted
    body = gzip.decompress(answer.body) if used == "gzip" else zlib.decompress(answer.body)
    assert json.loads(body)["outputs"][0]["data"] == LABELS * 250


def test_what_is_no_inference_is_never_compressed(doors: Doors) -> None:
    """tritonclient's http.aio asks for gzip by itself, and unpacks only the answers of infer."""
    for path, method in (("/v2/repository/index", "POST"), ("/v2/models", "GET"), ("/v2/models/stats", "GET")):
        answer = Request(path, None, {"Accept-Encoding": "gzip, deflate"}, method).send(doors.http)
        assert answer.headers.keys().isdisjoint({"content-encoding", "vary"})
        assert answer.headers["cache-control"] == "no-transform"
        assert len(answer.body) > 1_400 or method == "GET"


def test_a_bomb_is_refused(doors: Doors) -> None:
    bomb = gzip.compress(b" " * 200_000_000, 9)
    answer = Request(INFER, bomb, {"Content-Encoding": "gzip"}).send(doors.http)
    assert (answer.status, "bytes" in answer.error() or "MiB" in answer.error()) == (413, True)


def test_paths_that_differ_in_a_slash_or_a_case_are_others(doors: Doors) -> None:
    for path in ("/V2/health/live", "/v2/health/live/x", "/v2/models//ready"):
        assert get(path).send(doors.http).status == 404, path


@pytest.mark.parametrize("path", [INFER.replace("/infer", "%2Finfer"), "/v2%2Fmodels/tenant9", "/v2/health%2flive"])
def test_an_encoded_slash_is_no_slash(doors: Doors, path: str) -> None:
    assert get(path).send(doors.http).status == 404
    assert Request(path, asked()).send(doors.http).status in (404, 405)


@pytest.mark.parametrize(
    "name",
    ["a%2Fb", "..%2Ftenant9", "tenant9%2Fversions%2F1", "%2e%2e", "a/b", "a" * 200, "%00", "%ff", "K%C3%B6ln", "%"],
)
def test_a_name_that_no_tenant_can_have_is_nobodys(doors: Doors, name: str) -> None:
    answer = Request(f"/v2/models/{name}/infer", asked()).send(doors.http)
    assert answer.status in (400, 404), answer.body
    assert answer.error()


def test_statistics_of_all_and_of_a_model_of_that_name(doors: Doors) -> None:
    every = get("/v2/models/stats").send(doors.http).json()["model_stats"]
    assert len(every) > 1
    (one,) = get(f"/v2/models/{PREFIX}stats/stats").send(doors.http).json()["model_stats"]
    assert one["name"] == f"{PREFIX}stats"


def test_the_index_may_be_asked_for_what_is_ready(doors: Doors) -> None:
    for body in (None, {}, {"ready": True}):
        answer = Request("/v2/repository/index", body).send(doors.http)
        assert answer.status == 200, answer.body
        assert {"tenant1", "tenant30"} <= {model["name"] for model in answer.json()}


def test_a_model_is_loaded_by_the_operator_and_never_unloaded(doors: Doors) -> None:
    token = {"Authorization": f"Bearer {doors.served.admin_token}"}
    assert Request("/v2/repository/models/tenant9/load", {}, token).send(doors.http).status == 200
    unknown = Request("/v2/repository/models/nobody/load", {}, token).send(doors.http)
    assert (unknown.status, "nobody" in unknown.error()) == (404, True)
    unload = Request("/v2/repository/models/tenant9/unload", {}, token).send(doors.http)
    assert unload.status == 400
    assert "placement" in unload.error()
