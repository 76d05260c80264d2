"""Requests of Open Inference Protocol V2 for rows of floats, in each of its forms."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence

from measuring.registry import protobuf_field, varint

Rows = Sequence[Sequence[float]]

# A server that is sent no id may make one up, and then no two answers are the same.
ID = "1"


def as_json(rows: Rows) -> str:
    shape = [len(rows), len(rows[0])]
    flat = [value for row in rows for value in row]
    return json.dumps({"id": ID, "inputs": [{"name": "x", "shape": shape, "datatype": "FP32", "data": flat}]})


def as_bytes(rows: Rows) -> tuple[bytes, tuple[str, ...]]:
    """The body of Triton's extension for binary tensors, and its headers; the answer is to be binary as well."""
    data = _packed(rows)
    one: dict[str, object] = {"name": "x", "shape": [len(rows), len(rows[0])], "datatype": "FP32"}
    one["parameters"] = {"binary_data_size": len(data)}
    head = json.dumps({"id": ID, "inputs": [one], "parameters": {"binary_data_output": True}}).encode()
    return head + data, (f"Inference-Header-Content-Length: {len(head)}",)


def as_message(model: str, rows: Rows) -> bytes:
    """A ModelInferRequest whose tensor is raw."""
    shape = bytes(varint(len(rows)) + varint(len(rows[0])))
    tensor = protobuf_field(1, b"x") + protobuf_field(2, b"FP32") + protobuf_field(3, shape)
    head = protobuf_field(1, model.encode()) + protobuf_field(3, ID.encode())
    return head + protobuf_field(5, tensor) + protobuf_field(7, _packed(rows))


def _packed(rows: Rows) -> bytes:
    return b"".join(struct.pack(f"<{len(row)}f", *row) for row in rows)
