"""Examples in every form that they come in."""

from __future__ import annotations

import math
from typing import Any

import pytest

from converter.table import (
    BOOLEAN,
    INTEGER,
    NUMBER,
    TEXT,
    Column,
    Example,
    RefusedError,
    example_document,
    example_of,
    kind_of,
)

ROWS = [["pro", 48.0], ["basic", None]]
NAMES = ["plan", "seats"]


@pytest.mark.parametrize(
    "document",
    [
        {"columns": NAMES, "data": ROWS},
        {"columns": NAMES, "index": [0, 1], "data": ROWS},
        {"dataframe_split": {"columns": NAMES, "data": ROWS}},
        {"records": [{"plan": "pro", "seats": 48.0}, {"plan": "basic", "seats": None}]},
        {"dataframe_records": [{"plan": "pro", "seats": 48.0}, {"plan": "basic"}]},
        [{"plan": "pro", "seats": 48.0}, {"plan": "basic"}],
        {"inputs": {"plan": [["pro"], ["basic"]], "seats": [48.0, None]}},
    ],
)
def test_rows_with_names(document: Any) -> None:
    example = example_of(document)
    assert (example.names, example.rows) == (NAMES, ROWS)


@pytest.mark.parametrize("document", [{"data": ROWS}, ROWS, {"inputs": ROWS}])
def test_rows_by_position(document: Any) -> None:
    assert example_of(document) == Example(ROWS)


def test_row_of_one_cell_may_be_the_cell() -> None:
    assert example_of({"data": ["some text"]}).rows == [["some text"]]


@pytest.mark.parametrize(
    "document", ["text", 3, {}, {"rows": []}, {"data": 3}, {"inputs": {"a": [1], "b": [1, 2]}}, {"records": [3]}]
)
def test_anything_else_is_refused(document: Any) -> None:
    with pytest.raises(RefusedError):
        example_of(document)


def test_cells_come_in_the_order_of_the_model() -> None:
    example = example_of({"columns": ["seats", "more", "plan"], "data": [[48, 0, "pro"]]})
    assert example.ordered([Column("plan"), Column("seats")]) == [["pro", 48]]
    with pytest.raises(RefusedError, match="lacks the columns hours"):
        example.ordered([Column("hours")])
    with pytest.raises(RefusedError, match="a row of 2 cells, the model takes 1"):
        Example(ROWS).ordered([Column("plan")])


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([1, 2, None], INTEGER),
        ([1, 2.5], NUMBER),
        ([True, False], BOOLEAN),
        ([None, "a", "b"], TEXT),
        ([None], None),
        ([], None),
    ],
)
def test_kinds_of_cells(cells: list[Any], kind: str | None) -> None:
    assert kind_of(cells) == kind


def test_range_grows_and_takes_only_finite_numbers() -> None:
    column = Column("a").with_range(1.0, 2.0).with_range(-1.0, 1.5).with_range(-math.inf, 5.0)
    assert (column.low, column.high) == (-1.0, 2.0)


def test_example_has_few_rows_and_null_for_what_is_missing() -> None:
    document = example_document([Column("a")], named=True, rows=[[math.nan], [None], *[[1.5]] * 9])
    assert document == {"columns": ["a"], "data": [[None], [None], [1.5], [1.5], [1.5]]}
    assert example_document([Column("a")], named=False, rows=[[2]]) == {"data": [[2]]}
