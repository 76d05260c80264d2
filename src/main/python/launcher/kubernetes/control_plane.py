"""A Kubernetes control plane and KubeRay's operator, built from their own sources for the tests of deploy/.

No registry of packages has their executables, but Go's proxy has the sources, at the versions and with the checksums
that src/test/go/control-plane pins. A build takes minutes and is kept in .runtime/backends until those files change;
what Go compiled stays in its own cache, so that another checkout links only.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from launcher.build import sources
from launcher.console import step
from launcher.errors import LauncherError
from launcher.kubernetes import kubernetes_tools
from launcher.project import Project

_OPERATOR = "github.com/ray-project/kuberay/ray-operator"
_INPUTS = ("go.mod", "go.sum", "main.go")
# How KubeRay itself installs it: its rights, and the labels of its pod.
_OPERATOR_CONFIG = ("rbac/role.yaml", "rbac/role_binding.yaml", "manager/manager.yaml")
_GET_GO = "Get Go 1.25 or newer on PATH (https://go.dev/dl)"
_LINES_SHOWN = 3


@dataclass(frozen=True)
class ControlPlane:
    """Paths: an executable with etcd, kube-apiserver and kube-controller-manager; the operator; its resources."""

    executable: Path
    operator: Path
    operator_config: Path

    def are_there(self) -> bool:
        executables = (self.executable, self.operator)
        return all(os.access(each, os.X_OK) for each in executables) and self.operator_config.is_dir()


def of(project: Project) -> ControlPlane:
    """Where they are, or will be."""
    folder = project.runtime / "backends" / "control-plane"
    return ControlPlane(folder / "control-plane", folder / "kuberay-operator", folder / "operator-config")


def provide(project: Project) -> ControlPlane:
    """Builds what is not there yet, or not from the sources as they are. Raises LauncherError with one line."""
    built = of(project)
    stamp = built.executable.with_name("stamp")
    mark = sources.digest(_module(project), _INPUTS)
    if built.are_there() and stamp.is_file() and stamp.read_text() == mark:
        return built
    stamp.unlink(missing_ok=True)
    built.executable.parent.mkdir(parents=True, exist_ok=True)
    with step("building Kubernetes and KubeRay's operator, 10 to 30 minutes the first time", "built the control plane"):
        _build(project, built)
    stamp.write_text(mark)
    return built


def _module(project: Project) -> Path:
    return project.root / "src" / "test" / "go" / "control-plane"


def kubernetes_version(go_mod: str) -> str:
    """The version, as v1.35.4, that the text of a go.mod requires."""
    (found,) = re.findall(r"^\s*(?:require )?k8s\.io/kubernetes (v\d+\.\d+\.\d+)$", go_mod, re.MULTILINE)
    return str(found)


def _build(project: Project, built: ControlPlane) -> None:
    text = (_module(project) / "go.mod").read_text()
    if f"{_OPERATOR} v{kubernetes_tools.KUBERAY_VERSION}" not in text:
        raise LauncherError(
            f"src/test/go/control-plane/go.mod has another operator than {kubernetes_tools.KUBERAY_VERSION}"
        )
    version = kubernetes_version(text)
    major, minor, _ = version.removeprefix("v").split(".")
    named = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
    link = " ".join(["-s -w", *(f"-X k8s.io/component-base/version.{key}={value}" for key, value in named.items())])
    log = project.runtime / "control-plane.log"
    log.unlink(missing_ok=True)
    _go(project, ["build", "-ldflags", link, "-o", str(built.executable), "."], log)
    _go(project, ["build", "-ldflags", "-s -w", "-o", str(built.operator), _OPERATOR], log)
    module = json.loads(_go(project, ["list", "-m", "-json", _OPERATOR], log))
    built.operator_config.mkdir(exist_ok=True)
    for name in _OPERATOR_CONFIG:
        shutil.copyfile(Path(module["Dir"]) / "config" / name, built.operator_config / Path(name).name)


def _go(project: Project, arguments: Sequence[str], log: Path) -> str:
    """The output of go. Its messages are in the log."""
    go = shutil.which("go")
    if go is None:
        raise LauncherError(f"the control plane is built by go, which is missing. {_GET_GO}")
    settings = {
        "CGO_ENABLED": "0",
        "GOFLAGS": "-buildvcs=false -mod=readonly",
        "GOTOOLCHAIN": "local",
        "GO111MODULE": "on",
    }
    with log.open("a") as messages:
        result = subprocess.run(
            [go, *arguments],
            cwd=_module(project),
            env=dict(os.environ) | settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=messages,
            text=True,
            check=False,
        )
    if result.returncode != 0:
        said = " ".join(log.read_text(errors="replace").splitlines()[-_LINES_SHOWN:])
        raise LauncherError(f"go {arguments[0]} failed ({said}); the whole log is {log}. {_GET_GO}")
    return result.stdout
