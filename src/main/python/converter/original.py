"""A model as its own library has it: asked for answers, and made into ONNX."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import onnx

from converter.table import BOOLEAN, INTEGER, TEXT, Column

SINGLE = "single"
DOUBLE = "double"
# Double up to the trees, which split in single precision, as scikit-learn and XGBoost do.
DOUBLE_TO_TREES = "double to the trees"
Rows = Sequence[Sequence[Any]]


class Original(ABC):
    """A model that was read, with its columns.

    named: whether callers know the columns by name. notes: what the user should be told of the conversion. precisions:
    those that a graph can be made with, the simplest first. rows_can_be_made: whether rows can be made up for
    it. substitutes: by column the text that stands for a missing value, for which ONNX has none.
    """

    precisions: tuple[str, ...] = (SINGLE,)
    rows_can_be_made = True

    def __init__(self, what: str, columns: list[Column], named: bool) -> None:
        self.what = what
        self.columns = columns
        self.named = named
        self.notes: list[str] = []
        self.substitutes: dict[str, str] = {}

    @abstractmethod
    def answers(self, rows: Rows, outputs: Sequence[str]) -> dict[str, np.ndarray]:
        """What the model answers, by the outputs of the graph; an output that it knows nothing of is left out."""

    @abstractmethod
    def to_onnx(self, precision: str) -> onnx.ModelProto:
        """The graph, with numbers of one of the precisions. Raises what the converter raises."""

    def name_columns(self, names: Sequence[str]) -> None:
        """Gives the columns the names that callers use."""
        self.columns = [replace(column, name=name) for column, name in zip(self.columns, names, strict=True)]
        self.named = True

    def feed(self, model: onnx.ModelProto, rows: Rows) -> dict[str, np.ndarray]:
        """The tensors that the graph takes for the rows: one a column, or one matrix."""
        inputs = {
            value.name: onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)
            for value in model.graph.input
        }
        if len(inputs) == 1 and len(self.columns) != 1:
            ((name, kind),) = inputs.items()
            return {name: tensor_of([self._carried(row) for row in rows], kind)}
        cells = {column.name: [self._carried(row)[at] for row in rows] for at, column in enumerate(self.columns)}
        if len(inputs) == 1:
            cells = dict(zip(inputs, cells.values(), strict=True))
        return {name: tensor_of([[cell] for cell in cells[name]], kind) for name, kind in inputs.items()}

    def _carried(self, row: Sequence[Any]) -> list[Any]:
        """The cells as a request carries them: a missing text by its substitute."""
        names = [column.name for column in self.columns]
        return [self.substitutes.get(name) if cell is None else cell for name, cell in zip(names, row, strict=True)]

    def matrix(self, rows: Rows) -> np.ndarray:
        """The rows as an array: of doubles when all cells are numbers."""
        if all(column.kind != TEXT for column in self.columns):
            return np.array([[np.nan if cell is None else cell for cell in row] for row in rows], dtype=np.float64)
        return np.array([[np.nan if cell is None else cell for cell in row] for row in rows], dtype=object)

    def frame(self, rows: Rows) -> Any:
        """The rows as a DataFrame, each column of its kind."""
        import pandas as pd

        series = {column.name: series_of(column, [row[at] for row in rows]) for at, column in enumerate(self.columns)}
        return pd.DataFrame(series)


def tensor_of(cells: Any, kind: Any) -> np.ndarray:
    """A tensor of the cells; None is NaN."""
    if np.dtype(kind).kind in "OUST":
        return np.array(cells, dtype=object)
    return np.array(cells, dtype=np.float64 if np.dtype(kind).kind == "f" else None).astype(kind)


def series_of(column: Column, cells: Sequence[Any]) -> Any:
    """A column as pandas would have it."""
    import pandas as pd

    if column.codes:
        return pd.Series(pd.Categorical(cells, categories=list(column.values)))
    missing = any(cell is None for cell in cells)
    if column.kind == TEXT:
        return pd.Series([np.nan if cell is None else cell for cell in cells], dtype=object)
    if column.kind == BOOLEAN and not missing:
        return pd.Series(cells, dtype=bool)
    if column.kind == INTEGER and not missing:
        return pd.Series(cells, dtype=np.int64)
    return pd.Series([np.nan if cell is None else cell for cell in cells], dtype=np.float64)
