"""Makes the sample registry: 30 tenants with one or two small ONNX models each, and what scikit-learn predicts.

    python notebooks/make_models.py            # writes models/ and src/test/resources/expected_predictions.json
    python notebooks/make_models.py --check    # trains again, compares with what is committed, changes nothing

Everything is seeded. The expected predictions come from the scikit-learn estimators, never from the ONNX files;
the script refuses to write a model on which ONNX Runtime disagrees with its estimator.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning

from folder_registry import publish, set_live
from sample_models import SPECIES_NAME, Recipe, live_versions, recipes

PROJECT = Path(__file__).resolve().parents[1]
CREATED = "2026-11-23T00:00:00Z"  # a constant, so that a rerun writes the same bytes
OPSETS = {"": 15, "ai.onnx.ml": 3}  # old on purpose: any ONNX Runtime since 1.10 reads them
TOLERANCE = 1e-5
CLEAR_VOTE = 1e-3
TRAINING_ROWS = 75
# Two plain flowers, then the flowers on the border of two species, where different models answer differently.
SCORED_ROWS = (0, 145, 50, 52, 56, 63, 68, 70, 72, 77, 83, 106, 119, 126, 129, 133, 134, 138, 113, 127)


class ModelRefusedError(Exception):
    """A model that the tests could not rely on."""


def flowers(recipe: Recipe) -> np.ndarray:
    """All 150 flowers as the model sees them: single precision unless its input tensor is double."""
    rows: np.ndarray = load_iris().data
    return rows if recipe.double else rows.astype(np.float32).astype(np.float64)


def train(recipe: Recipe) -> Any:
    iris = load_iris()
    sample = np.random.default_rng(recipe.seed).choice(len(iris.target), TRAINING_ROWS, replace=False)
    table = flowers(recipe)
    if not recipe.is_classifier:
        target = table[:, recipe.target]
        target = target[:, 0] if target.shape[1] == 1 else target
    else:
        target = iris.target_names.astype(object)[iris.target] if recipe.target == SPECIES_NAME else iris.target
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the neural networks stop early on purpose
        return recipe.estimator(recipe.seed).fit(table[sample][:, recipe.inputs], target[sample])


def convert(recipe: Recipe, estimator: Any) -> bytes:
    tensor = DoubleTensorType if recipe.double else FloatTensorType
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # skl2onnx reads attributes that scikit-learn will remove
        model = to_onnx(
            estimator,
            initial_types=[("X", tensor([None, len(recipe.inputs)]))],
            options={id(estimator): {"zipmap": False}} if recipe.is_classifier else None,
            target_opset=OPSETS,
            name=f"{recipe.tenant}-{recipe.version}",
        )
    used = {name for node in model.graph.node for name in node.input}
    constants = [constant for constant in model.graph.initializer if constant.name in used]
    del model.graph.initializer[:]  # ONNX Runtime logs a warning for each constant that nobody reads
    model.graph.initializer.extend(constants)
    opsets = sorted(model.opset_import, key=lambda opset: opset.domain)
    del model.opset_import[:]  # their order comes from a set and differs between runs
    model.opset_import.extend(opsets)
    return bytes(model.SerializeToString(deterministic=True))


def run_onnx(model: bytes, rows: np.ndarray) -> np.ndarray:
    """The first output. One column becomes one number a row, as in the answer of POST /score."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    tensor = session.get_inputs()[0]
    kind = np.float64 if tensor.type == "tensor(double)" else np.float32
    output = session.get_outputs()[0]
    answer: np.ndarray = session.run([output.name], {tensor.name: np.asarray(rows, dtype=kind)})[0]
    if output.shape[1:] != list(answer.shape[1:]):  # ONNX Runtime would log a warning at every request
        raise ModelRefusedError(f"the model declares the output {output.shape} and gives {answer.shape}")
    return answer[:, 0] if answer.ndim == 2 and answer.shape[1] == 1 else answer


def agree(one: Any, other: Any, tolerance: float = TOLERANCE) -> bool:
    one, other = np.asarray(one), np.asarray(other)
    if one.shape != other.shape:
        return False
    if one.dtype.kind == "f" and other.dtype.kind == "f":
        return bool(np.all(np.abs(one - other) <= tolerance))
    return bool(one.tolist() == other.tolist())


def refuse_if_unstable(recipe: Recipe, estimator: Any, rows: np.ndarray, expected: np.ndarray) -> None:
    """No answer may hang on the last bits, which differ between machines: tree thresholds, equal distances or votes."""
    if recipe.is_classifier:
        vote = estimator.predict_proba if hasattr(estimator, "predict_proba") else estimator.decision_function
        votes = np.sort(vote(rows), axis=1)
        if (votes[:, -1] - votes[:, -2]).min() < CLEAR_VOTE:
            raise ModelRefusedError(f"{recipe.tenant}: two classes have nearly the same vote")
    for column in range(rows.shape[1]):
        for step in (-1e-5, 1e-5):
            moved = rows.copy()
            moved[:, column] += step
            if not agree(estimator.predict(moved), expected, 1e-4):
                raise ModelRefusedError(f"{recipe.tenant}: a change of {step} in column {column} changes an answer")


