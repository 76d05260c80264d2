"""What boosters tell of their columns: names, categories, and where they split."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np

from converter.table import INTEGER, NUMBER, TEXT, Column

Ranges = list[tuple[float, float, int]]


def ranges_of_boosters(estimator: Any) -> Ranges:
    """Lowest and highest value by column of a booster in scikit-learn's form; empty for anything else."""
    module = type(estimator).__module__.split(".")[0]
    if module == "lightgbm" and hasattr(estimator, "booster_"):
        return _ranges(lightgbm_columns(estimator.booster_))
    if module == "xgboost" and hasattr(estimator, "_Booster"):
        return xgboost_ranges(estimator.get_booster())
    if module == "catboost" and estimator.is_fitted():
        return catboost_ranges(estimator)
    return []


def _ranges(columns: list[Column]) -> Ranges:
    return [(column.low, column.high, place) for place, column in enumerate(columns)]


def lightgbm_columns(booster: Any) -> list[Column]:
    """Names, ranges and categories, as the text of the model has them.

    Of columns that pandas had as categories LightGBM keeps the values, and trees are about their numbers.
    """
    text = booster.model_to_string(num_iteration=1)
    names = booster.feature_name()
    infos = (re.search(r"^feature_infos=(.*)$", text, re.MULTILINE) or [""] * 2)[1].split(" ")
    columns = [_lightgbm_column(name, info) for name, info in zip(names, infos, strict=True)]
    categories = booster.pandas_categorical or []
    coded = [place for place, column in enumerate(columns) if column.codes]
    if categories and len(categories) != len(coded):
        # A category that was the same in all rows is told as `none`, so it is not known which these are.
        coded = coded if len(coded) == len(categories) else []
    for place, values in zip(coded, categories, strict=False):
        text_values = any(isinstance(value, str) for value in values)
        columns[place] = replace(columns[place], kind=TEXT if text_values else NUMBER, values=tuple(values), codes=True)
    if not categories:
        columns = [replace(column, codes=False) for column in columns]
    return columns


def _lightgbm_column(name: str, info: str) -> Column:
    if info.startswith("["):
        low, _, high = info.strip("[]").partition(":")
        return Column(name).with_range(float(low), float(high))
    if re.fullmatch(r"-?\d+(:-?\d+)*", info):
        values = sorted(int(value) for value in info.split(":"))
        return Column(name, INTEGER, tuple(value for value in values if value >= 0), codes=True)
    return Column(name)


def xgboost_ranges(booster: Any) -> Ranges:
    """From the splits of the trees."""
    names = booster.feature_names or [f"f{place}" for place in range(booster.num_features())]
    places = {name: place for place, name in enumerate(names)}
    cuts: dict[int, list[float]] = {}

    def walk(node: dict[str, Any]) -> None:
        if "split" in node:
            if isinstance(node.get("split_condition"), (int, float)):
                cuts.setdefault(places[node["split"]], []).append(float(node["split_condition"]))
            for child in node["children"]:
                walk(child)

    for tree in booster.get_dump(dump_format="json"):
        walk(json.loads(tree))
    return [(*around_cuts(values), place) for place, values in cuts.items()]


def catboost_ranges(model: Any) -> Ranges:
    """From the borders of its columns."""
    return [(*around_cuts(borders), place) for place, borders in model.get_borders().items() if borders]


def around_cuts(cuts: Any) -> tuple[float, float]:
    """A range with some room beyond the outer cuts; NaN where none is finite."""
    finite = np.asarray(cuts, dtype=float)
    finite = finite[np.isfinite(finite)]
    if not len(finite):
        return np.nan, np.nan
    low, high = float(finite.min()), float(finite.max())
    margin = (high - low) / 4 or abs(low) / 4 or 1.0
    return low - margin, high + margin
