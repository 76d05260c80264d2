"""The rows that a model is asked: what its columns are, and rows from an example."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

NUMBER = "number"
INTEGER = "integer"
BOOLEAN = "boolean"
TEXT = "text"
# Of an example that is written; each load of the model tries them.
MAX_EXAMPLE_ROWS = 5


class RefusedError(Exception):
    """The model cannot be converted; the text says why in one line, and what to do."""


@dataclass(frozen=True)
class Column:
    """What is known of a column of the model.

    values: those that the model tells apart, if it has such. low and high: where its numbers lie (NaN: not known).
    missing: whether a cell may be missing. codes: the model itself takes the number of the value instead of the value.
    words: a cell is a text of several of the values.
    """

    name: str
    kind: str = NUMBER
    values: tuple[Any, ...] = ()
    low: float = math.nan
    high: float = math.nan
    missing: bool = False
    codes: bool = False
    words: bool = False

    def with_range(self, low: float, high: float) -> Column:
        """Also this range belongs to it."""
        if not (math.isfinite(low) and math.isfinite(high)):
            return self
        return replace(self, low=_least(self.low, low), high=-_least(-self.high, -high))


def _least(known: float, new: float) -> float:
    return new if math.isnan(known) else min(known, new)


@dataclass(frozen=True)
class Example:
    """Rows of a user, one cell a column; None is a missing value. Without names the columns are by position."""

    rows: list[list[Any]]
    names: list[str] | None = None
    inputs: dict[str, Any] = field(default_factory=dict)

    def ordered(self, columns: Sequence[Column]) -> list[list[Any]]:
        """The cells in the order of the columns; raises RefusedError when they do not fit."""
        wanted = [column.name for column in columns]
        if self.names is None:
            wrong = next((row for row in self.rows if len(row) != len(wanted)), None)
            if wrong is not None:
                raise RefusedError(f"the example has a row of {len(wrong)} cells, the model takes {len(wanted)}")
            return self.rows
        missing = [name for name in wanted if name not in self.names]
        if missing:
            # Of names that the model does not know, only the number can be checked.
            if len(self.names) == len(wanted) and all(name.startswith("x") for name in missing):
                return self.rows
            raise RefusedError(f"the example lacks the columns {', '.join(missing[:20])}")
        places = [self.names.index(name) for name in wanted]
        return [[row[place] for place in places] for row in self.rows]


def read_example(file: Path) -> Example:
    """The rows of a file: as in a request, or as MLflow writes them. Raises RefusedError."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RefusedError(f"the example {file.name} cannot be read: {error}") from None
    return example_of(document, file.name)


def example_of(document: Any, source: str = "example") -> Example:
    """Rows in one of the forms of a request, in MLflow's, or a bare list. Raises RefusedError."""
    try:
        if isinstance(document, Mapping) and len(document.keys() & {"dataframe_split", "dataframe_records"}) == 1:
            document = document.get("dataframe_split") or {"records": document.get("dataframe_records")}
        if isinstance(document, list):
            document = {"records" if document and isinstance(document[0], Mapping) else "data": document}
        if "records" in document:
            records = document["records"]
            names = list(dict.fromkeys(name for record in records for name in record))
            return Example([[record.get(name) for name in names] for record in records], names)
        if "inputs" in document:
            return _by_input(document["inputs"])
        rows = [row if isinstance(row, list) else [row] for row in document["data"]]
        names = document.get("columns")
        return Example(rows, None if names is None else [str(name) for name in names])
    except (AttributeError, KeyError, TypeError) as error:
        raise RefusedError(
            f"the example {source} is none of the forms of a request (columns and data, records, inputs): {error!r}"
        ) from None


def _by_input(inputs: Any) -> Example:
    if isinstance(inputs, list):
        return Example([row if isinstance(row, list) else [row] for row in inputs])
    cells = {name: [_only(cell) for cell in column] for name, column in inputs.items()}
    lengths = {len(column) for column in cells.values()}
    if len(lengths) != 1:
        raise RefusedError("the inputs of the example have different numbers of rows")
    return Example([list(row) for row in zip(*cells.values(), strict=True)], list(cells), dict(inputs))


def _only(cell: Any) -> Any:
    return cell[0] if isinstance(cell, list) and len(cell) == 1 else cell


def kind_of(cells: Sequence[Any]) -> str | None:
    """What a column of an example holds; None when it is only missing values."""
    known = [cell for cell in cells if cell is not None]
    if not known:
        return None
    if all(isinstance(cell, bool) for cell in known):
        return BOOLEAN
    if any(isinstance(cell, str) for cell in known):
        return TEXT
    return INTEGER if all(isinstance(cell, int) for cell in known) else NUMBER


def plain(cell: Any) -> Any:
    """The cell as JSON has it."""
    if hasattr(cell, "item"):
        cell = cell.item()
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return None
    return cell


def example_document(columns: Sequence[Column], named: bool, rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """The first rows in the form of a request."""
    data = [[plain(cell) for cell in row] for row in rows[:MAX_EXAMPLE_ROWS]]
    return {"columns": [column.name for column in columns], "data": data} if named else {"data": data}
