"""Models in the own formats of LightGBM, XGBoost and CatBoost."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from converter import graphs
from converter.booster_columns import catboost_ranges, lightgbm_columns, xgboost_ranges
from converter.original import Original, Rows
from converter.table import Column, RefusedError

_MATRIX = "features"


class LightGbmModel(Original):
    """A Booster of LightGBM; one that was fitted on a DataFrame with categories takes their values by column."""

    def __init__(self, booster: Any) -> None:
        columns = lightgbm_columns(booster)
        # LightGBM's own names, where the data had none.
        named = any(column.name != f"Column_{at}" for at, column in enumerate(columns))
        super().__init__("LightGBM Booster", columns, named)
        self.booster = booster

    def answers(self, rows: Rows, outputs: Sequence[str]) -> dict[str, np.ndarray]:
        coded = any(column.codes for column in self.columns)
        scores = np.asarray(self.booster.predict(self.frame(rows) if coded else self.matrix(rows)))
        return _label_and_scores(scores, outputs)

    def to_onnx(self, precision: str) -> onnx.ModelProto:
        import onnxmltools
        from onnxmltools.convert.common.data_types import FloatTensorType

        types = [(_MATRIX, FloatTensorType([None, len(self.columns)]))]
        model = onnxmltools.convert_lightgbm(self.booster, initial_types=types, zipmap=False, target_opset=graphs.OPSET)
        if any(column.codes for column in self.columns):
            graphs.with_coded_columns(model, self.columns)
        return graphs.with_free_rows(model)


class XgBoostModel(Original):
    """A Booster of XGBoost."""

    def __init__(self, booster: Any) -> None:
        names = booster.feature_names
        columns = [Column(name) for name in names or [f"x{place}" for place in range(booster.num_features())]]
        if any(kind == "c" for kind in booster.feature_types or []):
            raise RefusedError(
                "the model splits by XGBoost's own categories, which its converter does not know; train it on columns"
                " that a OneHotEncoder or OrdinalEncoder made of them, in a Pipeline"
            )
        if _config(booster)["gradient_booster"]["name"] == "gblinear":
            raise RefusedError("a linear booster of XGBoost has no converter; scikit-learn's linear models have one")
        for low, high, place in xgboost_ranges(booster):
            columns[place] = columns[place].with_range(low, high)
        super().__init__("XGBoost Booster", columns, names is not None)
        self.booster = booster
        if self.objective == "multi:softmax":
            # The same trees, asked for the probabilities that the graph has too.
            self.booster = booster.copy()
            self.booster.set_param({"objective": "multi:softprob"})

    @property
    def objective(self) -> str:
        return str(_config(self.booster)["objective"]["name"])

    def answers(self, rows: Rows, outputs: Sequence[str]) -> dict[str, np.ndarray]:
        import xgboost

        data = xgboost.DMatrix(self.matrix(rows), feature_names=self.booster.feature_names)
        scores = np.asarray(self.booster.predict(data))
        return _label_and_scores(scores, outputs)

    def to_onnx(self, precision: str) -> onnx.ModelProto:
        import onnxmltools
        from onnxmltools.convert.common.data_types import FloatTensorType

        booster = self.booster
        names = booster.feature_names
        if names is not None or self.objective.startswith(("rank:", "binary:logitraw")):
            booster = booster.copy()
            # The converter knows columns by XGBoost's own names only, and takes an unknown objective for a class.
            booster.feature_names = None
            if self.objective.startswith(("rank:", "binary:logitraw")):
                booster.set_param({"objective": "reg:squarederror"})
        types = [(_MATRIX, FloatTensorType([None, len(self.columns)]))]
        model = onnxmltools.convert_xgboost(booster, initial_types=types, target_opset=graphs.OPSET)
        return graphs.with_free_rows(model)


def _config(booster: Any) -> Any:
    return json.loads(booster.save_config())["learner"]


class CatBoostModel(Original):
    """A model of CatBoost, which exports ONNX itself."""

    def __init__(self, model: Any) -> None:
        if model.get_cat_feature_indices() or model.get_text_feature_indices():
            raise RefusedError(
                "CatBoost cannot export a model with categorical or text features to ONNX; train it on columns that a"
                " OneHotEncoder or OrdinalEncoder made of them"
            )
        # CatBoost's own names, where the data had none.
        names = [str(name) for name in model.feature_names_]
        named = names != [str(place) for place in range(len(names))]
        columns = [Column(name if named else f"x{place}") for place, name in enumerate(names)]
        for low, high, place in catboost_ranges(model):
            columns[place] = columns[place].with_range(low, high)
        super().__init__(type(model).__name__, columns, named)
        self.model = model

    def answers(self, rows: Rows, outputs: Sequence[str]) -> dict[str, np.ndarray]:
        matrix = self.matrix(rows)
        found = {outputs[0]: np.asarray(self.model.predict(matrix))}
        if len(outputs) > 1 and hasattr(self.model, "predict_proba"):
            found[outputs[1]] = np.asarray(self.model.predict_proba(matrix))
        return found

    def to_onnx(self, precision: str) -> onnx.ModelProto:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "model.onnx"
            self.model.save_model(str(file), format="onnx")
            model = onnx.load(file)
        return graphs.with_free_rows(graphs.without_zip_map(model))


def catboost_of(model: Any) -> Any:
    """The model as a classifier or regressor, by the loss that it was trained for."""
    import catboost

    loss = str((model.get_all_params() or {}).get("loss_function", "")).split(":")[0]
    classes = loss in ("Logloss", "CrossEntropy", "MultiClass", "MultiClassOneVsAll", "Focal")
    kind = catboost.CatBoostClassifier if classes else catboost.CatBoostRegressor
    if isinstance(model, kind):
        return model
    blob = model._serialize_model()
    return kind().load_model(blob=blob)


def _label_and_scores(scores: np.ndarray, outputs: Sequence[str]) -> dict[str, np.ndarray]:
    """What a Booster answers, by a graph's one output, or its label and probabilities."""
    if len(outputs) == 1:
        return {outputs[0]: scores}
    if scores.ndim == 1:
        scores = np.column_stack([1 - scores, scores])
    # As ONNX has it, where both are equal.
    return {outputs[0]: np.argmax(scores, axis=1), outputs[1]: scores}