def describe(recipe: Recipe) -> dict[str, Any]:
    """What a test needs to know about the tenant's model."""
    label = "string" if recipe.target == SPECIES_NAME else "integer"
    outputs = 1 if recipe.is_classifier else len(recipe.target)
    return {
        "kind": "classifier" if recipe.is_classifier else "regressor",
        "description": recipe.description,
        "input_width": len(recipe.inputs),
        "input_type": "double" if recipe.double else "float",
        "prediction_type": label if recipe.is_classifier else "number" if outputs == 1 else "numbers",
    }


def build(recipe: Recipe) -> tuple[bytes, list[list[float]], list[Any]]:
    """The ONNX bytes, the scored rows, and scikit-learn's predictions for them."""
    estimator = train(recipe)
    model = convert(recipe, estimator)
    columns = list(recipe.inputs)
    rows = flowers(recipe)[list(SCORED_ROWS)][:, columns]
    expected = np.asarray(estimator.predict(rows))
    refuse_if_unstable(recipe, estimator, rows, expected)
    if not agree(run_onnx(model, rows), expected):
        raise ModelRefusedError(f"{recipe.tenant}: ONNX Runtime and scikit-learn disagree")
    predictions = np.round(expected, 9).tolist() if expected.dtype.kind == "f" else expected.tolist()
    return model, load_iris().data[list(SCORED_ROWS)][:, columns].tolist(), predictions


def make(registry: Path) -> dict[str, Any]:
    """Replaces the sample tenants in the registry (and no other tenant); returns the expected predictions."""
    tenants: dict[str, Any] = {}
    built = [(recipe, *build(recipe)) for recipe in recipes()]
    for tenant in live_versions():
        shutil.rmtree(registry / tenant, ignore_errors=True)
    for recipe, model, rows, predictions in built:
        publish(registry, recipe.tenant, model, recipe.description, recipe.version, CREATED)
        entry = describe(recipe) | {"rows": rows, "predictions": predictions}
        tenants.setdefault(recipe.tenant, {})[recipe.version] = entry
    expected = {}
    for tenant, live in live_versions().items():
        if live is not None:
            set_live(registry, tenant, live)
        versions = tenants[tenant]
        answering = live or max(versions)
        others = {str(version): entry for version, entry in versions.items() if version != answering}
        expected[tenant] = {"live_version": answering, **versions[answering], "other_versions": others}
    return {"tolerance": TOLERANCE, "tenants": expected}


def to_text(expected: dict[str, Any]) -> str:
    """JSON with one line for each tenant's rows and one for its predictions."""
    lists = re.compile(r'\[[^{}]*?\](?=,?\n *["}])')
    text = lists.sub(lambda found: json.dumps(json.loads(found[0])), json.dumps(expected, indent=1))
    if json.loads(text) != expected:
        raise AssertionError("the layout changed the content")
    return text + "\n"


def differences(committed: dict[str, Any], fresh: dict[str, Any]) -> list[str]:
    found = []
    for tenant in sorted(committed["tenants"].keys() | fresh["tenants"].keys()):
        old, new = committed["tenants"].get(tenant), fresh["tenants"].get(tenant)
        if old is None or new is None:
            found.append(f"{tenant}: only in {'the new' if old is None else 'the committed'} file")
            continue
        pairs = [(old, new)] + [(old["other_versions"].get(v), entry) for v, entry in new["other_versions"].items()]
        for before, after in pairs:
            same = before is not None and before["rows"] == after["rows"]
            if not same or not agree(before["predictions"], after["predictions"]):
                found.append(f"{tenant}: {after['description']}: the predictions differ")
    return found


def check(registry: Path, expected_file: Path) -> int:
    committed = json.loads(expected_file.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as scratch:
        found = differences(committed, make(Path(scratch)))
        models = sorted(Path(scratch).glob("*/*/model.onnx"))
        old = [registry / model.relative_to(scratch) for model in models]
        same = sum(a.is_file() and a.read_bytes() == b.read_bytes() for a, b in zip(old, models, strict=True))
    print("\n".join(found) or "every prediction is the same as committed")
    print(f"{same} of {len(models)} model files are the same byte by byte")
    return 1 if found else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="makes the sample models and the expected predictions")
    parser.add_argument("--out", type=Path, default=PROJECT / "models")
    parser.add_argument(
        "--expected", type=Path, default=PROJECT / "src" / "test" / "resources" / "expected_predictions.json"
    )
    parser.add_argument("--check", action="store_true", help="compare with the committed files, change nothing")
    arguments = parser.parse_args()
    if arguments.check:
        return check(arguments.out, arguments.expected)
    expected = make(arguments.out)
    arguments.expected.parent.mkdir(parents=True, exist_ok=True)
    arguments.expected.write_text(to_text(expected), encoding="utf-8")
    files = list(arguments.out.glob("tenant*/*/model.onnx"))
    print(f"{len(files)} models, {sum(file.stat().st_size for file in files) / 1024:.0f} KiB, in {arguments.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
