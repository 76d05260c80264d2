"""The models of src/test/resources/corpus: what is asked of them, and whether an answer is right. See its README."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

FOLDER = Path("src/test/resources/corpus/models")
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")


@dataclass(frozen=True)
class Case:
    """A model with rows and the answers of the library that trained it."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @cached_property
    def said(self) -> Mapping[str, Any]:
        """Its case.json."""
        said: Mapping[str, Any] = json.loads((self.folder / "case.json").read_text())
        return said

    def expecting(self, outputs: Mapping[str, Any]) -> Case:
        """The same with other answers."""
        other = Case(self.folder)
        other.__dict__["said"] = {**self.said, "expected": outputs}
        return other

    def questions(self) -> list[list[int]]:
        """The rows of each request: all of them, and each alone where it may be."""
        rows = list(range(len(self.said["rows"])))
        return [rows] if self.said.get("batch_dependent") else [rows, *([row] for row in rows)]

    def cells(self, row: int) -> dict[str, list[Any]]:
        """What each input gets of a row."""
        position = {name: i for i, name in enumerate(self.said["columns"])}
        values = self.said["rows"][row]
        return {bind["input"]: [values[position[name]] for name in bind["columns"]] for bind in self.said["bind"]}

    def is_one_tensor(self) -> bool:
        """Whether the only input has more than two dimensions."""
        bound = {bind["input"] for bind in self.said["bind"]}
        ranks = [len(each["shape"]) for each in self.said["inputs"] if each["name"] in bound]
        return len(ranks) == 1 and ranks[0] > 2

    def differences(self, rows: Sequence[int], outputs: Mapping[str, Any]) -> list[str]:
        """The outputs that are not as the library has them."""
        return [
            name
            for name, expected in self.said["expected"].items()
            if not self._alike(outputs.get(name), self._of(rows, expected))
        ]

    def _of(self, rows: Sequence[int], whole: Any) -> Any:
        if len(whole) == len(self.said["rows"]):
            return [whole[row] for row in rows]
        return [self._of(rows, part) for part in whole]

    def _alike(self, got: Any, expected: Any) -> bool:
        if isinstance(expected, dict):
            return isinstance(got, dict) and all(self._alike(got.get(key), value) for key, value in expected.items())
        if isinstance(expected, list):
            return (
                isinstance(got, list)
                and len(got) == len(expected)
                and all(self._alike(*pair) for pair in zip(got, expected, strict=True))
            )
        if isinstance(got, list):
            return len(got) == 1 and self._alike(got[0], expected)
        if expected in _NOT_FINITE:
            return got is None
        if isinstance(expected, str | bool) or isinstance(got, str | bool) or got is None:
            return bool(got == expected)
        tolerance = self.said["rtol"] * max(abs(expected), self.said["floor"])
        return bool(abs(got - expected) <= tolerance)


def cases(root: Path) -> list[Case]:
    """All of them, by name."""
    return [Case(folder) for folder in sorted((root / FOLDER).iterdir())]


def _entry(cells: list[Any]) -> Any:
    return cells[0] if len(cells) == 1 else cells


def _data(case: Case, rows: Sequence[int]) -> dict[str, Any]:
    flat = [[cell for cells in case.cells(row).values() for cell in cells] for row in rows]
    return {"data": [cells[0] for cells in flat] if case.is_one_tensor() else flat}


def _columns(case: Case, rows: Sequence[int]) -> dict[str, Any]:
    names = [bind["input"] for bind in reversed(case.said["bind"])]
    return {"columns": names, "data": [[_entry(case.cells(row)[name]) for name in names] for row in rows]}


def _records(case: Case, rows: Sequence[int]) -> dict[str, Any]:
    return {"records": [{name: _entry(cells) for name, cells in case.cells(row).items()} for row in rows]}


def _inputs(case: Case, rows: Sequence[int]) -> dict[str, Any]:
    names = [bind["input"] for bind in case.said["bind"]]
    return {"inputs": {name: [_entry(case.cells(row)[name]) for row in rows] for name in names}}


FORMS: Mapping[str, Callable[[Case, Sequence[int]], dict[str, Any]]] = {
    "data": _data,
    "columns": _columns,
    "records": _records,
    "inputs": _inputs,
}
"""The forms of POST /score."""
