"""What the bench asks of the models of the corpus, and when it takes an answer for right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from measuring import corpus, corpus_bench
from measuring.corpus import FORMS, Case
from measuring.corpus_bench import Result

_CASE = {
    "columns": ["plan", "seats", "hours"],
    "rows": [["pro", 48, 9.0], ["basic", None, 53.7]],
    "bind": [{"input": "plan", "columns": ["plan"]}, {"input": "x", "columns": ["seats", "hours"]}],
    "inputs": [{"name": "plan", "shape": [None, 1]}, {"name": "x", "shape": [None, 2]}],
    "expected": {"label": ["stays", "leaves"], "p": [[0.1, 0.9], ["Infinity", 0.5]]},
    "rtol": 1e-3,
    "floor": 0.01,
}


@pytest.fixture
def case(tmp_path: Path) -> Case:
    (tmp_path / "case.json").write_text(json.dumps(_CASE))
    return Case(tmp_path)


def test_rows_are_written_in_every_form(case: Case) -> None:
    assert FORMS["data"](case, [0]) == {"data": [["pro", 48, 9.0]]}
    assert FORMS["columns"](case, [1]) == {"columns": ["x", "plan"], "data": [[[None, 53.7], "basic"]]}
    assert FORMS["records"](case, [0]) == {"records": [{"plan": "pro", "x": [48, 9.0]}]}
    assert FORMS["inputs"](case, [0, 1]) == {"inputs": {"plan": ["pro", "basic"], "x": [[48, 9.0], [None, 53.7]]}}


def test_labels_are_exact_and_numbers_within_the_tolerance(case: Case) -> None:
    assert case.differences([0, 1], {"label": ["stays", "leaves"], "p": [[0.1, 0.9001], [None, 0.5]]}) == []
    assert case.differences([0], {"label": [["stays"]], "p": [[0.1, 0.9]]}) == []
    assert case.differences([0], {"label": ["Stays"], "p": [[0.1, 0.91]]}) == ["label", "p"]
    assert case.differences([1], {"label": ["leaves"], "p": [[1e30, 0.5]]}) == ["p"]
    assert case.differences([0, 1], {"label": ["stays"], "p": None}) == ["label", "p"]


def test_the_share_and_the_reasons_are_told() -> None:
    told = corpus_bench.text(Result(4, 3, 99, {"b": "refused by `publish`: why"}), "- about")
    assert "**served in full: 3 of 4, 75%**; of the 3 that can be loaded 100.0%" in told
    assert "| `b` | refused by `publish`: why |" in told


def test_the_corpus_is_there() -> None:
    root = Path(__file__).parents[4]
    assert len(corpus.cases(root)) > 70
