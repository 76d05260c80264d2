"""Rows that a converted model is compared on, where the user has given none or only a few."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from converter.original import Original, Rows
from converter.table import BOOLEAN, INTEGER, NUMBER, TEXT, Column, Example, kind_of

ROWS = 200
_MISSING_SHARE = 0.1
_UNKNOWN_SHARE = 0.05
_WORDS = 6
_UPPER_SHARE = 0.2
_WIDE = 4.0
_WHOLE_SHARE = 0.5
_UNKNOWN_TEXT = "a text that the model has never seen"
_UNKNOWN_NUMBER = 987654
# Where nothing is known of a number.
_USUAL = (-3.0, 3.0)


def learn(original: Original, example: Example | None) -> None:
    """Adds to the columns what the rows of the example tell."""
    if example is not None and original.rows_can_be_made:
        rows = example.ordered(original.columns)
        cells = [[row[at] for row in rows] for at in range(len(original.columns))]
        original.columns = [_from_cells(column, each) for column, each in zip(original.columns, cells, strict=True)]
        if example.names is not None and not original.named:
            original.name_columns(example.names)


def _from_cells(column: Column, cells: Sequence[Any]) -> Column:
    kind = kind_of(cells)
    known = [cell for cell in cells if cell is not None]
    if kind == TEXT:
        values = column.values or tuple(dict.fromkeys(known))
        return replace(column, kind=TEXT, values=values)
    if kind is None or column.kind == TEXT:
        return column
    numbers = [float(cell) for cell in known if math.isfinite(cell)]
    return column.with_range(min(numbers), max(numbers)) if numbers else column


def made_for(original: Original) -> tuple[list[list[Any]], list[list[Any]]]:
    """Rows that the original takes, and others with missing values; both empty where nothing is known of its rows."""
    if not original.rows_can_be_made:
        return [], []
    maker = _Maker(original)
    maker.find_what_is_taken()
    with_missing: list[list[Any]] = []
    if any(column.missing for column in original.columns):
        with_missing = maker.taken(maker.rows(ROWS // 2, missing=True))
    return maker.taken(maker.rows(ROWS)), with_missing


class _Maker:
    """Makes rows by chance, the same ones each time."""

    def __init__(self, original: Original) -> None:
        self.original = original
        self._chance = np.random.default_rng(18)
        self.unknown = [False] * len(original.columns)

    def find_what_is_taken(self) -> None:
        """Asks the original, column by column, whether it takes a missing value and an unknown category."""
        base = self.rows(2)
        taken = []
        for at, column in enumerate(self.original.columns):
            known = bool(column.values)
            strange = _UNKNOWN_TEXT if column.kind == TEXT else _UNKNOWN_NUMBER
            self.unknown[at] = known and column.kind != BOOLEAN and self._takes(base, at, strange)
            # ONNX has a missing value only among numbers with a point.
            carried = column.kind == NUMBER or column.codes or column.name in self.original.substitutes
            taken.append(replace(column, missing=carried and self._takes(base, at, None)))
        self.original.columns = taken

    def _takes(self, base: Rows, at: int, cell: Any) -> bool:
        rows = [list(row) for row in base]
        rows[0][at] = cell
        try:
            found = self.original.answers(rows, ["label"])
        except Exception:
            return False
        return all(each.dtype.kind != "f" or bool(np.isfinite(each).all()) for each in found.values())

    def taken(self, rows: list[list[Any]]) -> list[list[Any]]:
        """Those rows that the original does not refuse: with numbers below zero turned round where it takes none."""
        turned = [[abs(cell) if isinstance(cell, float) else cell for cell in row] for row in rows]
        for each in (rows, turned):
            if self._answers(each):
                return each
        return [row for row in turned if self._answers([row])]

    def _answers(self, rows: Rows) -> bool:
        try:
            self.original.answers(rows, ["label"])
        except Exception:  # of any library, which is why it is asked
            return False
        return True

    def rows(self, count: int, missing: bool = False) -> list[list[Any]]:
        """So many rows; with missing values where the model takes them."""
        columns = [self._cells(at, column, count, missing) for at, column in enumerate(self.original.columns)]
        return [list(row) for row in zip(*columns, strict=True)]

    def _cells(self, at: int, column: Column, count: int, missing: bool) -> list[Any]:
        cells = [self._cell(column) for _ in range(count)]
        if self.unknown[at]:
            strange = _UNKNOWN_TEXT if column.kind == TEXT else _UNKNOWN_NUMBER
            cells = [strange if self._chance.random() < _UNKNOWN_SHARE else cell for cell in cells]
        if missing and column.missing:
            cells = [None if self._chance.random() < _MISSING_SHARE else cell for cell in cells]
        return cells

    def _cell(self, column: Column) -> Any:
        if column.words and column.values:
            words = [str(word) for word in self._chance.choice(column.values, _WORDS)]
            return " ".join(word.upper() if self._chance.random() < _UPPER_SHARE else word for word in words)
        if column.values:
            return column.values[int(self._chance.integers(len(column.values)))]
        if column.kind == TEXT:
            return ("a", "b", "")[int(self._chance.integers(3))]
        if column.kind == BOOLEAN:
            return bool(self._chance.integers(2))
        low, high = (column.low, column.high) if math.isfinite(column.low) else _USUAL
        if column.kind == INTEGER:
            return int(self._chance.integers(math.floor(low), math.ceil(high) + 1))
        value = self._chance.uniform(low, high)
        if high - low > _WIDE and self._chance.random() < _WHOLE_SHARE:
            # Data has many of them, and where trees were split at data there are answers that hang on the last bit.
            return float(round(value))
        # As a client with single precision has it: what is compared is the model, not the rounding of its rows.
        return float(np.float32(value))
