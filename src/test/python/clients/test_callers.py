"""Where callers are configured: each library sends its key, and what it raises without one says why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import served_demo
from real_clients import Call, Doors

from launcher.cluster import ports
from launcher.project import Project

pytestmark = [pytest.mark.jar, pytest.mark.clients]

KEY = "a-key-of-the-tests"
_ROWS = [[5.1, 3.5, 1.4, 0.2]]
_TENSOR = {"name": "X", "datatype": "FP32", "shape": [1, 4], "data": _ROWS}
_HEADERS = {"authorization": f"Bearer {KEY}"}
WAYS: dict[str, tuple[str, Call]] = {
    "tritonclient http": ("tritonclient", {"via": "http", "do": "infer", "inputs": [_TENSOR]}),
    "tritonclient http.aio": ("tritonclient", {"via": "http.aio", "do": "infer", "inputs": [_TENSOR]}),
    "tritonclient grpc": ("tritonclient", {"via": "grpc", "do": "infer", "inputs": [_TENSOR]}),
    "tritonclient grpc.aio": ("tritonclient", {"via": "grpc.aio", "do": "infer", "inputs": [_TENSOR]}),
    "kserve rest": ("kserve", {"via": "rest", "do": "infer", "inputs": [_TENSOR]}),
    "kserve grpc": ("kserve", {"via": "grpc", "do": "infer", "inputs": [_TENSOR]}),
    "kserve v1": ("kserve", {"via": "v1", "do": "infer", "body": {"instances": _ROWS}}),
    "mlserver rest": ("mlserver", {"via": "rest", "codec": "numpy", "inputs": [_TENSOR]}),
    "mlserver grpc": ("mlserver", {"via": "grpc", "codec": "numpy", "inputs": [_TENSOR]}),
    "mlflow databricks": ("mlflow", {"via": "databricks", "inputs": {"inputs": _ROWS}}),
}
ASKED = {
    "may": ("tenant9", _HEADERS),
    "unknown": ("tenant9", {}),
    "other": ("tenant10", _HEADERS),
    "nobody": ("nobody", _HEADERS),
}
REFUSED = {
    "unknown": ("401", "UNAUTHENTICATED"),
    "other": ("403", "PERMISSION_DENIED"),
    "nobody": ("403", "PERMISSION_DENIED"),
}


@pytest.fixture(scope="module")
def answers(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder, port = tmp_path_factory.mktemp("callers"), ports.pick()
    callers = folder / "callers.json"
    digest = hashlib.sha256(KEY.encode()).hexdigest()
    callers.write_text(json.dumps({"callers": [{"name": "shop", "key_sha256": digest, "tenants": ["tenant9"]}]}))
    settings = {"MANY_MODELS_GRPC_PORT": str(port), "MANY_MODELS_CALLERS": str(callers)}
    project = Project(repository)
    with served_demo.in_one_process(project, folder, settings) as served:
        doors = Doors(project, served, f"127.0.0.1:{port}")
        found: dict[str, Any] = {}
        for library in {library for library, _ in WAYS.values()}:
            calls = {
                f"{way} {who}": call | {"model": model, "headers": headers}
                for way, (of, call) in WAYS.items()
                for who, (model, headers) in ASKED.items()
                if of == library
            }
            found |= doors.ask(library, calls)
        yield found


@pytest.mark.parametrize("way", WAYS)
def test_the_key_opens_the_callers_own_tenants(answers: dict[str, Any], way: str) -> None:
    assert "error" not in answers[f"{way} may"], answers[f"{way} may"]


@pytest.mark.parametrize("who", REFUSED)
@pytest.mark.parametrize("way", WAYS)
def test_who_may_not_ask_is_told_so(answers: dict[str, Any], way: str, who: str) -> None:
    answer = answers[f"{way} {who}"]
    status, code = REFUSED[who]
    assert answer["status"] == (f"StatusCode.{code}" if "grpc" in way else status), answer


@pytest.mark.parametrize("way", WAYS)
def test_nobody_learns_which_tenants_there_are(answers: dict[str, Any], way: str) -> None:
    other, nobody = (answers[f"{way} {who}"]["error"] for who in ("other", "nobody"))
    lines = zip(other.replace("tenant10", "nobody").splitlines(), nobody.splitlines(), strict=True)
    assert all(one == two for one, two in lines if "debug_error_string" not in one and "created" not in one)
