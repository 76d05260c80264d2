"""Modules of PyTorch, by the exporter of PyTorch."""

from __future__ import annotations

import inspect
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx

from converter import graphs
from converter.original import Original, Rows, tensor_of
from converter.table import Column, Example, RefusedError

_OPSET = 18


class TorchModel(Original):
    """A module that was saved whole. Its example says which tensors it takes; it says nothing of them itself."""

    rows_can_be_made = False

    def __init__(self, module: Any, example: Example | None) -> None:
        if isinstance(module, dict):
            raise RefusedError(
                "the file holds only weights; save the whole module: torch.save(model, FILE), or export it with"
                " torch.onnx.export(..., dynamo=True, external_data=False, dynamic_shapes=...)"
            )
        if type(module).__name__ == "RecursiveScriptModule":
            raise RefusedError("PyTorch exports no scripted module; save the module itself: torch.save(model, FILE)")
        if not hasattr(module, "forward"):
            raise RefusedError(f"the file holds a {type(module).__name__}, not a module of PyTorch")
        if example is None:
            raise RefusedError("a module of PyTorch does not say what it takes; give rows with --example")
        self.module = module.eval()
        self.example = example
        self.arguments = self._arguments_of(example)
        names = example.names or [f"x{place}" for place in range(len(example.rows[0]))]
        super().__init__(
            f"PyTorch {type(module).__name__}", [Column(name) for name in names], example.names is not None
        )

    def _arguments_of(self, example: Example) -> list[str]:
        """The names of the tensors, in the order of the module's parameters."""
        if not example.inputs:
            return ["features"]
        wanted = [name for name in inspect.signature(self.module.forward).parameters if name in example.inputs]
        if len(wanted) != len(example.inputs):
            raise RefusedError(f"the module takes {', '.join(inspect.signature(self.module.forward).parameters)}")
        return wanted

    def _tensors(self, rows: Rows) -> dict[str, np.ndarray]:
        if not self.example.inputs:
            return {self.arguments[0]: _numbers(list(rows))}
        places = {name: (self.example.names or []).index(name) for name in self.arguments}
        flat = {name: all(not isinstance(cell, list) for cell in self.example.inputs[name]) for name in self.arguments}
        return {
            name: _numbers([row[place] if flat[name] or isinstance(row[place], list) else [row[place]] for row in rows])
            for name, place in places.items()
        }

    def feed(self, model: onnx.ModelProto, rows: Rows) -> dict[str, np.ndarray]:
        tensors = self._tensors(rows)
        kinds = [onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type) for value in model.graph.input]
        names = [value.name for value in model.graph.input]
        return {
            name: tensor_of(tensor, kind) for name, tensor, kind in zip(names, tensors.values(), kinds, strict=True)
        }

    def answers(self, rows: Rows, outputs: Sequence[str]) -> dict[str, np.ndarray]:
        import torch

        with torch.no_grad():
            answer = self.module(*(torch.from_numpy(array) for array in self._tensors(rows).values()))
        return {name: each.detach().numpy() for name, each in zip(outputs, _flat(answer), strict=False)}

    def to_onnx(self, precision: str) -> onnx.ModelProto:
        import torch

        # Two rows at least: an exporter takes a size of one for a constant.
        rows = [*self.example.rows, *self.example.rows][: max(2, len(self.example.rows))]
        tensors = self._tensors(rows)
        target = io.BytesIO()
        torch.onnx.export(
            self.module,
            tuple(torch.from_numpy(array) for array in tensors.values()),
            target,
            dynamo=True,
            external_data=False,
            input_names=list(tensors),
            opset_version=_OPSET,
            dynamic_shapes=tuple({0: torch.export.Dim("rows")} for _ in tensors),
            verbose=False,
        )
        return graphs.without_unused(onnx.load_from_string(target.getvalue()))


def _flat(answer: Any) -> list[Any]:
    """The tensors of an answer, as the exporter lists them."""
    if isinstance(answer, dict):
        answer = list(answer.values())
    return [tensor for each in answer for tensor in _flat(each)] if isinstance(answer, (list, tuple)) else [answer]


def _numbers(cells: Any) -> np.ndarray:
    array = np.array(cells)
    return array.astype(np.int64 if array.dtype.kind in "iu" else np.float32)
