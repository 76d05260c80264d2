"""Estimators and pipelines of scikit-learn, with those of LightGBM and XGBoost among their steps."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx

from converter import graphs, more_converters
from converter.original import DOUBLE, DOUBLE_TO_TREES, SINGLE, Original, Rows
from converter.sklearn_columns import columns_of, first_step, is_text_vectorizer, sklearn_trees, takes_names
from converter.table import BOOLEAN, INTEGER, TEXT, Column, RefusedError

# Stands for a missing text where the model's imputer looks for one.
_MISSING_TEXT = ""
_MATRIX = "features"


class SklearnModel(Original):
    """Anything with the methods of scikit-learn."""

    precisions = (SINGLE, DOUBLE, DOUBLE_TO_TREES)

    def __init__(self, estimator: Any, columns: list[Column] | None = None) -> None:
        # What a TransformedTargetRegressor is around gets the columns.
        self.inner = getattr(estimator, "regressor_", estimator)
        known = columns_of(self.inner)
        if columns is not None and not known:
            known = columns
        if not known:
            raise RefusedError(
                f"this {type(estimator).__name__} does not say how many columns it takes; give rows with --example"
            )
        named = any(hasattr(each, "feature_names_in_") for each in (estimator, self.inner, first_step(self.inner)))
        super().__init__(_described(estimator), known, named)
        self.estimator = estimator
        if any(_imputes_texts(step) for step in _all_of(estimator)):
            self.substitutes = {
                column.name: _MISSING_TEXT for column in known if column.kind == TEXT and column.missing
            }

    @property
    def _by_column(self) -> bool:
        kinds = {column.kind == TEXT for column in self.columns}
        return takes_names(self.inner) or len(kinds) == 2

    @property
    def _coded(self) -> bool:
        return any(column.codes for column in self.columns)

    def answers(self, rows: Rows, outputs: Sequence[str]) -> dict[str, np.ndarray]:
        if is_text_vectorizer(first_step(self.inner)):
            asked: Any = [row[0] for row in rows]
        elif self.named:
            asked = self.frame(rows)
        else:
            asked = self.matrix(rows)
        found = {}
        for place, name in enumerate(outputs):
            method = self._method(place, name)
            if method is not None:
                found[name] = _as_array(method(asked))
        return found

    def _method(self, place: int, output: str) -> Any:
        """What of the estimator gives an output of the graph, by the names that skl2onnx writes."""
        estimator = self.estimator
        if place == 0:
            names: tuple[str, ...] = ("predict", "transform")
        elif output.startswith(("prob", "output_prob")):
            names = ("predict_proba", "decision_function")
        elif output == "scores":
            names = ("decision_function", "transform")
        else:
            names = (output,)
        return next((getattr(estimator, name) for name in names if hasattr(estimator, name)), None)

    def to_onnx(self, precision: str) -> onnx.ModelProto:
        more_converters.register()
        model = self._converted(precision != SINGLE)
        if precision == DOUBLE_TO_TREES:
            graphs.with_single_precision_trees(model, self._converted(double=False))
        if self.inner is not self.estimator:
            graphs.LastSteps(model).add(more_converters.inverse_of(self.estimator))
        if self._coded:
            graphs.with_coded_columns(model, self.columns)
        graphs.with_missing_in_trees(model, sklearn_trees(self.inner))
        return graphs.with_missing(graphs.with_a_locale(graphs.without_unused(model)), self.substitutes)

    def _converted(self, double: bool) -> onnx.ModelProto:
        import skl2onnx

        estimator = self._prepared()
        types = self._types(double)
        for options in _options(estimator):
            try:
                made: onnx.ModelProto = skl2onnx.convert_sklearn(
                    estimator, initial_types=types, options=options, target_opset=graphs.OPSETS
                )
                return made
            except NameError:  # the converter has no such option
                if options is None:
                    raise
        raise AssertionError("the last options are none")

    def _prepared(self) -> Any:
        """A copy, changed where the converter takes only another form of the same."""
        from sklearn.ensemble import VotingClassifier
        from sklearn.preprocessing import KBinsDiscretizer

        copied = copy.deepcopy(self.inner)
        for step in _all_of(copied):
            if isinstance(step, VotingClassifier):
                step.flatten_transform = False
            if isinstance(step, KBinsDiscretizer) and step.encode == "onehot":
                step.encode = "onehot-dense"
            if _imputes_texts(step):
                step.missing_values = _MISSING_TEXT
            if type(step).__module__.startswith("xgboost.") and hasattr(step, "_Booster"):
                # The converter knows columns by XGBoost's own names only.
                step.get_booster().feature_names = None
        return copied

    def _types(self, double: bool) -> list[tuple[str, Any]]:
        from skl2onnx.common import data_types

        if is_text_vectorizer(first_step(self.inner)):
            return [("text", _type(self.columns[0], 1, double))]
        if self._coded:
            return [(_MATRIX, data_types.FloatTensorType([None, len(self.columns)]))]
        if not self._by_column:
            kinds = {column.kind for column in self.columns}
            common = self.columns[0] if len(kinds) == 1 else Column(_MATRIX)
            return [(_MATRIX, _type(common, len(self.columns), double))]
        return [(column.name, _type(column, 1, double)) for column in self.columns]


def _options(estimator: Any) -> list[dict[int, dict[str, bool]] | None]:
    """From the best for this estimator to none; converters refuse those that they do not know."""
    from sklearn.base import is_classifier

    if not is_classifier(estimator):
        return [None]
    named: list[dict[str, bool]] = [{"zipmap": False}]
    if not hasattr(estimator, "predict_proba"):
        # Else ONNX has the scores of two classes the other way round than scikit-learn.
        named = [{"zipmap": False, "raw_scores": True}, {"raw_scores": True}, *named]
    last = estimator
    while hasattr(last, "steps"):
        last = last.steps[-1][1]
    owners = dict.fromkeys([id(estimator), id(last)])
    return [*({owner: options} for options in named for owner in owners), None]


def _imputes_texts(step: Any) -> bool:
    from sklearn.impute import SimpleImputer

    return isinstance(step, SimpleImputer) and hasattr(step, "statistics_") and step.statistics_.dtype.kind == "O"


def _type(column: Column, width: int, double: bool) -> Any:
    from skl2onnx.common import data_types

    shape = [None, width]
    if column.kind == TEXT:
        return data_types.StringTensorType(shape)
    if column.kind in (INTEGER, BOOLEAN):
        return data_types.Int64TensorType(shape)
    return data_types.DoubleTensorType(shape) if double else data_types.FloatTensorType(shape)


def _as_array(answer: Any) -> np.ndarray:
    if hasattr(answer, "toarray"):
        answer = answer.toarray()
    return np.stack([np.asarray(each) for each in answer]) if isinstance(answer, list) else np.asarray(answer)


def _all_of(estimator: Any) -> list[Any]:
    """The estimator and all fitted ones in it."""
    found, left, known = [], [estimator], set()
    while left:
        each = left.pop()
        if isinstance(each, (list, tuple)):
            left += each
        elif hasattr(each, "get_params") and id(each) not in known:
            known.add(id(each))
            found.append(each)
            left += [
                value
                for value in vars(each).values()
                if isinstance(value, (list, tuple)) or hasattr(value, "get_params")
            ]
    return found


def _described(estimator: Any) -> str:
    steps = getattr(estimator, "steps", None)
    name = type(estimator).__name__
    return f"{name} of {', '.join(type(step).__name__ for _, step in steps)}" if steps else name
