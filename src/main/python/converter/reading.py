"""Reads a model of any of the formats. Of a pickle this runs whatever code it names."""

from __future__ import annotations

import pickle
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from converter import recognising
from converter.boosters import CatBoostModel, LightGbmModel, XgBoostModel, catboost_of
from converter.networks import TorchModel
from converter.original import Original
from converter.sklearn_models import SklearnModel
from converter.table import BOOLEAN, NUMBER, TEXT, Column, Example, RefusedError, kind_of, read_example

# Beyond what skops itself trusts: classes of models, and the one of numpy that MLflow's files name.
_TRUSTED_LIBRARIES = ("sklearn.", "lightgbm.", "xgboost.")
_TRUSTED_CLASSES = frozenset({"numpy.dtype"})
_FLAVOURS = ("sklearn", "lightgbm", "xgboost", "catboost", "pytorch")


def read(path: Path, kind: str, example: Example | None) -> tuple[Original, Example | None]:
    """The model, and the rows to try it with: the given ones, else MLflow's own. Raises RefusedError.

    Modules that lie beside the model are found.
    """
    sys.path.append(str(path.parent))
    if kind == recognising.MLFLOW:
        return _mlflow(path, example)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        loaded = _loaded(path, kind)
    original = TorchModel(loaded, example) if kind == recognising.TORCH else original_of(loaded, example)
    original.notes += _version_notes(caught)
    return original, example


def _loaded(path: Path, kind: str) -> Any:
    try:
        return _READERS[kind](path)
    except RefusedError:
        raise
    except ImportError as error:
        raise RefusedError(
            f"it needs the module {error.name or error}, which this Python lacks; put it beside the file, or name a"
            " Python that has it with --python"
        ) from None
    except Exception as error:  # of any library, on a file that may hold anything
        raise RefusedError(
            f"it cannot be read as {kind} ({type(error).__name__}: {' '.join(str(error).split())})"
        ) from None


def _version_notes(caught: list[warnings.WarningMessage]) -> list[str]:
    """What scikit-learn says of a file that another version of it wrote."""
    for warning in caught:
        before = getattr(warning.message, "original_sklearn_version", None)
        if before is not None:
            now = getattr(warning.message, "current_sklearn_version", None)
            return [
                f"trained with scikit-learn {before} and read with {now}, which may answer otherwise; --python names"
                " the Python that trained it"
            ]
    return []


def original_of(model: Any, example: Example | None) -> Original:
    """Knows a model by the library that its class is of. Raises RefusedError."""
    module = type(model).__module__.split(".")[0]
    name = type(model).__name__
    if module == "lightgbm" and name == "Booster":
        return LightGbmModel(model)
    if module == "xgboost" and name == "Booster":
        return XgBoostModel(model)
    if module == "catboost":
        return CatBoostModel(catboost_of(model))
    if "torch" in {each.__module__.split(".")[0] for each in type(model).__mro__}:
        return TorchModel(model, example)
    if hasattr(model, "get_params") and (hasattr(model, "predict") or hasattr(model, "transform")):
        return SklearnModel(model, _columns_of(example))
    raise RefusedError(f"it holds {_a(type(model))}, which is no model with predict or transform")


def _a(kind: type) -> str:
    return f"a {kind.__name__}" if kind.__module__ == "builtins" else f"a {kind.__module__}.{kind.__name__}"


def _columns_of(example: Example | None) -> list[Column] | None:
    if example is None:
        return None
    names = example.names or [f"x{place}" for place in range(len(example.rows[0]))]
    kinds = [kind_of([row[at] for row in example.rows]) for at in range(len(names))]
    texts = [TEXT if kind == TEXT else NUMBER for kind in kinds]
    return [Column(name, kind) for name, kind in zip(names, texts, strict=True)]


def _pickle(path: Path) -> Any:
    try:
        import joblib
    except ImportError:
        with path.open("rb") as file:
            return pickle.load(file)  # noqa: S301 - that is what was asked for, in a process of its own
    return joblib.load(path)


def _skops(path: Path) -> Any:
    from skops.io import get_untrusted_types, load

    named = get_untrusted_types(file=path)
    foreign = [name for name in named if name not in _TRUSTED_CLASSES and not name.startswith(_TRUSTED_LIBRARIES)]
    if foreign:
        raise RefusedError(
            f"it holds {', '.join(foreign[:10])}, whose code would run; if you trust the maker of the file, save the"
            " model with joblib and convert that"
        )
    return load(path, trusted=named)


def _xgboost(path: Path) -> Any:
    import xgboost

    # XGBoost goes by the name of the file, which may say nothing.
    booster = xgboost.Booster()
    booster.load_model(bytearray(path.read_bytes()))
    return booster


def _lightgbm(path: Path) -> Any:
    import lightgbm

    return lightgbm.Booster(model_file=str(path))


def _catboost(path: Path) -> Any:
    import catboost

    return catboost.CatBoost().load_model(str(path))


def _torch(path: Path) -> Any:
    import torch

    try:
        return torch.jit.load(str(path), map_location="cpu")
    except RuntimeError:
        return torch.load(path, map_location="cpu", weights_only=False)


_READERS: dict[str, Callable[[Path], Any]] = {
    recognising.PICKLE: _pickle,
    recognising.JOBLIB: _pickle,
    recognising.SKOPS: _skops,
    recognising.XGBOOST: _xgboost,
    recognising.LIGHTGBM: _lightgbm,
    recognising.CATBOOST: _catboost,
    recognising.TORCH: _torch,
}


def _mlflow(folder: Path, example: Example | None) -> tuple[Original, Example | None]:
    """By MLflow's own readers; the columns are those of the signature, the rows those of the input example."""
    import importlib

    from mlflow.models import Model

    described = Model.load(str(folder))
    flavour = next((name for name in _FLAVOURS if name in described.flavors), None)
    if flavour is None:
        others = ", ".join(sorted(described.flavors))
        if "onnx" in described.flavors:
            raise RefusedError("the folder holds ONNX already; publish it as it is: ./many-models models publish")
        raise RefusedError(f"the folder has the flavours {others}; convert takes {', '.join(_FLAVOURS)}")
    loaded = importlib.import_module(f"mlflow.{flavour}").load_model(str(folder))
    if example is None:
        example = _input_example(described, folder)
    original = original_of(loaded, example)
    _take_signature(original, described.signature)
    return original, example


def _input_example(described: Any, folder: Path) -> Example | None:
    info = described.saved_input_example_info
    if not info:
        return None
    return read_example(folder / info["artifact_path"])


def _take_signature(original: Original, signature: Any) -> None:
    """Names and kinds of the columns that the model itself does not tell."""
    inputs = getattr(signature, "inputs", None)
    if inputs is None or inputs.is_tensor_spec() or len(inputs.inputs) != len(original.columns):
        return
    names = inputs.input_names()
    if not original.named and all(isinstance(name, str) for name in names):
        original.name_columns(names)
    kinds = {"string": TEXT, "boolean": BOOLEAN}
    told = {name: kinds.get(spec.type.name, NUMBER) for name, spec in zip(names, inputs.inputs, strict=True)}
    original.columns = [
        replace(column, kind=told.get(column.name, NUMBER)) if column.kind == NUMBER else column
        for column in original.columns
    ]
