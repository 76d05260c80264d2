"""A registry of many tenants, each with a tiny model of its own: it adds the tenant's number to its input."""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
from pathlib import Path

from launcher.project import Project

_FLOAT = 1
_IR_VERSION = 8
_OPSET = 15
_CREATED = "2026-11-23T00:00:00Z"
SAMPLES = 10
"""Sample tenants that are there too, since the shipped configuration places them: tenant1, tenant2 ..."""


def tenant(number: int) -> str:
    return f"bench-{number:05d}"


def make(project: Project, folder: Path, tenants: int) -> Path:
    """A fresh registry in the folder: the tenants 1 to this many, and the samples."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for sample in range(1, SAMPLES + 1):
        shutil.copytree(project.models / f"tenant{sample}", folder / f"tenant{sample}")
    for number in range(1, tenants + 1):
        publish(folder / tenant(number), tenant(number), model(number))
    return folder


def publish(folder: Path, name: str, onnx: bytes) -> None:
    """Puts version 1 of a tenant's model into the tenant's folder."""
    version = folder / "1"
    version.mkdir(parents=True)
    (version / "model.onnx").write_bytes(onnx)
    metadata = {
        "tenant": name,
        "version": 1,
        "sha256": hashlib.sha256(onnx).hexdigest(),
        "size": len(onnx),
        "created": _CREATED,
        "format": "onnx",
        "description": "adds the tenant's number",
    }
    (version / "metadata.json").write_text(json.dumps(metadata) + "\n")
    (folder / "live").write_text("1")


def model(number: int) -> bytes:
    """ONNX for y = x + number, floats in rows of one. Written by hand: the package onnx is not installed here."""
    node = protobuf_field(1, b"x") + protobuf_field(1, b"c") + protobuf_field(2, b"y") + protobuf_field(4, b"Add")
    constant = (
        protobuf_field(1, 1)
        + protobuf_field(2, _FLOAT)
        + protobuf_field(8, b"c")
        + protobuf_field(9, struct.pack("<f", number))
    )
    return _onnx(node, constant, _rows(b"x"), _rows(b"y"))


def sums(width: int) -> bytes:
    """ONNX for the sum of each row of so many floats: one float a row."""
    node = protobuf_field(1, b"x") + protobuf_field(1, b"c") + protobuf_field(2, b"y") + protobuf_field(4, b"MatMul")
    weights = struct.pack(f"<{width}f", *[1.0] * width)
    constant = (
        protobuf_field(1, width)
        + protobuf_field(1, 1)
        + protobuf_field(2, _FLOAT)
        + protobuf_field(8, b"c")
        + protobuf_field(9, weights)
    )
    return _onnx(node, constant, _rows(b"x", width), _rows(b"y"))


def _onnx(node: bytes, constant: bytes, takes: bytes, answers: bytes) -> bytes:
    graph = (
        protobuf_field(1, node)
        + protobuf_field(2, b"bench")
        + protobuf_field(5, constant)
        + protobuf_field(11, takes)
        + protobuf_field(12, answers)
    )
    opset = protobuf_field(1, b"") + protobuf_field(2, _OPSET)
    return (
        protobuf_field(1, _IR_VERSION)
        + protobuf_field(2, b"many-models-bench")
        + protobuf_field(7, graph)
        + protobuf_field(8, opset)
    )


def _rows(name: bytes, width: int = 1) -> bytes:
    """A tensor of floats, n x width."""
    shape = protobuf_field(1, protobuf_field(2, b"n")) + protobuf_field(1, protobuf_field(1, width))
    return protobuf_field(1, name) + protobuf_field(
        2, protobuf_field(1, protobuf_field(1, _FLOAT) + protobuf_field(2, shape))
    )


def protobuf_field(number: int, value: int | bytes) -> bytes:
    """A field of a protocol buffer."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
