"""Whether a converted model answers as the original does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx

from converter import graphs
from converter.original import Original, Rows
from converter.table import NUMBER, RefusedError

# A number is right when it differs by at most this part of itself, or of what the output usually is.
TOLERANCE = 1e-4
# How far a number is moved to see whether the original itself answers otherwise beside it: some steps of a float32.
_NEAR = 2e-6
_NEIGHBOURS = 48
# More rows than this part on which only rounding decides are too many.
BORDERLINE_SHARE = 0.03


@dataclass(frozen=True)
class Comparison:
    """How the rows came out, by their places.

    wrong: differ. borderline: only rounding decides. ties: the original itself scores two classes alike, and ONNX names
    the other one. difference: the largest, as a part of what was expected; worst: where that is, in words.
    """

    rows: int
    wrong: list[int]
    borderline: list[int]
    ties: list[int]
    difference: float
    worst: str

    @property
    def agrees(self) -> bool:
        return not self.wrong and len(self.borderline) <= _few(self.rows)

    @property
    def rows_that_differ(self) -> int:
        return len(self.wrong) + len(self.borderline) + len(self.ties)


def _few(rows: int) -> float:
    return max(1, rows * BORDERLINE_SHARE)


def compare(original: Original, model: onnx.ModelProto, rows: Rows) -> Comparison:
    """All outputs of the graph against the original's. Raises RefusedError where they cannot be compared."""
    got = graphs.run(model, original.feed(model, rows))
    expected = _expected(original, rows, list(got))
    found = _Differences(len(rows))
    for name, answer in got.items():
        found.add(name, expected[name], np.asarray(answer))
    differ = found.wrong()
    ties = [place for place in differ if _is_tie(expected, got, place)]
    others = [place for place in differ if place not in ties]
    near = others if len(others) <= _few(len(rows)) else []
    borderline = [place for place in near if _is_borderline(original, rows[place], _of_row(got, place, len(rows)))]
    wrong = [place for place in others if place not in borderline]
    return Comparison(len(rows), wrong, borderline, ties, found.largest, found.worst)


def _expected(original: Original, rows: Rows, outputs: Sequence[str]) -> dict[str, np.ndarray]:
    found = original.answers(rows, outputs)
    unknown = [name for name in outputs if name not in found]
    if unknown:
        raise RefusedError(f"nothing of the original gives the output {unknown[0]}, so it cannot be compared")
    return found


class _Differences:
    """Row by row over all outputs."""

    def __init__(self, rows: int) -> None:
        self._wrong = np.zeros(rows, dtype=bool)
        self.largest = 0.0
        self.worst = ""

    def wrong(self) -> list[int]:
        return [int(place) for place in np.flatnonzero(self._wrong)]

    def add(self, name: str, expected: np.ndarray, got: np.ndarray) -> None:
        expected = _shaped(name, expected, got)
        if expected.dtype.kind == "f" or got.dtype.kind == "f":
            parts = _parts(expected.astype(np.float64), got.astype(np.float64))
            by_row = parts.reshape(len(self._wrong), -1) if len(parts) == len(self._wrong) else _by_row(parts)
            worst = by_row.max(axis=1, initial=0.0)
            wrong = ~(worst <= TOLERANCE)
        else:
            same = np.array([str(a) == str(b) for a, b in zip(_flat(expected), _flat(got), strict=True)])
            wrong = ~same.reshape(len(self._wrong), -1).all(axis=1)
            worst = wrong.astype(float)
        self._wrong |= wrong
        if worst.max(initial=0.0) > self.largest:
            place = int(np.argmax(worst))
            self.largest = float(worst[place])
            self.worst = (
                f"output {name}, row {place}: {_text(expected, place)} by the original, {_text(got, place)} by ONNX"
            )


def _shaped(name: str, expected: np.ndarray, got: np.ndarray) -> np.ndarray:
    if expected.dtype.kind == "b" and got.dtype.kind == "i":
        # ONNX has no classes that are true and false; converters write 1 and 0.
        expected = expected.astype(np.int64)
    if expected.shape == got.shape:
        return expected
    if expected.size == got.size:
        return expected.reshape(got.shape)
    # Two classes by one number, where ONNX has one for each.
    if expected.ndim == 1 and got.shape == (len(expected), 2):
        return np.column_stack([-expected, expected])
    raise RefusedError(f"the output {name} has the shape {list(got.shape)}, the original's is {list(expected.shape)}")


def _parts(expected: np.ndarray, got: np.ndarray) -> np.ndarray:
    usual = float(np.nanmedian(np.abs(expected))) if np.isfinite(expected).any() else 1.0
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = np.abs(expected - got) / np.maximum(np.maximum(np.abs(expected), usual), np.finfo(np.float32).tiny)
    same = (expected == got) | (np.isnan(expected) & np.isnan(got))
    return np.where(same, 0.0, np.nan_to_num(parts, nan=np.inf))


def _by_row(parts: np.ndarray) -> np.ndarray:
    """Of [labels, rows, classes]."""
    moved = np.moveaxis(parts, 1, 0)
    return moved.reshape(len(moved), -1)


def _flat(array: np.ndarray) -> list[Any]:
    return [each.item() if hasattr(each, "item") else each for each in array.ravel()]


def _text(array: np.ndarray, place: int) -> str:
    values = array[place] if place < len(array) else array
    if not np.ndim(values):
        return str(values)
    return " ".join(np.array2string(np.asarray(values), precision=6, threshold=6).split())


def _of_row(outputs: Mapping[str, np.ndarray], place: int, rows: int) -> dict[str, np.ndarray]:
    return {
        name: each[place : place + 1] if len(each) == rows else each[:, place : place + 1]
        for name, each in outputs.items()
    }


def _is_tie(expected: Mapping[str, np.ndarray], got: Mapping[str, np.ndarray], place: int) -> bool:
    """Whether the label is one of two that the original itself scores alike, and all scores are right."""
    names = list(got)
    if len(names) != 2 or got[names[1]].ndim != 2 or expected[names[1]].shape != got[names[1]].shape:
        return False
    scores = expected[names[1]][place]
    first, second = np.sort(scores)[-2:][::-1] if len(scores) > 1 else (scores[0], -np.inf)
    right = np.abs(scores - got[names[1]][place]).max() <= TOLERANCE * max(1.0, abs(first))
    return bool(right and first - second <= TOLERANCE * max(1.0, abs(first)))


def _is_borderline(original: Original, row: Sequence[Any], got: Mapping[str, np.ndarray]) -> bool:
    """Whether the original answers as ONNX does a few roundings beside the row: at a split of a tree, or at a tie."""
    numbers = [
        at
        for at, column in enumerate(original.columns)
        if isinstance(row[at], float) and column.kind == NUMBER and not column.values
    ]
    chance = np.random.default_rng(5)
    near = [list(row) for _ in range(_NEIGHBOURS)]
    for each in near:
        for at in numbers:
            each[at] = row[at] + float(chance.uniform(-1, 1)) * _NEAR * max(abs(row[at]), 1e-3)
    expected = _expected(original, near, list(got))
    for place in range(_NEIGHBOURS):
        found = _Differences(1)
        for name, answer in got.items():
            found.add(name, _of_row({name: expected[name]}, place, _NEIGHBOURS)[name], answer)
        if not found.wrong():
            return True
    return False
