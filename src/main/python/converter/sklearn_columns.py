"""What a fitted estimator of scikit-learn tells of its columns: kinds, categories, and where their numbers lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from converter.booster_columns import around_cuts, lightgbm_columns, ranges_of_boosters
from converter.table import BOOLEAN, INTEGER, NUMBER, TEXT, Column

# Standard deviations around a mean within which nearly all values lie.
_SPREAD = 3.0
_INNER = ("best_estimator_", "estimator_", "base_estimator_", "regressor_", "estimator", "calibrated_classifiers_")
_POINTS = ("theta_", "cluster_centers_", "support_vectors_", "means_", "_fit_X", "X_train_", "means_init")


def is_text_vectorizer(estimator: Any) -> bool:
    """Whether it takes a list of texts instead of a table."""
    return hasattr(estimator, "build_analyzer")


def first_step(estimator: Any) -> Any:
    """What gets the columns as they are."""
    while True:
        inner = getattr(estimator, "best_estimator_", None)
        steps = getattr(estimator, "steps", None)
        if inner is not None:
            estimator = inner
        elif steps:
            estimator = next((step for _, step in steps if step not in (None, "passthrough")), estimator.steps[-1][1])
        else:
            return estimator


def takes_names(estimator: Any) -> bool:
    """Whether it picks columns of a DataFrame by their names, so that each has to be an input of its own."""
    first = first_step(estimator)
    if hasattr(first, "transformer_list"):
        return any(takes_names(step) for _, step in first.transformer_list)
    return any(_names_in(columns) for _, _, columns in getattr(first, "transformers", []))


def _names_in(columns: Any) -> bool:
    if callable(columns):
        return True
    if isinstance(columns, slice):
        return isinstance(columns.start, str) or isinstance(columns.stop, str)
    return isinstance(columns, str) or bool(np.asarray(columns).dtype.kind in "UO")


def columns_of(estimator: Any) -> list[Column]:
    """The columns that it was fitted with; empty when it does not say how many."""
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        first = first_step(estimator)
        names = getattr(first, "feature_names_in_", None)
        width = getattr(estimator, "n_features_in_", None) or getattr(first, "n_features_in_", None) or 0
        if is_text_vectorizer(first):
            width = 1
        names = [f"x{place}" for place in range(width)]
    seen = _Seen([Column(str(name)) for name in names])
    if seen.columns:
        seen.look(estimator, list(range(len(seen.columns))))
    first = first_step(estimator)
    if type(first).__module__.startswith("lightgbm.") and hasattr(first, "booster_"):
        return lightgbm_columns(first.booster_)
    if takes_names(estimator) and hasattr(first, "_transformer_to_input_indices"):
        # Columns of the DataFrame that no step looks at are none of the model.
        used = {place for places in first._transformer_to_input_indices.values() for place in places} - _dropped(first)
        return [column for place, column in enumerate(seen.columns) if place in used]
    return seen.columns


def _dropped(estimator: Any) -> set[int]:
    dropped = [name for name, step, _ in estimator.transformers_ if step == "drop"]
    kept = [name for name, step, _ in estimator.transformers_ if step != "drop"]
    places = estimator._transformer_to_input_indices
    return {place for name in dropped for place in places.get(name, [])} - {
        place for name in kept for place in places.get(name, [])
    }


class _Seen:
    """Walks through the steps that get the columns as the caller sends them."""

    def __init__(self, columns: list[Column]) -> None:
        self.columns = columns

    def look(self, estimator: Any, places: Sequence[int]) -> bool:
        """Whether the estimator passes its columns on, one to one."""
        if hasattr(estimator, "steps"):
            return all(self.look(step, places) for _, step in estimator.steps)
        if hasattr(estimator, "transformers_"):
            self._column_transformer(estimator)
            return False
        if hasattr(estimator, "transformer_list"):
            for _, step in estimator.transformer_list:
                self.look(step, places)
            return False
        if estimator is None or estimator == "passthrough":
            return True
        for name in _INNER:
            for inner in _listed(getattr(estimator, name, None)):
                self.look(inner, places)
        return self._transformer(estimator, places)

    def _column_transformer(self, estimator: Any) -> None:
        places = estimator._transformer_to_input_indices
        for name, step, _ in estimator.transformers_:
            if step != "drop":
                self.look(step, places[name])

    def _transformer(self, estimator: Any, places: Sequence[int]) -> bool:
        if is_text_vectorizer(estimator):
            words = sorted(getattr(estimator, "vocabulary_", {}), key=str)
            self._each(places, lambda column, _: replace(column, kind=TEXT, values=tuple(words), words=True))
            return False
        if hasattr(estimator, "categories_"):
            self._each(places, lambda column, at: _categories(column, estimator.categories_[at]))
            return False
        if hasattr(estimator, "statistics_"):
            self._each(places, lambda column, at: _imputed(column, estimator.statistics_[at]))
            return True
        middle, spread = _scaler(estimator)
        if middle is not None and len(middle) == len(places):
            self._each(places, lambda column, at: column.with_range(*_around(middle[at], spread[at])))
            return False
        self._numbers(estimator, places)
        return False

    def _numbers(self, estimator: Any, places: Sequence[int]) -> None:
        """Of what splits or measures the space: thresholds, and points that were learnt."""
        for low, high, place in [*_thresholds(estimator), *_points(estimator, len(places))]:
            if place < len(places):
                self._each([places[place]], lambda column, _, low=low, high=high: column.with_range(low, high))  # type: ignore[misc]

    def _each(self, places: Sequence[int], change: Callable[[Column, int], Column]) -> None:
        for at, place in enumerate(places):
            self.columns[place] = change(self.columns[place], at)


def _listed(value: Any) -> list[Any]:
    if value is None or isinstance(value, (str, type)):
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _categories(column: Column, categories: Any) -> Column:
    values = [value for value in np.asarray(categories).tolist() if value is not None and value == value]
    if values and all(isinstance(value, bool) for value in values):
        return replace(column, kind=BOOLEAN, values=tuple(values))
    if any(isinstance(value, str) for value in values):
        return replace(column, kind=TEXT, values=tuple(values))
    whole = all(isinstance(value, int) for value in values)
    return replace(column, kind=INTEGER if whole else NUMBER, values=tuple(values))


def _imputed(column: Column, statistic: Any) -> Column:
    if isinstance(statistic, str):
        return replace(column, kind=TEXT, values=(statistic,), missing=True)
    return column


def _scaler(estimator: Any) -> tuple[Any, Any]:
    """Middle and spread of each column, as scalers know them."""
    if hasattr(estimator, "data_min_") and hasattr(estimator, "data_max_"):
        low, high = estimator.data_min_, estimator.data_max_
        return (low + high) / 2, (high - low) / 2 / _SPREAD
    is_scaler = hasattr(estimator, "with_centering") or hasattr(estimator, "with_mean")
    if not is_scaler or getattr(estimator, "scale_", None) is None:
        return None, None
    scale = np.asarray(estimator.scale_, dtype=float)
    known = [getattr(estimator, name, None) for name in ("mean_", "center_")]
    return next((middle for middle in known if middle is not None), np.zeros(len(scale))), scale


def _around(middle: float, spread: float) -> tuple[float, float]:
    return float(middle - _SPREAD * spread), float(middle + _SPREAD * spread)


def _thresholds(estimator: Any) -> list[tuple[float, float, int]]:
    """Lowest and highest threshold of trees, by column."""
    found = ranges_of_boosters(estimator)
    for tree in sklearn_trees(estimator):
        inner = tree.feature >= 0
        for place in np.unique(tree.feature[inner]):
            cuts = tree.threshold[inner & (tree.feature == place)]
            found.append((*around_cuts(cuts), int(place)))
    for predictors in getattr(estimator, "_predictors", None) or []:
        for predictor in predictors:
            nodes = predictor.nodes[predictor.nodes["is_leaf"] == 0]
            for place in np.unique(nodes["feature_idx"]):
                cuts = nodes["num_threshold"][nodes["feature_idx"] == place]
                found.append((*around_cuts(cuts), int(place)))
    return found


def sklearn_trees(estimator: Any) -> list[Any]:
    """The trees of its own, in the order in which it has them."""
    if hasattr(estimator, "tree_"):
        return [estimator.tree_]
    if hasattr(estimator, "steps"):
        return [tree for _, step in estimator.steps for tree in sklearn_trees(step)]
    inner = getattr(estimator, "estimators_", None)
    if inner is None:
        return []
    flat = np.asarray(inner, dtype=object).ravel().tolist() if isinstance(inner, (list, np.ndarray)) else []
    return [tree for each in flat for tree in sklearn_trees(each)]


def _points(estimator: Any, width: int) -> list[tuple[float, float, int]]:
    found: list[tuple[float, float, int]] = []
    for name in _POINTS:
        points = getattr(estimator, name, None)
        if isinstance(points, np.ndarray) and points.dtype.kind in "fiu" and points.shape[1:] == (width,):
            found += [(*around_cuts(points[:, place]), place) for place in range(width)]
    return found
