"""Teaches skl2onnx what it does not know by itself: boosters, numpy's functions, transformed targets."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np

Nodes = Callable[[Any, str, str], None]
_ONE = np.array([1.0])


def register() -> None:
    """Everything here; may be called again."""
    _register_boosters()
    _register_functions()
    _register_transformed_target()
    _register_imputer()
    _take_no_booleans()


def _register_boosters() -> None:
    """Those that are installed, as onnxmltools converts them."""
    from skl2onnx import update_registered_converter
    from skl2onnx.common.shape_calculator import (
        calculate_linear_classifier_output_shapes as classifier,
    )
    from skl2onnx.common.shape_calculator import (
        calculate_linear_regressor_output_shapes as regressor,
    )

    options = {"nocl": [True, False], "zipmap": [True, False, "columns"], "raw_scores": [True, False]}
    if importlib.util.find_spec("lightgbm"):
        from lightgbm import LGBMClassifier, LGBMRanker, LGBMRegressor
        from onnxmltools.convert.lightgbm.operator_converters.LightGbm import convert_lightgbm

        update_registered_converter(
            LGBMClassifier, "LightGbmLGBMClassifier", classifier, convert_lightgbm, options=options
        )
        for kind in (LGBMRegressor, LGBMRanker):
            name = f"LightGbm{kind.__name__}"
            update_registered_converter(kind, name, regressor, convert_lightgbm, options={"split": None})
    if importlib.util.find_spec("xgboost"):
        from onnxmltools.convert.xgboost.operator_converters.XGBoost import convert_xgboost
        from xgboost import XGBClassifier, XGBRanker, XGBRegressor

        update_registered_converter(XGBClassifier, "XGBoostXGBClassifier", classifier, convert_xgboost, options=options)
        for kind in (XGBRegressor, XGBRanker):
            update_registered_converter(kind, f"XGBoost{kind.__name__}", regressor, convert_xgboost)


def _take_no_booleans() -> None:
    """skl2onnx 1.20 writes False among whole numbers for HistGradientBoosting, which protobuf refuses since 6."""
    from skl2onnx.common import tree_ensemble

    add = tree_ensemble.add_node
    if getattr(add, "takes_no_booleans", False):
        return

    def add_node(*arguments: Any, nodes_missing_value_tracks_true: Any = 0, **named: Any) -> None:
        add(*arguments, nodes_missing_value_tracks_true=int(nodes_missing_value_tracks_true), **named)

    add_node.takes_no_booleans = True  # type: ignore[attr-defined]
    tree_ensemble.add_node = add_node


def _elementwise(operator: str) -> Nodes:
    def add(steps: Any, source: str, target: str) -> None:
        steps.node(operator, [source], target)

    return add


def _with_one(operator: str, then: str) -> Nodes:
    """The two operators, the one of them that has two operands with 1."""

    def add(steps: Any, source: str, target: str) -> None:
        between = steps.name("between")
        if operator in ("Add", "Sub"):
            steps.node(operator, [source, steps.constant(_ONE)], between)
            steps.node(then, [between], target)
        else:
            steps.node(operator, [source], between)
            steps.node(then, [between, steps.constant(_ONE)], target)

    return add


def _squared(steps: Any, source: str, target: str) -> None:
    steps.node("Mul", [source, source], target)


# Of numpy's functions those that people put into a FunctionTransformer or around a target.
FUNCTIONS: dict[Any, Nodes] = {
    np.log1p: _with_one("Add", "Log"),
    np.expm1: _with_one("Exp", "Sub"),
    np.log: _elementwise("Log"),
    np.exp: _elementwise("Exp"),
    np.sqrt: _elementwise("Sqrt"),
    np.square: _squared,
    np.abs: _elementwise("Abs"),
    np.sin: _elementwise("Sin"),
    np.cos: _elementwise("Cos"),
    np.negative: _elementwise("Neg"),
}


class _Steps:
    """Adds nodes to what skl2onnx builds, in the precision of its numbers."""

    def __init__(self, scope: Any, container: Any, kind: int) -> None:
        self._scope, self._container, self._kind = scope, container, kind

    def name(self, text: str) -> str:
        return str(self._scope.get_unique_variable_name(text))

    def constant(self, value: np.ndarray) -> str:
        name = self.name("constant")
        self._container.add_initializer(name, self._kind, list(value.shape), value.ravel().tolist())
        return name

    def node(self, operator: str, sources: list[str], target: str) -> None:
        name = self._scope.get_unique_operator_name(operator)
        versions = {"Exp": 13, "Log": 13, "Sqrt": 13, "Abs": 13, "Neg": 13, "Sin": 7, "Cos": 7, "IsNaN": 13, "Where": 9}
        self._container.add_node(operator, sources, [target], name=name, op_version=versions.get(operator, 14))


def inverse_of(model: Any) -> Nodes:
    """What a TransformedTargetRegressor does with the answer of its regressor. Raises RuntimeError."""
    if model.transformer is None:
        return nodes_of(model.inverse_func, "TransformedTargetRegressor")
    return nodes_of(getattr(model.transformer_, "inverse_func", None), "TransformedTargetRegressor")


def nodes_of(function: Any, owner: str) -> Nodes:
    found = FUNCTIONS.get(function)
    if found is None:
        known = ", ".join(sorted(each.__name__ for each in FUNCTIONS))
        raise RuntimeError(
            f"{owner} with {getattr(function, '__name__', function)} has no converter; of functions only numpy's"
            f" {known} have one, so do the rest before the model is asked"
        )
    return found


def _register_functions() -> None:
    from skl2onnx import update_registered_converter
    from skl2onnx.common._apply_operation import apply_concat, apply_identity
    from skl2onnx.common.data_types import guess_proto_type
    from sklearn.preprocessing import FunctionTransformer

    def shapes(operator: Any) -> None:
        width = sum(int(each.type.shape[1] or 0) for each in operator.inputs)
        operator.outputs[0].type = operator.inputs[0].type.__class__([None, width or None])

    def convert(scope: Any, operator: Any, container: Any) -> None:
        steps = _Steps(scope, container, guess_proto_type(operator.inputs[0].type))
        sources = [each.full_name for each in operator.inputs]
        joined = sources[0]
        if len(sources) > 1:
            joined = steps.name("joined")
            apply_concat(scope, sources, joined, container, axis=1)
        if operator.raw_operator.func is None:
            apply_identity(scope, joined, operator.outputs[0].full_name, container)
        else:
            nodes_of(operator.raw_operator.func, "FunctionTransformer")(steps, joined, operator.outputs[0].full_name)

    update_registered_converter(FunctionTransformer, "ManyModelsFunctionTransformer", shapes, convert, overwrite=True)


def _register_imputer() -> None:
    """Of numbers by Where, since ONNX Runtime's Imputer takes none of double precision, and rounds what it fills in."""
    from skl2onnx import update_registered_converter
    from skl2onnx.common._apply_operation import apply_concat
    from skl2onnx.common._registration import get_shape_calculator
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, guess_proto_type
    from skl2onnx.operator_converters.imputer_op import convert_sklearn_imputer
    from sklearn.impute import SimpleImputer

    def convert(scope: Any, operator: Any, container: Any) -> None:
        model, kind = operator.raw_operator, type(operator.inputs[0].type)
        blank = model.missing_values
        if kind not in (FloatTensorType, DoubleTensorType) or not (isinstance(blank, float) and np.isnan(blank)):
            convert_sklearn_imputer(scope, operator, container)
            return
        steps = _Steps(scope, container, guess_proto_type(operator.inputs[0].type))
        joined, missing = steps.name("joined"), steps.name("missing")
        apply_concat(scope, [each.full_name for each in operator.inputs], joined, container, axis=1)
        steps.node("IsNaN", [joined], missing)
        filled = steps.constant(np.asarray(model.statistics_, dtype=float).reshape(1, -1))
        steps.node("Where", [missing, filled, joined], operator.outputs[0].full_name)

    shapes = get_shape_calculator("SklearnSimpleImputer")
    update_registered_converter(SimpleImputer, "ManyModelsSimpleImputer", shapes, convert, overwrite=True)


