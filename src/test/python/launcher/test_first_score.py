"""What `up` says of the registry and of its first request."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from launcher import first_score
from launcher.build import java_main
from launcher.cluster.instance import Instance, Record
from launcher.cluster.ports import Ports
from launcher.errors import LauncherError
from launcher.first_score import Inspection
from launcher.project import Project

PORTS = Ports(18000, 18265, 16379, 1, 2, 3, 4)
FOUND = Inspection(3, frozenset(), ("shop-1", {"data": [[0.0, 0.0]]}), ())


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(Project(tmp_path), "x")


def record(web_server: Any) -> Record:
    return Record(replace(PORTS, http=web_server.port))


def test_a_tenant_that_is_there_is_scored_with_rows_that_it_takes(
    web_server: Any, instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    web_server.answers["POST", "/score"] = (200, '{"prediction": [7], "deployment": "Deploymentx"}')
    first_score.score(instance, record(web_server), FOUND, of_the_demo=False)
    assert json.loads(web_server.requests[0][2]) == {"tenant": "shop-1", "data": [[0.0, 0.0]]}
    assert "scored shop-1 [[0.0, 0.0]]: prediction [7] by Deploymentx" in capsys.readouterr().out


def test_the_demo_is_asked_for_an_iris(web_server: Any, instance: Instance) -> None:
    web_server.answers["POST", "/score"] = (200, "{}")
    first_score.score(
        instance, record(web_server), replace(FOUND, sample=("tenant1", {"data": [[0.0] * 4]})), of_the_demo=True
    )
    assert json.loads(web_server.requests[0][2])["data"] == [[5.1, 3.5, 1.4, 0.2]]


def test_rows_come_in_whatever_form_the_model_takes(
    web_server: Any, instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    web_server.answers["POST", "/score"] = (200, '{"prediction": ["stays"], "deployment": "Deploymentx"}')
    rows = {"columns": ["plan", "seats"], "data": [["pro", None]]}
    first_score.score(instance, record(web_server), replace(FOUND, sample=("shop-2", rows)), of_the_demo=True)
    assert json.loads(web_server.requests[0][2]) == {"tenant": "shop-2", **rows}
    told = capsys.readouterr().out
    assert 'scored shop-2 {"columns": ["plan", "seats"], "data": [["pro", null]]}: prediction' in told


def test_a_failed_score_is_a_warning(web_server: Any, instance: Instance, capsys: pytest.CaptureFixture[str]) -> None:
    web_server.answers["POST", "/score"] = (502, '{"title": "the model cannot be loaded"}')
    first_score.score(instance, record(web_server), FOUND, of_the_demo=False)
    told = capsys.readouterr().err
    assert "warning: scoring shop-1 was answered 502: the model cannot be loaded" in told
    assert "./many-models score TENANT ROWS --instance x" in told


def test_an_empty_registry_says_how_to_publish(
    web_server: Any, instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    first_score.score(instance, record(web_server), Inspection(0, frozenset(), None, ()), of_the_demo=True)
    told = capsys.readouterr().out
    assert "the registry is empty; publish a model with ./many-models models publish TENANT FILE --instance x" in told
    assert web_server.requests == []


def test_models_that_do_not_load_are_named(
    web_server: Any, instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = (("aaa", "aaa/1 is no ONNX model"),)
    first_score.score(instance, record(web_server), replace(FOUND, sample=None, broken=broken), of_the_demo=False)
    told = capsys.readouterr().err
    assert "the model of tenant 'aaa' does not load: aaa/1 is no ONNX model" in told
    assert "no model in the registry loads" in told
    assert web_server.requests == []


def test_registry_that_does_not_answer_is_a_warning(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: Any) -> str:
        raise LauncherError("many-models: azblob account: server error")

    monkeypatch.setattr(java_main, "output", fails)
    assert first_score.inspect(instance.project, {}, ["a"]) is None
    assert "cannot list the registry: azblob account: server error" in capsys.readouterr().err


def test_answer_of_the_registry_is_read(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def answer(_project: Project, command: str, arguments: list[str], _seconds: float, environment: Any) -> str:
        asked.append((command, json.loads(Path(arguments[0]).read_text()), environment))
        return (
            '{"tenants": 2, "missing": ["b"], "sample": {"tenant": "a", "rows": {"inputs": {"x": [[0]]}}},'
            ' "broken": [{"tenant": "c", "reason": "why"}]}'
        )

    monkeypatch.setattr(java_main, "output", answer)
    found = first_score.inspect(instance.project, {"X": "y"}, ["a", "b"])
    assert found == Inspection(2, frozenset({"b"}), ("a", {"inputs": {"x": [[0]]}}), (("c", "why"),))
    assert asked == [("inspect-registry", ["a", "b"], {"X": "y"})]


def test_missing_tenants_are_named_with_their_line(capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"t{n}" for n in range(12)]
    first_score.warn_of_missing(names, "deploy/rayservice.yaml", {"t0": 64})
    told = capsys.readouterr().err
    assert "deploy/rayservice.yaml:64: tenant 't0' has no model in the registry" in told
    assert "'t9'" in told
    assert "'t10'" not in told
    assert "2 more tenants without a model" in told


@pytest.mark.parametrize(
    ("answer", "occupied"),
    [
        ({"deployment_map": {"a": "deployment1", "b": "deployment2"}, "dedicated": {}}, {"deployment1", "deployment2"}),
        ({"deployment_map": {"a": "deployment1", "b": "deployment1"}}, {"deployment1"}),
        ({"tenant1": "deployment1"}, {"deployment1"}),
        ({}, set()),
        (None, set()),
        ({"deployment_map": None}, set()),
    ],
)
def test_occupied_deployments_are_told_apart(answer: Any, occupied: set[str]) -> None:
    assert first_score.occupied_deployments(answer) == occupied


def test_only_deployments_that_name_tenants_are_waited_for(
    web_server: Any, instance: Instance, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    user_configs = [
        {"name": "Deployment1", "user_config": {"tenant": "a"}},
        {"name": "Deployment2", "user_config": {"pool": "dynamic"}},
        {"name": "Deploymentx", "user_config": {"capacity": 1}},
        {"name": "Deployment3", "user_config": {"tenants": ["b", "c"]}},
    ]
    named = first_score.named_tenants({"applications": [{"deployments": user_configs}]})
    assert named == {"Deployment1": ["a"], "Deployment3": ["b", "c"]}
    web_server.answers["GET", "/deployment_map"] = (200, '{"deployment_map": {"a": "deployment1"}}')
    monkeypatch.setattr(first_score, "_PLACED_SECONDS", 0.2)
    monkeypatch.setattr(first_score, "_POLL_SECONDS", 0.05)
    first_score.wait_until_placed(instance, record(web_server), ["Deployment1"])
    assert capsys.readouterr().err == ""
    first_score.wait_until_placed(instance, record(web_server), ["Deployment1", "Deployment3"])
    told = capsys.readouterr().err
    assert "no tenant is in Deployment3; see ./many-models explain --instance x and ./many-models logs" in told
