"""When a graph counts as the same model: against originals that are near it, beside it, or simply others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from converter.comparing import TOLERANCE, compare
from converter.original import Original, Rows
from converter.table import Column, RefusedError

Answer = Callable[[np.ndarray], dict[str, np.ndarray]]
ROWS = [[float(number)] for number in range(1, 101)]


class Given(Original):
    """A model of one column that answers as the test wants."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("test", [Column("x")], named=True)
        self._answer = answer

    def answers(self, rows: Rows, outputs: Sequence[str]) -> dict[str, np.ndarray]:
        return self._answer(np.array(rows, dtype=float)[:, 0])

    def to_onnx(self, precision: str) -> onnx.ModelProto:
        """The double of x, and whether x is above 50."""
        nodes = [
            helper.make_node("Add", ["x", "x"], ["value"]),
            helper.make_node("Greater", ["x", "fifty"], ["above"]),
        ]
        graph = helper.make_graph(
            nodes,
            "test",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 1])],
            [
                helper.make_tensor_value_info("value", TensorProto.FLOAT, ["rows", 1]),
                helper.make_tensor_value_info("above", TensorProto.BOOL, ["rows", 1]),
            ],
            [helper.make_tensor("fifty", TensorProto.FLOAT, [1], [50.0])],
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)


def compared(answer: Answer, rows: Rows = ROWS) -> tuple[int, int, float]:
    original = Given(answer)
    found = compare(original, original.to_onnx("single"), rows)
    return len(found.wrong), len(found.borderline), found.difference


def test_same_answers_agree() -> None:
    assert compared(lambda x: {"value": 2 * x, "above": x > 50}) == (0, 0, 0.0)


@pytest.mark.parametrize(("factor", "wrong"), [(1 + TOLERANCE / 2, 0), (1 + TOLERANCE * 2, 100), (-1, 100)])
def test_numbers_may_differ_by_the_tolerance(factor: float, wrong: int) -> None:
    found = compared(lambda x: {"value": 2 * x * factor, "above": x > 50}, [[40.0]] * 100)
    assert found[0] == wrong


def test_small_numbers_are_held_against_what_the_output_usually_is() -> None:
    rows = [[1e-9], *ROWS]
    assert compared(lambda x: {"value": 2 * x + 1e-4 * (x < 1), "above": x > 50}, rows)[0] == 0


def test_labels_must_be_the_same() -> None:
    assert compared(lambda x: {"value": 2 * x, "above": (x > 50) ^ (abs(x - 7) < 0.5)})[0] == 1


def test_row_at_a_split_is_left_to_rounding() -> None:
    assert compared(lambda x: {"value": 2 * x, "above": x > 50.00002}, [[50.00001], *ROWS])[:2] == (0, 1)


def test_answers_that_are_not_numbers_must_be_so_in_both() -> None:
    def none_above_ninety(x: np.ndarray) -> dict[str, np.ndarray]:
        return {"value": np.where(x > 90, np.nan, 2 * x), "above": x > 50}

    assert compared(none_above_ninety)[0] == 10


def test_worst_row_is_told() -> None:
    original = Given(lambda x: {"value": 2 * x + (abs(x - 8) < 0.5) * 4, "above": x > 50})
    found = compare(original, original.to_onnx("single"), ROWS)
    assert found.worst == "output value, row 7: [20.] by the original, [16.] by ONNX"
    assert not found.agrees


def test_output_of_which_the_original_knows_nothing_is_refused() -> None:
    with pytest.raises(RefusedError, match="nothing of the original gives the output above"):
        compared(lambda x: {"value": 2 * x})


def test_output_of_another_shape_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"the output value has the shape \[100, 1\], the original's is \[100, 3\]"):
        compared(lambda x: {"value": np.ones((len(x), 3)), "above": x > 50})
