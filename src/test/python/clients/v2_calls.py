"""Models and rows as calls of Open Inference Protocol V2."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx
from onnx import TensorProto, helper
from real_clients import PREFIX, Call, Doors
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType, StringTensorType

from measuring import corpus
from measuring.corpus import Case

_DATATYPES = {
    "bool": "BOOL",
    "double": "FP64",
    "float": "FP32",
    "int32": "INT32",
    "int64": "INT64",
    "string": "BYTES",
    "uint8": "UINT8",
}
_NOT_SERVED = ("onnx_custom_extensions", "onnx_custom_unknown_domain")
# Its converter changed it: the library's answers are others.
_CHANGED = "skl_bayesian_ridge_std"
_ROWS = (0, 1, 2)

ECHOED: Mapping[str, list[Any]] = {
    "BOOL": [True, False, True],
    "INT8": [-128, 0, 127],
    "INT16": [-32768, 1, 32767],
    "INT32": [-(2**31), -1, 2**31 - 1],
    "INT64": [-(2**63), 2**53 + 1, 2**63 - 1],
    "UINT8": [0, 128, 255],
    "UINT16": [0, 32768, 65535],
    "UINT32": [0, 2**31, 2**32 - 1],
    "UINT64": [0, 2**53 + 1, 2**64 - 1],
    "FP16": [-0.5, 0.0, 65504.0],
    "BF16": [-0.5, 0.0, 256.0],
    "FP32": [-1.5, 3.4028234663852886e38, 1.401298464324817e-45],
    "FP64": [-1e300, 0.1, 5e-324],
    "BYTES": ["", "Köln 🍺", 'with "quotes"\n'],
}
"""Values at the ends of each datatype, which the model of the datatype gives back as they are."""

_KINDS = {
    "BOOL": TensorProto.BOOL,
    "INT8": TensorProto.INT8,
    "INT16": TensorProto.INT16,
    "INT32": TensorProto.INT32,
    "INT64": TensorProto.INT64,
    "UINT8": TensorProto.UINT8,
    "UINT16": TensorProto.UINT16,
    "UINT32": TensorProto.UINT32,
    "UINT64": TensorProto.UINT64,
    "FP16": TensorProto.FLOAT16,
    "BF16": TensorProto.BFLOAT16,
    "FP32": TensorProto.FLOAT,
    "FP64": TensorProto.DOUBLE,
    "BYTES": TensorProto.STRING,
}


def cases(root: Path) -> dict[str, Case]:
    """The models of the corpus that are served and answer what their library answers."""
    return {case.name: case for case in corpus.cases(root) if case.name not in (*_NOT_SERVED, _CHANGED)}


def frames(found: Mapping[str, Case]) -> dict[str, Case]:
    """Those whose every input is a column of single values."""
    return {
        name: case
        for name, case in found.items()
        if all(len(bind["columns"]) == 1 for bind in case.said["bind"])
        and not any(isinstance(cell, list) for cell in case.said["rows"][0])
    }


def made() -> dict[str, onnx.ModelProto]:
    """A model of each datatype that gives its values back, and one that takes images to the mean of each colour."""
    models = {f"echo-{name.lower()}": _echo(kind) for name, kind in _KINDS.items()}
    return models | {
        "image": _model("GlobalAveragePool", TensorProto.FLOAT, ["N", 3, 4, 5], ["N", 3, 1, 1]),
        "stats": _echo(TensorProto.FLOAT),
        "churn": churn(),
    }


def _echo(kind: int) -> onnx.ModelProto:
    return _model("Identity", kind, ["N", 3], ["N", 3])


def _model(operator: str, kind: int, takes: list[Any], gives: list[Any]) -> onnx.ModelProto:
    graph = helper.make_graph(
        [helper.make_node(operator, ["x"], ["y"])],
        "test",
        [helper.make_tensor_value_info("x", kind, takes)],
        [helper.make_tensor_value_info("y", kind, gives)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 16)], ir_version=8)


def churn() -> onnx.ModelProto:
    """The model of the README's example, as `convert` writes it."""
    names: dict[str, Any] = {}
    readme = (Path(__file__).parents[4] / "README.md").read_text(encoding="utf-8")
    code = re.search(r"^```python\n(.*?)^joblib", readme, re.MULTILINE | re.DOTALL)
    assert code is not None
    exec(code[1], names)
    types = [("plan", StringTensorType([None, 1])), ("hours", FloatTensorType([None, 1]))]
    return convert_sklearn(names["model"], initial_types=types, options={"zipmap": False}, target_opset=18)


def rows_of(case: Case) -> list[int]:
    """Some of its rows; all of them where the answer to one depends on the others."""
    return list(range(len(case.said["rows"]))) if case.said.get("batch_dependent") else list(_ROWS)


def infer(case: Case, **more: Any) -> Call:
    """A call with rows of a model of the corpus."""
    return {"do": "infer", "model": PREFIX + case.name, "inputs": tensors(case, rows_of(case))} | more


def echo(datatype: str, **more: Any) -> Call:
    """A call of the model that gives values of a datatype back."""
    tensor = {"name": "x", "datatype": datatype, "shape": [1, 3], "data": [ECHOED[datatype]]}
    return {"do": "infer", "model": f"{PREFIX}echo-{datatype.lower()}", "inputs": [tensor]} | more


def tensors(case: Case, rows: Sequence[int]) -> list[Call]:
    """What goes into each input, in nested lists."""
    declared = {each["name"]: each for each in case.said["inputs"]}
    cells = [case.cells(row) for row in rows]
    return [
        _tensor(name, _DATATYPES[declared[name]["type"]], len(declared[name]["shape"]), [row[name] for row in cells])
        for name in cells[0]
    ]


def _tensor(name: str, datatype: str, rank: int, rows: list[list[Any]]) -> Call:
    columns = rank == 2 and not isinstance(rows[0][0], list)
    data: Any = rows if columns else [row[0] for row in rows]
    if "INT" in datatype:
        # Some cases have them as pandas does, with a point.
        data = _whole(data)
    shape = []
    inner = data
    while isinstance(inner, list):
        shape.append(len(inner))
        inner = inner[0]
    return {"name": name, "datatype": datatype, "shape": shape, "data": data}


def _whole(data: Any) -> Any:
    return [_whole(each) for each in data] if isinstance(data, list) else int(data)


def has_missing(call: Call, *datatypes: str) -> bool:
    """Of these datatypes, or of any."""
    return any(
        (not datatypes or tensor["datatype"] in datatypes) and _has_none(tensor["data"]) for tensor in call["inputs"]
    )


def _has_none(data: Any) -> bool:
    return any(map(_has_none, data)) if isinstance(data, list) else data is None


def check_model(doors: Doors, answer: Mapping[str, Any], case: Case) -> None:
    """The outputs are those that the model's library computes for its rows."""
    assert "error" not in answer, answer
    assert doors.wrong(case, rows_of(case), answer["outputs"]) == []
    assert answer["model_name"] == PREFIX + case.name


def check_echo(answer: Mapping[str, Any], datatype: str) -> None:
    """The values of `echo` came back, to the bit."""
    assert answer["datatypes"] == {"y": datatype}
    assert answer.get("outputs") == {"y": [ECHOED[datatype]]}, answer


def image() -> list[Any]:
    """Two images of three colours, 4 x 5."""
    return [[[[float(n + c + y * x) for x in range(5)] for y in range(4)] for c in range(3)] for n in range(2)]


def means() -> list[Any]:
    """Of each colour of each image, in four dimensions too."""
    return [[[[math.fsum(cell for line in colour for cell in line) / 20]] for colour in each] for each in image()]