def _register_transformed_target() -> None:
    from skl2onnx import update_registered_converter
    from skl2onnx.common.data_types import guess_proto_type
    from skl2onnx.common.shape_calculator import calculate_linear_regressor_output_shapes
    from sklearn.compose import TransformedTargetRegressor

    def parse(scope: Any, model: Any, inputs: Any, custom_parsers: Any = None) -> Any:
        operator = scope.declare_local_operator("ManyModelsTransformedTarget", model)
        operator.inputs = inputs
        operator.outputs.append(scope.declare_local_variable("variable", inputs[0].type.__class__([None, 1])))
        return operator.outputs

    def convert(scope: Any, operator: Any, container: Any) -> None:
        model = operator.raw_operator
        inner = scope.declare_local_operator(_alias_of(model.regressor_), model.regressor_)
        inner.inputs = operator.inputs
        kind = operator.inputs[0].type.__class__
        answer = scope.declare_local_variable("before_target", kind([None, 1]))
        inner.outputs.append(answer)
        steps = _Steps(scope, container, guess_proto_type(operator.inputs[0].type))
        inverse_of(model)(steps, answer.full_name, operator.outputs[0].full_name)

    update_registered_converter(
        TransformedTargetRegressor,
        "ManyModelsTransformedTarget",
        calculate_linear_regressor_output_shapes,
        convert,
        parser=parse,
        overwrite=True,
    )


def _alias_of(model: Any) -> str:
    from skl2onnx._supported_operators import _get_sklearn_operator_name

    return str(_get_sklearn_operator_name(type(model)))
