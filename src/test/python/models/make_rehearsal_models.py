"""Makes src/main/resources/rehearsal/*: small models of the common kinds, by which a new replica compiles its code.

Run by hand after a change (needs the package onnx): python src/test/python/models/make_rehearsal_models.py
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from make_onnx_models import DOUBLE, FLOAT, INT64, STRING, tensor
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper

FOLDER = Path(__file__).resolve().parents[3] / "main" / "resources" / "rehearsal"
ML = "ai.onnx.ml"
WIDTH = 4
CLASSES = 3
PLANS = ["basic", "pro"]
COUNTRIES = ["DE", "FR", "NL"]
_NUMBERS = [[5.1, 3.5, 1.4, 0.2], [6.7, 3.1, 4.7, 1.5], [7.2, 3.6, 6.1, 2.5]]


def numbers(count: int, scale: float = 1.0) -> list[float]:
    """Numbers in -scale..scale that are the same on every machine."""
    return [((i * 7919 + 13) % 2003 / 1001.5 - 1.0) * scale for i in range(count)]


def model(
    nodes: list[NodeProto],
    inputs: list[ValueInfoProto],
    outputs: list[ValueInfoProto],
    constants: list[TensorProto] | None = None,
) -> ModelProto:
    graph = helper.make_graph(nodes, "rehearsal", inputs, outputs, constants or [])
    opsets = [helper.make_opsetid("", 15), helper.make_opsetid(ML, 3)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="many-models-rehearsal")


def by_class(name: str, key: int) -> ValueInfoProto:
    """A map from class to number for each row."""
    entry = helper.make_map_type_proto(key, helper.make_tensor_type_proto(FLOAT, []))
    return helper.make_value_info(name, helper.make_sequence_type_proto(entry))


def linear() -> ModelProto:
    """A scaler and a logistic regression, as scikit-learn's converter writes them by default."""
    nodes = [
        helper.make_node(
            "Scaler", ["x"], ["scaled"], domain=ML, offset=[5.8, 3.0, 3.7, 1.2], scale=[1.2, 2.3, 0.6, 1.3]
        ),
        helper.make_node(
            "LinearClassifier",
            ["scaled"],
            ["label", "raw"],
            domain=ML,
            classlabels_ints=list(range(CLASSES)),
            coefficients=numbers(CLASSES * WIDTH, 2.0),
            intercepts=numbers(CLASSES),
            multi_class=1,
            post_transform="SOFTMAX",
        ),
        helper.make_node("ZipMap", ["raw"], ["probabilities"], domain=ML, classlabels_int64s=list(range(CLASSES))),
    ]
    return model(
        nodes, [tensor("x", FLOAT, ["n", WIDTH])], [tensor("label", INT64, ["n"]), by_class("probabilities", INT64)]
    )


def forest() -> ModelProto:
    """A forest with labels that are texts, and its probabilities as a matrix."""
    trees, depth = 8, 3
    inner = 2**depth - 1
    values: dict[str, list[Any]] = defaultdict(list)
    limits = [4.0 + limit for limit in numbers(trees * inner, 3.0)]
    for tree in range(trees):
        for node in range(2 * inner + 1):
            asks = node < inner
            values["nodes_treeids"].append(tree)
            values["nodes_nodeids"].append(node)
            values["nodes_featureids"].append((tree + node) % WIDTH if asks else 0)
            values["nodes_modes"].append("BRANCH_LEQ" if asks else "LEAF")
            values["nodes_values"].append(limits[tree * inner + node] if asks else 0.0)
            values["nodes_truenodeids"].append(2 * node + 1 if asks else 0)
            values["nodes_falsenodeids"].append(2 * node + 2 if asks else 0)
            if not asks:
                values["class_treeids"].append(tree)
                values["class_nodeids"].append(node)
                values["class_ids"].append((tree + node) % CLASSES)
                values["class_weights"].append(1.0 / trees)
    node = helper.make_node(
        "TreeEnsembleClassifier",
        ["x"],
        ["label", "probabilities"],
        domain=ML,
        classlabels_strings=["low", "middle", "high"],
        post_transform="NONE",
        **values,
    )
    outputs = [tensor("label", STRING, ["n"]), tensor("probabilities", FLOAT, ["n", CLASSES])]
    return model([node], [tensor("x", FLOAT, ["n", WIDTH])], outputs)


