"""The demo's places, as `up` and as kustomize lay them over the configuration."""

import importlib.util
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from launcher.cluster import demo, serve_config
from launcher.kubernetes.kubernetes_tools import KubernetesTools
from launcher.project import Project

PLACES = {"Deployment1": "tenant1", "Deployment2": "tenant2"}


def config(*user_configs: dict[str, Any] | None) -> dict[str, Any]:
    named = [{"name": f"Deployment{i}", "user_config": each} for i, each in enumerate(user_configs, 1)]
    return {"applications": [{"deployments": [*named, {"name": "Deploymentx"}]}]}


def placed(*user_configs: dict[str, Any] | None, there: frozenset[str] = frozenset(PLACES.values())) -> list[Any]:
    laid = demo.laid_over(config(*user_configs), PLACES, there)
    return [each.get("user_config") for each in laid["applications"][0]["deployments"]]


def test_a_deployment_without_a_tenant_gets_the_demos() -> None:
    assert placed({"pool": "dynamic"}, None) == [{"tenant": "tenant1", "pool": "dynamic"}, {"tenant": "tenant2"}, None]


def test_what_the_user_wrote_counts() -> None:
    assert placed({"tenant": "mine"}, {"tenants": []}) == [{"tenant": "mine"}, {"tenants": []}, None]
    assert placed({"pool": "dynamic"}, {"tenant": "tenant1"}) == [{"pool": "dynamic"}, {"tenant": "tenant1"}, None]


def test_what_was_deleted_from_the_registry_is_left_out() -> None:
    assert placed({}, {}, there=frozenset({"tenant2"})) == [{}, {"tenant": "tenant2"}, None]


def made(repository: Path) -> Any:
    """The script, which is in no package."""
    spec = importlib.util.spec_from_file_location("make", repository / "deploy" / "demo" / "make.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def test_the_patch_for_kustomize_is_made_of_the_files_that_up_reads(repository: Path) -> None:
    project = Project(repository)
    patch = (repository / "deploy" / "demo" / "rayservice.yaml").read_text()
    assert patch == made(repository).patch(project.rayservice.read_text(), project.demo.read_text()), (
        "run deploy/demo/make.py"
    )
    places = demo.places(project)
    laid = demo.laid_over(serve_config.read(project.rayservice), places, places.values())
    assert yaml.safe_load(yaml.safe_load(patch)["spec"]["serveConfigV2"]) == laid


def test_kustomize_takes_the_demo_as_a_component(repository: Path, tools: KubernetesTools, tmp_path: Path) -> None:
    shutil.copytree(repository / "deploy", tmp_path / "deploy")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "kustomization.yaml").write_text("resources: [../deploy]\ncomponents: [../deploy/demo]\n")
    command = [str(tools.kubectl), "kustomize", str(tmp_path / "mine")]
    made = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    project = Project(repository)
    places = demo.places(project)
    service = next(each for each in yaml.safe_load_all(made) if each["kind"] == "RayService")
    laid = demo.laid_over(serve_config.read(project.rayservice), places, places.values())
    assert yaml.safe_load(service["spec"]["serveConfigV2"]) == laid
    assert service["spec"]["rayClusterConfig"]


def test_a_tenant_that_has_no_line_is_refused(repository: Path) -> None:
    with pytest.raises(ValueError, match="Deployment99"):
        made(repository).patch((repository / "deploy" / "rayservice.yaml").read_text(), "Deployment99: tenant1")


def test_no_registry_is_under_version_control() -> None:
    command = ["git", "-C", str(Project.here().root), "ls-files", "registry"]
    tracked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert tracked.stdout == ""
