"""The committed sample models: complete, intact, different from each other, and right."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris

import folder_registry
import make_models

PROJECT = Path(__file__).resolve().parents[4]
REGISTRY = PROJECT / "models"
EXPECTED_FILE = PROJECT / "src" / "test" / "resources" / "expected_predictions.json"
EXPECTED = json.loads(EXPECTED_FILE.read_text(encoding="utf-8"))
TENANTS = [f"tenant{number}" for number in range(1, 31)]
SPECIES = load_iris().target_names.tolist()


def models() -> list[tuple[str, int, dict[str, Any]]]:
    """Every committed version of every sample tenant with what is expected of it."""
    found = []
    for tenant, entry in EXPECTED["tenants"].items():
        found.append((tenant, entry["live_version"], entry))
        found += [(tenant, int(version), other) for version, other in entry["other_versions"].items()]
    return found


MODELS = models()
IDS = [f"{tenant}-{version}" for tenant, version, _ in MODELS]


@cache
def artifact(tenant: str, version: int) -> bytes:
    return (REGISTRY / tenant / str(version) / "model.onnx").read_bytes()


def test_expected_file_has_the_thirty_tenants() -> None:
    assert list(EXPECTED["tenants"]) == TENANTS
    assert EXPECTED["tolerance"] == 1e-5


@pytest.mark.parametrize(("tenant", "version", "entry"), MODELS, ids=IDS)
def test_expected_entry_is_complete(tenant: str, version: int, entry: dict[str, Any]) -> None:
    types = {"integer": int, "string": str, "number": float, "numbers": list}
    assert len(entry["rows"]) == len(entry["predictions"]) == 20
    assert all(len(row) == entry["input_width"] for row in entry["rows"])
    assert all(type(prediction) is types[entry["prediction_type"]] for prediction in entry["predictions"])
    assert (entry["kind"] == "classifier") == (entry["prediction_type"] in ("integer", "string"))


@pytest.mark.parametrize("key", ["kind", "input_width", "input_type", "prediction_type"])
def test_models_differ_in_shape(key: str) -> None:
    values = {entry[key] for entry in EXPECTED["tenants"].values()}
    wanted = {
        "kind": {"classifier", "regressor"},
        "input_width": {2, 3, 4},
        "input_type": {"float", "double"},
        "prediction_type": {"integer", "string", "number", "numbers"},
    }
    assert values == wanted[key]


@pytest.mark.parametrize(("tenant", "version", "entry"), MODELS, ids=IDS)
def test_metadata_matches_the_artifact(tenant: str, version: int, entry: dict[str, Any]) -> None:
    metadata = json.loads((REGISTRY / tenant / str(version) / "metadata.json").read_text(encoding="utf-8"))
    assert metadata == {
        "tenant": tenant,
        "version": version,
        "sha256": hashlib.sha256(artifact(tenant, version)).hexdigest(),
        "size": len(artifact(tenant, version)),
        "created": "2026-11-23T00:00:00Z",
        "format": "onnx",
        "description": entry["description"],
    }


@pytest.mark.parametrize("tenant", TENANTS)
def test_registry_layout(tenant: str) -> None:
    versions = folder_registry.versions(REGISTRY, tenant)
    folder = REGISTRY / tenant
    live = int((folder / "live").read_text(encoding="utf-8")) if (folder / "live").exists() else max(versions)
    entry = EXPECTED["tenants"][tenant]
    assert live == entry["live_version"]
    assert versions == sorted([live, *(int(version) for version in entry["other_versions"])])


def test_live_is_not_always_the_highest_version() -> None:
    assert folder_registry.versions(REGISTRY, "tenant2") == [1, 2]
    assert (REGISTRY / "tenant2" / "live").read_text(encoding="utf-8") == "1"
    assert folder_registry.versions(REGISTRY, "tenant3") == [1, 2]
    assert not (REGISTRY / "tenant3" / "live").exists()


def test_no_two_models_have_the_same_bytes() -> None:
    assert len({artifact(tenant, version) for tenant, version, _ in MODELS}) == len(MODELS)


def test_no_two_models_give_the_same_answers() -> None:
    seen: dict[str, str] = {}
    for tenant, version, entry in MODELS:
        answers = json.dumps([SPECIES.index(p) if isinstance(p, str) else p for p in entry["predictions"]])
        assert answers not in seen, f"{tenant} version {version} answers like {seen[answers]}"
        seen[answers] = f"{tenant} version {version}"


def test_models_are_small() -> None:
    assert sum(len(artifact(tenant, version)) for tenant, version, _ in MODELS) < 600 * 1024


@pytest.mark.parametrize(("tenant", "version", "entry"), MODELS, ids=IDS)
def test_onnx_runtime_answers_like_scikit_learn(
    tenant: str, version: int, entry: dict[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    answer = make_models.run_onnx(artifact(tenant, version), np.array(entry["rows"]))
    assert make_models.agree(answer, np.array(entry["predictions"], dtype=answer.dtype))
    assert capfd.readouterr().err == "", "ONNX Runtime complains about the model"


@pytest.mark.parametrize(
    ("tenant", "version", "entry"),
    [model for model in MODELS if model[2]["kind"] == "classifier"],
    ids=[name for name, model in zip(IDS, MODELS, strict=True) if model[2]["kind"] == "classifier"],
)
def test_classifiers_know_iris(tenant: str, version: int, entry: dict[str, Any]) -> None:
    iris = load_iris()
    labels = iris.target_names[iris.target] if entry["prediction_type"] == "string" else iris.target
    assert np.mean(make_models.run_onnx(artifact(tenant, version), iris.data) == labels) > 0.92


def test_training_again_gives_the_committed_predictions(capsys: pytest.CaptureFixture[str]) -> None:
    assert make_models.check(REGISTRY, EXPECTED_FILE) == 0, capsys.readouterr().out


def test_check_finds_a_changed_prediction_in_any_version() -> None:
    changed = json.loads(json.dumps(EXPECTED))
    changed["tenants"]["tenant10"]["predictions"][3] += 2e-5
    changed["tenants"]["tenant2"]["other_versions"]["2"]["predictions"][0] = "virginica"
    del changed["tenants"]["tenant30"]
    found = make_models.differences(changed, EXPECTED)
    assert [line.split(":")[0] for line in found] == ["tenant10", "tenant2", "tenant30"]
