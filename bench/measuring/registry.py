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
        _publish(folder / tenant(number), tenant(number), model(number))
    return folder


def _publish(folder: Path, name: str, onnx: bytes) -> None:
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
    node = _field(1, b"x") + _field(1, b"c") + _field(2, b"y") + _field(4, b"Add")
    constant = _field(1, 1) + _field(2, _FLOAT) + _field(8, b"c") + _field(9, struct.pack("<f", number))
    graph = (
        _field(1, node) + _field(2, b"bench") + _field(5, constant) + _field(11, _rows(b"x")) + _field(12, _rows(b"y"))
    )
    opset = _field(1, b"") + _field(2, _OPSET)
    return _field(1, _IR_VERSION) + _field(2, b"many-models-bench") + _field(7, graph) + _field(8, opset)


def _rows(name: bytes) -> bytes:
    """A tensor of floats, n x 1."""
    shape = _field(1, _field(2, b"n")) + _field(1, _field(1, 1))
    return _field(1, name) + _field(2, _field(1, _field(1, _FLOAT) + _field(2, shape)))


def _field(number: int, value: int | bytes) -> bytes:
    """A field of a protocol buffer."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