def network() -> ModelProto:
    """A small network that answers a number a row."""
    hidden = 8
    constants = [
        helper.make_tensor("w1", FLOAT, [WIDTH, hidden], numbers(WIDTH * hidden)),
        helper.make_tensor("b1", FLOAT, [hidden], numbers(hidden)),
        helper.make_tensor("w2", FLOAT, [hidden, 1], numbers(hidden)),
        helper.make_tensor("b2", FLOAT, [1], [0.5]),
    ]
    nodes = [
        helper.make_node("MatMul", ["x", "w1"], ["m1"]),
        helper.make_node("Add", ["m1", "b1"], ["a1"]),
        helper.make_node("Relu", ["a1"], ["h"]),
        helper.make_node("MatMul", ["h", "w2"], ["m2"]),
        helper.make_node("Add", ["m2", "b2"], ["y"]),
    ]
    return model(nodes, [tensor("x", FLOAT, ["n", WIDTH])], [tensor("y", FLOAT, ["n", 1])], constants)


def columns() -> ModelProto:
    """An input for each column of a table, texts among them; labels are texts, and so are the keys of the maps."""

    def one_hot(column: str, categories: list[str]) -> list[NodeProto]:
        encoded, flat = f"{column}_encoded", f"{column}_flat"
        return [
            helper.make_node("OneHotEncoder", [column], [encoded], domain=ML, cats_strings=categories, zeros=1),
            helper.make_node("Reshape", [encoded, f"{column}_shape"], [flat]),
        ]

    constants = [
        helper.make_tensor("plan_shape", INT64, [2], [-1, len(PLANS)]),
        helper.make_tensor("country_shape", INT64, [2], [-1, len(COUNTRIES)]),
    ]
    features = ["plan_flat", "country_flat", "seats_float", "hours_float"]
    nodes = [
        *one_hot("plan", PLANS),
        *one_hot("country", COUNTRIES),
        helper.make_node("Cast", ["seats"], ["seats_float"], to=FLOAT),
        helper.make_node("Cast", ["hours"], ["hours_float"], to=FLOAT),
        helper.make_node("Concat", features, ["x"], axis=1),
        helper.make_node(
            "LinearClassifier",
            ["x"],
            ["label", "raw"],
            domain=ML,
            classlabels_strings=["leaves", "stays"],
            coefficients=numbers(2 * (len(PLANS) + len(COUNTRIES) + 2), 0.1),
            intercepts=numbers(2),
            multi_class=1,
            post_transform="SOFTMAX",
        ),
        helper.make_node("ZipMap", ["raw"], ["probabilities"], domain=ML, classlabels_strings=["leaves", "stays"]),
    ]
    inputs = [
        tensor("plan", STRING, ["n", 1]),
        tensor("country", STRING, ["n", 1]),
        tensor("seats", INT64, ["n", 1]),
        tensor("hours", DOUBLE, ["n", 1]),
    ]
    return model(nodes, inputs, [tensor("label", STRING, ["n"]), by_class("probabilities", STRING)], constants)


MODELS: dict[str, tuple[ModelProto, dict[str, Any]]] = {
    "linear": (linear(), {"data": _NUMBERS}),
    "forest": (forest(), {"data": _NUMBERS}),
    "network": (network(), {"inputs": {"x": _NUMBERS}}),
    "columns": (
        columns(),
        {
            "records": [
                {"plan": "pro", "country": "NL", "seats": 14, "hours": 25.5},
                {"plan": "basic", "country": "FR", "seats": 3, "hours": 14.1},
            ]
        },
    ),
}


def metadata(name: str, content: bytes, example: dict[str, Any]) -> str:
    """As the registry has it beside every model."""
    return json.dumps(
        {
            "tenant": f"rehearsal-{name}",
            "version": 1,
            "sha256": hashlib.sha256(content).hexdigest(),
            "size": len(content),
            "created": "2026-11-30T00:00:00Z",
            "format": "onnx",
            "example": example,
        },
        indent=2,
    )


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, (made, example) in MODELS.items():
        content = made.SerializeToString(deterministic=True)
        (FOLDER / f"{name}.onnx").write_bytes(content)
        (FOLDER / f"{name}.json").write_text(metadata(name, content, example) + "\n")


if __name__ == "__main__":
    main()
